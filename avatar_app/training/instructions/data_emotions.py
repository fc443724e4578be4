"""Words for the emotions of face/facs.py, from which training/instructions/phrases.py builds sentences.

Each emotion has five lists, items separated by "|": adjectives ("she looks ..."), nouns ("full of ..."), adverbs
("speak ..."), scenes ("as if ...") and verb phrases in the imperative. A final "!" marks a word that is strong by
itself, "~" one that is weak.
"""

from __future__ import annotations

EMOTION_FIELDS = ("adjectives", "nouns", "adverbs", "scenes", "verbs")

EMOTION_WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "happy": (
        "happy|joyful|cheerful|glad|delighted|pleased|merry|sunny|content|jolly|in a good mood|upbeat|overjoyed!|"
        "ecstatic!|over the moon!|on cloud nine!|elated!|joyous|gleeful|in high spirits|radiant with joy!|"
        "satisfied|lighthearted|blissful|in a great mood|full of joy!",
        "happiness|joy|cheer|delight|gladness|good cheer|cheerfulness|glee|bliss!|pleasure|good spirits|contentment",
        "happily|joyfully|cheerfully|gladly|merrily|gleefully|in a happy voice|in a cheerful tone|brightly|joyously",
        "you just won a prize|you heard wonderful news|it is your birthday|the sun is shining just for you|"
        "everything is going your way|you got the job you wanted|your team won|it is the best day of your life!|"
        "you are seeing an old friend again|you just fell asleep in a field of flowers and woke up smiling inside|"
        "life is beautiful|somebody gave you a lovely present|you passed the exam|you are on holiday",
        "cheer up|rejoice|be glad|radiate joy!|show how happy you are|enjoy yourself|brighten up|lighten up",
    ),
    "sad": (
        "sad|unhappy|sorrowful|gloomy|heartbroken!|depressed|miserable!|mournful|melancholic|melancholy|down|blue|"
        "tearful|downcast|dejected|grief-stricken!|devastated!|despairing!|close to tears!|wistful~|forlorn|glum|"
        "upset|teary-eyed|in low spirits|on the verge of tears!|inconsolable!|crushed!|woeful|sorry",
        "sadness|sorrow|grief!|misery!|melancholy|despair!|heartache|gloom|unhappiness|anguish!|mourning|woe",
        "sadly|sorrowfully|gloomily|mournfully|tearfully|unhappily|in a sad voice|miserably|with a heavy heart|glumly",
        "you just lost your best friend|your dog died|somebody broke your heart|you are about to cry!|"
        "you are at a funeral|you received terrible news|you are saying goodbye forever|nobody came to your party|"
        "your heart is breaking!|you miss someone who is gone|you have been left all alone|it is the saddest day",
        "fight back tears|hold back tears|grieve|mourn|cry|weep|sob|look like crying|get teary|feel blue|sulk",
    ),
    "angry": (
        "angry|mad|furious!|enraged!|outraged!|livid!|cross|hostile|irate!|infuriated!|fuming!|seething!|wrathful|"
        "raging!|aggressive|hot-tempered|indignant|incensed!|beside yourself with rage!|full of rage!|fierce|"
        "heated",
        "anger|rage!|fury!|wrath!|outrage!|hostility|indignation|aggression|hatred|ire",
        "angrily|furiously!|in an angry voice|in a rage!|with clenched teeth|aggressively|in fury!|heatedly|fiercely",
        "somebody stole your car|you are about to explode!|someone insulted your family|you caught a thief|"
        "you have been cheated|you are scolding someone|you want to hit somebody|your blood is boiling!|"
        "someone scratched your new car|you are having a furious argument!|they lied to you again",
        "get mad|lose your temper!|scowl|glare|glower|rage!|see red!|boil with anger!|be mad at me|snarl|fume",
    ),
    "surprised": (
        "surprised|astonished!|amazed!|startled|shocked!|stunned!|taken aback|flabbergasted!|dumbfounded!|"
        "speechless|astounded!|caught off guard|thunderstruck!|wide-eyed with surprise|incredulous|in disbelief|"
        "staggered!|bewildered by the news|blown over with surprise!|jolted",
        "surprise|astonishment!|amazement!|shock!|disbelief|incredulity",
        "in surprise|in astonishment!|in shock!|with surprise|in disbelief|in amazement!|incredulously",
        "someone jumped out at you|you did not expect that at all|you saw a ghost train pass through the room|"
        "your friends threw you a surprise party|you cannot believe your eyes|the rabbit came out of the hat|"
        "you just heard something unbelievable|something unexpected happened|you opened the door and found a horse",
        "gasp|look startled|be taken by surprise|react with shock!|do a double take|drop your jaw in surprise!",
    ),
    "fearful": (
        "fearful|afraid|scared|frightened|terrified!|horrified!|panicked!|panicky|alarmed|petrified!|spooked|"
        "scared to death!|in fear|in terror!|panic-stricken!|full of dread|scared stiff!|timorous~|terror-struck!",
        "fear|fright|terror!|panic!|dread|horror!|alarm",
        "fearfully|in fear|in panic!|in horror!|in terror!|with fear in your eyes|in a frightened voice|in fright",
        "you saw a ghost|a monster is behind the door|you are being chased|a bear is coming towards you|"
        "you are watching a horror film|somebody is pointing a gun at you|you are alone in a haunted house|"
        "you heard footsteps in the dark|your life is in danger!|the plane is going down!|a spider is on your arm",
        "panic!|be scared|cower|dread what comes|freeze in fear|recoil in terror!|tremble with fear|get frightened",
    ),
    "disgusted": (
        "disgusted|revolted!|repulsed!|grossed out|sickened|nauseated|nauseous|appalled!|queasy~|put off|repelled|"
        "turned off by the smell|sick to your stomach!",
        "disgust|revulsion!|repulsion!|nausea|distaste~|loathing!|aversion|repugnance",
        "in disgust|with disgust|disgustedly|with revulsion!|with distaste~|in repulsion",
        "you smelled something rotten|you bit into a worm|there is a hair in your soup|"
        "you stepped into something foul|the milk has gone sour|you found mould on your sandwich|the bin stinks|"
        "you have just tasted something awful|somebody vomited near you|the toilet is filthy",
        "be grossed out|find it gross|say yuck with your face|gag|look like you want to throw up!|feel sick",
    ),
    "contemptuous": (
        "contemptuous|scornful|disdainful|condescending|haughty|arrogant|superior|derisive|snobbish|dismissive|"
        "snooty|sneering|mocking|patronizing|full of scorn|stuck-up",
        "contempt|scorn|disdain|condescension|arrogance|derision|haughtiness|mockery|superiority",
        "contemptuously|with contempt|scornfully|with scorn|disdainfully|arrogantly|condescendingly|with disdain|"
        "haughtily|dismissively|mockingly",
        "they are beneath you|you think he is a fool|you look down on everybody|your rival is pathetic|"
        "you are better than all of them|you have no respect for him|they are not worth your time",
        "look down your nose|despise them|scorn the listener|be condescending|feel superior|sneer at them",
    ),
    "excited": (
        "excited|thrilled!|enthusiastic|exhilarated!|pumped|eager|hyped|hyped up|energetic and eager|fired up|"
        "psyched|bursting with energy!|keen|passionate|bubbly|animated and enthusiastic|buzzing|stoked|giddy",
        "excitement|enthusiasm|exhilaration!|eagerness|zest|passion|anticipation|hype",
        "excitedly|enthusiastically|eagerly|with great excitement!|with enthusiasm|in an excited voice|"
        "with passion|with zest",
        "you cannot wait to tell everyone|you are going to Disneyland|the concert is about to start|"
        "you are presenting a brand new product|you are announcing something huge!|"
        "you are a sports commentator at a goal|you are about to ride a roller coaster|tomorrow is Christmas|"
        "your favourite band just walked in",
        "get excited|be enthusiastic|show enthusiasm|be full of energy|burst with excitement!|sound thrilled!",
    ),
    "amused": (
        "amused|entertained|tickled|humorous|playful and amused|in a joking mood|highly entertained!|jokey|"
        "cracked up!|in stitches!|tickled pink!|jocular",
        "amusement|humour|humor|mirth|hilarity!|fun",
        "with amusement|in amusement|jokingly|humorously|with humor|in fun|jocularly",
        "somebody told you a good joke|you are telling a funny story|you find it funny|you are watching a comedy|"
        "the cat did something silly|you are trying to keep from laughing at a joke|that was hilarious!|"
        "a clown just tripped",
        "be amused|find it funny|enjoy the joke|joke around|try not to laugh at the joke|be entertained",
    ),
    "proud": (
        "proud|triumphant!|victorious!|dignified|proud of yourself|self-satisfied|full of pride|accomplished|"
        "proud as a peacock!|puffed up with pride!|honoured|honored|boastful",
        "pride|triumph!|dignity|self-respect|victory|a sense of achievement|accomplishment",
        "proudly|with pride|triumphantly!|with dignity|in triumph!|victoriously!|boastfully",
        "your child just graduated|you won a gold medal|you are receiving an award|you finished a marathon|"
        "you built this with your own hands|you are showing off your trophy|you are a champion|"
        "you are singing the national anthem",
        "be proud|show pride|take pride in it|swell with pride!|show off|boast|brag",
    ),
    "confident": (
        "confident|self-assured|assertive|sure of yourself|bold|determined|self-confident|certain|resolute|"
        "assured|decisive|poised|convinced|authoritative|fearless|serious and determined|strong and sure",
        "confidence|self-assurance|determination|certainty|conviction|assurance|boldness|resolve|authority|courage",
        "confidently|with confidence|assertively|boldly|decisively|with conviction|with determination|firmly|"
        "with authority|self-assuredly",
        "you own the room|you know exactly what you are doing|nothing can stop you|you are the boss|"
        "you are a leader addressing the nation|you are an expert on stage|you are closing a deal|"
        "you have no doubts at all",
        "be confident|show confidence|believe in yourself|be sure of yourself|take command|show determination",
    ),
    "loving": (
        "loving|affectionate|tender|warm|in love|adoring!|fond|romantic|warm-hearted|devoted|infatuated!|smitten!|"
        "head over heels!|sweet and loving|lovestruck!|kind-hearted|caring and loving|enamoured",
        "love|affection|tenderness|warmth|adoration!|fondness|devotion|romance",
        "lovingly|affectionately|tenderly|warmly|with love|adoringly!|fondly|romantically|with affection",
        "you are talking to your newborn baby|you are looking at the love of your life|you are proposing|"
        "you are reading a love letter|you are cuddling a puppy|you are talking to your sweetheart|"
        "you are in love|it is Valentine's day",
        "fall in love|adore them!|be affectionate|show love|melt with love!|gaze lovingly|show affection",
    ),
    "relieved": (
        "relieved|reassured|thankful that it is over|comforted|unburdened|glad it is over|grateful|at ease again",
        "relief|reassurance|gratitude",
        "with relief|in relief|reassuringly|gratefully|with a sigh of relief",
        "the danger is over|a weight fell from your shoulders|the exam is finally over|"
        "the test came back negative|you found your lost keys|they are safe after all|the dentist said you can go|"
        "you just escaped",
        "sigh with relief|breathe a sigh of relief|be relieved|breathe out because it is over|feel relieved",
    ),
    "calm": (
        "calm|relaxed|peaceful|serene|tranquil|composed|at peace|collected|laid-back|chilled|mellow|soothing|"
        "unruffled|easygoing|zen|gentle and calm|quiet and calm|placid|at ease|steady|cool and collected|"
        "meditative",
        "calm|calmness|serenity|peace|tranquillity|composure|relaxation|peace of mind",
        "calmly|peacefully|serenely|in a calm voice|in a relaxed way|with composure|soothingly|in a soothing tone|"
        "quietly and calmly",
        "you are meditating|you are lying on the beach|you are guiding a yoga class|nothing can disturb you|"
        "you are reading a bedtime story|you are floating on a quiet lake|you have all the time in the world",
        "relax|calm down|be calm|stay calm|keep calm|chill|keep your cool|unwind|take it easy|stay relaxed|be zen",
    ),
    "curious": (
        "curious|interested|inquisitive|intrigued|fascinated!|attentive|engaged|wondering|nosy|questioning|"
        "eager to know|captivated!|inquiring|absorbed in the story",
        "curiosity|interest|fascination!|wonder about it|inquisitiveness|attention",
        "curiously|with interest|with curiosity|inquisitively|attentively|in wonderment",
        "you want to know more|you are listening to a fascinating story|you wonder what is in the box|"
        "you are asking a question|you are peeking into a secret room|you found a strange object|"
        "you are an explorer discovering something",
        "wonder|be curious|show interest|get interested|be intrigued|want to know more|listen attentively",
    ),
    "confused": (
        "confused|puzzled|perplexed|baffled!|bewildered|lost|unsure|uncertain|clueless|disoriented|mystified|"
        "muddled|stumped|doubtful|thoughtful and unsure|hesitant|at a loss|mixed up",
        "confusion|puzzlement|bewilderment|perplexity|bafflement!|uncertainty|doubt",
        "confusedly|in confusion|with puzzlement|uncertainly|in bewilderment|hesitantly|with a puzzled tone",
        "you do not understand a word|you are lost in a foreign city|the instructions make no sense|"
        "somebody asked you a trick question|you forgot why you came in|you cannot work it out|"
        "you are trying to solve a riddle|you have no idea what is going on",
        "be puzzled|scratch your head over it|not understand|be lost|look like you do not get it|try to figure it out",
    ),
    "suspicious": (
        "suspicious|distrustful|skeptical|sceptical|wary|mistrustful|dubious|untrusting|disbelieving and wary|"
        "paranoid!|guarded|leery|unconvinced",
        "suspicion|distrust|skepticism|scepticism|mistrust|wariness|paranoia!",
        "suspiciously|with suspicion|skeptically|sceptically|warily|with distrust|dubiously",
        "you think he is lying|you do not trust this person|something is fishy|you are interrogating a suspect|"
        "somebody is hiding something from you|you smell a trap|you are a detective who doubts the alibi|"
        "the deal sounds too good to be true",
        "be suspicious|distrust them|doubt what they say|smell a rat|question their honesty|eye them with distrust",
    ),
    "nervous": (
        "nervous|anxious|worried|tense|uneasy|stressed|stressed out!|jittery|restless|on edge|apprehensive|"
        "agitated|concerned|jumpy|fidgety|frantic!|insecure|troubled|edgy|worried sick!|under pressure",
        "nervousness|anxiety|worry|tension|unease|stress|apprehension|concern|jitters|insecurity",
        "nervously|anxiously|in a worried voice|uneasily|tensely|with worry|with concern|restlessly|apprehensively",
        "you are about to take an exam|you have stage fright|it is your first job interview|"
        "you are waiting for test results|you are late and the train is leaving|you have to speak before a crowd|"
        "you do not know whether they will find out|the clock is ticking",
        "worry|be nervous|be anxious|fret|get cold feet|look worried|have butterflies in your stomach|feel uneasy",
    ),
    "shy": (
        "shy|timid|bashful|coy|modest|demure|reserved|meek|humble|introverted|self-effacing|unassuming|sheepish~",
        "shyness|timidity|bashfulness|modesty|humility|coyness",
        "shyly|timidly|bashfully|coyly|modestly|meekly|demurely|in a shy voice",
        "you are meeting your crush|somebody paid you a compliment|you are the new kid in class|"
        "you hardly dare to speak|you would rather hide|a stranger is asking you to dance",
        "be shy|act bashful|be too timid to talk|be modest|act coy|hide behind your shyness",
    ),
    "embarrassed": (
        "embarrassed|ashamed|mortified!|humiliated!|red-faced|guilty|abashed|blushing|awkward|self-conscious|"
        "flustered|full of shame!|remorseful|apologetic|guilt-ridden!|shamefaced",
        "embarrassment|shame!|humiliation!|guilt|awkwardness|remorse|mortification!",
        "awkwardly|in embarrassment|with shame|guiltily|with embarrassment|apologetically|ashamedly|remorsefully",
        "you forgot her name|your trousers just ripped|you were caught lying|you spilled coffee on your boss|"
        "everybody saw you trip|you said something stupid in front of everyone|you were caught stealing cookies|"
        "you walked into the wrong room|you have to apologise",
        "blush|be ashamed|feel guilty|apologise with your face|feel embarrassed|want to sink into the ground!|cringe",
    ),
    "disappointed": (
        "disappointed|let down|disheartened|discouraged|disillusioned|crestfallen|dissatisfied|dismayed|deflated|"
        "regretful|defeated|frustrated and let down|unsatisfied|resigned",
        "disappointment|dismay|discouragement|regret|disillusionment|frustration|resignation|defeat",
        "disappointedly|with disappointment|in disappointment|with regret|regretfully|in defeat|with resignation",
        "your team lost the final|the trip was cancelled|you expected more from him|you got socks for Christmas|"
        "you failed the test|the cake fell flat|your hopes were dashed|the tickets are sold out",
        "be disappointed|feel let down|show your disappointment|sigh with regret|lose hope|be discouraged",
    ),
    "annoyed": (
        "annoyed|irritated|grumpy|grouchy|impatient|bothered|peeved|cranky|fed up|exasperated!|displeased|"
        "bad-tempered|frustrated|vexed|ticked off|aggravated|moody|testy|sulky|irked",
        "annoyance|irritation|impatience|displeasure|exasperation!|grumpiness|bad temper",
        "with annoyance|in annoyance|irritably|impatiently|grumpily|with irritation|testily|in an annoyed tone",
        "the neighbours are drilling again|someone keeps interrupting you|you have been on hold for an hour|"
        "a fly keeps landing on your nose|you are stuck in traffic|somebody chews loudly|"
        "the printer is jammed for the third time|someone cut in line",
        "be irritated|be annoyed|get fed up|lose your patience|grumble|run out of patience|get on edge with irritation",
    ),
    "bored": (
        "bored|uninterested|indifferent|apathetic|disinterested|unimpressed|weary of it all|listless|jaded|"
        "bored to death!|bored stiff!|unenthusiastic|disengaged|blase",
        "boredom|indifference|apathy|disinterest|ennui|monotony",
        "boredly|in a bored voice|with boredom|indifferently|with no interest|apathetically|in a monotone",
        "the lecture never ends|you are waiting in a long queue|you have heard this story a hundred times|"
        "you are reading out a phone book|nothing interesting ever happens|you could not care less|"
        "watching paint dry",
        "be bored|lose interest|not care at all|zone out|show no interest|be unimpressed",
    ),
    "tired": (
        "tired|sleepy|exhausted!|drowsy|fatigued|worn out|weary|half asleep|drained!|dead tired!|groggy|"
        "knackered!|burnt out!|heavy-eyed|sluggish|lethargic|dozy|ready for bed",
        "tiredness|fatigue|exhaustion!|sleepiness|weariness|drowsiness|lethargy",
        "tiredly|sleepily|wearily|drowsily|in a tired voice|with exhaustion!|with heavy eyes|lethargically",
        "you have not slept for two days!|you just got out of bed|it is three in the morning|you ran a marathon|"
        "you worked a double shift|you can hardly keep your eyes open|you need a coffee|you are falling asleep",
        "be sleepy|get drowsy|doze off|be about to fall asleep|look exhausted!|feel tired|nod off|need some sleep",
    ),
    "sarcastic": (
        "sarcastic|ironic|snarky|cynical|tongue-in-cheek|wry|sardonic|dripping with sarcasm!|satirical|facetious",
        "sarcasm|irony|cynicism|snark|wry humor",
        "sarcastically|ironically|with sarcasm|cynically|with irony|wryly|sardonically|in a sarcastic tone",
        "you say the opposite of what you mean|you are thinking yeah right|of course that was a great idea, not|"
        "you are mocking a silly suggestion with a compliment|oh sure, because that always works",
        "be sarcastic|be ironic|say it with irony|act cynical|not really mean it|mean the opposite of what you say",
    ),
    "sympathetic": (
        "sympathetic|compassionate|caring|understanding|empathetic|kind|considerate|supportive|comforting|"
        "full of pity|merciful|gentle and caring|empathic|concerned for a friend|kindly",
        "sympathy|compassion|empathy|pity|kindness|understanding|care|comfort",
        "sympathetically|with compassion|compassionately|kindly|with empathy|with sympathy|understandingly|caringly",
        "a friend told you about her loss|you are comforting a crying child|you feel sorry for him|"
        "you are a doctor giving bad news gently|you are consoling a friend|you share her pain|"
        "you are talking to a hurt kitten",
        "feel sorry for them|show compassion|comfort the listener|be understanding|show empathy|pity them|console her",
    ),
    "awed": (
        "awed|awestruck!|in awe|amazed and full of wonder!|mesmerized|spellbound!|full of wonder|enchanted|"
        "wonderstruck|overwhelmed by beauty!|impressed|reverent|breathless with wonder!|dazzled|blown away!|"
        "in wonder",
        "awe|wonder|reverence|admiration|wonderment|enchantment",
        "in awe|with awe|with wonder|in wonder|reverently|with admiration|admiringly|breathlessly",
        "you see the northern lights|you are standing before the Grand Canyon|you are watching a shooting star|"
        "you enter a cathedral for the first time|you see the ocean for the first time|"
        "you are holding the greatest treasure on earth|you are watching a rocket launch",
        "marvel at it|be impressed|gape in wonder!|be in awe|stand in awe|admire the view|be mesmerized",
    ),
    "mischievous": (
        "mischievous|cheeky|naughty|impish|sly|playful|devious|up to something|teasing|wicked|cunning|roguish|"
        "rascally|scheming|flirty|flirtatious|puckish|devilish!",
        "mischief|cheekiness|slyness|playfulness|naughtiness|cunning",
        "mischievously|cheekily|slyly|playfully|teasingly|impishly|with a naughty look|with mischief|flirtatiously",
        "you are planning a prank|you know a secret and will not tell|you are up to no good|you hid his shoes|"
        "you are a little rascal|you just tricked your brother|you are teasing a friend",
        "be naughty|tease|be cheeky|plot something|be up to no good|flirt|play a prank|be playful",
    ),
}

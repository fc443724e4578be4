"""More scenes ("as if you ...") for the emotions of face/facs.py, in the form of phrases_data_emotions.py."""

from __future__ import annotations

EMOTION_SCENES: dict[str, str] = {
    "happy": (
        "school is out for summer|you are dancing at a wedding|you got engaged yesterday|"
        "the doctor says you are healthy|you are playing with puppies|you found money in an old coat|"
        "all your dreams came true!|you are home at last|the baby smiled at you|dinner is on the house tonight|"
        "spring has finally come|you have the best friends in the world"
    ),
    "sad": (
        "she left you for someone else|you are visiting a grave|you have to leave home forever|"
        "your grandmother passed away|you read a tragic letter|you are lonely on a rainy night|"
        "you remember somebody you lost|your cat ran away|they are moving far away|"
        "the hero dies at the end of the film|your marriage is over|you want to cry"
    ),
    "angry": (
        "somebody kicked your dog|your neighbour slashed your tyres|a colleague stole your idea|"
        "he broke his promise|they vandalised your house|you demand your money back|you could strangle him!|"
        "you are telling off a bully|somebody spat at you|you are confronting a liar|"
        "you are having it out with your worst enemy|they betrayed you!"
    ),
    "surprised": (
        "your long-lost twin walks in|the lights went on and everybody shouted happy birthday|"
        "a bird flew into the room|the price is ten times what you expected|"
        "you were told you have a secret sister|it suddenly started to snow in July|"
        "the magician made the elephant vanish|you found a stranger in your kitchen|the dead man sat up|"
        "you got a call from the king"
    ),
    "fearful": (
        "someone is breaking into your house|the lift is falling|a shark is circling your boat|"
        "the ground is shaking|you are hanging over an abyss|a snake is in your bed|"
        "you are lost in the woods at midnight|the killer is in the room|the bomb is about to go off!|"
        "you hear something growl|you are face to face with a wolf|you have a phobia of heights"
    ),
    "disgusted": (
        "you found a cockroach in your salad|the fridge smells of old fish|you touched slime|"
        "he sneezed into your food|someone is picking his nose|you have to clean up vomit|"
        "the meat is full of maggots|you swallowed a fly|the drain is overflowing|you licked something bitter|"
        "it smells like rotten eggs|the sink is full of mouldy dishes"
    ),
    "contemptuous": (
        "he is not even worth an answer|they are a bunch of amateurs|you are the only one with taste here|"
        "peasants dare to speak to you|her cheap dress offends you|you would never stoop so low|"
        "you win against a weakling|his opinion is worthless|you sneer at the competition|"
        "they cannot hold a candle to you"
    ),
    "excited": (
        "you are about to meet your idol|the countdown to launch has begun|you are unboxing a new console|"
        "you are leaving for a trip around the world|there is big news to share!|you got tickets to the cup final|"
        "the party starts any minute|you have the best idea ever|you are next on stage and love it|"
        "you are opening presents"
    ),
    "amused": (
        "a toddler said something hilarious|you remember a funny moment|your friend slipped on a banana peel|"
        "the parrot is swearing|your brother is wearing a silly hat|you are watching funny cat videos|"
        "the pun was terrible but good|somebody is tickling you|the comedian is on a roll|"
        "you are telling your favourite joke"
    ),
    "proud": (
        "you just broke the world record|your daughter won the contest|you are showing your new house|"
        "you made it to the top|your painting hangs in the museum|your students passed with honours|"
        "you are unveiling your masterpiece|you are wearing your medals|your team came first thanks to you|"
        "you climbed the mountain on your own"
    ),
    "confident": (
        "you have done this a thousand times|you are sure to win|the facts are on your side|"
        "you are the best in the field|nobody can beat you|you are giving orders to your crew|"
        "you are negotiating from strength|failure is not an option|"
        "you are pitching to investors and know they will buy|you trust your own judgement completely"
    ),
    "loving": (
        "you are holding your first grandchild|your husband just came home from war|"
        "you are whispering sweet nothings|you are talking to the person you will marry|"
        "you adore this little kitten|you are hugging your mother|you write a poem to your sweetheart|"
        "you cherish this moment with her|it is your wedding anniversary"
    ),
    "relieved": (
        "the fever has gone down|the plane landed safely after the storm|you passed after all|"
        "the police let you go|you made it just in time|the lump is harmless|the missing child was found|"
        "the storm has passed|the bill was a mistake|you finally put down the heavy load|"
        "the interview is behind you"
    ),
    "calm": (
        "you are sitting by a still pond|you are sipping tea in the garden|you are watching the clouds go by|"
        "nothing in the world can hurry you|you are listening to gentle waves|you just had a massage|"
        "you are at one with nature|you are leading a breathing exercise|you are resting under a tree|"
        "it is a quiet Sunday afternoon"
    ),
    "curious": (
        "you are reading a thrilling mystery|you heard a strange noise and want to see what it is|"
        "you are unwrapping a parcel from an unknown sender|a new neighbour is moving in|"
        "you are studying a rare insect|someone is about to reveal a secret|you are looking through a keyhole|"
        "you want to learn all about it"
    ),
    "confused": (
        "the map is upside down|they all speak a language you do not know|you woke up in a strange room|"
        "the maths problem has no solution|you put salt in your coffee without noticing|"
        "somebody calls you by the wrong name|you cannot remember where you parked|"
        "the plot of the film makes no sense|you lost the thread of the conversation"
    ),
    "suspicious": (
        "the salesman is too friendly|money is missing from your purse|your husband came home late again|"
        "the stranger follows you|his story has holes|the letter looks forged|you wonder what they are hiding|"
        "that email must be a scam|you catch someone snooping|the mushrooms may be poisonous"
    ),
    "nervous": (
        "you are waiting outside the headmaster's office|your visa may be refused|"
        "you are going to be called on next|the results come out in a minute|"
        "you forgot your lines on opening night|you are asking for a raise|your child is not home yet|"
        "the boss wants to see you|you have a blind date in five minutes|you may lose your job"
    ),
    "shy": (
        "you do not dare to look her in the eye|everyone is looking at you and you hate it|"
        "you are asked to sing for strangers|you want to disappear behind the curtain|"
        "you get compliments on your looks|your secret admirer is talking to you|"
        "you are a quiet girl at a big party|you would never speak up in class"
    ),
    "embarrassed": (
        "your fly was open all day|you called the teacher mom|your phone rang in church|your wig fell off|"
        "they read your diary aloud|you fell off the stage|you waved at a stranger by mistake|"
        "you forgot your speech|you were caught singing in the shower|your card was declined at the till|"
        "you broke the vase and got caught"
    ),
    "disappointed": (
        "nobody liked your cooking|you did not get the part|the present was not what you wanted|"
        "it rained on your picnic|the sequel was terrible|your best friend forgot your birthday|"
        "the promotion went to someone else|the shop just closed|the restaurant did not live up to its reputation|"
        "you came second again"
    ),
    "annoyed": (
        "your flatmate left the dishes again|the internet is slow|a mosquito will not let you sleep|"
        "people talk during the film|they changed the password rules again|the kids keep asking are we there yet|"
        "the car alarm will not stop|your phone battery died again|the meeting was pointless|"
        "someone took your parking space"
    ),
    "bored": (
        "the speech goes on and on|you are watching grass grow|it is the tenth meeting today|"
        "there is nothing on television|you are stuck in a waiting room without a phone|"
        "you are counting the ceiling tiles|your uncle shows his holiday slides|"
        "the opera has another three hours to go|you are filing papers all day"
    ),
    "tired": (
        "you were up all night with the baby|your alarm rang at four|you just finished a twelve hour flight|"
        "you are about to go to bed|you did not get any sleep!|you are recovering from the flu|"
        "you can barely stay awake!|it has been a very long day|you walked thirty miles|you pulled an all-nighter"
    ),
    "sarcastic": (
        "you praise his terrible singing|you love waiting in line, obviously|"
        "this is totally the best day ever, not|you congratulate someone on a stupid mistake|"
        "you thank them for nothing|you tell him what a great driver he is after the crash|"
        "you pretend to be impressed by nonsense"
    ),
    "sympathetic": (
        "your neighbour lost her husband|you are talking to a sick child in hospital|"
        "she is crying on your shoulder|you are hearing about an earthquake's victims|your friend was fired|"
        "you want to help a homeless man|you understand how hard it is for them|"
        "you are telling a patient that you are there for her"
    ),
    "awed": (
        "you stand under a giant waterfall|the cathedral ceiling opens above you|"
        "you are looking at Earth from space|you are hearing the greatest singer alive|"
        "a whale rises next to your boat|you see the pyramids at sunrise|the whole sky is full of stars|"
        "an angel appears before you|the temple is made of pure gold"
    ),
    "mischievous": (
        "you put a whoopee cushion on the chair|you swapped the sugar for salt|you know who ate the last cookie|"
        "you are plotting against your sister for fun|you are hiding a frog behind your back|"
        "you are about to press the forbidden button|you tied his shoelaces together|you have a wicked plan|"
        "you are about to spill a juicy secret"
    ),
}

EMOTION_IDIOMS: dict[str, str] = {
    "happy": (
        "you are walking on air|you are having a ball|you are as happy as a clam|life could not be better|"
        "you jump for joy"
    ),
    "sad": (
        "you are down in the dumps|you are crying your eyes out|your heart is in pieces|you have the blues|"
        "a cloud hangs over you"
    ),
    "angry": (
        "you are hot under the collar|you blow a fuse!|you hit the roof!|steam is coming out of your ears!|"
        "you have murder in your eyes"
    ),
    "surprised": (
        "your jaw is on the floor!|you could be knocked down with a feather|your eyes pop out of your head!|"
        "it hit you out of the blue"
    ),
    "fearful": (
        "your blood runs cold!|you are shaking in your boots|your hair stands on end|you are white as a sheet|"
        "your heart is in your mouth"
    ),
    "disgusted": (
        "it makes your stomach turn|it makes your skin crawl|you could throw up|it leaves a foul taste in your mouth"
    ),
    "contemptuous": (
        "you turn up your nose at them|they are dirt under your feet|you could laugh at their misery|"
        "you sniff at the little people"
    ),
    "excited": (
        "you are bouncing off the walls!|you are on fire with anticipation|you have ants in your pants for joy|"
        "you are raring to go"
    ),
    "amused": (
        "you cannot keep a straight face|you are in on the joke|it tickles your funny bone|"
        "you are having a good laugh inside"
    ),
    "proud": (
        "you are on top of the world after winning|your chest swells|you hold the trophy up high|"
        "you pat yourself on the back"
    ),
    "confident": (
        "you have it in the bag|you could move mountains|you take the bull by the horns|you stand your ground"
    ),
    "loving": (
        "you are head over heels for her|your heart melts|you have butterflies for your darling|"
        "you have eyes only for him"
    ),
    "relieved": "you are out of the woods|you can breathe again|a stone falls from your heart|you dodged a bullet",
    "calm": (
        "you are as cool as a cucumber|you do not have a care in the world|you are at peace with yourself|"
        "you take life as it comes"
    ),
    "curious": (
        "you are dying to know|you are all ears|your interest is piqued|you prick up your ears|"
        "you want to get to the bottom of it"
    ),
    "confused": (
        "you are all at sea|your head is spinning with questions|it is all Greek to you|"
        "you cannot make head or tail of it"
    ),
    "suspicious": (
        "you take it with a grain of salt|you look at him askance|there is something rotten going on|"
        "your alarm bells are ringing"
    ),
    "nervous": (
        "you are sweating bullets|you are on tenterhooks|you have a knot in your stomach|you are biting your nails"
    ),
    "shy": (
        "you are tongue-tied in front of her|you are as quiet as a mouse|you hide behind your hair|"
        "you retreat into your shell"
    ),
    "embarrassed": (
        "you have egg on your face|you could die of shame!|you wish the earth would swallow you!|"
        "your cheeks are burning"
    ),
    "disappointed": "your hopes went up in smoke|you are bummed out|your heart sinks at the result|it was a let-down",
    "annoyed": (
        "it gets on your nerves|they drive you up the wall|you are at the end of your patience|"
        "someone is pushing your buttons"
    ),
    "bored": (
        "you are bored out of your mind!|time stands still|you are twiddling your thumbs|you have nothing to do all day"
    ),
    "tired": "you are dead on your feet!|you are running on empty|you could sleep for a week!|your eyelids are heavy",
    "sarcastic": (
        "you are laying the irony on thick|your praise is poison|you mean none of the compliments|"
        "you say bravo to a failure"
    ),
    "sympathetic": (
        "you offer a shoulder to cry on|your heart bleeds for him|you put yourself in her shoes|"
        "you would hug them if you could"
    ),
    "awed": (
        "it takes your breath away|you are lost for words at the beauty|you stand before a miracle|"
        "it gives you goose bumps of wonder"
    ),
    "mischievous": "you have the devil in your eyes|you are hatching a plot|you are the cat that ate the canary",
}

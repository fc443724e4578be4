"""Degree words, sentence frames, whole requests, neutral requests and sentences that mean nothing for a face.

Items are separated by "|". Frames hold one of {vp} imperative, {ger} gerund, {third} third person, {adj}, {noun},
{adv}, {scene}, {state}; `phrases.py` fills them.
"""

from __future__ import annotations

# level -> ways to say it, by the kind of word they modify
ADJECTIVE_DEGREES = {
    0.35: (
        "slightly|a little|a bit|a little bit|mildly|a touch|a tad|faintly|vaguely|ever so slightly|just a little|"
        "kind of|subtly|lightly|only slightly|barely"
    ),
    0.65: "quite|fairly|pretty|rather|moderately|reasonably|clearly|visibly",
    1.0: (
        "very|extremely|really|incredibly|super|so|totally|absolutely|deeply|highly|terribly|completely|utterly|"
        "strongly|intensely|insanely|remarkably|very very|extraordinarily|hugely|overwhelmingly"
    ),
}
NOUN_DEGREES = {
    0.35: "a hint of|a touch of|a trace of|a little|slight|mild|a bit of|subtle|faint|a tiny bit of|just a shade of",
    0.65: "some|moderate|a fair amount of|medium|visible|clear",
    1.0: "great|intense|extreme|a lot of|overwhelming|strong|tremendous|so much|maximum|deep|utter|powerful|huge",
}
VERB_DEGREES = {
    0.35: (
        "slightly {vp}|{vp} slightly|{vp} a little|{vp} a bit|{vp} a little bit|gently {vp}|{vp} gently|"
        "{vp} subtly|{vp} just a touch|barely {vp}|softly {vp}|{vp} lightly|{vp} ever so slightly|{vp} a tiny bit|"
        "{vp} faintly|{vp} only a little|subtly {vp}|{vp} at 30%|{vp} with low intensity|lightly {vp}|"
        "{vp} at 20 percent"
    ),
    0.65: (
        "{vp} moderately|{vp} halfway|moderately {vp}|{vp} somewhat clearly|{vp} quite a bit|{vp} at 60%|"
        "{vp} with medium intensity|{vp} to a moderate degree|{vp} fairly clearly"
    ),
    1.0: (
        "{vp} a lot|{vp} very much|strongly {vp}|{vp} strongly|{vp} as much as you can|really {vp}|"
        "{vp} to the max|{vp} with full force|{vp} intensely|{vp} dramatically|{vp} all the way|{vp} extremely|"
        "fully {vp}|{vp} hard|{vp} as far as possible|{vp} with all your might|{vp} completely|{vp} at 100%|"
        "{vp} with high intensity|{vp} vigorously|heavily {vp}|{vp} big time|very strongly {vp}|{vp} firmly|"
        "{vp} tightly|{vp} deeply|firmly {vp}|{vp} at full strength|{vp} way more"
    ),
}
STATE_DEGREES = {  # for states with an article ("a smile"): an adjective goes after the article
    0.35: "slight|faint|small|tiny|subtle|light|gentle|weak|little|soft|very slight|mild|very faint",
    0.65: "moderate|medium|clear|noticeable|normal|decent|visible",
    1.0: "big|strong|huge|very big|extreme|intense|massive|exaggerated|enormous|great|very strong|pronounced",
}
BARE_DEGREES = {  # for states without one ("eyebrows raised")
    0.35: (
        "{state} slightly|{state} a little|slightly {state}|{state}, just a little|{state} a bit|a bit of {state}|"
        "{state} at low intensity|slight {state}|{state} ever so slightly|{state} at 25%"
    ),
    0.65: "{state} moderately|moderate {state}|{state} at medium intensity|{state} halfway|{state} at 50%",
    1.0: (
        "{state} a lot|{state} to the max|strong {state}|{state} as much as possible|{state} at full intensity|"
        "extreme {state}|very strong {state}|{state} strongly|{state} very much|{state} at 100%|intense {state}"
    ),
}
NEUTRAL_MODIFIERS = "slowly|quickly|now|once|again|naturally|smoothly|briefly|carefully|twice|three times|a few times"

VERB_FRAMES = (
    "{vp}|{vp}|{vp}|please {vp}|{vp}, please|{vp} please|can you {vp}|could you {vp}?|now {vp}|I want you to {vp}|"
    "I'd like you to {vp}|you should {vp}|try to {vp}|make sure to {vp}|let's see you {vp}|just {vp}|"
    "go ahead and {vp}|have her {vp}|make him {vp}|let the avatar {vp}|the character should {vp}|remember to {vp}|"
    "start {ger}|begin to {vp}|she {third}|he is {ger}|the woman {third}|talk while {ger}|speak {ger}|{ger}|"
    "{ger} as you speak|{vp} while talking|{vp} as you talk|would you {vp}?|the man is {ger}|he should {vp}|"
    "she {third} while talking|the person {third}|I need you to {vp}|you are {ger}|with her {ger}|{vp} for me|"
    "a person {ger}|it {third}|{vp} during the speech|keep {ger}|he {third}|talk and {vp}|speak as you {vp}|"
    "we see him {ger}|they {vp}|director's note: {vp}|{vp} now|then {vp}|also {vp}|{vp} into the camera|you {vp}|"
    "while speaking, {vp}|must {vp}|will you {vp}|how about you {vp}|let me see you {vp}|do this: {vp}|"
    "the avatar {third}|{ger} throughout|could we see you {ger}?|perhaps {vp}|it would be nice if you {vp}|"
    "in this shot she {third}|the idea is to {vp}|be sure to {vp}|don't forget to {vp}|give it a go and {vp}|"
    "don't hesitate to {vp}|not only talk but {vp}|you have to {vp}|{vp} like you mean it|let's {vp}|"
    "get ready to {vp}|what I need is you {ger}|and {vp}|{vp} a moment"
)
VERB_NEGATIONS = (
    "don't {vp}|do not {vp}|dont {vp}|never {vp}|please don't {vp}|you must not {vp}|try not to {vp}|avoid {ger}|"
    "without {ger}|no {ger}|stop {ger}|not {ger}|refrain from {ger}|she doesn't {vp}|he isn't {ger}|"
    "make sure you don't {vp}|make sure not to {vp}|speak without {ger}|there should be no {ger}|"
    "resist the urge to {vp}|quit {ger}|under no circumstances {vp}|don't you {vp}|she is not {ger}|"
    "he never {third}|talk without {ger}|no {ger} please|please avoid {ger}|you shouldn't {vp}|do not {vp} at all|"
    "without ever {ger}|never ever {vp}|nobody should see you {ger}|{ger} is forbidden|no {ger} allowed|"
    "I don't want you to {vp}|cease {ger}|not supposed to {vp}|zero {ger}|please do not {vp}|you may not {vp}|"
    "he must not {vp}|she won't {vp}|absolutely no {ger}|stop yourself from {ger}|let there be no {ger}|"
    "it should not {vp}|abstain from {ger}|and don't {vp}|don't start {ger}|don't ever {vp}|can you not {vp}|"
    "forget about {ger}|skip the {ger}|you're not allowed to {vp}|I'd rather you didn't {vp}|"
    "there's no need to {vp}|at no point {vp}|no need to {vp}|I do not want any {ger}|hold off on {ger}|"
    "nobody said to {vp}|keep yourself from {ger}|don't let me see you {vp}|please no {ger}|"
    "it's important that you don't {vp}|neither {vp} nor fidget|talk but don't {vp}|any {ger} is unwanted"
)
STATE_FRAMES = (
    "{state}|{state}|with {state}|speak with {state}|show {state}|give me {state}|I want {state}|have {state}|"
    "{state}, please|talk with {state}|keep {state}|she has {state}|{state} while talking|I'd like to see {state}|"
    "please show {state}|he speaks with {state}|a face with {state}|present {state}|she talks with {state}|"
    "the person has {state}|act with {state}|say it with {state}|perform with {state}|make {state}|add {state}|"
    "use {state}|talk with these action units: {state}|let us see {state}|do {state}|start with {state}|"
    "deliver the line with {state}|I want to see {state}|there is {state} on the face|wearing {state}|"
    "put on {state}|give us {state}|let me see {state}|I need {state}|could we have {state}?|go for {state}|"
    "try {state}|{state} now|how about {state}|{state} for the camera|just {state}|talk, with {state}|"
    "hold {state}|a bit of acting: {state}"
)
STATE_NEGATIONS = (
    "no {state}|without {state}|without any {state}|I don't want {state}|absolutely no {state}|no {state} please|"
    "there should be no {state}|don't show {state}|not with {state}|never show {state}|speak without {state}|"
    "avoid {state}|zero {state}|please no {state}|she has no {state}|lose the {state}|with no {state}|"
    "not any {state}|don't use {state}|do not have {state}|remove the {state}|skip the {state}|no more {state}"
)
ADJECTIVE_FRAMES = (
    "{adj}|{adj}|look {adj}|be {adj}|sound {adj}|she looks {adj}|with {a} {adj} expression|with {a} {adj} face|"
    "with {a} {adj} look|in {a} {adj} tone|act {adj}|get {adj}|seem {adj}|he appears {adj}|feeling {adj}|"
    "I want him to look {adj}|make her {adj}|talk as if you were {adj}|{a} {adj} person|become {adj}|appear {adj}|"
    "speak with {a} {adj} voice|you are {adj}|you feel {adj}|please look {adj}|be {adj} when talking|"
    "{a} {adj} face|the speaker is {adj}|speak as if your emotion was {adj}|he should be {adj}|"
    "she seems {adj} while talking|talk like someone who is {adj}|{a} {adj} expression|give me {a} {adj} face|"
    "let your emotion be {adj}|emotion: {adj}|mood: {adj}|in {a} {adj} manner|in {a} {adj} way|make a {adj} face|"
    "{adj} look|pretend to be {adj}|show me your {adj} side|the woman is {adj}|talk with {adj} emotion|"
    "looking {adj}|being {adj}|{adj} and talking|speak in {a} {adj} mood|I'm {adj}|show that you are {adj}|"
    "sing with {adj} emotion|a {adj} man speaking|act as though you are {adj}|they are {adj}|try to look {adj}|"
    "say it like you're {adj}|{adj} voice|all {adj}|the avatar feels {adj}|give off {a} {adj} vibe|"
    "with {adj} eyes|be more {adj}|like {a} {adj} child|like {a} {adj} man|{a} {adj} girl|like somebody {adj}|"
    "sounding {adj}|make yourself look {adj}|make it {adj}|your most {adj} delivery|in your most {adj} voice|"
    "he's obviously {adj}|{adj} in every word|you've become {adj}|feel {adj} inside|so {adj} today|"
    "really {adj} about it|{adj} about the news|{adj} because of what happened|as {adj} as can be|"
    "{adj} as never before"
)
ADJECTIVE_NEGATIONS = (
    "not {adj}|don't be {adj}|don't look {adj}|do not be {adj}|without looking {adj}|never {adj}|stop being {adj}|"
    "you are not {adj}|without being {adj}|she isn't {adj}|don't seem {adj}|try not to look {adj}|"
    "avoid looking {adj}|not at all {adj}|you aren't {adj}|he is no longer {adj}|don't act {adj}|"
    "don't sound {adj}|do not look {adj}|by no means {adj}|not {adj} at all|never look {adj}|no {adj} face|"
    "no {adj} expression|without a {adj} face|anything but {adj}|not too {adj}|don't get {adj}|"
    "make sure she is not {adj}|don't appear {adj}"
)
NOUN_FRAMES = (
    "{noun}|with {noun}|full of {noun}|express {noun}|convey {noun}|show {noun}|speak with {noun}|"
    "filled with {noun}|an expression of {noun}|a look of {noun}|let {noun} set the tone|"
    "talk with {noun} in your eyes|let {noun} show on your face|a voice full of {noun}|feel {noun}|act out {noun}|"
    "display {noun}|in a state of {noun}|give me {noun}|I want to see {noun}|her face shows {noun}|radiate {noun}|"
    "emotion of {noun}|portray {noun}|speak with a tone of {noun}|overcome by {noun}|let us feel your {noun}|"
    "more {noun}|out of {noun}|{noun} in the voice"
)
NOUN_NEGATIONS = (
    "no {noun}|without {noun}|without any {noun}|don't show {noun}|with no {noun}|not a trace of {noun}|"
    "hide your {noun}|show no {noun}|never show {noun}|I don't want to see {noun}|do not express {noun}|"
    "no sign of {noun}|free of {noun}|conceal the {noun}|lacking {noun}|without showing {noun}|no {noun} please"
)
ADVERB_FRAMES = (
    "speak {adv}|talk {adv}|{adv}|say it {adv}|read this {adv}|answer {adv}|she talks {adv}|{adv} speaking|"
    "he speaks {adv}|deliver the line {adv}|please talk {adv}|present it {adv}|sing {adv}|look at me {adv}|"
    "she looks at the camera {adv}|tell the story {adv}|act {adv}|explain it {adv}|respond {adv}"
)
SCENE_FRAMES = (
    "as if {scene}|speak as if {scene}|like {scene}|imagine {scene}|pretend {scene}|act as though {scene}|{scene}|"
    "talk as if {scene}|look like {scene}|as though {scene}|imagine that {scene}|react as if {scene}|"
    "you speak as if {scene}|tell it as if {scene}|look as if {scene}|suppose {scene}|make it look like {scene}|"
    "speak like {scene}|talk like {scene}|say it like {scene}|like when {scene}|talk the way you would if {scene}|"
    "picture this: {scene}|the situation: {scene}|you look like {scene}|you sound like {scene}|let's say {scene}|"
    "in your head, {scene}|deliver it as if {scene}|behave as if {scene}|feel like {scene}|"
    "{scene} and you talk about it"
)
SOMEBODY_FRAMES = (
    "like someone who {x}|like a person who {x}|speak like somebody who {x}|she {x}|he {x}|a woman who {x}|"
    "the speaker {x}|like a man who {x}|as someone who {x}|like a child that {x}|talk like a guy who {x}|"
    "a girl who {x}|one who {x}"
)

# Requests to show nothing; they end an emotion.
NEUTRAL = (
    "talk naturally|neutral|poker face|with a poker face|neutral expression|speak normally|no emotion|"
    "no expression|expressionless|blank face|a blank expression|deadpan|stay neutral|be neutral|natural|"
    "look natural|talk as usual|neutral face|relax your face|return to neutral|back to normal|go back to neutral|"
    "reset|stone-faced|impassive|matter-of-factly|with no emotion|in a neutral tone|resting face|"
    "a plain expression|unemotional|emotionless|with a straight face|keep a straight face|no particular emotion|"
    "rest|at rest|ordinary|normal|default|be natural|stop everything|drop the expression|stop acting|"
    "give a normal performance|everyday conversation|talk freely|like in a normal conversation|"
    "as if nothing happened|show nothing|without any emotion|without emotion|without expression|"
    "with a neutral face|completely neutral|emotion: neutral|don't show any emotion|no feelings|show no feelings|"
    "don't let anything show on your face|hide your emotions|a face like a mask|"
    "wipe all expression from your face|let your face go blank|a vacant expression|flat affect|flat voice|"
    "look indifferent to nothing in particular|act normal|normally|naturally|in an ordinary voice|a neutral look|"
    "speak like you normally would|nothing on your face|a face without emotion|face at rest|"
    "with a calm neutral face|return to a resting expression|go back to normal|become neutral again|"
    "end with a neutral face|no facial expression"
)

# Words that change nothing on a face, but are fine to say to an actor.
PLAIN = (
    "close it|shut it again|and close it again|open it again|lower them again|let it drop again|pull it back in|"
    "do that three times|a few times|and come back up|then relax|let go|release|hold that for a second|just talk|"
    "speak in your own way|face the camera|look at the camera|look straight ahead|look into the lens|talk|"
    "look forward|look at me|back to center|face forward|return to the front|look straight into the camera|speak|"
    "head straight|center your head|say something|read the text|free expression|do whatever you like|"
    "anything is fine|be yourself|just speak|speak to the camera|talk to me|tell me a story|sing a song|sing|"
    "introduce yourself|continue|go on|carry on|nothing special|as before|stay as you are|back to the middle|"
    "eyes on the camera|look ahead|hold it|hold that pose|stay like that|and back|and back again|come back|"
    "turn back to the camera|please|thanks|thank you|return your head to the front|turn back to the center|"
    "look back at the camera|action|ok|okay|start|go|hello|speak your lines|for the video|in this take|"
    "as you speak|while talking|when you speak|during the speech|slowly|speak at a normal pace|speak slowly|"
    "talk fast|speak quickly|take a breath|breathe|pause|wait|wait a moment|pause for a moment|a bit faster|"
    "once more|repeat|do it again|three times|twice|while you speak|straight|again|to the camera|and then|first|"
    "stop|back|and return|then back again|bring your head back to the center|look at the audience|"
    "look at the viewer|look me in the eye|keep looking at the camera|turn to the camera|head back to center|"
    "return to center|return to the camera|eyes front|eyes forward|gaze at the camera|talk to the audience|"
    "give the speech|deliver the line|say the line|hold for a moment|keep going|that's it|quickly|"
    "keep your head straight|head centered|face me|the whole time|for a moment|at the same time|in one take|"
    "good luck|say hello|speak about your day|talk about the news|read this out|present the news|"
    "tell us about your holiday"
)

IRRELEVANT = (
    "buy three bananas|the weather is nice|juggle three balls|walk to the door|raise your hand|jump up and down|"
    "clap your hands|wave|wave at the crowd|turn on the light|close the door|open the window|roll the dice|"
    "lean against the wall|shake hands|stick out your foot|turn left at the traffic light|lift the box|"
    "open the file on the desktop|two plus two is four|the train leaves at noon|my keyboard is broken|"
    "cook some pasta|the cat sits on the mat|stand on one leg|cross your arms|snap your fingers|"
    "run a marathon now|what time is it|who won the game|the stock market fell|paint the fence green|"
    "raise the flag|lower the price|close your bank account|open a new tab|tilt the table|shake the bottle|"
    "drop the bass|turn off the radio|turn the page|turn the volume up|turn the key to the right|"
    "move the chair to the left|put the cup on the left side|take the second street on the right|"
    "park on the right|raise the curtain|blow up a balloon|puff on a pipe|squeeze the lemon|press the button|"
    "bite the apple|stretch your legs|raise your left hand|lift your right foot|kick the ball to the left|"
    "touch your nose|scratch your ear|put on a hat|wear sunglasses|change your shirt|dance on the table|"
    "sit on the floor|lie down on the couch|drink a glass of water|eat an ice cream|play the guitar|drive a car|"
    "ride a bicycle|swim across the lake|hold a pencil|write a letter|sign the contract|send an email|"
    "book a flight|pay the bill|count to ten|the quick brown fox|lorem ipsum dolor sit amet|asdf qwerty|xyz|12345|"
    "blah blah blah|foo bar|hjkl|..|???|make the background blue|change the background|zoom in|zoom out|"
    "pan the camera|add subtitles|play music|make it rain|add a dog|remove the watermark|render in 4k|"
    "use a wide lens|blur the background|black and white|photosynthesis converts light into energy|"
    "a right angle has ninety degrees|the left wing of the building|the mouth of the river|the eye of the storm|"
    "the head of the department|the tongue of the shoe|the brow of the hill|a lip of the cup|"
    "the nose of the plane|stand up|sit down|walk in circles|spin around|do a backflip|squat|lift weights|"
    "stretch your arms|flap your arms|point at the screen|thumbs up|make a fist|hug a friend|pull the rope|"
    "push the cart|open the drawer|close the book|raise taxes|lower the blinds|squint-free monitor|fix the bug|"
    "compile the code|water the plants|feed the fish|walk the dog|mow the lawn|wash the dishes|grow a beard|"
    "have green hair|be a robot|become a cat|be taller|wear a red dress|take off your glasses|"
    "bonjour tout le monde|guten morgen|donde esta la biblioteca|paris is the capital of france|open sesame|"
    "turn water into wine|fly to the moon|shake the tree|roll a cigarette|roll up your sleeves|roll the carpet|"
    "the report is due on friday|there are seven days in a week|it costs ten euros|chocolate|bananas|table|"
    "seventeen elephants|keyboard|an umbrella|blue|triangles|a glass of milk|shoulder press|shrug your shoulders|"
    "move your hands|gesture with your arms|put your hand on your heart|bend your knees|tap your foot|"
    "knock on wood|lift the hood of the car|raise the temperature|close the deal|open an account|"
    "look up the word in a dictionary|look for your keys|turn into a frog|face the music|head to the store|"
    "head for the exit|eye of the needle"
)

# Verbs of the face with things that are not part of one: only the two together decide.
IRRELEVANT_VERBS = (
    "buy|open|paint|close|move|carry|raise|lower|turn|shake|press|push|lift|roll|bite|tilt|shut|drop|show|pull|"
    "wrinkle|stretch|puff|look for|lean on|blow up|sell|wash|repair|cut|throw|find|fold|read|bend|rotate|spin|"
    "squeeze|stick|knit"
)
IRRELEVANT_NOUNS = (
    "table|bananas|lemon|curtain|window|door|box|car|letter|prices|flag|camera stand|spoon|wheel|bottle|carpet|"
    "tree|ball|left shoe|right hand|arms|legs|shoulders|book|lamp|phone|shirt|sweater|guitar|bread|ladder|piano|"
    "left arm|rope|budget|volume|bridge|balloon|coffee|right foot|fingers|hands|knees|ticket|newspaper|roof|"
    "garage door|chairs|feet|map"
)
IRRELEVANT_FRAMES = (
    "{v} the {n}|please {v} the {n}|{v} your {n}|don't {v} the {n}|{v} the {n} to the left|"
    "{v} the {n} to the right|the {n}|my {n} is broken|where is the {n}|{v} two {n}|{v} the {n} up|"
    "{v} the {n} down|she will {v} the {n}|{n}|I like the {n}"
)

# Extra words around a request that change nothing; "{x}" is the request.
WRAPPERS = (
    "{x} when you speak|for this take, {x}|in this video {x}|{x} for the camera|{x} thank you|ok, {x}|hey, {x}|"
    "{x} now|so {x}|I think you should: {x}|well, {x}|{x} like an actor|{x} naturally|{x}!|{x}.|{x}...|({x})|"
    "next: {x}|and {x}|{x} slowly|slowly {x}|{x} quickly|{x} once|{x} twice|{x} three times|{x} for a moment|"
    "briefly {x}|{x} again|- {x}"
)

# How clauses are joined; a and b are clauses, "{a}" first.
JOINS = (
    "{a}, {b}|{a} and {b}|{a}, and {b}|{a} while {b_ger}|{a} but {b}|{a} and also {b}|{a} with {b_state}|{a}, {b}|"
    "{a} as you {b_vp}|{a}; {b}|{a} + {b}|{a} & {b}|{a} plus {b}|{a}, {b_ger}|{a} and at the same time {b}|"
    "{a} and {b}|while {b_ger}, {a}|{a}, but {b}|{a} yet {b}|{a}, also {b}|{a} along with {b_state}|{a}. {b}|"
    "{a}, with {b_state}"
)
EMOTION_JOINS = (  # {p} and {q} are adjectives, {m} and {n} nouns
    "{p} and {q}|{p} but {q}|both {p} and {q}|{p} yet {q}|look {p} and {q}|half {p}, half {q}|be {p} and {q}|"
    "a mixture of {m} and {n}|a mix of {m} and {n}|with {m} and {n}|talk with a mixture of {p} and {q} emotions|"
    "a blend of {m} and {n}|{p}, {q}|{p} as well as {q}|{m} mixed with {n}|between {m} and {n}|she is {p} and {q}|"
    "she looks {p} but also {q}|you feel {p} and {q}|{p} with {n}|{p} with {q} eyes"
)
CONTRASTS = (  # first wanted, second avoided
    "not {q} but {p}|not {q}, but {p}|not {q}, {p} instead|don't be {q} but {p}|{p} rather than {q}|"
    "{p} instead of {q}|{p}, not {q}|look {p}, not {q}|{p} but not {q}|"
    "be {p} without being {q}|{p} without any {n}|{p} and not {q}|less {q}, more {p}|don't be {q}, be {p}|"
    "stop being {q} and be {p}"
)

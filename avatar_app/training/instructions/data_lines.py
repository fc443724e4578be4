"""Things people say to themselves or about themselves in each emotion, in the form of phrases_data_emotions.py."""

from __future__ import annotations

EMOTION_LINES: dict[str, str] = {
    "happy": (
        "what a wonderful day|I love my life|life is good|you enjoy every second|this is paradise|"
        "you are living your dream|you unwrap the toy you wished for|you splash in the pool with your friends|"
        "everyone loves you today"
    ),
    "sad": (
        "why did you have to go|nothing will ever be the same|you are grieving for your father|I feel so empty|"
        "you weep for a lost love|nobody loves me|you read the obituary of a friend|"
        "you are all by yourself at Christmas"
    ),
    "angry": (
        "I will make you pay for this|you will regret that|you swear at another motorist|get out of my way|"
        "you want to punch the wall|you have had it with these liars|I am sick of your lies|"
        "somebody ruined your work|you want payback"
    ),
    "surprised": (
        "I did not see it coming|who would have thought|you jump at a loud bang|what on earth|"
        "you never expected this twist|something exploded behind you|is this real|that came out of nowhere|"
        "a door slams without warning"
    ),
    "fearful": (
        "somebody is following you in the dark|please do not kill me|there is something in the closet|"
        "you have to run for your life|a stranger is lurking outside your window|I am going to die|"
        "you hear a scream in the cellar"
    ),
    "disgusted": (
        "you sip sour milk|there are worms in this apple|the rubbish is crawling with bugs|"
        "that stench is unbearable|you ate something off|you found rats in the pantry|this tastes awful|"
        "you have to touch a dead rat"
    ),
    "contemptuous": (
        "you are nothing to me|you look at a worm of a man|what a pathetic loser|they are like insects to you|"
        "how dare this nobody speak|you laugh at their feeble attempt|I am far above you"
    ),
    "excited": (
        "I cannot wait|it is going to be amazing|you introduce the greatest show on earth|"
        "children run to the Christmas tree|the band is coming on stage|you can hardly hold it in|"
        "you are about to open the biggest box"
    ),
    "amused": (
        "that is too funny|what a hilarious story|you are struggling not to burst out laughing|"
        "you bite back a laugh|your grandpa told a silly joke|the kitten fell off the sofa"
    ),
    "proud": (
        "look what I have made|I did it all on my own|that is my boy|you finished the house with your own hands|"
        "we are number one|you got the diploma at last"
    ),
    "confident": (
        "I know I can do it|you will win this for sure|nothing scares you|victory is mine|"
        "you are certain of the outcome|leave it to me|you have prepared well and it shows"
    ),
    "loving": (
        "I adore you|you fancy the one you talk to|you have fallen for him|you are my everything|"
        "you dote on your daughter|come here, my dear|you hold hands in the moonlight"
    ),
    "relieved": (
        "what a load off my mind|finally it is all over|we made it|you are safe now|that was a close call|"
        "you need not worry any more|the worst has passed|no harm done in the end"
    ),
    "calm": (
        "all is well|no hurry|everything is quiet|"
        "let it flow|you drift on a raft|you breathe slowly and deeply|nothing bothers you"
    ),
    "curious": (
        "I wonder what is in there|how fascinating|go on, tell me everything|you must know what happens next|"
        "let me see|you are itching to find out|what could it mean"
    ),
    "confused": (
        "I do not follow|this makes no sense at all|which way is it|you have no idea what they mean|come again|"
        "what is he talking about|nothing adds up in your head"
    ),
    "suspicious": (
        "I do not buy it|something is off here|you think that this does not add up|you doubt every word|"
        "that is a likely story|you do not fall for his tale|who are you really|you know he is up to something"
    ),
    "nervous": (
        "I hope I do not mess up|what will they say|you pace up and down before the result|"
        "you are a bundle of nerves|my hands are shaking|you wait for the verdict|you are on pins"
    ),
    "shy": (
        "please do not look at me|you would prefer to stay unseen|I am not good with people|"
        "you hide in the corner at parties|you blush when she says hello|could I maybe say something"
    ),
    "embarrassed": (
        "I made a fool of myself|I wish nobody had seen that|you turn red in front of the class|"
        "you dropped the cake at the wedding|everyone is laughing at your mistake|I am so ashamed"
    ),
    "disappointed": (
        "I thought you were better than this|so much for that|you hoped for more|it is not what I wanted|"
        "my team let me down|you had high hopes and now this|all for nothing"
    ),
    "annoyed": (
        "you are fed up with this rubbish|this song again|would you stop that|I am sick and tired of waiting|"
        "you have had enough of it|how many times must I say it|that noise drives me mad|oh please, not him"
    ),
    "bored": (
        "is it over yet|who cares|I could fall asleep, it is so dull|nothing to do|this goes on forever|"
        "same old story|you do not care in the least"
    ),
    "tired": (
        "I need my bed|you have been awake since yesterday|you have had no rest for days|let me sleep|"
        "I am worn to the bone|you did not close an eye all night|five more minutes"
    ),
    "sarcastic": (
        "yeah, that will work|sure, because you know everything|oh, bravo|as if that could ever happen|"
        "thanks a lot for nothing|right, and pigs can fly|what a brilliant plan, really|oh, how original"
    ),
    "sympathetic": (
        "I am here for you|you feel with her|that must be so hard for you|you feel for the poor people|"
        "it hurts to see him suffer|your heart is with them|let me help you, poor soul"
    ),
    "awed": (
        "it is so beautiful|you gaze at endless galaxies|I have never seen anything so grand|"
        "you are overwhelmed by the splendour|what a marvel|it is larger than life"
    ),
    "mischievous": (
        "nobody will know it was me|you can hardly hide your little scheme|wait till they see this|"
        "you play tricks on everyone|I have a surprise for my sister, hehe|there is mischief afoot"
    ),
}

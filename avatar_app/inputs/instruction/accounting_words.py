"""Words that name an action or a feeling outright, with every wish that shows it: what accounting.py looks for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple


class Named(NamedTuple):
    """pattern: of the words. shown: wishes any of which shows it. meant: those that a prohibition of it forbids."""

    pattern: re.Pattern[str]
    shown: frozenset[str]
    meant: frozenset[str]


_GLAD = "happy excited amused loving relieved proud confident mischievous laugh"
_HIS = r"(?:\w+ ){0,2}"
_SIDES = r"(?:\w+ ){0,4}?"
_LOOKS = r"(?:(?:look|glanc|gaz|peek|star)(?:e?s|ing|ed|e)?|eyes|gaze)\b"

# pattern | what is meant | what shows alike
_TABLE = (
    ("smil(?:e|es|ing|ey)|grin(?:s|ning)?", "smile",
     f"{_GLAD} smirk_left smirk_right sarcastic dimple shy embarrassed"),
    ("frown(?:s|ing)?", "mouth_frown lower_brows", "sad angry annoyed disappointed confused suspicious disgusted"),
    ("scowl(?:s|ing)?|glower(?:s|ing)?", "lower_brows angry", "annoyed suspicious contemptuous mouth_frown squint"),
    (r"nod(?:s|ding|ded)?(?! off\b)", "nod", "head_down"),
    (rf"shak(?:e|es|ing) (?:of )?{_HIS}head|head ?-?shak(?:es?|ing)", "shake_head", ""),
    (r"(?<!hood)wink(?:s|ing)?", "wink_left wink_right", ""),
    (r"blink(?:s|ing)?", "blink", "close_eyes"),
    (rf"clos(?:e|es|ing) {_HIS}eyes|eyes (?:are |stay |firmly |tightly |gently )*(?:closed|shut|close)|shut {_HIS}eyes",
     "close_eyes", "blink yawn"),
    (rf"wide[- ]eyed|eyes (?:go |very |open )*wide|widen(?:s|ing)? {_HIS}eyes|eyes widen(?:ing)?", "widen_eyes",
     "surprised fearful awed excited open_mouth"),
    (rf"(?:rais|lift|arch|cock)\w* {_HIS}(?:eye)?brows?|(?:eye)?brows? (?:raised|up|lifted|arched|high)",
     "raise_brows raise_left_brow raise_right_brow raise_inner_brows", "surprised curious sarcastic confused awed"),
    (rf"(?:low|furrow|knit|pull)\w* {_HIS}(?:eye)?brows?(?! up)|"
     r"(?:eye)?brows? (?:down|furrow\w*|lowered|knit\w*|drawn|low)",
     "lower_brows", "angry annoyed confused suspicious sad nervous"),
    (rf"roll(?:s|ing)? {_HIS}eyes|eye-?rolls?", "roll_eyes", ""),
    (rf"squint(?:s|ing)?|narrow(?:s|ing)? {_HIS}eyes|eyes narrow(?:ed|ing)?", "squint",
     "suspicious angry contemptuous annoyed confused"),
    (rf"tilt(?:s|ing|ed)?\b|cock(?:s|ed)? {_HIS}head", "tilt_left tilt_right", ""),
    (r"pout(?:s|ing|y)?|purs(?:e|es|ing) (?:\w+ )?lips|pucker(?:s|ed|ing)?|duck ?face", "pucker_lips",
     "round_lips press_lips mouth_frown raise_chin sad"),
    (rf"puff(?:s|ing)? {_HIS}cheeks", "puff_cheeks", ""),
    (rf"(?:stick|pok)\w* {_HIS}tongue|tongue out", "tongue_out", ""),
    (rf"jaw drop(?:s|ped)?|drop {_HIS}jaw|mouth (?:hangs |wide |falls )?open|open(?:s|ing)? {_HIS}mouth|"
     "open[- ]mouthed",
     "open_mouth", "surprised awed part_lips round_lips fearful yawn"),
    (r"bit(?:e|es|ing) (?:\w+ )?(?:lower |bottom )?lips?", "bite_lip", ""),
    (rf"(?:press|tighten)\w* {_HIS}lips|lips (?:pressed|tight)\b", "press_lips", "annoyed angry"),
    (rf"wrinkl(?:e|es|ing) {_HIS}nose|scrunch\w* {_HIS}nose|nose wrinkl\w+", "wrinkle_nose", "disgusted"),
    (rf"(?:mov|wiggl)\w+ {_HIS}(?:eye)?brows?", "raise_brows lower_brows raise_left_brow raise_right_brow", ""),
    (r"(?:keep|stay|hold|remain)\w* (?:\w+ ){0,3}still|motionless|(?:hardly|barely|not) a muscle", "stay_still",
     "calm"),
    (r"yawn(?:s|ing)?", "yawn", ""),
    (r"sigh(?:s|ing)?", "sigh", ""),
    (r"chew(?:s|ing)?(?! (?:out|over|it over))", "chew", ""),
    (r"whisper(?:s|ing|ed)?", "whisper", "mumble"),
    (r"shout(?:s|ing)?|yell(?:s|ing)?|scream(?:s|ing)?", "shout", "angry excited fearful"),
    (r"mumbl(?:e|es|ing)|mutter(?:s|ing)?", "mumble", "whisper"),
    (r"laugh(?:s|ing|ter)?|giggl(?:e|es|ing)|chuckl(?:e|es|ing)", "laugh", "amused happy excited"),
    (r"smirk(?:s|ing)?", "smirk_left smirk_right", "sarcastic contemptuous mischievous proud amused dimple smile"),
    (rf"lean(?:s|ing)? {_SIDES}(?:in|forwards?|closer|towards)\b", "lean_forward", ""),
    (rf"lean(?:s|ing)? {_SIDES}back(?:wards?)?\b", "lean_back", ""),
    (rf"turn(?:s|ing)? {_SIDES}left", "turn_left look_left", "look_right turn_right"),
    (rf"turn(?:s|ing)? {_SIDES}right(?! (?:at|to|into|after|before|in|on)\b)", "turn_right look_right",
     "look_left turn_left"),
    (rf"{_LOOKS} {_SIDES}left", "look_left turn_left", "look_right turn_right"),
    (rf"{_LOOKS} {_SIDES}right(?! (?:at|to|into|after|before|in|on)\b)", "look_right turn_right",
     "look_left turn_left"),
    (rf"{_LOOKS} {_SIDES}up(?:wards?)?\b(?! to (?:him|her|them|you|me)\b)", "look_up head_up", "roll_eyes"),
    (rf"{_LOOKS} {_SIDES}down(?:wards?)?\b(?! (?:on|his|her|their|your)\b)", "look_down head_down",
     "shy embarrassed sad"),
    (r"side[- ]eye|sideways (?:look|glance)|eyes? [^,.;]{0,25}to (?:one|the|either) side|glanc\w+ sideways",
     "look_left look_right", "turn_left turn_right"),
    (r"look(?:s|ing)? away|avert\w*", "look_left look_right look_down", "turn_left turn_right look_up shy embarrassed"),
    (r"chin up|(?:lift|rais)\w* (?:\w+ )?(?:chin|head)", "head_up", "look_up proud confident raise_chin"),
    (r"chin down|(?:lower|bow|drop)\w* (?:\w+ )?(?:chin|head)", "head_down", "look_down sad shy embarrassed nod"),
    ("happy|happily|happiness|cheerful(?:ly)?|joy|joyful(?:ly)?|glad|delighted|overjoyed|pleased", "happy",
     f"{_GLAD} smile"),
    ("sad|sadness|sadly|unhappy|gloomy|sorrow|sorrowful|miserable|heartbroken|melanchol(?:y|ic)|mournful", "sad",
     "disappointed tired sympathetic mouth_frown"),
    ("angry|angrily|anger|furious(?:ly)?|fury|rage|raging|livid|irate|enraged", "angry",
     "annoyed disgusted contemptuous shout lower_brows"),
    ("annoyed|annoyance|irritated|irritation|exasperated", "annoyed", "angry bored contemptuous"),
    ("surprised?|surprising|astonish(?:ed|ment)|shocked|startled|amazed|amazement|stunned|flabbergasted", "surprised",
     "awed fearful widen_eyes raise_brows excited confused curious"),
    ("scared|fear|fearful|terrified|terror|frightened|panicked|panicking", "fearful", "nervous surprised"),
    ("disgust|disgusted|revolted|repulsed", "disgusted", "contemptuous wrinkle_nose raise_upper_lip"),
    ("contempt|contemptuous(?:ly)?|scorn|scornful|disdain(?:ful)?", "contemptuous", "disgusted sarcastic proud"),
    ("excited(?:ly)?|excitement|thrilled", "excited", "happy surprised amused move_more"),
    ("amused|amusement", "amused", "happy smile laugh mischievous smirk_left smirk_right"),
    ("proud(?:ly)?", "proud", "confident happy head_up"),
    ("confident(?:ly)?|self-assured", "confident", "proud calm happy"),
    ("tender(?:ly|ness)?|affectionate(?:ly)?|lovingly|adoring(?:ly)?", "loving", "sympathetic happy calm smile"),
    ("relieved|relief", "relieved", "sigh happy calm"),
    ("calm|calmly|calmness|serene|composed|peaceful(?:ly)?", "calm", "stay_still relieved confident loving"),
    ("curious(?:ly)?|curiosity|intrigued", "curious", "surprised suspicious confused excited"),
    ("confused|confusion|puzzled|baffled|bewildered|perplexed", "confused", "curious surprised suspicious"),
    ("suspicious(?:ly)?|suspicion|s[ck]eptical(?:ly)?|wary|warily|distrustful", "suspicious",
     "confused squint contemptuous sarcastic curious nervous"),
    ("nervous(?:ly|ness)?|anxious(?:ly)?|anxiety|worried|worry|uneasy", "nervous",
     "fearful sad confused raise_inner_brows shy sympathetic"),
    ("shy|shyly|bashful(?:ly)?", "shy", "embarrassed nervous"),
    ("embarrassed|embarrassment|ashamed|sheepish(?:ly)?", "embarrassed", "shy nervous sad"),
    ("disappointed|disappointment", "disappointed", "sad annoyed"),
    ("bored|boredom", "bored", "tired annoyed"),
    ("tired|exhausted|weary|wearily|sleepy|drowsy", "tired", "bored yawn sad close_eyes sigh"),
    ("sarcastic(?:ally)?|sarcasm", "sarcastic", "contemptuous amused smirk_left smirk_right mischievous"),
    ("sympathetic(?:ally)?|sympathy|compassion(?:ate)?", "sympathetic", "sad loving nervous"),
    ("awe|awed|awestruck|awe-struck", "awed", "surprised"),
    ("mischievous(?:ly)?|cheeky|cheekily", "mischievous", "amused smirk_left smirk_right wink_left wink_right happy"),
)  # fmt: skip


@lru_cache(maxsize=1)
def named_outright() -> tuple[Named, ...]:
    """The table, compiled."""
    return tuple(
        Named(
            re.compile(rf"\b(?:{pattern})(?!\w)", re.I),
            frozenset(meant.split()) | frozenset(alike.split()),
            frozenset(meant.split()),
        )
        for pattern, meant, alike in _TABLE
    )

"""How people take back what they just said, as patterns for retractions.py."""

from __future__ import annotations

import re

HUM = (
    r"(?:oh|ah|ooh|uh|um+|er+|erm|hm+|well|ok|okay|but|and|so|oops|whoops|ugh|yeah|right (?:then|so)|gosh|god|nah|"
    r"nope|no|wait|"
    r"sorry|"
    r"actually|hang on|hold on|argh|you know what|know what|my bad|my mistake|apologies|honestly|haha|lol)"
)
STOP = r"[\s,.!…:;–—>→-]"
# Words that withdraw by themselves what stands before them.
_PLAIN = (
    r"(?:scratch|scrap|skip|forget|strike|ignore|cancel|undo|delete|disregard) (?:all )?(?:of )?(?:that|this|it|what i "
    r"(?:just )?"
    r"(?:said|wrote|typed))(?: (?:last )?(?:one|bit|part))?|(?:i )?take (?:that|it) back|never ?mind(?: that| this| "
    r"it)?|"
    r"(?:i|we)(?:['’]ve| have)? (?:just )?changed (?:my|our) mind|changed my mind|change of (?:plan|mind|heart)s?|"
    r"(?:on )?(?:second|further|2nd) thoughts?|on reflection|(?:my )?final (?:answer|decision|choice)(?=:| is)|"
    r"(?:can|could|may) (?:i|we|you) (?:please )?(?:change|switch|swap) (?:that|it|this) (?:to|for|into|with)|"
    r"(?:now (?:that )?i|come to|thinking|when i) think (?:of|"
    r"about) it|"
    r"thinking (?:about|of) it|correction|edit(?=:)|update(?=:)|typo(?=:)|wrong (?:order|way round)|let me "
    r"(?:rephrase|correct (?:that|myself)|start (?:over|again))|"
    r"(?:that|this)(?:['’]s| is| was) (?:all )?wrong|i(?:['’]ve)? (?:misspoke|got (?:that|it) wrong)"
)
# Two hesitations together ("hmm no", "wait, actually", "oh hang on"), or "no" that stands alone between stops.
NO_BAN = r"(?!(?<=\bno) \w)"  # "no nodding" forbids
_DOUBLE = (
    rf"(?:{HUM}{STOP}{{0,5}}){{0,4}}(?:\b(?:no+|nope|nah|wait|hang on|hold on|oops|whoops|sorry)\b{STOP}{{0,5}}"
    rf"(?:{HUM}{NO_BAN}{STOP}{{1,5}}){{1,4}}|(?:{HUM}{STOP}{{0,5}}){{1,4}}\b(?:no+|nope|nah|wait|hang on|hold "
    rf"on)\b{NO_BAN})"
)
MARKER = re.compile(
    rf"(?:^|(?<![.!?…])(?P<stop>[.!?…]{{1,5}})\s*|(?P<comma>\s*[,;:(]|\s+(?:[–—-]+>?|→)|\n)\s*|"
    rf"\s(?={HUM}\b)){STOP}{{0,5}}(?:"
    rf"(?:{HUM}{STOP}{{0,5}}){{0,4}}\b(?:{_PLAIN})\b(?:{STOP}{{1,5}}{HUM}\b{NO_BAN}){{0,4}}|{_DOUBLE}|"
    rf"(?:{HUM}{STOP}{{0,5}}){{0,4}}\b(?:i meant?|or rather)\b(?! (?:it|that|business)\b)|"
    rf"(?<=[,.!…–—>→-] )(?:no|nope|nah)(?=[,.!…] )){STOP}{{0,5}}",
    re.I,
)
WEAK = re.compile(
    rf"(?:(?<![.!?…])(?P<stop>[.!?…]{{1,5}})\s*|(?P<comma>\s*[,;:(]|\s+(?:[–—-]+>?|"
    rf"→))\s*)(?:{HUM}{STOP}{{0,5}}){{0,4}}\b(?:actually|sorry|"
    rf"wait|oops|whoops|"
    rf"better|er+|hmm+)\b{STOP}{{0,5}}(?=\S)",
    re.I,
)
ADDS = re.compile(r"\b(?:also|too|as well|add|plus|both|keep|another|even)\b", re.I)
REPLACES = re.compile(
    r"\b(?:make (?:it|that)|let['’]?s|instead|rather|go (?:with|for)|should be|prefer|better|just|not?|don['’]?t|"
    r"never)\b",
    re.I,
)
BAN = re.compile(
    r"(?:please )?(?:no|not|don['’]?t|do not|never|without|stop|skip|scrap|forget(?: about)?|lose|drop|cut|ditch|"
    r"kill|remove)"
    r"(?: any| the| that| this| her| his| all| of)*\s+(?P<what>[a-z][\w' -]*)",
    re.I,
)
SCRAPS = re.compile(
    r"(?:please )?(?:scrap|forget(?: about)?|lose|drop|ditch|kill|remove|skip|cut)(?: out)? (?:the|that|those|all "
    r"the) (?!act\b|"
    r"head\b|jaw\b|eyes?\b|chin\b|gaze\b)(?P<what>[a-z][\w' -]*)",
    re.I,
)
LEAD = re.compile(
    r"^(?:(?:please|just|maybe|perhaps|then|so|ok|okay|and|but|right(?=[,.])|i think|i guess|i mean(?:t)?|rather|"
    r"instead)[\s,.]+|"
    r"(?:let['’]?s|i['’]d|i would|we['’]d|we|i)(?: all)?(?: now)? (?:rather |just |much )?(?:go (?:with|for)|"
    r"have(?: him| her|"
    r" them)?(?: be)?|do|make (?:it|that)|keep (?:it|that|him|her)|say|try|want|prefer|like|need|settle (?:on|for)|"
    r"stick with)\s+|"
    r"(?:make|call) (?:it|that)\s+|(?:how|what) about\s+|better(?: to)?(?: make (?:it|that))?\s+)+",
    re.I,
)
TAIL = re.compile(
    r"[\s,]*\b(?:instead|rather|it is(?: then)?|(?:would|might|['’]d|is|seems)(?: be| look| work| feel)? (?:a bit |"
    r"much |way |far |"
    r"so much )?(?:funnier|better|nicer|best|cooler|good|more \w+)|(?:is|will be|would be) (?:enough|fine|plenty)|"
    r"(?:will|would) (?:do|suffice))\s*(?=$|[.!])",
    re.I,
)
# "that's where the logo goes", "they'd look dead": why it is withdrawn.
WHY = re.compile(
    r"^(?:(?:that|this|it|they|those|which|we|i)(?:['’](?:s|d|ll|re)| is| was| would| will| looks?| might| makes?| "
    r"sounds?| feels?)|"
    r"(?:he|she|you)(?:['’]d| would| might|['’]s (?:at|from|supposed|meant|my|our|his|her)\b|['’]s (?:at|in) (?:an?|"
    r"the)\b| is (?:at|from|supposed|meant))|"
    r"(?:maybe |perhaps )?(?:[\w']+ ){0,3}(?:(?:is|would be|might be|feels|looks)(?: a bit| way| far)? too|too|way "
    r"too|a bit too) "
    r"\w+|i (?:don['’]?t|do not) (?:like|think|want) (?:that|it|this)|not (?:that|this|"
    r"so))\b[^,.;!?]*$",
    re.I,
)
NUMBERS = "once|twice|thrice|one|two|three|four|five|six|seven|eight|nine|ten|\\d{1,3}"
COUNT = re.compile(
    rf"^(?:(?:only|just|about) )?(?:the )?(?P<n>{NUMBERS})(?: times| of (?:them|those)| \w+s)?[.!]*$", re.I
)
SIDE = re.compile(
    r"^(?:(?:to|with|on) )?(?:(?:the|her|his|their|your|my|its|it['’]s|that['’]s)[ ,]*)?(?:other )?(?P<side>left|"
    r"right|up|down)"
    r"(?: (?:side|one|eye|brow))?[.!]*$",
    re.I,
)
SIDES = {"left": "right", "right": "left", "up": "down", "down": "up"}
# "Angry. Well, not angry angry, more like disappointed."
NOT_QUITE = re.compile(
    rf"(?<![\s,.;…–—-])[\s,.;…–—-]+(?:{HUM}{STOP}{{1,5}}){{0,4}}(?:(?:he|she|it)(?:['’]s| is) )?not (?:really |"
    rf"exactly |actually |"
    rf"quite |so |"
    r"full[ -]on )?(?P<x>\w+)(?: (?P=x)| exactly| as such)?[\s,;.…–—-]+(?:(?:but|just|rather) )*(?:more(?: of an?\b|"
    r" like)?|"
    r"rather|closer to|just)\s+",
    re.I,
)
INSTEAD = "\uf8ff"  # between the mark of a time and that of the one which takes its place
# "My wife wants him cheerful, I want him grumpy. Go with my wife."
SIDING = re.compile(r"\b(?:go with|listen to|trust|do what|side with|follow|obey)\b", re.I)
SIDES_WITH = re.compile(
    r"(?:^|[.!?;,]\s+)[^.!?;,]*?\b(?P<who>\w+) (?:wants?|says?|said|thinks?|prefers?|voted(?: for)?|would like|"
    r"suggested)\b"
    r"(?: (?:he|she|it|him|her|that|to|should|be|have|go|look|for|we|make))* (?P<x>[^.!?;,]+)\b.*?\b(?:go with|"
    r"listen to|"
    r"trust|do what|side with|follow|obey) (?:my |the )?(?P=who)\b[^.!?]*(?P<end>[.!?]|$)",
    re.I | re.S,
)
# "Turn right, I mean my right, so her left."
SO_SIDE = re.compile(
    r"(?<![\s,.;…–—-])[\s,.;…–—-]+(?:so|i\.?e\.?|meaning|that is|that['’]s|which is) (?:her|his|the \w+['’]s|its) "
    r"(?P<side>left|right)\b",
    re.I,
)
YES = re.compile(
    r"(?<=[.!?…]) *(?:and )?yes,? (?P<x>\w+)(?:,? that['’]s (?:it|the one|right|better))?[.!]*(?=\s|"
    r"$)",
    re.I,
)
THAT_ONE = re.compile(
    r",? (?:yes,? )?(?:\w+, )?that['’]s (?:it|the one|better|the ticket|what i want)[.!]*(?=\s|"
    r"$)",
    re.I,
)
REVERSED = re.compile(
    rf"(?<![\s,.;!?…–—-])[\s,.;!?…–—-]+(?:{HUM}{STOP}{{1,5}}){{0,4}}(?:(?:do|make|have) (?:it|that) )?(?:(?:the "
    rf")?other way "
    rf"(?:a)?round|the "
    rf"reverse|"
    r"swap (?:them|those|that|these)(?: (?:round|over|around))?|in reverse(?: order)?)[.!]*$",
    re.I,
)
SENTENCE = re.compile(r"(?<=[.!?…\n])\s+(?=\S)")
STEP = re.compile(
    r"(?=\b[2-9][).:] )|(?:,\s*(?:and )?|;\s*|\s+and )?\bthen\b\s*|;\s*|,\s*(?:and |but )(?:finally )?", re.I
)

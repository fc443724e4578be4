"""Plain words for what people write around a direction and instead of one: greetings, remarks, turns of phrase.

Comes before everything else reads the text. What no rule knows stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from avatar_app.inputs.instruction.chatter import without_chatter
from avatar_app.inputs.instruction.complaints import COMPLAINT_RULES
from avatar_app.inputs.instruction.intensity import only_strength
from avatar_app.inputs.instruction.negation_rules import NEGATION_RULES
from avatar_app.inputs.instruction.order_rules import ORDER_RULES
from avatar_app.inputs.instruction.retractions import settled
from avatar_app.inputs.instruction.story_rules import STORY_RULES
from avatar_app.inputs.instruction.structure import Rewording
from avatar_app.inputs.instruction.tidying import tidy
from avatar_app.inputs.instruction.turn_rules import TURN_RULES

_ACTS = (
    r"(?:look|turn|tilt|nod|shake|smile|frown|raise|lower|lift|drop|blink|wink|close|open|stare|glance|lean|laugh|"
    r"grin|sigh|"
    r"squint|press|pout|roll|bite|puff|stretch|wrinkle|whisper|shout|move|shove|push|pull|stick|narrow|widen)"
)
# A sentence that tells of the past, of somebody else or of the writer, and asks for nothing.
_REMARK = re.compile(
    r"^(?:sorry,? |and |but |oh |well |ok |so )*(?:"
    r"(?:last|previous) (?:time|one|version|try|take)\b|(?:everyone|everybody|nobody|people) \w+\b|"
    r"(?:could|can|would) (?:you|we) do (?:that|this|it)\b|(?:the )?rest is\b|can you (?:show|do) (?:me )?(?:that|"
    r"this)\b|"
    r"(?:that|this)['’]s the (?:whole )?(?:point|character|idea|brief|joke)\b|"
    r"yesterday\b|previously\b|(?:in |with )?(?:the|my|our|your) (?:last|previous|other|old) "
    r"(?:one|take|version|video|clip|try|attempt|time)\b|"
    r"(?:it|this|that)(?:['’]s| is| will be) (?:for|because)\b|"
    r"(?:this|that|it|here)(?:['’]s| is) (?:a (?:photo|picture|portrait)|my|our|the (?:photo|picture))\b|"
    r"(?:does|do|is|did) (?:that|this|it|you)(?: all)? (?:make sense|understand|get (?:it|me|that)|ok(?:ay)?|clear|"
    r"know what i mean)\b|"
    r"(?:that|this)['’]s (?:all|it|the (?:vibe|idea|mood|gist))\b|that one\b|love (?:that|it|this)\b|"
    r"(?:if|when) (?:it|that|this)['’]?s? (?:is )?(?:too|not too) (?:much|hard|difficult)|"
    r"me again\b|(?:quick|hey quick) (?:one|question|request)\b|"
    r"(?:i|we) (?:honestly |really )?(?:do ?n['’]?t|do not) (?:really )?know what\b|"
    r"is (?:that|this|it) (?:right|ok(?:ay)?|possible|enough|fine)\b|well then\b|"
    r"my \w+ (?:says?|said|told me|thinks?|tells me|reckons?) (?:that )?(?:i|this|it|you)\b|"
    r"\w+s (?:read|take|see|find|hate|love|think of|call) (?:that|this|it|him|her)\b|"
    r"i(?:['’]ve| have) (?:tried|done|made|run|asked|used)\b|"
    r"(?:no worries|don['’]?t worry|never mind|not to worry)\b"
    r")[^.!?\n]*$",
    re.I,
)
_REFUSED = re.compile(r"(?:please )?(?:none of|no more of|not like|don['’]?t do) (?:that|this|it)\b", re.I)
_WISH = re.compile(
    r"\b(?:instead|this time|please|(?:would|['’]d) (?:so |really |very much |dearly )?(?:like|love)|"
    r"(?:could|can|would|should) (?:you|we|he|she|they|it|the)|want|need|let|"
    r"(?:have|make) (?:her|him|them|it|the))\b",
    re.I,
)

_RULES: tuple[Rewording, ...] = (
    (r"\b(?:screen|camera|frame|picture|viewer['’]?s?|audience['’]?s?|house)[ -](?P<s>left|right)\b",
     lambda m: {"left": "right", "right": "left"}[m["s"].lower()]),
    (r"\bstage[ -](?P<s>left|right)\b", r"\g<s>"),
    (r"^(?:(?:EXTREME )?CLOSE[ -]?UP|ECU|CU|MCU|WIDE|MEDIUM|INSERT|ANGLE|FADE IN|CUT TO|"
     r"SMASH CUT)\b(?-i:[^.\na-z]*)[.:\n]\s*", ""),
    (r"\bshould (?:he|she|they|it|i|we|you) (?P<x>[^?]+)\? (?:no|nope|never|absolutely not|"
     r"god,? no)\b[.!,]*", r"do not \g<x>. "),
    (r"\bshould (?:he|she|they|it|i|we|you) (?P<x>[^?]+)\? (?:yes|yep|yeah|sure|of course|please)\b[.!,]*", r"\g<x>. "),
    (r"\bshould (?:he|she|they|it|i|we|you) (?P<x>[^?]{1,80})\? +(?:(?:(?:i|we) (?:think|reckon|say|guess|suppose|"
     r"believe) "
     r"(?:that )?(?:so|yes|(?:he|she|they|it|you) should)|yes|yeah|yep|go on|why not|definitely|sure|of course|please|"
     r"ok(?:ay)?|do it)\b[.!,]* *)+", r"\g<x>. "),
    (r"[.!?;]\s+(?:just|only) (?:the )?(?P<n>once|twice)(?=\s*(?:[.!,;]|$))", r", \g<n>"),
    (r"[.!;,]\s+(?:and |but |just )?(?P<n>once|twice|(?:two|three|four|five|\d) times)"
     r"(?:['’]s|['’]ll| is| will| "
     r"would| "
     r"should| ought to)(?: be| do)?(?: more than)? ?(?:enough|plenty|fine|sufficient|do(?: it)?|it|right|perfect)?"
     r"(?=\s*(?:[.!,;]|$))", r", \g<n>"),
    (r"\bshould (?:he|she|they|it|i|we|you) (?P<x>[^?]+)\? only (?P<t>[^.,;]+)", r"\g<x> only \g<t>"),
    (r",? (?:and |but )?(?:not|no longer) (?:afterwards?|after (?:that|this|it)|later(?: on)?)\b", ""),
    (r"(?:^|(?<=[.;!] ))(?P<a>[^.;,!?]+), (?:yes|yeah|yep|sure)[.;,!] (?:but )?(?P<b>[^.;!?]+?)(?:,| ?[-–—]|:) "
     r"(?:no|nope|never|absolutely not)(?=[.!]|$)", r"\g<a>. no \g<b>"),
    (r"\bno to (?P<b>[^,.;]+?),? (?:and |but )?yes to (?P<a>[^,.;]+)", r"\g<a>, no \g<b>"),
    (r"\byes to (?P<a>[^,.;]+?),? (?:and |but )?no to (?P<b>[^,.;]+)", r"\g<a>, no \g<b>"),
    (r"\bstop (?:it )?with (?:the |all the |that |all that )", "no "),
    (r"\b(?:instead of|rather than) (?P<b>[^,.;]+?) (?=(?:have|make|let|get) (?:him|her|them|it)\b|please\b|(?:he|"
     r"she) should\b|just )",
     r"instead of \g<b>, "),
    (r"\b(?:must|should|may|can|do|does)(?: never| not|n['’]t) (?:ever )?look (?:directly |straight )?(?:in ?to|at|"
     r"toward[s]?) "
     r"(?:the |her |his )?(?:lens|camera|viewer|audience|us|me)\b", "looks away to the left"),
    (r"\b(?:(?:will|wo|can|could|does|do|would) ?n(?:o|['’])?t (?:quite )?|cannot (?:quite )?|refus(?:es|ing) to |"
     r"never |"
     r"avoid(?:s|ing) |unable to )meet(?:s|ing)? (?:his|her|their|our|your|my|the \w+['’]s|any(?:one|body)['’]s) "
     r"(?:eyes?|gaze|look)\b", "looks away to the left"),
    (r"\b(?:eyes?|gaze) (?:never|not) leav(?:ing|es?)\b", "looking at"),
    (r"(?P<a>\b(?:glanc|look|turn|peek)\w*\b[^.?!;]*)[.?!;,]\s+(?:it|which|that|he|she|they)(?:['’]s| is| stands?|"
     r" are| sits?| hangs?)"
     r"(?: over| up)? (?:on|to) (?P<s>(?:his|her|the|their|your) (?:left|right))\b", r"\g<a> to \g<s>"),
    (r"\b(?:scans?|surveys?|sweeps?|looks? (?:around|over|all round)) (?:the |his |her )?(?:room|crowd|audience|"
     r"hall|horizon|house)\b"
     r"(?: from (?:one )?(?:side|left|end) to (?:the other|right|side|"
     r"the other side))?", "looks left, then looks right"),
    (r"\b(?:he|she) (?:always|sometimes|usually|often) does this (?:thing|face) where ", ""),
    (r"\bwhen(?:ever)? (?:he|she)(?:['’]s| is) (?!talking|speaking|silent|quiet|done|finished|ready|listening|"
     r"saying|not\b|about|told|"
     r"asked|pausing)(?P<e>\w+)(?=[.,;!?]|$)", r"and \g<e>"),
    (r",? (?:because|cuz|cos|coz|bc|since(?= (?:he|she|they|it|we|i|the|you|its|his|her|"
     r"this)\b)) (?!of\b)[^.;!?,]*", ""),
    (r"^(?P<a>.*)[,.;] (?:so |ok(?:ay)? |yeah |and )*(?P<x>left|right) it is(?: then)?[.!]?$", lambda m: _this_side(m)),
    (r"^.*[,.;] (?:so |ok(?:ay)? |yeah |and )*(?P<x>(?!so\b|left\b|right\b|how\b|that\b|"
     r"what\b)[a-z]+) it is(?: then)?[.!]?$", r"\g<x>"),
    (r"\b(?:what would it look like|show me what it['’]?s like|see what happens) if (?=he|she|they)", ""),
    (r"^(?:\w+!+ )?(?:so )?(?:this|it|that)(?:['’]s| is) for [^,.;]*? and (?=(?:he|she|they|i|can|could|"
     r"please)\b)", ""),
    (r",? (?:and )?(?:everyone|everybody|people) (?:else )?\w+s?\b[^.!?,;]*", ""),
    (r"\bon a scale (?:from|of) (?:0|1|one|zero)(?: to|-|–) ?(?:10|ten),? (?:(?:make it|i want|give me|i['’]d say|"
     r"it['’]s|go for) )?"
     r"(?:an? )?(?P<n>\d{1,2})\b", r"\g<n> out of 10"),
    (r"\b(?P<x>pleased|glad|happy|delighted|thrilled|chuffed|overjoyed) to (?:see|meet|have|greet|be) (?:us|me|you|"
     r"him|her|them|"
     r"it|here|there|back|everyone|everybody|(?:some|any)(?:one|body))\b", r"\g<x>"),
    # Lead-ins.
    (r"^\W*(?:hi|hey|hello|dear|hiya|yo)(?: (?:there|all|team|everyone|dear|guys?|folks|"
     r"quick one))?[,.!]+\s*(?=\S)", ""),
    (r"^(?:ok(?:ay)?|so|well|right|um+|uh+|hmm+|basically|look|listen)[,.…]*\s+(?=(?:so|basically|i|can|could|"
     r"imagine|um+|"
     r"hmm+|the|he|she|they)\b)", ""),
    (r"\b(?:can|could|would|will) (?:you|we|u)(?: please| maybe| just| kindly)? (?:do the (?:thing|one|face) where|"
     r"make it so"
     r"(?: that)?|have it so(?: that)?)\s+", ""),
    (r"\b(?:can|could|would|will) (?:he|she|they|the (?:lady|man|woman|gentleman|chap|girl|boy|guy|portrait|avatar))"
     r"(?: please| maybe| just| perhaps| kindly)* (?=(?:look|be|seem|act|appear|come across)\b)", "please "),
    (r"\b(?:would|might) it be (?:at all )?possible (?:to|for)\s+", "please "),
    (r"\bi (?:was|am|['’]m|have been)(?: just)? (?:thinking|wondering|hoping)(?: that| if| of|"
     r" about)?(?: maybe)?,?\s+", ""),
    (r"\b(?:so )?(?:the thing is|here['’]s the thing|long story short|to be honest|honestly|tbh|ngl|"
     r"if that makes sense|"
     r"if you (?:know|see) what i mean|you know|if (?:you|u) (?:can|could|like|want|will|please)|"
     r"if (?:at all )?possible|"
     r"for some reason|lol|haha+|hehe+|rofl|lmao)\b,?", ""),
    (r"\b(?:i (?:want|would like|['’]d like|need) (?:to see )?)?(?:all|everything)(?: of)? (?:(?:the following|this|"
     r"these|"
     r"that|it)(?: \w+)? )?(?:together|at once|at the same time|simultaneously)(?:,? (?:and )?not [^:.,]*)?:\s*", ""),
    (r"^(?:in this order|(?:two|three|four|five|\d) (?:beats|steps|things|moves|parts|stages|actions)|"
     r"(?:instructions?|directions?|notes?|actions?|acting notes?|prompt|expression|performance|"
     r"mood))\s*:\s*(?=\S)", ""),
    (r"^[^.!?\n]*\b(?:i|my|we|our)\b[^.!?\n]*?\b(?:so |but |and )?i (?:guess|suppose|think|reckon|figure|want|need|"
     r"would like|"
     r"['’]d like|was hoping)(?: that)?(?: for)? (?=(?:he|she|they|him|her|them|it)\b)", ""),
    (r"\b(?:he|she|they|it|you) (?:should|must|needs? to|has to|have to|ought to) (?:please )?(?=(?:be|come|look|"
     r"feel|seem)\b)",
     ""),
    (r"^.*\b(?:let['’]?s (?:go (?:with|for)|just (?:go with|do|have)|stick with|settle (?:on|for))|"
     r"on second thoughts?,?)\s+", ""),
    (r",? (?:yeah|yes|yep|ya),? (?:that['’]?s|thats) (?:better|it|good|right|perfect|the one)", ""),
    (r"\bas in[,:]? (?=no\b|not\b)", ""),
    (r"\b(no \w+) (?=no \w+)", r"\1, "),
    (r"\b(?P<n>(?:an?|one|two|three|four|a few|a single|another|\d) (?:(?:slow|quick|small|tiny|single|little|firm|"
     r"gentle|sad|big|short|last|final) ){0,2})(?P<x>shakes?)(?=\s*(?:$|[,.;!]|and\b|then\b|at\b|on\b|in\b|after\b))",
     r"\g<n>head \g<x>"),
    (r"\b(nod|wink|blink|"
     r"shake)(?P<more>(?:[,!]? \1\b)+)", lambda m: f"{m[1]} {1 + m['more'].lower().count(m[1].lower())} times"),
    # A whole text in brackets is no aside.
    (r"^\s*(?:(?-i:[A-Z][A-Z'’. ]{1,30}) ?)?[(\[]([^()\[\]]+)[)\]]\s*[.:]?\s*$", lambda m: m[1].replace(";", ",")),
    (r"\b(?:man|woman|girl|boy|he|she|lady|male|female),? (?:in (?:his|her) )?(?:early |mid[- ]|"
     r"late )?\d0['’]?s\b,?", ""),
    (r"[,.;]?\s+(?:and )?(?:then )?(?:please )?(?:leave|keep|hold) (?:it|that|the \w+) (?:there|like that|so|that way)"
     r"(?= ?(?:$|[,.;!]))", ""),
    # "frown but do not nod, and smile later": a ban that is set against the rest holds throughout.
    (r",? but (?P<ban>(?:do not|don['’]?t|never|without|with no) [^,.;!?\n]+)(?P<end>$|[.!?;]|,(?: and)?)",
     lambda m: f". {m['ban']}. " if not re.search(r"\b(?:then|until|till|for|at)\b", m["ban"]) else m[0]),
    # Turns of phrase.
    (r"\btakes? (?:the|that|his|her) (?P<x>\w+) and (?:crank|turn|dial|ramp|amp)s? (?:it|"
     r"that) (?:all the way )?up\b", r"extremely \g<x>"),
    (rf"\b(?:kind|sort) of (?={_ACTS}s?\b)", ""),
    (r"\b(?:hardly|barely|scarcely|rarely|seldom|almost never|next to no|very few)(?: ever| any| at all)? "
     r"(?=blink|nod|wink|shak|mov|laugh)", "no "),
    (r"\bless (?=blink|nodd|wink|laugh)", "no "),
    (r"\bkeep (?:that|the|your|his|her|their|any) (\w+(?: \w+)?) to (?:your|him|her|them)sel(?:f|ves)\b", r"no \1"),
    (r"\bno(?:t a (?:hint|trace|sign) of an?)? (?P<x>\w+)(?P<y>\b[^.!?\n]*?,? (?:and |but )?(?:then|after (?:that|"
     r"which)|afterwards|"
     r"later),? )(?:just )?(?:let (?:it|that) "
     r"(?:out|show|loose|go|come)|release it|show it)\b", r"no \g<x>\g<y>\g<x>"),
    (r"\b(?:do|does)(?:n['’]t| not) (?:even )?want to (\w+),? but (?:it|he|she|they)(?: just)?(?: sort of| kind of)? "
     r"(?:comes? out|slips? out|does|do|bursts? out|happens)(?: anyway)?", r"cannot help \1ing"),
    (r",? (?:but )?(?:well|just|far|a little|way|stopping|stop|falling) short of \w+", ""),
    (r"[,:]? (?:but )?more than (?:just )?(?:mild|slight|a little|a bit)(?:ly)?\b", ""),
    (r"\b(?:do(?:es)? ?n['’]t|do not|never) want (?:one of (?:those|these)|an?|another|him to be an?|her to be an?)\b"
     r"(?P<x>[^.;:]*?)\b(?:that|who|which) (?P<y>(?:never|does ?n['’]t|do ?n['’]t|not)\b[^.;:]+)",
     lambda m: re.sub(r"\b(?:never|does ?n['’]t|do ?n['’]t|not) ", "", m["y"])),
    (r"\s*[\"“](?P<k>[a-z_ ]{2,20})[\"”]\s*:\s*[\"“](?P<v>[^\"“”]{1,60})[\"”]\s*", r" \g<k> \g<v> "),
)  # fmt: skip


def reword(text: str) -> str:
    """The text in plainer words. Only remarks are left out, and only where something else is said, too."""
    text = _other_side(_name_said(settled(without_chatter(tidy(text)))))
    for pattern, plain in _rules():
        text = pattern.sub(plain, text)
    return _without_remarks(text).strip()


@lru_cache(maxsize=1)
def _rules() -> list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]:
    rules = (*TURN_RULES, *COMPLAINT_RULES, *NEGATION_RULES, *_RULES, *STORY_RULES, *ORDER_RULES)
    return [(re.compile(pattern, re.I | re.S), plain) for pattern, plain in rules]


def _this_side(match: re.Match[str]) -> str:
    """ "She says left, I say right. I am the manager, so right it is." with that side in the place of both."""
    told = re.split(r"(?<=[.!?])\s+|,\s*(?:but|and) i\b|\s(?:but|and) i\b", match["a"])[0]
    told = re.sub(r"^\w+ (?:says?|thinks?|wants?)\b (?:that )?", "", told)
    return re.sub(r"\b(?:left|right)\b", match["x"].lower(), told, flags=re.I)


def _name_said(text: str) -> str:
    """ "he loathes Dashwood: frown each time that name comes up" with the name in the place of "that name"."""
    if not re.search(r"\b(?:that|this|the) (?:name|word)\b", text, re.I):
        return text
    named = re.findall(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b|[\"'“‘]([\w-]+)[\"'”’]", text)
    quoted = re.findall(r"(?<=[a-z,] )([A-Z][a-z]{2,})\b|[\"'“‘]([\w-]+)[\"'”’]", text)
    if not named:
        return text
    name = next(part for part in quoted[0] if part)
    said = rf"the word '{name}' is said"
    return re.sub(
        r"\b(?:that|this|the) (?:name|word) (?:comes? up|is (?:said|spoken|mentioned|heard)|falls|appears|gets? said)",
        said,
        text,
        flags=re.I,
    )


def _other_side(text: str) -> str:
    """ "raise the left brow, smirk on the other side" with the side in the place of "the other"."""
    sides = {side.lower() for side in re.findall(r"\b(left|right)\b", text, re.I)}
    if len(sides) != 1:
        return text
    other = "left" if sides == {"right"} else "right"
    return re.sub(
        r"\b(?:the|his|her|your) (?:other|opposite) (?=side|eye|brow|eyebrow|way|one|corner)",
        f"the {other} ",
        text,
        flags=re.I,
    )


def _without_remarks(text: str) -> str:
    sentences = re.split(r"(?<=[.!?\n])\s+", text)
    refused = [bool(_REFUSED.match(after)) for after in [*sentences[1:], ""]]
    kept = [
        sentence
        for sentence, needed in zip(sentences, refused, strict=True)
        if needed or _asks(sentence) or not _REMARK.match(sentence.strip(" .!?"))
    ]
    told = " ".join(kept) if kept and len(kept) < len(sentences) else text
    return re.sub(r"[.!] +(?P<s>[^.!?\n]{3,40}(?=[.!]|$))", _strength_joined, told)


def _strength_joined(match: re.Match[str]) -> str:
    """ "Rage. Eleven out of ten." in one sentence."""
    return f", {match['s']}" if only_strength(match["s"]) else match[0]


def _asks(sentence: str) -> bool:
    return bool(_WISH.search(sentence)) and not re.match(r"^(?:sorry,? )?(?:last|previous) time", sentence, re.I)

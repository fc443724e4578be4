"""Times in words and digits: "at 3 seconds", "0:02", "for a second and a half", "from 1 to 2 s", "at the end"."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.structure import EDGE_SECONDS, Groups, Rule, When

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
DIGITS = {word: value for value, word in enumerate(_ONES[:10], 1)}
NUMBERS: dict[str, float] = {
    **{word: float(value) for value, word in enumerate(_ONES, 1)},
    **{"fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0},
    **{"a": 1.0, "an": 1.0, "half a": 0.5, "a couple of": 2.0, "a few": 3.0, "several": 4.0},
}
NUMBER = r"(?:\d+(?:[.,]\d+)?|\.\d+|" + "(?:" + "|".join(sorted(NUMBERS, key=len, reverse=True)) + r")(?![a-z]))"
UNIT = r"(?:milliseconds?|ms|minutes?|mins?|m|seconds?|secs?|s)\b"
_CLOCK = r"\d+:\d\d(?::\d\d)?(?:[.,]\d+)?(?![\d:])"
_ABOUT = r"(?:about |around |roughly |approximately |approx\.? |circa |exactly |just |only |another |the |~)*"
LENGTH = rf"{NUMBER}(?: and a half)?[\s-]{{0,2}}{UNIT}(?: and a half\b)?"
_DIGITS = rf"\d+(?:[.,]\d+)?[\s-]?{UNIT}"
_SPAN = rf"(?:{_CLOCK}|{LENGTH}|(?:second |t\s?=\s?)\d+(?:[.,]\d+)?(?:\s?{UNIT})?)"
_NUM = rf"(?:{_CLOCK}|t\s?=\s?\d+(?:[.,]\d+)?|{NUMBER}(?: and a half)?(?:\s?{UNIT})?)"
_TO = r"\s?(?:-->|->|→|[-–—~〜～−]|\.\.\.?|…|to|until|till?|through|thru)\s?"
_PLAIN = r"\d+(?:[.,]\d+)?"
_COUNTED = rf"(?:{_PLAIN}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_END = r"(?:the )?(?:very )?(?:end|finish|close)\b"
_DO = (
    r"(?:look|turn|tilt|nod|shake|smile|frown|raise|lower|lift|blink|wink|close|open|squint|press|pout|roll|laugh|lean|"
    r"be|get|show)"
)
_CLIP = r"(?:video|clip|recording|take|speech|audio|film|whole thing|time)"
# "smile right at the end", but not "look right at the end".
_TURNERS = (
    "look looks looking turn turns turning glance glances tilt tilts gaze face head eyes wink the to your her his and"
)
_RIGHT = "".join(f"(?<!{word} )" for word in _TURNERS.split()) + "right "
_HOLD = (
    r"(?:,? ?(?:and |which |that )?(?:then )?(?:holds?|keeps?|stays?|lasts?|lasting|leave)(?: (?:it|that|this|"
    r"there|so|on|up|down|the \w+)){0,2} )"
)


def seconds(text: str) -> float:
    """ "1.5 s", "two seconds", "0:03", "00:00:01,500", "500 ms", "second 4", "a second and a half" in seconds.

    ValueError where the text holds no number.
    """
    text = text.lower()
    if re.fullmatch(_CLOCK, text):
        value = 0.0
        for part in text.replace(",", ".").split(":"):
            value = 60 * value + float(part)
        return value
    number = re.search(NUMBER, text)
    if not number:
        raise ValueError(f"not a time: {text!r}")
    found = number.group()
    value = NUMBERS[found] if found in NUMBERS else float(found.replace(",", "."))
    value += 0.5 if "and a half" in text else 0.0
    unit = re.search(r"(?:\b|\d)(ms|milli|min|m\b)", text)
    return value * {"ms": 1e-3, "milli": 1e-3, "min": 60.0, "m": 60.0}[unit.group(1)] if unit else value


def _range(g: Groups) -> When:
    a, b = g["a"], g["b"]
    unit = re.search(rf"{UNIT}$", b)
    if unit and not re.search(r"\d\s?[a-z]|:|=", a) and not re.search(rf"{UNIT}$", a):
        a += " " + unit.group()
    if seconds(a) >= seconds(b):
        return When(problem=f"the time '{g['all'].strip(' :')}' ends before it starts")
    return When(start=seconds(a), end=seconds(b))


def _edge(g: Groups) -> When:
    length = seconds(g["n"]) if g["n"] else seconds("one " + g["unit"])
    return When(first=length) if g["edge"] in ("first", "initial", "opening") else When(last=length)


def _unreadable(g: Groups) -> When:
    return When(problem=f"the time '{g['all'].strip(' :')}' cannot be read")


# Pattern -> what it says. The first that matches at the earliest place wins. No pattern may begin with a repetition.
TIME_RULES: tuple[Rule, ...] = (
    (rf"[\[(]?(?:from |between )?(?:seconds? )?(?P<a>{_CLOCK}|{_PLAIN}(?:\s?{UNIT})?){_TO}{_END}[\])]?\s?:?",
     lambda g: When(start=seconds(g["a"]), share_end=1.0)),
    (rf"[\[(]?(?:from )?(?:the )?(?:start|beginning){_TO}(?P<b>{_SPAN}|{_PLAIN}(?=\s?[\])]))[\])]?\s?:?",
     lambda g: When(start=0.0, end=seconds(g["b"]))),
    (rf"(?:{_HOLD})?(?:until|till|up to|up until) {_ABOUT}(?P<n>{LENGTH}) (?:before|from|short of) {_END}"
     rf"(?: of the {_CLIP})?", lambda g: When(until_end=seconds(g["n"]))),
    (rf"(?:at |from |starting |beginning |with |in )?{_ABOUT}(?P<n>{LENGTH}) (?:before|from|prior to|short of) "
     rf"(?:{_END}(?: of the {_CLIP})?|(?:it|the {_CLIP}|she|he) (?:ends?|stops?|finish(?:es)?|is over)\b)",
     lambda g: When(before_end=seconds(g["n"]))),
    (rf"by {_ABOUT}(?P<n>{_SPAN})(?:[- ](?:mark|point))?(?! (?:later|after))", lambda g: When(by=seconds(g["n"]))),
    (rf"(?:until|till|up to) {_ABOUT}(?P<n>{_COUNTED})(?=\s?(?:[,;!\n]|:(?!\d)|$|\.(?!\d)|and\b|then\b))",
     lambda g: When(end=seconds(g["n"]))),
    (rf"by {_ABOUT}(?P<n>{_COUNTED})(?=\s?(?:[,;!\n]|:(?!\d)|$|\.(?!\d)|and\b|then\b))",
     lambda g: When(by=seconds(g["n"]))),
    (rf"(?:(?<![^\n])|(?<=[,;.] ))by (?P<n>{_COUNTED}),?(?= [a-z])"
     r"(?! ?(?:%|percent|per cent|times|x\b|degrees|out of))", lambda g: When(by=seconds(g["n"]))),
    (rf"(?:(?<![^\n])|(?<=[,;.] ))(?:until|till|up to) (?P<n>{_COUNTED}),?(?= [a-z])"
     r"(?! ?(?:%|percent|times|x\b|degrees))",
     lambda g: When(end=seconds(g["n"]))),
    (rf"[\[(]\s?(?P<a>{_NUM}){_TO}(?P<b>{_NUM})\s?[\])]\s?:?", _range),
    (rf"(?:from |between |during )?(?:seconds? )?(?P<a>{_NUM})(?:{_TO}| and )(?P<b>{_SPAN})\s?:?", _range),
    (rf"(?:from |between |during )?seconds? (?P<a>{NUMBER})(?:{_TO}| and )(?:second )?(?P<b>{NUMBER})\b\s?:?", _range),
    (rf"(?:from|between) (?P<a>{_CLOCK}|{_SPAN})(?:{_TO}| and )(?P<b>{_PLAIN})(?![\w%.])\s?:?", _range),
    (rf"from (?P<a>{_PLAIN}){_TO}(?P<b>{_PLAIN})(?=\s?(?:[,;:.\n]|$))\s?:?", _range),
    (rf"(?:from|between) (?P<a>{NUMBER})(?:{_TO}| and )(?P<b>{NUMBER})"
     r"(?= [a-z])(?! ?(?:%|percent|per cent|times|x\b|degrees|out of|of\b|more|inches|"
     r"eyes?\b|brows?\b|lips?\b|moods?\b|people|feelings))", _range),
    (rf"@ ?(?P<n>{_PLAIN})(?![\w%])", lambda g: When(start=seconds(g["n"]))),
    (rf"(?<![^\n])(?P<a>{_PLAIN})\s?[-–—~]\s?(?P<b>{_PLAIN})\s?:", _range),
    (rf"(?:for |during |in |within |over )?(?:the |its |your )?(?P<edge>first|initial|opening|last|final) "
     rf"(?:(?P<n>{NUMBER}\s?{UNIT})|(?P<unit>seconds?\b))", _edge),
    (rf"(?:and )?(?P<n>{_SPAN}) (?:later|after that|after this|afterwards)", lambda g: When(later=seconds(g["n"]))),
    (rf"after (?:another|further|a further) (?P<n>{NUMBER}\s?{UNIT})", lambda g: When(later=seconds(g["n"]))),
    (rf"(?:{_HOLD}(?:for )?|for |lasting |over )(?:about |around |exactly |another |just |only |"
     rf"at least )*(?P<n>{LENGTH})",
     lambda g: When(length=seconds(g["n"]))),
    (rf"an? (?P<n>{NUMBER}-{UNIT})(?:[- ]long)?(?! (?:mark|point))", lambda g: When(length=seconds(g["n"]))),
    (rf"(?:{_HOLD})?(?:(?:right |all the way )?(?:up )?(?:until|till)|up to|before) {_ABOUT}(?P<n>{_SPAN})"
     r"(?:[- ](?:mark|point))?", lambda g: When(end=seconds(g["n"]))),
    (rf"after {_ABOUT}(?P<n>{_SPAN})", lambda g: When(after=seconds(g["n"]))),
    (rf"(?:when|once|as soon as) (?:we|you|it|the \w+|he|she) (?:reach(?:es)?|gets? to|hits?|comes? to|arrives? at) "
     rf"{_ABOUT}(?P<n>{_SPAN})(?:[- ](?:mark|point))?", lambda g: When(start=seconds(g["n"]))),
    (rf"(?:starting |beginning )?(?:exactly )?(?:at|from|@|on|in|near|around|about|towards?) ?{_ABOUT}"
     rf"(?P<n>{_SPAN})(?:[- ](?:mark|point))?(?: on(?:wards?)?\b| in\b(?! the)| (?:and|or so))?\s?:?",
     lambda g: When(start=seconds(g["n"]))),
    (rf"(?:starting |beginning )?(?:near|around|at|from) {_ABOUT}(?P<n>{_COUNTED})(?: on(?:wards?)?\b)?"
     rf"(?=\s?(?:[,;!\n]|:(?!\d)|$|\.(?!\d)|and\b|then\b))"
     r"\s?:?", lambda g: When(start=seconds(g["n"]))),
    (rf"(?:(?<![^\n])|(?<=[,;.] ))at (?P<n>{_PLAIN}),?(?= [a-z])(?! ?(?:%|percent|per cent|times|x\b|degrees|out of))",
     lambda g: When(start=seconds(g["n"]))),
    (rf"(?P<n>{_SPAN})\s?:", lambda g: When(start=seconds(g["n"]))),
    (rf"(?P<n>{LENGTH}) (?:in\b(?! the)(?:to (?:it|the \w+))?|into (?:it|"
     rf"the \w+))", lambda g: When(start=seconds(g["n"]))),
    (rf"[\[(]?(?P<n>{_CLOCK}|t\s?=\s?{_PLAIN}(?:\s?{UNIT})?)[\])]?\s?[:-]?", lambda g: When(start=seconds(g["n"]))),
    (r"(?:at |from |@ ?)?\d+(?:[:.]\d+){2,7}(?:\s?(?:seconds?|secs?|s)\b)?|(?:at |from |@ ?)?\d+:\d+(?:[.,]\d+)?",
     _unreadable),
    (rf"(?:(?<![^\n])|(?<=[,;.] )|(?<=[(\[]))(?P<n>{_DIGITS}),?(?= [a-z])", lambda g: When(start=seconds(g["n"]))),
    (rf"(?P<n>{_DIGITS})(?=\s?(?:[,;.!\n)]|$))", lambda g: When(length=seconds(g["n"]))),
    (rf"(?:{_RIGHT}|only )?(?:at|towards?|near|in|by|close to|(?:just|shortly|right) before) the (?:very )?(?:end|"
     rf"ending|finish|close|final(?! \w+ly|"
     rf" (?:\w+ )?(?:seconds?|secs?|moments?)))\b"
     rf"(?: of the {_CLIP})?(?! of\b)", lambda g: When(last=EDGE_SECONDS)),
    (rf"(?:{_RIGHT})?(?:at|in|from) the (?:very )?(?:beginning|start|outset)\b(?: of the {_CLIP})?|"
     r"(?:just )?(?:as|when) (?:you|she|he|it|they|we|i) (?:starts?|begins?)\b(?= ?(?:$|[,;.:\n]))|"
     r"as (?:you|she|he|it|they|we|i) (?:starts?|begins?)\b(?! (?:to|\w+ing|with|by|off|out)\b)",
     lambda g: When(first=EDGE_SECONDS)),
    (rf"throughout(?: the (?:whole )?\w+)?|all the time|all the way through(?: the \w+)?|from start to finish|"
     rf"from (?:the )?(?:beginning|start) (?:to|until|till) (?:the )?end|(?:for |during )?the (?:whole|entire) "
     rf"(?:time|way|thing|{_CLIP})\b(?: through)?|at all times|the whole way through|the entire way through",
     lambda g: When(whole=True)),
    (r"(?:for |but )?(?:just |only )?(?:for )?(?:just |only )?(?:an?|one|the) (?:brief |short |split |quick |tiny |"
     r"single |"
     r"fleeting )?(?:moment|instant|heartbeat|split second)\b(?! (?:to|when|she|he|you|i|the|of)\b)|(?:very )?briefly|"
     r"momentarily|fleetingly", lambda g: When(brief=True)),
    (r"(?:otherwise|(?:for )?(?:the )?rest of the time|(?:for )?the remaining time|at all other times|"
     r"apart from that)\b,?",
     lambda g: When(otherwise=True)),
)  # fmt: skip

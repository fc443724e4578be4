"""Shares of the recording ("first half", "50% in", "for the last third") and rates ("every two seconds")."""

from __future__ import annotations

import re

from avatar_app.inputs.instruction.structure import Groups, Rule, When
from avatar_app.inputs.instruction.time_words import NUMBER, UNIT, seconds

_NOW_AND_THEN = 3.5  # seconds from one "once in a while" to the next
_FASTEST = 0.2  # seconds; what repeats faster is no longer seen
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "tenth": 10}
_PART = r"(?:half|halves|thirds?|quarters?|fourths?|fifths?|sixths?|tenths?)\b"
_HOW_MANY = {"": 1, "a ": 1, "one ": 1, "two ": 2, "three ": 3, "four ": 4, "2 ": 2, "3 ": 3, "one-": 1, "two-": 2}
_HOW_MANY |= {"three-": 3, "1 ": 1}
_MANY = r"(?:a |one[ -]|two[ -]|three[ -]|four |[123] )"
_PLACE = {"first": 0, "opening": 0, "initial": 0, "second": 1, "third": 2, "fourth": 3, "last": -1, "final": -1}
_PERCENT = r"(?:\d{1,3}(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b)"
_OF_IT = r"(?: of (?:it|the (?:video|clip|recording|take|speech|audio|film|time|whole thing|sentence|text)|this|that))?"
_WAY = (
    r"(?:of the way(?: (?:through|in|into it))?|of the way|through|into|in|mark|done)\b(?! (?:intensity|strength|size))"
)
_HALFWAY = r"(?:halfway|half way|half-way|the half ?way (?:point|mark)|the mid-?point)"


def _percent(text: str) -> float:
    return min(1.0, float(re.sub(r"[^\d.]", "", text.replace(",", "."))) / 100)


def _part(many: str, name: str) -> float:
    return min(1.0, _HOW_MANY.get(many, 1) / _PARTS.get(name.rstrip("s"), 2))


def _nth_part(g: Groups) -> When:
    """ "the first two thirds", "second half", "the middle third", "the first 30 %"."""
    if g["p"]:
        size = _percent(g["p"])
        return (
            When(share_start=0.0, share_end=size)
            if _PLACE[g["nth"]] == 0
            else When(share_start=1 - size, share_end=1.0)
        )
    size = _part(g["many"], g["part"])
    if g["nth"] == "middle":
        return When(share_start=0.5 - size / 2, share_end=0.5 + size / 2)
    place = _PLACE[g["nth"]]
    start = 1 - size if place < 0 else place * size
    return When(share_start=min(start, 1 - size), share_end=min(start + size, 1.0))


def _between(g: Groups) -> When:
    a, b = _percent(g["a"]), _percent(g["b"])
    if a >= b:
        return When(problem=f"the time '{g['all'].strip(' :')}' ends before it starts")
    return When(share_start=a, share_end=b)


def _every(g: Groups) -> When:
    number = {"other": "2", "second": "2", "half": "half a", "": "1"}.get(g["n"].strip(), g["n"])
    return _rate(seconds(f"{number} {g['unit']}"), g)


def _per(g: Groups) -> When:
    times = {"once": 1.0, "twice": 2.0, "thrice": 3.0}.get(g["n"]) or seconds(re.sub(r"x$", "", g["n"]))
    unit = 60.0 if g["unit"].startswith("min") else 1.0
    return _rate(unit / times if times else 0.0, g)


def _rate(every: float, g: Groups) -> When:
    if every <= 0:
        return When(problem=f"'{g['all'].strip(' :')}' is no rate")
    return When(every=max(every, _FASTEST))


SHARE_RULES: tuple[Rule, ...] = (
    (
        rf"for (?:about |the first )?(?P<p>{_PERCENT}) of (?:it|the \w+)\b",
        lambda g: When(share_start=0.0, share_end=_percent(g["p"])),
    ),
    (rf"(?:until|till|up to) (?:about |around |"
     rf"roughly )?(?P<many>{_MANY})(?P<part>{_PART})(?: {_WAY})?(?: the \w+)?{_OF_IT}",
     lambda g: When(share_end=_part(g["many"], g["part"]))),
    (rf"(?:until|till|before) (?:the |its )?(?P<nth>second|middle|third|last|final) (?P<part>{_PART}){_OF_IT}",
     lambda g: When(share_end=_nth_part({**g, "many": "", "p": ""}).share_start)),
    (rf"(?:for |during |in |over |within |throughout )?(?:the |its |your )?(?P<nth>first|opening|initial|second|middle|"
     rf"third|fourth|last|final) (?:(?P<many>{_MANY})?(?P<part>{_PART}){_OF_IT}|"
     rf"(?<=first )(?P<p>{_PERCENT}){_OF_IT})\s?:?",
     _nth_part),
    (rf"(?:for |during |in |over |within )?(?:the |its |your )?(?P<nth>last|final) (?P<p>{_PERCENT}){_OF_IT}\s?:?",
     lambda g: _nth_part({**g, "many": "", "part": ""})),
    (rf"(?:from|between) (?P<a>\d{{1,3}}(?:\.\d+)?\s?(?:%|percent)?)\s?(?:-|–|—|~|to|and|until)\s?(?P<b>{_PERCENT})"
     rf"{_OF_IT}", _between),
    (rf"(?:after|from) (?:about |around |roughly )?(?P<p>{_PERCENT})(?: on(?:wards?)?\b)?(?: {_WAY})?{_OF_IT}\s?:?",
     lambda g: When(share_start=_percent(g["p"]))),
    (rf"(?:until|till|up to) (?:about |around |roughly )?(?:the )?(?P<p>{_PERCENT})(?: {_WAY}){_OF_IT}",
     lambda g: When(share_end=_percent(g["p"]))),
    (rf"(?:until|till) (?:about )?(?P<p>{_PERCENT}){_OF_IT}", lambda g: When(share_end=_percent(g["p"]))),
    (rf"(?:(?:at|from|after|around|about|when|starting) )?(?:about |around |roughly )?(?:the )?(?P<p>{_PERCENT}) {_WAY}"
     rf"(?: the \w+)?{_OF_IT}\s?:?", lambda g: When(share_start=_percent(g["p"]))),
    (rf"(?:at|from|after) (?:about |around |roughly )?(?:the )?(?P<many>{_MANY})(?P<part>{_PART})"
     rf"(?: mark| point)?{_OF_IT}(?! (?:of|intensity|strength|size|power|volume)\b)\s?:?",
     lambda g: When(share_start=_part(g["many"], g["part"]))),
    (rf"(?:until|till|up to) (?:about |around )?(?:{_HALFWAY}|"
     rf"the middle)(?: through(?: the \w+)?)?", lambda g: When(share_end=0.5)),
    (rf"(?:(?:at|from|after|around|about|by) )?(?:about |around |roughly )?(?P<many>{_MANY})(?P<part>{_PART}) {_WAY}"
     rf"(?: the \w+)?{_OF_IT}", lambda g: When(share_start=_part(g["many"], g["part"]))),
    (rf"(?:(?:at|from|after|around|about|by|starting) )?(?:about |around |roughly )?{_HALFWAY}"
     r"(?: through| in(?:to)?\b)?(?: it\b| the \w+)?(?: on(?:wards?)?\b)?\s?:?", lambda g: When(share_start=0.5)),
    (r"(?:from |starting in )the middle (?:on|onwards?)\b|from the middle\b", lambda g: When(share_start=0.5)),
    (rf"(?:somewhere )?(?:in|around|near) the (?:very )?middle\b{_OF_IT}(?! (?:of|pauses?|gaps?|silence)\b)",
     lambda g: When(share_start=1 / 3, share_end=2 / 3)),
    (r"(?:from (?:then|that point|that moment|there|now) on(?:wards?)?|(?:,? ?(?:and |which |that )?(?:stays?|"
     r"lasts?|holds?|"
     r"keeps?)(?: (?:it|that|there|so|on)){0,2} )?(?:until|till|to|through to) (?:the very end|the end|"
     r"it['’]?s over|it is "
     r"over|it ends|the finish|the last second)(?: of (?:the \w+|it))?|(?:for )?the rest(?! of the time)(?: of (?:it|"
     r"the \w+))?\b(?! of)|"
     r"for the remainder(?: of (?:it|the \w+))?)\s?:?", lambda g: When(share_end=1.0)),
    (rf"(?:once |one time |about )?(?:every|each) (?P<n>{NUMBER}(?: and a half)? |other |second |"
     rf"half )?(?P<unit>{UNIT})(?! word)(?: or so)?", _every),
    (rf"(?:about )?(?P<n>once|twice|thrice|{NUMBER} ?(?:times|x)) (?:a|an|per|every|each|in a) (?P<unit>seconds?|"
     rf"secs?|minutes?|"
     r"mins?)\b", _per),
    (r"(?:every |just )?(?:once in a while|now and then|now and again|from time to time|occasionally|every so often|"
     r"here and there|sometimes|at times)\b", lambda g: When(every=_NOW_AND_THEN)),
)  # fmt: skip

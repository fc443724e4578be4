"""Counts of an instruction: "nod twice", "three quick blinks", "shake 3x", each with the words it belongs to."""

from __future__ import annotations

import re

_WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBERS: dict[str, int] = {word: value for value, word in enumerate(_WORDS, 1)}
_NUMBERS |= {"a couple of": 2, "a few": 3, "several": 4, "a": 1, "an": 1, "a single": 1, "single": 1, "just one": 1}
_NUMBERS |= {"once": 1, "twice": 2, "thrice": 3, "twise": 2, "thrise": 3, "double": 2, "triple": 3, "a couple": 2}
_MOST = 99
_NUMBER = r"\d{1,3}|a couple of|a couple|a few|several|" + "|".join(_WORDS)
_TIMES = r"t(?:imes|ims|iems|imse|imez|tmes|mes|iimes|ime|emes|ymes|iem)\b"
_LOOKS = (
    r"(?:(?:slow|quick|small|big|short|single|tiny|gentle|firm|hard|subtle|deep|long|little|soft|brief|more|"
    r"clear|slight|fast|yes|firm|lone|(?:barely|hardly|almost) \w+|just) ){0,3}"
)
_GESTURE = (
    r"(?:head )?(?:nod+s?|(?<=one )shakes?(?=$|[,.;!])|winks?|blinks?|eye ?-?rolls?|sighs?|yawns?|head ?-?shakes?|"
    r"shakes?(?= of (?:the|"
    r"your|her|his) head)|yes(?= with (?:the|your|her|his) head))\b"
)
_COUNTS = re.compile(
    rf"\b(?P<times>{_NUMBER}) (?:more )?{_TIMES}|\b(?P<x>\d{{1,3}}) ?[x×](?!\w)|(?<![\w.])[x×] ?(?P<by>\d{{1,3}})\b|"
    r"(?<!at )(?<!all at )\b(?P<word>once|twice|thrice|twise|thrise)\b(?! (?:in|and for all|more|again|you|he|she|"
    r"they|it|that|"
    r"the|i|we|done|upon)\b)|"
    rf"\b(?P<some>a single|just one|single|{_NUMBER}|an?) {_LOOKS}{_GESTURE}|\b(?P<fold>double|triple)[ -]\w+",
    re.I,
)
_BARE = re.compile(
    r"(?:(?:then|and|now|please|just|a|he|she|they|you) )*(?:slow |quick |small |little )?(?:nod|wink|blink|shake|"
    r"roll)s?"
    r"(?: (?:your|his|her|their|the) (?:head|eyes?))?(?: with (?:your|his|her|the|one) (?:left |right |"
    r"other )?eye)?(?: (?:your|his|her|the )?(?:left|"
    r"right)(?: eye)?)?(?: (?:slowly|quickly|again))?",
    re.I,
)
_CHUNKS = re.compile(r"\s*(?:[,;&+/]|\b(?:and|but|while)\b)\s*", re.I)
_FILLERS = re.compile(r"\b(?:just|only|the|exactly|and|no more|precisely|or|please|like|about|it|do|that|this)\b", re.I)


def counts_of(text: str) -> tuple[tuple[str, int], ...]:
    """(Part of the text as written, how often) for each count in a clause.

    A part is what stands between commas, "and", "but" and "while". A count that stands alone ("wink, just the once")
    belongs to all that stands before it.
    """
    found: list[tuple[str, int]] = []
    begin = 0
    for end, following in [*((m.start(), m.end()) for m in _CHUNKS.finditer(text)), (len(text), len(text))]:
        chunk = text[begin:end].strip()
        match = _COUNTS.search(chunk)
        if match:
            alone = not re.search(r"\w", _FILLERS.sub("", chunk[: match.start()] + chunk[match.end() :]))
            counted = alone and match["some"] is None and match["fold"] is None
            found.append((text[:end].strip() if counted and begin else chunk, _value(match)))
        begin = following
    return tuple(found)


def one_gesture(text: str) -> bool:
    """Whether a step of several is a bare gesture ("look up, then nod"), which happens once."""
    return bool(_BARE.fullmatch(text.strip(" .!,")))


def _value(match: re.Match[str]) -> int:
    told = next(value for value in match.groups() if value).lower()
    return max(1, min(_MOST, int(told) if told.isdigit() else _NUMBERS[told]))

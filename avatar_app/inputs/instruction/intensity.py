"""Intensities: how strongly a text says something is to be done, and whether it grows or fades."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from avatar_app.inputs.instruction.marks import without_times

_MOST = 1.2
_NOT_LATER = r"(?! (?:later|longer|while|earlier|after|before|girl|boy|lady|man|woman|kid|child|more time|bit later)\b)"
_HOW = r"(?:tall|big|small|strong|wide|high|hard|far|deep|loud)"


def _share(m: re.Match[str]) -> float:
    value = float(m["n"].replace(",", ".")) / 100
    return value if value < 1 else _MOST


def _of_ten(m: re.Match[str]) -> float:
    return _MOST if int(m["n"]) >= int(m["of"]) else int(m["n"]) / max(1, int(m["of"]))


_GRADES = {"A": 0.2, "B": 0.4, "C": 0.65, "D": 0.9, "E": _MOST}  # of the facial action coding system


_RULES: tuple[tuple[str, float | Callable[[re.Match[str]], float]], ...] = (
    (r"(?:ten|eleven|twelve|twenty|a hundred|a thousand) (?:out of|of|on a scale of) (?:ten|a hundred|5|10)|"
     r"(?:up )?to (?:an )?(?:eleven|11)\b|out of (?:his|her|their|your) (?:wits|mind|skin)|"
     r"as \w+ (?:to \w+ \w+ )?as (?:it|he|she) "
     r"(?:will go|goes|can(?: go)?)|exaggerate everything|(?:pixar|cartoon|disney)[- ]?(?:level|style|ish)?\b|"
     r"through the "
     r"(?:roof|ceiling)|off the (?:scale|charts?)|max(?:ed)? (?:it )?out|the back row", 1.2),
    (r"as \w+ as (?:an? |any |the |his |her )?(?:\w+ ){0,3}?(?:can|could) (?:possibly |ever |humanly )*(?:be|get|"
     r"look|go|manage|"
     r"muster)\b|as \w+ as (?:humanly )?possible", 1.2),
    (r"(?:a|one)[ -](?:third|quarter|fourth|fifth) (?:of|as)", 0.3),
    (r"(?:a|one)[ -]tenth (?:of|as)", 0.15),
    (r"(?:two[ -]thirds|three[ -]quarters) (?:of|as)", 0.7),
    (r"(?:at )?(?:intensity|level|grade) (?P<n>[A-E])(?! \w)", lambda m: _GRADES[m["n"].upper()]),
    (r"the \w+est (?:\w+ )?(?:on (?:earth|the planet)|in the (?:world|universe)|ever|alive|of all time)", 1.2),
    (r"even \w+er\b", 1.0),
    (r"no half measures|not by halves|nothing by halves", 1.2),
    (r"(?<![\w.,])(?P<n>\d{1,3}(?:[.,]\d+)?)\s?(?:%|percent\b|per cent\b)", _share),
    (r"(?<![\w./])(?P<n>\d{1,3}) ?(?:out of|/) ?(?P<of>10|100|5)\b", _of_ten),
    (r"(?<![\w.])(?P<n>[01]?\.\d{1,3})(?![\w.]| ?(?:s|sec|seconds?|ms|min)\b)", lambda m: min(_MOST, float(m["n"]))),
    (rf"not (?:too )?{_HOW}(?:,| and| but|, and|, but)? (?:not|nor) (?:too )?{_HOW}", 0.6),
    (r"neither \w+ nor \w+", 0.6),
    (r"not (?:too|very|so|overly|really|terribly|particularly|that) (?:much|\w+)|nothing (?:too )?(?:big|much|"
     r"wild)", 0.35),
    (r"tiniest|faintest|slightest|merest|smallest|minimal(?:ly)?|almost (?:imperceptibl[ey]|invisibl[ey]|nothing)|"
     r"barely (?:visible|there|noticeable|perceptible)|hardly (?:visible|any|noticeable)", 0.15),
    (r"ever so (?:slightly|little|gently)|(?:very|so) (?:slightly|faint(?:ly)?|subtl[ey])|just a (?:touch|hint|"
     r"trace|hair)|"
     r"a (?:\w+ )?(?:hint|trace|touch|whisper|suggestion|ghost|flicker|shadow|dash) of|a (?:touch|hair|smidge|tad|"
     r"trace|hint)\b|"
     r"the beginnings? of|the (?:hint|trace|ghost|suggestion|shadow) of|barely|hardly|tiny|faint(?:ly)?|scarcely", 0.2),
    (rf"slight(?:ly|er)?|a (?:wee |little )?(?:little|bit|wee)\b(?! o\b){_NOT_LATER}|a little bit{_NOT_LATER}|"
     rf"mild(?:ly)?|"
     rf"(?<!what )(?<!some )(?<!any )(?<!this )(?<!that )(?<!the )(?:kind|sort) of(?! like\b)|kinda|sorta|somewhat|"
     rf"gentl[ey]|"
     rf"subtl[ey]|light(?:ly)|small|soft(?:ly)|weak(?:ly)?|lil|little(?= (?:smile|nod|frown|smirk|grin|tilt|wink|"
     rf"shake|laugh|"
     rf"pout|sigh|yawn|lift|raise))|modest(?:ly)?", 0.35),
    (rf"extremely|as \w+ as (?:you|she|he|they|one|it|is|humanly|ever)\b(?: \w+)?|as (?:much|{_HOW}) as possible|"
     rf"maxim(?:um|ally|al)|"
     rf"total(?:ly)?|utter(?:ly)?|complete(?:ly)?|absolute(?:ly)?|fully|full(?= (?:force|power|on|strength|works|"
     rf"blast|throttle))|"
     rf"the full works|far (?:to the |over to the )?(?:left|right|up|down)\b|all the way|to the (?:max|maximum|"
     rf"extreme|limit)|"
     rf"enormous(?:ly)?|huge(?:ly)?|massive(?:ly)?|insane(?:ly)?|incredibl[ey]|exaggerated(?:ly)?|over the top|"
     rf"at (?:full|max) (?:strength|power|force)|sharply (?:left|right|up|down)|properly|outrageous(?:ly)?|"
     rf"immense(?:ly)?", 1.2),
    (r"very|strong(?:ly)?|big(?:ger)?|wide(?:ly)?|broad(?:ly)?|super|intense(?:ly)?|deep(?:ly)|hard(?! to\b)|"
     r"heav(?:y|ily)|a lot|lots|"
     r"vigorous(?:ly)?|forceful(?:ly)?|powerful(?:ly)?|emphatic(?:ally)?|terribl[ey]|awful(?:ly)|highly|exceedingly|"
     r"so(?= (?:much|happy|sad|angry|excited|scared|tired|proud|bored|surprised))|loud(?:ly)?|firm(?:ly)?|wildly|"
     r"firmly", 1.0),
    (r"quite|really|pretty(?= (?!smile|face|woman|girl|lady|eyes)\w+)|clear(?:ly)|noticeabl[ey]|distinct(?:ly)|"
     r"considerabl[ey]|"
     r"good and", 0.85),
    (r"medium|moderate(?:ly)?|fairly|average|middling|reasonabl[ey]|rather(?! than)(?= \w)|"
     r"normal(?:ly)?(?= (?:smile|nod|size|"
     r"strength))|partial(?:ly)?|partly", 0.6),
    (r"half(?!-? ?(?:hearted|way|time|an? second|an? minute|measures|"
     r"past))(?<!first half)(?<!second half)(?<!other half)(?<!last half)", 0.5),
    (r"half-? ?hearted(?:ly)?", 0.35),
)  # fmt: skip
_FILLERS = re.compile(
    r"\b(?:at|about|around|of|the|a|an|way|please|energy|intensity|strength|level|power|effort|just|it|that|go|make|"
    r"keep|and|but|"
    r"is|be|like|i want|he is|she is|turned|dialled|dialed|cranked|toned|brought|kept|up|down|in|to|so|much|then|"
    r"yes|really|"
    r"what|you|normally|usually|would|do|does|usual|normal)\b|['’]d\b",
    re.I,
)
_FALLS = (
    r"less and less|fad(?:es?|ing)(?! in\b)(?: away| out)?|(?:gradually|slowly) (?:stops?|relax(?:es)?|lessens?|"
    r"calms? down|"
    r"fades?|drops?|disappears?|goes away)|dies (?:down|away)|wears? off|dwindl(?:es?|ing)|subsid(?:es?|ing)|"
    r"wan(?:es|ing)|"
    r"melts? away|(?:weaker|smaller|fainter|softer|calmer|fewer) and \w+er|decreas(?:es?|ing(?:ly)?)|diminish(?:es|"
    r"ing)?|lessens|"
    r"eas(?:es|ing) off"
)
_GROWS = (
    r"more and more|(?P<er>[a-z]{3,12}er) and (?P=er)|increasing(?:ly)?|increases|gradual(?:ly)?|progressively|"
    r"bit by bit|little by little|(?:slowly |steadily )?(?:grow(?:s|ing)?|build(?:s|ing)?(?: up)?|intensif(?:y|ies|"
    r"ying)|"
    r"swell(?:s|ing)?)\b|fad(?:es?|ing) in|(?:gets?|getting|becom(?:es?|ing)) (?:bigger|stronger|wider|more|louder|"
    r"[a-z]{3,10}er)\b|slowly (?:turns?|becomes?|breaks?|spreads?|starts?)"
)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], float | Callable[[re.Match[str]], float]], ...]:
    return tuple((re.compile(rf"\b(?:{p})(?!\w)" if p[0] != "(" or p[:3] == "(?:" else p, re.I), v) for p, v in _RULES)


def strength_of(text: str) -> float | None:
    """The strength that a piece of text says, 0 to 1.2 where 1 is "very"; None where it says nothing about it.

    Of several the first rule wins: numbers, then what weakens, then what strengthens. Times are not strengths.
    """
    text = without_times(text)
    for plain in dict.fromkeys([text, re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text)]):  # "over-the-top"
        for pattern, value in _patterns():
            if match := pattern.search(plain):
                return value if isinstance(value, float) else value(match)
    return None


def only_strength(text: str) -> bool:
    """Whether a text says how strongly and nothing else: "eleven out of ten", "very much so, please"."""
    plain = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", without_times(text))
    for pattern, _ in _patterns():
        if match := pattern.search(plain):
            return not re.search(r"[^\W\d_]", _FILLERS.sub("", plain[: match.start()] + plain[match.end() :]))
    return False


def ramp_of(text: str) -> tuple[float, float] | None:
    """Factors of the strength at the start and at the end of what grows ("more and more") or fades; else None."""
    if re.search(rf"\b(?:{_FALLS})\b", text, re.I):
        return 1.0, 0.1
    return (0.2, 1.0) if re.search(rf"\b(?:{_GROWS})", text, re.I) else None

"""Negations that say more, or something else, than that a thing must not happen, in plain words.

"Not just happy" is more than happy, "trying not to cry" is sad, "looks anywhere but up" never looks up.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_WHO = r"(?:he|she|they|it|you)"
_HELD = {
    "cry": "sad, with the lips pressed", "laugh": "amused, with the lips pressed", "giggle": "amused, with the lips "
    "pressed",
    "smile": "a slight smile with the lips pressed", "grin": "a slight smile with the lips pressed", "yawn": "tired",
    "scream": "very angry, with the lips pressed", "shout": "very angry, with the lips pressed", "panic": "nervous",
    "fall asleep": "tired", "doze off": "tired", "explode": "very angry, with the lips pressed",
}  # fmt: skip
_TRIES = (
    r"(?:(?:is |are )?(?:try(?:ing)?|tries|struggl(?:e|es|ing)|fight(?:s|ing)?|attempt(?:s|ing)?|do(?:es|ing)? "
    r"(?:his|her|"
    r"their|your) best)(?: so| very| really)?(?: hard| desperately| (?:his|her|their|your) (?:best|hardest))*)"
)
_HIDES = (
    r"(?:hide|conceal|mask|cover up|disguise|suppress|stifle|hold (?:back|in)|fight back|choke back|bite back|"
    r"not (?:to )?show)"
)


def _held(match: re.Match[str]) -> str:
    """ "trying not to laugh" by what is seen of it; what nobody listed shows slightly."""
    deed = match["x"].lower()
    return _HELD.get(deed) or f"slightly {re.sub('^(?:look|be|seem|appear|get|show|act) ', '', deed)}"


def _hidden(match: re.Match[str]) -> str:
    """ "trying to hide how pleased he is" as "slightly pleased"."""
    felt = re.sub(r"^(?:how|that|the fact that|his|her|their|your|the|an?)\b ?", "", match["x"], flags=re.I)
    felt = re.sub(rf"^{_WHO}(?:['’]s| is| are)? |\s+{_WHO}(?:['’]s| is| are| feels?)$", "", felt, flags=re.I)
    return "sad, with the lips pressed" if re.match(r"tears?\b", felt, re.I) else f"slightly {felt}"


NEGATION_RULES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (rf"\b(?P<who>{_WHO}(?:['’]s| is) )?not (?:just|only|merely|simply) (?P<x>[^,.;–—]+?),? but (?:also )?(?:{_WHO} "
     rf")?(?P<y>[^.;]+)",
     r"\g<x> and \g<y>"),
    (rf"\b(?:{_WHO}(?:['’]s| is) )?not (?:just|only|merely|simply) (?:an? )?[^,.;–—]+(?:[,.;–—]+|\s-+)\s*(?:no,? "
     rf")?(?=\w)", "extremely "),
    (rf"\b{_TRIES} not to (?P<x>fall asleep|doze off|(?:look|be|seem|appear|get|show|act) \w+|\w+)(?: out "
     rf"loud)?", _held),
    (rf"\b(?:{_TRIES}|wants|wanting|fail(?:s|ing)) to {_HIDES} (?P<x>[^,.;]+?)(?=\s*(?:$|[,.;!]|\bbut\b))", _hidden),
    (r"\b(?P<v>looks?|turns?|glances?|gaz(?:e|es)|star(?:e|es))(?: (?:in|to))? (?:anywhere|everywhere|any direction|"
     r"every direction|(?:any|every) way|wherever (?:he|she|you) likes?) ?(?:except|but|other than|apart from)(?: "
     r"for)?(?: to the)? "
     r"(?P<s>up|down|left|right)\b(?:wards?)?", r"never \g<v> \g<s>"),
    (r"\b(?:he|she|they)(?:['’]d| would| will) never (?:admit|say|show|tell)[^,.;!?]*", ""),
    (r"\b(?:there['’]?s|there is) nothing (?P<x>\w+)(?: about| in| to)(?: (?:this|it|that|him|"
     r"her))?(?=\s*[.!,;])", r"not \g<x>"),
)  # fmt: skip

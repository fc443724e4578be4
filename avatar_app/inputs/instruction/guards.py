"""What the words of a clause rule out: both sides at once, three emotions in a breath, bans without a negation."""

from __future__ import annotations

import re

from avatar_app.face.facs import EMOTION_NAMES

_SIDED = ("turn", "look", "tilt", "jaw", "smirk", "wink")
_BOTH_SIDES = re.compile(
    r"\b(both|either|each|side to side|sides|around|about|alternat|one (?:\w+ )?(?:then|and|after)|shift|dart|tennis)",
    re.I,
)
_LEFT, _RIGHT = re.compile("l[ei]*ft|lft", re.I), re.compile("ri[gh]*t|rite", re.I)
_UP = re.compile(
    r"\b(up|upp|upwards?|upper|lift\w*|rais\w*|ris\w*|high\w*|ceiling|sky\w*|heaven\w*|above|back|tall|over|air)\b",
    re.I,
)
_DOWN = re.compile(
    r"\b(down|downwards?|low\w*|drop\w*|floor|ground|bow\w*|s[iau]nk\w*|hang\w*|hung|tuck\w*|dip\w*|chest|below|feet|shoes|"
    r"toes|lap|notes|page|droop\w*|under\w*)\b",
    re.I,
)
_SEVERAL = re.compile(
    r"[,;+/&:|]|\b(and|but|yet|mix\w*|blend|both|plus|with|half|between|while|also|as well|then|n)\b", re.I
)

# Words of negation themselves; "hide" and "back" may forbid or not.
_NEGATOR = re.compile(
    r"\b(?:no|not|nor|neither|never|none|nothing|without|minus|sans|less|free|stop|avoid|skip|quit|cannot|dont|doesnt|"
    r"isnt|wont|cant|arent|didnt|hardly|rather|instead|lose|drop|cut|hold|resist|relax|un\w+)\b|n['’]t\b",
    re.I,
)
_CERTAIN = 0.95
NOT_NAMED, WANTED, AVOIDED = range(3)  # what the understanding says of a label
_PROHIBITION = re.compile(
    r"^(?:please |and |but )?(?:do ?n['’]?o?t|do not|never|no|not|without|avoid|stop) "
    r"(?!(?:stop|forget|hesitate|hold|be afraid|only|just|too|very|so|quite|much)\b)[^,;:&+]*$(?<!but)",
    re.I,
)
_FORBIDDING = re.compile(
    r"\b(?:no|not|nor|never|none|nothing|without|minus|sans|less|free|stop|avoid|skip|drop|lose|quit|cut|out|alone|hold|"
    r"resist|rather|instead|back|any|anything|but|relax|un\w+|hardly|nobody|cannot|dont|doesnt|isnt|wont|cant|arent|didnt|"
    r"keep|leave|lay|ease|enough)\b|n['’]t\b|-free\b",
    re.I,
)


def unfounded(avoided: dict[str, float], text: str) -> frozenset[str]:
    """Labels of `avoided` (label: probability) to drop, since nothing in the text forbids anything.

    "As if making sure that nobody is there" forbids no sympathy. Only actions that are certain stay: "it is a staring
    contest" is no time to blink.
    """
    if _NEGATOR.search(text):
        return frozenset()
    return frozenset(name for name, chance in avoided.items() if name in EMOTION_NAMES or chance < _CERTAIN)


def sign_said(text: str) -> int | None:
    """The sign of all that a text names, where its words leave no doubt: a plain prohibition, or nothing forbidding."""
    if _PROHIBITION.match(text):
        return AVOIDED
    return None if _FORBIDDING.search(text) else WANTED


def without_contradictions(wanted: dict[str, float], text: str) -> frozenset[str]:
    """Labels of `wanted` (label: probability) to drop, since the text does not say both of two opposites.

    Of two opposite sides or heights the likelier stays, unless the text names both. Of emotions the likeliest two stay,
    and one where the text joins nothing and it is much likelier than the other.
    """
    dropped = set()
    for first, second, both in _opposites(text):
        if first in wanted and second in wanted and not both:
            dropped.add(min(first, second, key=wanted.__getitem__))
    rivals = sorted((name for name in wanted if name in EMOTION_NAMES), key=wanted.__getitem__, reverse=True)
    if not _SEVERAL.search(text):
        dropped |= set(rivals[2:])
        dropped |= {name for name in rivals[1:2] if wanted[name] < 0.8 * wanted[rivals[0]]}
    return frozenset(dropped)


def _opposites(text: str) -> list[tuple[str, str, bool]]:
    """(label, its opposite, whether the text says both)."""
    sides = bool(_BOTH_SIDES.search(text) or (_LEFT.search(text) and _RIGHT.search(text)))
    heights = bool(_UP.search(text) and _DOWN.search(text))
    pairs = [(f"{verb}_left", f"{verb}_right", sides) for verb in _SIDED]
    pairs.append(("raise_left_brow", "raise_right_brow", sides))
    return [*pairs, ("look_up", "look_down", heights), ("head_up", "head_down", heights)]

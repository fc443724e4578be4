"""What a prohibition means beyond its one label: both sides where no side is named, the head where a look is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from avatar_app.inputs.instruction.understanding import ParsedInstruction

_SIDE = re.compile(r"\b(?:left|right)\b|\b(?:one|either) (?:eye|brow|eyebrow)\b", re.I)
_WHICH_WAY = re.compile(r"\b(?:forwards?|in|closer|back(?:wards?)?|away|towards?)\b", re.I)
_EYES_ALONE = re.compile(r"(?<!see )(?<!see his )(?<!see her )(?<!see the )\b(?:eyes?|gaze|glanc\w*|peek\w*)\b", re.I)
_BROWS = ("raise_brows", "raise_inner_brows", "raise_left_brow", "raise_right_brow", "lower_brows")
_MOVING_BROWS = re.compile(
    r"\b(?:mov|wiggl|twitch|us)\w* (?:\w+ ){0,2}(?:eye)?brows?\b|\bno (?:eye)?brow movement", re.I
)
_POKER = re.compile(r"\b(?:poker[- ]?face|straight face|dead-?pan|stone-?faced)\b", re.I)
_TELLTALE = ("raise_brows", "lower_brows", "mouth_frown", "smile")  # what gives a poker face away
_HEADS = {"look_left": "turn_left", "look_right": "turn_right", "look_up": "head_up", "look_down": "head_down"}


def widened(meaning: ParsedInstruction, text: str) -> ParsedInstruction:
    """The meaning with all that its prohibitions forbid, as far as it does not ask for that itself.

    "do not turn the head" forbids both sides; "never look down" the lowered head, too, unless only eyes are spoken of;
    a poker face, which forbids smiles, the brows, too.
    """
    banned = [name for name, value in meaning.actions.items() if value < 0]
    more: list[str] = []
    for name in banned:
        stem, _, side = name.rpartition("_")
        if side in ("left", "right") and not _SIDE.search(text):
            more.append(f"{stem}_{'right' if side == 'left' else 'left'}")
        if stem == "lean" and not _WHICH_WAY.search(text):
            more.append("lean_back" if side == "forward" else "lean_forward")
        if name.endswith("_brow") and not _SIDE.search(text):
            more += [other for other in ("raise_left_brow", "raise_right_brow") if other != name]
    if any(name in _BROWS for name in banned) and _MOVING_BROWS.search(text):
        more += _BROWS
    if _POKER.search(text) and "smile" in banned:
        more += _TELLTALE
    if not _EYES_ALONE.search(text):
        more += [_HEADS[name] for name in [*banned, *more] if name in _HEADS]
    added = {name: -1.0 for name in dict.fromkeys(more) if name not in meaning.named}
    return replace(
        meaning,
        actions={**meaning.actions, **added},
        confidence={**meaning.confidence, **dict.fromkeys(added, 1.0)},
    )

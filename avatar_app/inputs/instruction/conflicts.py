"""Contradictions between wishes that hold at the same time: the later one counts, and the user is told."""

from __future__ import annotations

from dataclasses import replace

from avatar_app.face.wishes import words_for
from avatar_app.inputs.instruction.timeline import Segment

_OPPOSITES = (
    ("turn_left", "turn_right"),
    ("tilt_left", "tilt_right"),
    ("look_left", "look_right"),
    ("look_up", "look_down"),
    ("head_up", "head_down"),
    ("lean_forward", "lean_back"),
    ("jaw_left", "jaw_right"),
    ("smile", "mouth_frown"),
    ("raise_brows", "lower_brows"),
    ("open_mouth", "press_lips"),
    ("widen_eyes", "close_eyes"),
    ("widen_eyes", "squint"),
    ("close_eyes", "wink_left"),
    ("close_eyes", "wink_right"),
    ("stay_still", "move_more"),
    ("whisper", "shout"),
    ("mumble", "articulate"),
)
_MOVES_HEAD = ("nod", "shake_head", "turn_left", "turn_right", "tilt_left", "tilt_right", "head_up", "head_down")
_LEAST = 0.04  # seconds


def settle(segments: list[Segment]) -> tuple[list[Segment], list[str]]:
    """The segments without contradictions between them, and what to tell: of two the later one in the list counts."""
    settled: list[Segment] = []
    notes: list[str] = []
    for segment in segments:
        notes += _within(segment)
        for name, strength in segment.actions.items():
            for rival in _rivals(name, strength):
                settled, found = _without(settled, rival, strength, segment)
                notes += found
        settled.append(segment)
    return settled, list(dict.fromkeys(notes))


def rivals_of(name: str) -> list[str]:
    """What cannot be shown at the same time as an action."""
    return [b for pair in _OPPOSITES for a, b in (pair, pair[::-1]) if a == name]


def _rivals(name: str, strength: float) -> list[str]:
    """What cannot be wanted at the same time; `name` itself where one is wanted and the other forbidden."""
    return [name, *(rivals_of(name) if strength > 0 else [])]


def _within(segment: Segment) -> list[str]:
    """Notes on wishes of one step that cannot be met together."""
    wanted = [name for name, strength in segment.actions.items() if strength > 0]
    both = [(a, b) for a, b in _OPPOSITES if a in wanted and b in wanted]
    notes = [f"'{segment.text}' asks for two opposites at once: {words_for(a)} and {words_for(b)}." for a, b in both]
    moving = [name for name in wanted if name in _MOVES_HEAD]
    if "stay_still" in wanted and moving:
        notes.append(f"'{segment.text}': the head is kept still but for what moves it ({words_for(moving[0])}).")
    return notes


def _without(settled: list[Segment], rival: str, strength: float, segment: Segment) -> tuple[list[Segment], list[str]]:
    """The segments without a rival wish while `segment` lasts."""
    result: list[Segment] = []
    notes = []
    for before in settled:
        clash = before.actions.get(rival)
        overlaps = min(before.end, segment.end) - max(before.start, segment.start) > _LEAST
        same = rival in segment.actions and clash is not None and clash * strength > 0
        forbidden_opposite = clash is not None and clash < 0 and rival not in segment.actions
        if clash is None or not overlaps or same or forbidden_opposite:
            result.append(before)
            continue
        rest = {name: value for name, value in before.actions.items() if name != rival}
        pieces = [
            replace(before, end=segment.start),
            replace(before, start=max(before.start, segment.start), end=min(before.end, segment.end), actions=rest),
            replace(before, start=segment.end),
        ]
        result += [piece for piece in pieces if piece.end - piece.start > _LEAST]
        if before.text != segment.text:
            notes.append(f"'{before.text}' and '{segment.text}' contradict each other: the later one counts.")
    return result, notes

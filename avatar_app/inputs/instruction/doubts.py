"""What of an instruction was not understood, where it stands, and what may have been meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from avatar_app.face.wishes import words_for
from avatar_app.inputs.instruction.timeline import Timeline

MOST = 6  # parts


@dataclass(frozen=True)
class Doubt:
    """start, end: its place in the instruction, characters; both 0 where it does not stand there word for word, such as
    in another language. meant: what it may have meant, likeliest first."""

    words: str
    start: int
    end: int
    meant: tuple[str, ...]


def doubts(text: str, timeline: Timeline) -> tuple[Doubt, ...]:
    """Of the instruction `text` and the timeline that was read from it."""
    return tuple(_doubt(text, part) for part in timeline.not_understood[:MOST])


def _doubt(text: str, part: str) -> Doubt:
    from avatar_app.inputs.instruction.understanding import understand

    spaced = r"\s+".join(map(re.escape, part.split()))
    found = re.search(spaced, text, re.I) if spaced else None
    start, end = found.span() if found else (0, 0)
    guesses = understand([part])[0].guesses
    return Doubt(part, start, end, tuple(words_for(name) for name, _ in guesses))

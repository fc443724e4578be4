"""Progress of a part of the work, told as progress of the whole."""

from __future__ import annotations

from avatar_app.types import OnStep


def part_of(on_step: OnStep, index: int, count: int) -> OnStep:
    """What part `index` (from 0) of `count` equal parts tells of its own progress, 0 to 1."""
    return lambda done: on_step((index + done) / count)

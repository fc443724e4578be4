"""CONTRACT STUB - replaced by the helper that owns this file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """start, end: seconds. emotions: {EMOTION_NAMES: strength in (0, 1]}. actions: {ACTION_NAMES: strength in [-1, 1]}."""

    start: float
    end: float
    text: str
    emotions: dict[str, float]
    actions: dict[str, float]
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    segments: tuple[Segment, ...]
    duration: float

    def describe(self) -> list[str]:
        raise NotImplementedError

"""CONTRACT STUB - written by the lead. Events and Sample are final; the body comes next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avatar_app.motion.clip import MotionClip
from avatar_app.request import Request


@dataclass(frozen=True)
class Event:
    """Progress, for whoever shows it.

    stage: "inputs", "motion", "render" or "done". fraction: of the whole request, 0 to 1. message: plain words.
    data: with stage "inputs": {"understood": [str], "notes": [str], "output": str}; with "done": the result.json dict.
    """

    stage: str
    fraction: float
    message: str
    sample: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One finished take. index starts at 1; video is None for motion_only requests."""

    index: int
    seed: int
    motion: MotionClip
    motion_file: Path
    video: Path | None
    timings: dict[str, float]


def generate(
    request: Request,
    on_event: Callable[[Event], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Iterator[Sample]:
    """Yields samples as they finish. Files in `request.output`: sample_K.mp4, sample_K.motion.npz, side_by_side.mp4
    (two or more samples; written after the last one), result.json. Raises InputError before anything is written."""
    raise NotImplementedError
    yield

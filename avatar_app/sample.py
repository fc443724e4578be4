"""What comes out of `generate`: progress while it works, and finished samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from avatar_app.motion.clip import MotionClip


@dataclass(frozen=True)
class Event:
    """Progress, for whoever shows it.

    stage: "inputs", "motion", "render" or "done". fraction: of the whole request, 0 to 1. message: plain words.
    data: with stage "inputs", once they are read: {"understood": [str], "notes": [str], "output": str}; with "done":
        the contents of result.json.
    """

    stage: str
    fraction: float
    message: str
    sample: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sample:
    """One finished take. index starts at 1; video is None for motion_only requests. timings: seconds per stage."""

    index: int
    seed: int
    motion: MotionClip
    motion_file: Path
    video: Path | None
    timings: dict[str, float]


OnEvent = Callable[[Event], None]

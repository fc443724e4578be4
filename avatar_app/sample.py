"""What comes out of `generate`, progress and finished samples, and what engines hand to it."""

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
    data: with stage "inputs", once the portrait is read: {"still": (H, W, 3) uint8, the portrait as it will be framed},
        and once all are: {"understood": [str], "plan": [dict], "notes": [str], "output": str};
        with "done": the contents of result.json.
    """

    stage: str
    fraction: float
    message: str
    sample: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineSample:
    """One sample as an engine hands it out.

    index: from 1. motion: for the house's renderers and for export; None where there is none. native: what the
    engine's own renderer or attachments need. title: what it is called instead of by its seed. recorded: it was not
    made but recorded, so nothing is acted on top of it.
    """

    index: int
    seed: int
    motion: MotionClip | None
    native: Any = field(default=None, repr=False)
    title: str = ""
    recorded: bool = False


@dataclass(frozen=True)
class Sample:
    """One finished sample. index starts at 1. timings: seconds per stage.

    motion, motion_file: None for engines that make frames and no motion. video: None for motion_only requests.
    attachments: further files of the engine or of what drew it, such as the GLB of the 3-D head.
    title, recorded: see EngineSample.
    """

    index: int
    seed: int
    motion: MotionClip | None
    motion_file: Path | None
    video: Path | None
    timings: dict[str, float]
    attachments: tuple[Path, ...] = ()
    title: str = ""
    recorded: bool = False

    @property
    def told(self) -> str:
        """What it is, for a person: its title, or its seed."""
        return self.title or f"seed {self.seed}"


OnEvent = Callable[[Event], None]

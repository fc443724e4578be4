"""What a person asks for: the Request, its limits, and the one kind of error that is shown to them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FPS = 25  # frames per second of every motion clip and video
SAMPLE_RATE = 16_000  # Hz, of speech inside the app

MAX_SAMPLES = 10
MAX_INSTRUCTION_CHARS = 500
MAX_TRANSCRIPT_CHARS = 5_000
MIN_SECONDS, MAX_SECONDS = 0.3, 600.0
SIZES = (128, 1080)  # output height and width, pixels
MAX_SEED = 2**31 - 1
PLAIN = 1e12  # numbers from here on are written shortly
NAMES = ("plain", "descriptive")
DETECTORS = ("auto", "mediapipe", "face_alignment")
FRAMINGS = ("face", "bust", "full")
HEADS = ("clay", "textured", "beside")
MAX_LABEL_CHARS = 60
BACKGROUNDS = ("original", "blur", "transparent", "prores")  # or a colour like #204060, or a picture

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

Audio = str | Path | tuple[int, npt.NDArray[Any]]  # a file, or (rate in Hz, samples (n,) or (n, channels))
Picture = str | Path | npt.NDArray[np.uint8]  # a file, or (H, W), (H, W, 3) or (H, W, 4)


class InputError(ValueError):
    """One sentence for a person: what was expected, what came, what to do."""


class Stopped(Exception):  # noqa: N818 - the end of a wish, not an error
    """Raised inside a stage when `should_stop()` said so; `generate` turns it into a quiet end."""


@dataclass(frozen=True)
class Request:
    """Everything that decides a result. The same request and seed give the same motion on one machine.

    audio: voice to speak with; None means the instruction alone drives `duration` seconds.
    audio_from, audio_to: seconds of the passage of `audio` to use; None is its end.
    plan: what is to happen when, in place of the instruction: the plan of a result.json, edited (JSON text, or its
    steps); see inputs.instruction.plan. None: the instruction is read.
    transcript: what is said in `audio`, in English, so that words of it can be cues ("nod when I say \"yes\"").
    partner: the voice of somebody who is spoken with, for engines that listen to one.
    portrait: the picture to animate; may be None with `motion_only`, with the head "clay", and for engines that draw
    something else.
    seed: of the first sample; sample k uses seed + k.
    keep_seed: of a sample to make again, as the first one; those after it count up from `seed`.
    engine: a folder of engines/; None: the default, or the one that reads what else is given, such as a style.
    weights: "embedded" (shipped) or "published" (installed by the user), as the engine has them; None: its first kind.
    options: of the engine: its own options dataclass, or a mapping of some of its names to values.
    style: a speaking style (name, file or film), for engines that read one.
    motion_strength: multiplies head motion; 0 keeps the head still while the lips move.
    blinks: how many times as many as the engine makes, 0 to 3; those that the instruction asks for stay.
    eye_contact: how far the eyes keep to the camera whatever the head does, 0 (as people look about) to 1.
    framing: a close-up of the face, head and shoulders, or the whole picture, which keeps its own shape and pixels (up
    to 1080), whatever `size` says.
    background: one of BACKGROUNDS, "#rrggbb", or a picture. "transparent" gives WebM videos, "prores" ProRes 4444.
    label: text drawn into a corner of every frame, such as "AI-generated"; none by default.
    face: which face of the picture, counted from the left; None is the largest.
    head: one of HEADS draws the 3-D head instead of the photo: as clay, with the portrait's skin, or beside the photo.
    names: sample_1.mp4, as other programs expect, or after what is shown: astronaut_happy-nod_take1_seed42.mp4.
    points: where the face is, for pictures in which none is found; see inputs.manual_points.
    side_by_side: also one video of all takes, which is as much work again as writing two of them.
    """

    audio: Audio | None = None
    partner: Audio | None = None
    portrait: Picture | None = None
    instruction: str = ""
    transcript: str | None = None
    plan: Any = None
    samples: int = 3
    seed: int = 0
    keep_seed: int | None = None
    engine: str | None = None
    weights: str | None = None
    options: Any = field(default_factory=dict)
    duration: float | None = None
    audio_from: float = 0.0
    audio_to: float | None = None
    motion_strength: float = 1.0
    blinks: float = 1.0
    eye_contact: float = 0.0
    style: str | Path | None = None
    size: int = 512
    face: int | None = None
    framing: str = "bust"
    background: Picture = "original"
    head: str = ""  # the photo
    label: str = ""
    points: str = ""
    detector: str = "auto"  # of faces: one of DETECTORS
    motion_only: bool = False
    output: str | Path | None = None  # folder; None: a fresh temporary one
    force: bool = False
    names: str = "plain"  # of files: one of NAMES
    side_by_side: bool = True

    def check(self) -> None:
        """Raises InputError for any value outside its limits; touches no file."""
        if self.audio is None and self.duration is None and not self.instruction.strip() and not self.plan:
            raise InputError("Nothing to do: give a voice recording, or an instruction and a duration.")
        if self.head and self.head not in HEADS:
            raise InputError(f"There is no head {self.head!r}; choose one of: {', '.join(HEADS)}.")
        if self.head == "beside" and self.background in ("transparent", "prores"):
            raise InputError("Side by side has no transparent background: choose another one, or the head alone.")
        if len(self.instruction) > MAX_INSTRUCTION_CHARS:
            raise InputError(
                f"The instruction may have at most {MAX_INSTRUCTION_CHARS} characters; "
                f"this one has {len(self.instruction)}: please shorten it."
            )
        if self.transcript is not None and len(self.transcript) > MAX_TRANSCRIPT_CHARS:
            raise InputError(
                f"The transcript may have at most {MAX_TRANSCRIPT_CHARS} characters; "
                f"this one has {len(self.transcript)}: please give that of a shorter passage."
            )
        if self.detector not in DETECTORS:
            raise InputError(f"There is no face detector {self.detector!r}; choose one of: {', '.join(DETECTORS)}.")
        if self.names not in NAMES:
            raise InputError(f"There are no names {self.names!r}; choose one of: {', '.join(NAMES)}.")
        check_number("samples", self.samples, 1, MAX_SAMPLES, whole=True)
        check_number("seed", self.seed, 0, MAX_SEED, whole=True)
        if self.keep_seed is not None:
            check_number("seed to keep", self.keep_seed, 0, MAX_SEED, whole=True)
        if self.framing not in FRAMINGS:
            raise InputError(f"There is no framing {self.framing!r}; choose one of: {', '.join(FRAMINGS)}.")
        check_background(self.background)
        check_label(self.label)
        if self.face is not None:
            check_number("face", self.face, 1, 100, whole=True)
        check_number("size", self.size, *SIZES, whole=True)
        check_number("motion strength", self.motion_strength, 0.0, 3.0)
        check_number("number of blinks", self.blinks, 0.0, 3.0)
        check_number("eye contact", self.eye_contact, 0.0, 1.0)
        if self.duration is not None:
            check_number("duration in seconds", self.duration, MIN_SECONDS, MAX_SECONDS)
        check_number("start of the passage in seconds", self.audio_from, 0.0, 1e6)
        if self.audio_to is not None:
            check_number("end of the passage in seconds", self.audio_to, self.audio_from + MIN_SECONDS, 1e6)

    @property
    def seeds(self) -> tuple[int, ...]:
        """One seed per sample, all different, wrapped at MAX_SEED."""
        kept = () if self.keep_seed is None else (self.keep_seed,)
        counted = [(self.seed + k) % (MAX_SEED + 1) for k in range(self.samples + len(kept))]
        return (*kept, *(seed for seed in counted if seed not in kept))[: self.samples]


def check_background(background: Picture) -> None:
    """Raises InputError for a colour that is none; touches no file."""
    if isinstance(background, str) and background.startswith("#") and not COLOUR.fullmatch(background):
        raise InputError(f"A background colour must look like #204060; got {background!r}.")


def check_label(label: str) -> None:
    """Raises InputError for a label that is too long to be read."""
    if len(label) > MAX_LABEL_CHARS:
        raise InputError(
            f"The label may have at most {MAX_LABEL_CHARS} characters; this one has {len(label)}: please shorten it."
        )


def check_number(name: str, value: Any, low: float, high: float, whole: bool = False) -> None:
    """Raises InputError for what is no number from `low` to `high`, or no whole one where that is wanted."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise InputError(f"The {name} must be a number from {_plain(low)} to {_plain(high)}; got {value!r}.")
    if not low <= value <= high:
        raise InputError(f"The {name} must be from {_plain(low)} to {_plain(high)}; got {_plain(value)}.")
    if whole and int(value) != value:
        raise InputError(f"The {name} must be a whole number from {_plain(low)} to {_plain(high)}; got {value:g}.")


def _plain(value: Any) -> str:
    """A number as people write it: 2147483647, not 2.14748e+09."""
    return str(int(value)) if abs(value) < PLAIN and int(value) == value else f"{float(value):g}"

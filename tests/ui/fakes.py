"""A stand-in for `generate` that is quick and needs no model: real files, events and stopping, made-up pictures."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.engines import registry
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.output import write_result
from avatar_app.render.video.grid import side_by_side
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.speech.recording import load_speech

FORM: dict[str, Any] = {
    "audio": "a.wav",
    "portrait": "p.png",
    "instruction": "smile",
    "samples": 2.0,
    "seed": 3,
    "voiceless": False,
    "duration": 6,
    "motion_strength": 1.0,
    "size": 512.0,
    "face": 1,
}

# What the page and the endpoint have to cope with: a needed partner, every kind of option, weights that are not there.
DUO_SPEC = """
from dataclasses import dataclass
from pathlib import Path

from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import option


@dataclass(frozen=True)
class Options:
    steps: int | None = option(None, "Steps of the duet.", kind="int", low=2, high=50, suggested=25)
    warmth: float = option(0.5, "How warm it sounds.", kind="float", low=0, high=1)
    head_motion: bool = option(True, "Move the head.", kind="bool")
    mood: str = option("shy", "How it looks.", kind="choice", choices=("shy", "bold"))
    score: Path | None = option(None, "Notes to follow.", kind="file")
    curve: tuple[float, ...] | None = option(None, "Some numbers.", kind="numbers")
    depth: float | None = option(None, "Depth.", kind="float", low=0, high=5, suggested=2, only="published")


SPEC = EngineSpec(
    name="duo",
    title="Duo",
    summary="Two people in conversation.",
    needs=frozenset({"audio", "partner"}),
    reads=frozenset({"audio", "partner", "portrait", "text"}),
    makes="motion",
    options=Options,
    weights=("embedded", "published"),
    missing=lambda weights: "Duo's published weights are *not* here: fetch them." if weights == "published" else "",
)
"""

# Frames from text alone: needs neither a voice nor a portrait.
MUTE_SPEC = """
from avatar_app.engines.base import EngineSpec

SPEC = EngineSpec(
    name="mute",
    title="Mute",
    summary="Moving pictures from a sentence.",
    needs=frozenset({"text"}),
    reads=frozenset({"text"}),
    makes="frames",
    rank=200,
)
"""


def fake_generate(
    request: Request,
    on_event: Callable[[Event], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    seconds_per_sample: float = 0.4,
    go_on: threading.Event | None = None,
) -> Iterator[Sample]:
    """Follows the contract of avatar_app.generate; the pictures are colour ramps that depend on the seed.

    go_on: what takes after the first wait for.
    """
    tell = on_event or (lambda event: None)
    stopped = should_stop or (lambda: False)
    began, plan = time.monotonic(), registry.resolve(request)
    request = replace(plan.request, engine=plan.spec.name, weights=plan.weights)
    if "refuse" in request.instruction:
        raise InputError("This instruction is refused by the stand-in.")
    if "break" in request.instruction:
        raise RuntimeError("broken on purpose")
    speech = load_speech(request.audio) if request.audio is not None else None  # type: ignore[arg-type]
    folder = Path(str(request.output))
    folder.mkdir(parents=True)
    understood = {"understood": [f"all the time: {request.instruction}"], "notes": ["<b>loud</b>"]}
    understood["plan"] = [{"start": 0.0, "end": 1.6, "what": "smile", "strength": 0.65}]  # type: ignore[list-item]
    if request.portrait is not None:
        shade = np.full((96, 96, 3), 40 + request.seed % 50, np.uint8)
        tell(Event("inputs", 0.02, "Reading the instruction", data={"still": shade}))
    tell(Event("inputs", 0.05, "Reading the voice and the portrait", data=understood))
    made: list[Sample] = []
    for index, seed in enumerate(request.seeds, 1):
        for step in range(20):
            if stopped():
                break
            time.sleep(seconds_per_sample / 20)
            while go_on and made and not (go_on.wait(0.02) or stopped()):
                pass
            fraction = (index - 1 + step / 20) / request.samples
            tell(Event("render", fraction, f"Drawing take {index} of {request.samples}", sample=index))
        else:
            made.append(_sample(folder, index, seed, speech, request))
            yield made[-1]
    if request.side_by_side and len(made) > 1 and not stopped():
        side_by_side(*_grid_arguments(made, folder))
    result = {"seeds": [sample.seed for sample in made], "samples": len(made)}
    result |= {"complete": len(made) == request.samples, "request": _asked(request)}
    result |= {"seconds": {"total": time.monotonic() - began}, "seconds_of_video": 1.6}
    write_result(folder, result)
    tell(Event("done", 1.0, "Done", data=result))


def _asked(request: Request) -> dict[str, Any]:
    """The request as it arrived, but for where its files lie: which of them were given, by name."""
    files = ("audio", "partner", "portrait")
    told = {name: value for name, value in vars(request).items() if name not in ("output", "force", "options")}
    told = {name: Path(str(value)) if name in files and value else value for name, value in told.items()}
    told |= {f"option {name}": value for name, value in request.options.items()}
    return {name: value.name if isinstance(value, Path) else value for name, value in told.items()}


def _grid_arguments(made: list[Sample], folder: Path) -> tuple[list[Path], list[str], Path]:
    videos = [sample.video for sample in made if sample.video]
    return videos, [f"take {sample.index}" for sample in made], folder / "side_by_side.mp4"


def _sample(folder: Path, index: int, seed: int, speech: object, request: Request) -> Sample:
    video, motion = folder / f"sample_{index}.mp4", folder / f"sample_{index}.motion.npz"
    clip = MotionClip.still(40)
    save_motion(clip, motion)
    side = min(request.size, 192)
    ramp = np.linspace(0, 255, side, dtype=np.uint8)
    base = np.broadcast_to(ramp[None, :, None], (side, side, 3))
    frames = (np.roll(base, 4 * k + seed % 50, axis=1) // (1 + index % 3) for k in range(40))
    write_video(frames, (side, side), video, speech, frames_total=40, metadata={})  # type: ignore[arg-type]
    return Sample(index, seed, clip, motion, video, {"render": 0.1})

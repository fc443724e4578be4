"""A stand-in for `generate` that is quick and needs no model: real files, events and stopping, made-up pictures."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.video.grid import side_by_side
from avatar_app.render.video.writer import write_video
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.speech.recording import load_speech


def fake_generate(
    request: Request,
    on_event: Callable[[Event], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    seconds_per_sample: float = 0.4,
) -> Iterator[Sample]:
    """Follows the contract of avatar_app.generate; the pictures are colour ramps that depend on the seed."""
    tell = on_event or (lambda event: None)
    stopped = should_stop or (lambda: False)
    request.check()
    if "refuse" in request.instruction:
        raise InputError("This instruction is refused by the stand-in.")
    if "break" in request.instruction:
        raise RuntimeError("broken on purpose")
    speech = load_speech(request.audio) if request.audio is not None else None  # type: ignore[arg-type]
    folder = Path(str(request.output))
    folder.mkdir(parents=True)
    understood = {"understood": [f"all the time: {request.instruction}"], "notes": ["<b>loud</b>"]}
    tell(Event("inputs", 0.05, "Reading the voice and the portrait", data=understood))
    made: list[Sample] = []
    for index, seed in enumerate(request.seeds, 1):
        for step in range(20):
            if stopped():
                return
            time.sleep(seconds_per_sample / 20)
            fraction = (index - 1 + step / 20) / request.samples
            tell(Event("render", fraction, f"Drawing take {index} of {request.samples}", sample=index))
        made.append(_sample(folder, index, seed, speech, request))
        yield made[-1]
    if len(made) > 1:
        side_by_side(*_grid_arguments(made, folder))
    result = {"seeds": list(request.seeds), "samples": len(made)}
    (folder / "result.json").write_text(json.dumps(result))
    tell(Event("done", 1.0, "Done", data=result))


def _grid_arguments(made: list[Sample], folder: Path) -> tuple[list[Path], list[str], Path]:
    videos = [sample.video for sample in made if sample.video]
    return videos, [f"take {sample.index}" for sample in made], folder / "side_by_side.mp4"


def _sample(folder: Path, index: int, seed: int, speech: object, request: Request) -> Sample:
    video, motion = folder / f"sample_{index}.mp4", folder / f"sample_{index}.motion.npz"
    clip = MotionClip.still(40)
    save_motion(clip, motion)
    ramp = np.linspace(0, 255, request.size, dtype=np.uint8)
    base = np.broadcast_to(ramp[None, :, None], (request.size, request.size, 3))
    frames = (np.roll(base, 4 * k + seed % 50, axis=1) // (1 + index % 3) for k in range(40))
    size = (request.size, request.size)
    write_video(frames, size, video, speech, frames_total=40, metadata={})  # type: ignore[arg-type]
    return Sample(index, seed, clip, motion, video, {"render": 0.1})

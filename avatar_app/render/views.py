"""The house's renderer: motion on the portrait, on the 3-D head, or on both beside each other."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar_app.devices import pick_device
from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.compositor import Compositor
from avatar_app.render.head.glb import save_glb
from avatar_app.render.head.renderer import HeadRenderer
from avatar_app.render.head.texture import Look
from avatar_app.sample import EngineSample
from avatar_app.types import Image, ShouldStop

Frames = Callable[[MotionClip, ShouldStop], Iterator[Image]]


@dataclass(frozen=True)
class MotionRenderer:
    """Renderer (see render.base) of motion clips. clip_frames: of a clip; look: of the 3-D head, where it is shown."""

    size: tuple[int, int]
    ending: str
    clip_frames: Frames
    look: Look | None = None
    workers: int = 64

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See Renderer.frames."""
        if sample.motion is None:
            raise ValueError("a sample without motion cannot be drawn by the house")
        return self.clip_frames(sample.motion, should_stop)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """The animated 3-D head as sample_K.glb, where it is shown."""
        if self.look is None or sample.motion is None:
            return []
        path = folder / f"sample_{sample.index}.glb"
        save_glb(sample.motion, path, self.look)
        return [path]


def open_view(
    portrait: Portrait | None, background: Background, head: str, size: int, clips: int = 1
) -> MotionRenderer:
    """head: "" or one of request.HEADS; all but "clay" need a portrait. size: of the square head alone, pixels.

    clips: how many are going to be drawn at once; they share the cores.
    """
    threads = max(1, (os.cpu_count() or 1) // clips)
    if head == "clay" or portrait is None:
        clay = HeadRenderer.of_clay(size, background, threads)
        return MotionRenderer((size, size), background.ending, clay.frames, clay.look)
    if head == "textured":
        model = HeadRenderer.of_portrait(portrait, size, background, threads)
        return MotionRenderer((size, size), background.ending, model.frames, model.look)
    compositor, device = Compositor(portrait, background), pick_device()
    photo = compositor.renderer(device if device.type == "cuda" else None, threads).frames
    if not head:
        return MotionRenderer(compositor.size, background.ending, photo)
    width, height = compositor.size
    model = HeadRenderer.of_portrait(portrait, height, background, threads)

    def both(clip: MotionClip, should_stop: ShouldStop) -> Iterator[Image]:
        for pair in zip(photo(clip, should_stop), model.frames(clip, should_stop), strict=True):
            yield np.concatenate(pair, axis=1)

    return MotionRenderer((width + height, height), background.ending, both, model.look)

"""What a take shows: the portrait, the 3-D head, or both beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.compositor import Compositor
from avatar_app.render.head.renderer import HeadRenderer
from avatar_app.render.head.texture import Look
from avatar_app.types import Image, ShouldStop

Frames = Callable[[MotionClip, ShouldStop], Iterator[Image]]


@dataclass(frozen=True)
class View:
    """size: width and height of the frames, pixels. ending: of the video's name. frames: may be used by several
    threads; raises Stopped once its second argument says so. look: of the 3-D head, where it is shown."""

    size: tuple[int, int]
    ending: str
    frames: Frames
    look: Look | None = None


def open_view(portrait: Portrait | None, background: Background, head: str, size: int) -> View:
    """head: "" or one of request.HEADS; all but "clay" need a portrait. size: of the square head alone, pixels."""
    if head == "clay" or portrait is None:
        clay = HeadRenderer.of_clay(size, background)
        return View((size, size), background.ending, clay.frames, clay.look)
    if head == "textured":
        model = HeadRenderer.of_portrait(portrait, size, background)
        return View((size, size), background.ending, model.frames, model.look)
    from avatar_app.devices import pick_device

    stage, device = Compositor(portrait, background), pick_device()
    photo = stage.renderer(device if device.type == "cuda" else None).frames
    if not head:
        return View(stage.size, background.ending, photo)
    width, height = stage.size
    model = HeadRenderer.of_portrait(portrait, height, background)

    def both(clip: MotionClip, should_stop: ShouldStop) -> Iterator[Image]:
        for pair in zip(photo(clip, should_stop), model.frames(clip, should_stop), strict=True):
            yield np.concatenate(pair, axis=1)

    return View((width + height, height), background.ending, both, model.look)

"""What draws the samples: the dressed body, or body and portrait beside each other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar_app.devices import pick_device
from avatar_app.engines.base import Conditions
from avatar_app.inputs.portrait.background import read_background
from avatar_app.render.base import Renderer
from avatar_app.render.body.figure import load_body
from avatar_app.render.body.gltf import write_body_glb
from avatar_app.render.body.renderer import BodyRenderer
from avatar_app.render.body.shape import LABELS
from avatar_app.render.views import open_view
from avatar_app.sample import EngineSample
from avatar_app.types import Image, ShouldStop

FULL_SHAPE = 9 / 16  # width over height of a full-length picture


@dataclass(frozen=True)
class BodyView:
    """A render.base.Renderer. renderer: None where the house draws the portrait alone. portrait: what is beside it."""

    renderer: BodyRenderer | None
    portrait: Renderer | None = None
    exports: bool = False
    workers: int = 64

    @property
    def size(self) -> tuple[int, int]:
        """See Renderer.size."""
        assert self.renderer is not None
        width, height = self.renderer.size
        return (width if self.portrait is None else width + self.portrait.size[0], height)

    @property
    def ending(self) -> str:
        """See Renderer.ending."""
        assert self.renderer is not None
        return self.renderer.ending

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See Renderer.frames."""
        assert self.renderer is not None
        bodies = self.renderer.frames(sample, should_stop)
        if self.portrait is None:
            yield from bodies
            return
        for face, body in zip(self.portrait.frames(sample, should_stop), bodies, strict=True):
            yield np.concatenate([face, body], axis=1)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """The animated body as sample_K.glb, where exports are asked for."""
        if not self.exports or sample.motion is None or self.renderer is None:
            return []
        path = folder / f"sample_{sample.index}.glb"
        write_body_glb(sample.motion, self.renderer.figure, path)
        return [path]


def open_body_view(conditions: Conditions) -> BodyView:
    """The view that a request asks for."""
    request, options = conditions.request, conditions.options
    if options.show == "portrait" or request.head:
        return BodyView(None)
    sliders = {name: value for name in LABELS if (value := getattr(options, name)) is not None}
    figure, background = load_body(options.body, sliders, conditions.portrait), read_background(request.background)
    beside = None
    height = request.size
    if options.show == "beside" and conditions.portrait is not None:
        beside = open_view(conditions.portrait, background, "", request.size, request.samples)
        height = beside.size[1]
    width = height if options.camera == "half" else int(height * FULL_SHAPE) // 2 * 2
    threads, device = max(1, (os.cpu_count() or 1) // request.samples), pick_device().type
    body = BodyRenderer(figure, options.camera, (width, height), background, threads, device)
    return BodyView(body, beside, options.exports)

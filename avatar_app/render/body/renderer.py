"""Rendering of body motion: a dressed person before a plain backdrop, half or full length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar_app.inputs.portrait.background import Background
from avatar_app.motion.body_motion import body_motion
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.skeleton import relaxed
from avatar_app.render.body.drawing import backdrop, cast_shadow, draw, framing, lay_over, scene_of
from avatar_app.render.body.figure import BodyFigure, pose
from avatar_app.render.layers.backdrop import paint_backdrop
from avatar_app.render.workers import drawn_ahead
from avatar_app.sample import EngineSample
from avatar_app.types import Array, Image, ShouldStop

VIEWS = ("half", "full")
OPEN = 0.007  # metres between the lips from which on light falls on the teeth
DEEP = 0.035  # metres behind the lips at which a third of the light is left
CLOSED_LIGHT = 0.3
INNER = (1, 3, 4, 5)  # of head.model.PARTS: what lies behind the lips


class BodyRenderer:
    """A render.base.Renderer of one figure; holds no frame state, so that threads may share it."""

    workers = 64

    def __init__(
        self,
        figure: BodyFigure,
        view: str = "half",
        size: tuple[int, int] = (512, 512),
        background: Background | None = None,
        threads: int = 1,
        device: str = "cpu",
    ) -> None:
        """view: one of VIEWS. size: width and height, pixels. threads: that draw the frames of one clip."""
        background = background or Background()
        self.figure, self.size, self.threads, self.device = figure, size, threads, device
        self.ending = background.ending
        self.clear = background.kind == "clear"
        standing = pose(figure, relaxed()[None])[0]
        self.framing = framing(view, figure, standing)
        self.shut = float(np.linalg.norm(np.subtract(*standing[list(figure.lips)])))  # metres between closed lips
        own = backdrop((size[1], size[0]), self.framing)
        plain = background.kind in ("original", "blur")  # there is no picture whose background it could be
        self.backdrop = own if plain or self.clear else paint_backdrop(background, own)
        self.floor = self.framing.floor and plain
        self.inner = np.flatnonzero(np.isin(figure.head.parts, INNER))

    def frame(self, matrices: Array, expression: Array) -> Image:
        """(height, width, 3) uint8 RGB, or with straight alpha before a clear background.

        matrices: (D, 3, 4) of BodyFigure.matrices. expression: (52,) ARKit coefficients.
        """
        figure, size = self.figure, (self.size[1], self.size[0])
        vertices = figure.vertices(matrices, np.asarray(expression, np.float32))
        scene, corner = scene_of(figure, vertices, self._colours(vertices), self.framing.camera, size)
        drawn = draw(scene, self.device)
        if self.clear:
            whole = np.zeros((*size, 4), np.uint8)
            whole[corner[1] : corner[1] + drawn.shape[0], corner[0] : corner[0] + drawn.shape[1]] = drawn
            return whole
        picture = self.backdrop.copy()
        if self.floor:
            cast_shadow(picture, vertices, self.framing.camera)
        lay_over(drawn, picture, corner)
        return picture

    def _colours(self, vertices: Array) -> Array:
        """(V, 3): the figure's, darker behind the lips, the less these are open and the deeper it lies."""
        upper, lower = vertices[list(self.figure.lips)]
        depth = np.linalg.norm(vertices[self.inner] - (upper + lower) / 2, axis=1)
        opened = np.clip((np.linalg.norm(upper - lower) - self.shut) / OPEN, 0, 1)
        light = (CLOSED_LIGHT + (1 - CLOSED_LIGHT) * opened) * np.exp(-np.clip(depth - 0.012, 0, None) / DEEP)
        colours = self.figure.colours.copy()
        colours[self.inner] *= light[:, None].astype(np.float32)
        return colours

    def clip_frames(self, clip: MotionClip, should_stop: ShouldStop | None = None) -> Iterator[Image]:
        """The frames of a clip, in order. A clip without a body, or with another skeleton's, stands relaxed."""
        joints, root = body_motion(clip)
        parts = zip(self.figure.matrices(joints, root), clip.expression, strict=True)
        return drawn_ahead(lambda part: self.frame(*part), parts, self.threads, should_stop)

    def frames(self, sample: EngineSample, should_stop: ShouldStop) -> Iterator[Image]:
        """See render.base.Renderer."""
        if sample.motion is None:
            raise ValueError("a sample without motion cannot be drawn on a body")
        return self.clip_frames(sample.motion, should_stop)

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """See render.base.Renderer."""
        return []

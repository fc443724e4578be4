"""Rendering of the 3-D head: posed, textured, lit, before a backdrop."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from avatar_app.face.landmark_indices import INSIDE_LIPS
from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.head.catch_light import glints
from avatar_app.render.head.joined import joined, moved
from avatar_app.render.head.model import Head, load_head
from avatar_app.render.head.texture import Look, clay, from_portrait
from avatar_app.render.layers.backdrop import paint_backdrop
from avatar_app.render.layers.glasses import draw_glasses
from avatar_app.render.mesh.lighting import STUDIO_LIGHT, gradient, photo_light
from avatar_app.render.mesh.rasterizer import render_mesh
from avatar_app.render.mesh.scene import Camera, Mesh
from avatar_app.render.workers import drawn_ahead
from avatar_app.types import Array, Image, ShouldStop

CAMERA = Camera(position=(0.0, -0.035, 1.5), height=0.33)
AIR, HIGHEST = 0.012, 0.44  # metres above hair, and of the highest picture
OPEN = 0.006  # metres between the lips from which on light falls on the teeth
DEEP = 0.035  # metres behind the lips at which a third of the light is left
CLOSED_LIGHT = 0.5


def camera_for(look: Look) -> Camera:
    """CAMERA, farther off where hair or a hat would not fit into its picture; the lower edge stays."""
    low = CAMERA.position[1] - CAMERA.height / 2
    top = -np.inf if look.hair is None else float(look.hair.points[:, 1].max()) + AIR
    height = float(np.clip(top - low, CAMERA.height, HIGHEST))
    return Camera((0.0, low + height / 2, CAMERA.position[2]), height)


class HeadRenderer:
    """Draws the 3-D head with any expression and pose; holds no frame state, so that threads may share it."""

    def __init__(
        self,
        look: Look,
        size: int = 512,
        background: Background | None = None,
        own: Image | None = None,
        workers: int = 1,
    ) -> None:
        """size: of the square frames, pixels. own: (size, size, 3) what "original" and "blur" show; None: a studio.

        workers: threads that draw the frames of one clip; the cores divided by the number of clips drawn at once.
        """
        self.look, self.size, self.workers = look, size, workers
        self.surface = joined(look)
        self.light = photo_light(look.lamp) if look.soft else STUDIO_LIGHT
        self.camera = camera_for(look)
        background = background or Background()
        self.clear = background.kind == "clear"
        own = gradient(size) if own is None else own
        self.backdrop = own if background.kind in ("original", "blur") else paint_backdrop(background, own)
        self.inner = np.flatnonzero(np.isin(look.head.parts, [1, 3, 4, 5]))

    @classmethod
    def of_clay(cls, size: int = 512, background: Background | None = None, workers: int = 1) -> HeadRenderer:
        """The neutral sculpture."""
        return cls(clay(load_head()), size, background, workers=workers)

    @classmethod
    def of_portrait(
        cls,
        portrait: Portrait,
        size: int | None = None,
        background: Background | None = None,
        workers: int = 1,
    ) -> HeadRenderer:
        """The portrait's shape and skin, before its own background, out of focus. size: None: the portrait's own."""
        size = size or len(portrait.pixels)
        return cls(from_portrait(load_head(), portrait), size, background, blurred(portrait, size), workers)

    def mesh(self, expression: Array, rotation: Array, translation: Array) -> Mesh:
        """The posed head as it will be drawn; arguments as in Head.pose."""
        surface, look, head = self.surface, self.look, self.look.head
        points = head.pose(expression, rotation, translation)
        colours = surface.colours.copy()
        colours[self.inner] *= self._inner_light(head, points)[:, None]
        shining = glints(head, points, rotation, translation, np.array(self.camera.position, np.float32), self.light)
        hair = [] if look.hair is None else [moved(look, look.hair, rotation, translation)]
        points = np.concatenate([points, *hair, shining])
        return Mesh(
            points,
            surface.triangles,
            colours,
            surface.gloss,
            surface.texture,
            surface.uv,
            surface.uv_triangles,
        )

    def _inner_light(self, head: Head, points: Array) -> Array:
        """(n,) how much light falls through the lips on what lies behind them."""
        at, weights = head.landmarks
        upper, lower = ((points[at[mark]] * weights[mark][:, None]).sum(0) for mark in INSIDE_LIPS)
        opened = np.clip(np.linalg.norm(upper - lower) / OPEN, 0, 1)
        depth = np.linalg.norm(points[self.inner] - (upper + lower) / 2, axis=1)
        fall = np.exp(-np.clip(depth - 0.012, 0, None) / DEEP)
        return ((CLOSED_LIGHT + (1 - CLOSED_LIGHT) * opened) * fall).astype(np.float32)

    def frame(self, expression: Array, head_rotation: Array, head_translation: Array) -> Image:
        """(size, size, 3) uint8 RGB, or (size, size, 4) with straight alpha before a clear background.

        expression: (52,) ARKit coefficients. head_rotation: (3,) radians. head_translation: (3,) head widths.
        """
        mesh = self.mesh(np.asarray(expression, np.float32), head_rotation, head_translation)
        drawn = render_mesh(mesh, (self.size, self.size), self.camera, self.light)
        if self.clear:
            return drawn
        alpha = drawn[..., 3:].astype(np.uint16)
        out = ((drawn[..., :3] * alpha + self.backdrop * (255 - alpha) + 127) // 255).astype(np.uint8)
        if self.look.glasses is not None:
            glasses, places = self.look.glasses
            worn = self.look.head.turn(places, head_rotation, head_translation)
            draw_glasses(out, glasses, self.camera.project(worn, (self.size, self.size)))
        return out

    def frames(self, clip: MotionClip, should_stop: ShouldStop | None = None) -> Iterator[Image]:
        """The frames of a clip, in order, a few of them drawn ahead. Raises Stopped once should_stop() is true."""
        poses = zip(clip.expression, clip.head_rotation, clip.head_translation, strict=True)
        return drawn_ahead(lambda pose: self.frame(*pose), poses, self.workers, should_stop)


def blurred(portrait: Portrait, size: int) -> Image:
    """(size, size, 3) uint8: the portrait's background, out of focus, spread to where the person stood."""
    if portrait.matte is None:
        return gradient(size)
    pixels = cv2.resize(portrait.pixels, (size, size), interpolation=cv2.INTER_AREA)
    matte = cv2.resize(portrait.matte, (size, size), interpolation=cv2.INTER_AREA)
    free = np.clip(1.2 - matte.astype(np.float32)[..., None] / 160, 0.0005, 1)
    light = cv2.GaussianBlur(pixels * free, (0, 0), size / 14)
    share = cv2.GaussianBlur(np.repeat(free, 3, 2), (0, 0), size / 14)
    return np.clip(light / share, 0, 255).astype(np.uint8)

"""Frames of the 3-D head: a posed head, its look, a camera and a backdrop."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from avatar_app.inputs.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.glasses import draw_glasses
from avatar_app.render.head import Head, load_head
from avatar_app.render.head_texture import Look, clay, from_portrait
from avatar_app.render.mesh import Array, Camera, Image, Light, Mesh, render_mesh
from avatar_app.request import Stopped

CAMERA = Camera(position=(0.0, -0.035, 1.5), height=0.33)
STUDIO = Light()
# A photo holds its own light: the lamp only models, and a face seen from the front keeps its colours.
PHOTO = Light(lamp=(0.33, 0.32, 0.31), sky=(0.80, 0.80, 0.81), bounce=(0.62, 0.61, 0.60), gloss=0.40)
BACKDROP = ((126, 134, 142), (70, 76, 84))  # top and bottom of the clay's
OPEN = 0.006  # metres between the lips from which on light falls on the teeth
DEEP = 0.035  # metres behind the lips at which a third of the light is left
CLOSED_LIGHT = 0.5


class HeadRenderer:
    """Draws the 3-D head with any expression and pose; holds no frame state.

    `frame` may be called from several threads, each with its own renderer.
    """

    def __init__(self, look: Look, size: int = 512, backdrop: Image | None = None, backend: str = "auto") -> None:
        self.look, self.size, self.backend = look, size, backend
        self.light = PHOTO if look.soft else STUDIO
        self.backdrop = gradient(size) if backdrop is None else backdrop
        self.inner = np.isin(look.head.parts, [1, 3, 4, 5])

    @classmethod
    def of_clay(cls, size: int = 512) -> HeadRenderer:
        """The neutral sculpture."""
        return cls(clay(load_head()), size)

    @classmethod
    def of_portrait(cls, portrait: Portrait) -> HeadRenderer:
        """The portrait's shape and skin, before its own background, blurred."""
        return cls(from_portrait(load_head(), portrait), portrait.pixels.shape[0], blurred(portrait))

    def mesh(self, expression: Array, rotation: Array, translation: Array) -> Mesh:
        """The posed head as it will be drawn; arguments as in Head.pose."""
        look, head = self.look, self.look.head
        points = head.pose(expression, rotation, translation)
        colours = look.colours.copy()
        colours[self.inner] *= self._inner_light(head, points)[:, None]
        return Mesh(points, head.triangles, colours, look.gloss, look.texture, head.uv, head.uv_triangles)

    def _inner_light(self, head: Head, points: Array) -> Array:
        """(n,) how much light falls through the lips on what lies behind them."""
        at, weights = head.landmarks
        upper, lower = ((points[at[mark]] * weights[mark][:, None]).sum(0) for mark in (13, 14))
        opened = np.clip(np.linalg.norm(upper - lower) / OPEN, 0, 1)
        depth = np.linalg.norm(points[self.inner] - (upper + lower) / 2, axis=1)
        fall = np.exp(-np.clip(depth - 0.012, 0, None) / DEEP)
        return ((CLOSED_LIGHT + (1 - CLOSED_LIGHT) * opened) * fall).astype(np.float32)

    def frame(self, expression: Array, head_rotation: Array, head_translation: Array) -> Image:
        """(size, size, 3) uint8 RGB. expression: (52,). head_rotation: (3,) radians; head_translation: (3,) widths."""
        mesh = self.mesh(np.asarray(expression, np.float32), head_rotation, head_translation)
        drawn = render_mesh(mesh, (self.size, self.size), CAMERA, self.light, self.backend)
        alpha = drawn[..., 3:].astype(np.uint16)
        out = ((drawn[..., :3] * alpha + self.backdrop * (255 - alpha) + 127) // 255).astype(np.uint8)
        if self.look.glasses is not None:
            glasses, places = self.look.glasses
            worn = self.look.head.turn(places, head_rotation, head_translation)
            draw_glasses(out, glasses, CAMERA.project(worn, (self.size, self.size)))
        return out

    def frames(self, clip: MotionClip, should_stop: Callable[[], bool] | None = None) -> Iterator[Image]:
        """The frames of a clip, in order, each made when it is asked for. Raises Stopped once should_stop() is true."""
        for t in range(len(clip)):
            if should_stop is not None and should_stop():
                raise Stopped
            yield self.frame(clip.expression[t], clip.head_rotation[t], clip.head_translation[t])


def gradient(size: int) -> Image:
    """(size, size, 3) uint8: a studio's backdrop."""
    share = np.linspace(0, 1, size)[:, None, None]
    top, bottom = (np.array(colour, np.float32) for colour in BACKDROP)
    return np.broadcast_to(top * (1 - share) + bottom * share, (size, size, 3)).astype(np.uint8).copy()


def blurred(portrait: Portrait) -> Image:
    """(size, size, 3) uint8: the portrait's background, out of focus, spread to where the person stood."""
    import cv2

    size = portrait.pixels.shape[0]
    if portrait.matte is None:
        return gradient(size)
    free = np.clip(1.2 - portrait.matte.astype(np.float32)[..., None] / 160, 0.0005, 1)
    sigma = size / 14
    light = cv2.GaussianBlur(portrait.pixels * free, (0, 0), sigma)
    share = cv2.GaussianBlur(np.repeat(free, 3, 2), (0, 0), sigma)
    return np.clip(light / share, 0, 255).astype(np.uint8)

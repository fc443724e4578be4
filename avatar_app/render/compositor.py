"""Compositing: the animated square within the canvas it was cut from, before any background.

What does not move stays exactly the picture. Only alpha, fetched by the renderer with the person it belongs to, decides
where a new background shows, so its edge moves with the person and nothing flickers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.framing import Layout, inner_weight, reduce
from avatar_app.inputs.portrait.portrait import Portrait, Scene
from avatar_app.motion.clip import MotionClip
from avatar_app.render.layers.backdrop import People, find_people, paint_backdrop
from avatar_app.render.overlay import FIRM, STRICT, composite, swap_background, unpremultiply
from avatar_app.render.portrait.pose import breathing
from avatar_app.render.portrait.remembered import renderer_of
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.workers import drawn_ahead
from avatar_app.types import Array, Image, ShouldStop

if TYPE_CHECKING:
    import torch

    from avatar_app.render.portrait_gpu.clip import DeviceClipRenderer


FEATHER = 0.03  # of the square's side over which it gives way to the canvas around it, where its mesh does not move


class Compositor:
    """What all samples of a portrait share: the canvas as it is at rest, in front of the background."""

    def __init__(self, portrait: Portrait, background: Background | None = None) -> None:
        self.portrait, self.background = portrait, background or Background()
        side = len(portrait.pixels)
        whole = Layout((0, 0, side, side), (side, side), (0, 0, side), (0, 0, side, side))
        empty = np.zeros((side, side), np.uint8) if portrait.matte is None else portrait.matte
        self.scene = portrait.scene or Scene(portrait.pixels, empty, whole)
        self.clear = self.background.kind == "clear"
        self.still, self.people = self.scene.canvas, None
        if self.background.kind != "original":
            self.people = find_people(self.scene, portrait)
            backdrop = paint_backdrop(self.background, self.people.behind)
            self.backdrop = backdrop
            self.still = _before(
                self.scene.canvas, self.people.alpha, self.people.behind, backdrop, self.people.textured
            )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the frames, pixels."""
        left, top, right, bottom = self.scene.layout.window
        return right - left, bottom - top

    def renderer(self, device: torch.device | None = None, threads: int = 1) -> CompositorRenderer:
        """Ready to draw; several threads may share it.

        device: where clips are drawn, in batches. Absent, or before another background: on the CPU, frame by frame,
        each by one of so many threads.
        """
        return CompositorRenderer(self, device, threads)


class CompositorRenderer:
    """Draws frames of a compositor: (H, W, 3) uint8 RGB, or RGBA with straight alpha where the background is clear."""

    def __init__(self, compositor: Compositor, device: torch.device | None = None, threads: int = 1) -> None:
        self.threads = threads
        self.compositor, self.portrait = compositor, renderer_of(compositor.portrait)
        self.device_clips: DeviceClipRenderer | None = None
        if device is not None and compositor.people is None:
            from avatar_app.render.portrait_gpu.clip import DeviceClipRenderer  # needs torch

            self.device_clips = DeviceClipRenderer(self.portrait, device)
        layout = compositor.scene.layout
        self.place = place_of(layout)
        self.weight = np.round(255 * inner_weight(layout, FEATHER)).astype(np.uint8)
        # What enlarging the square rounded away: a grey level here and there.
        at_rest = reduce(compositor.portrait.pixels, layout.factor).astype(np.int16)
        self.residue = (compositor.scene.canvas[self.place] - at_rest).astype(np.int16)
        self.simple = compositor.people is None and layout.factor == 1 and layout.canvas == (layout.square[2],) * 2
        if compositor.people is not None:
            self.wanted, self.others = _behind_the_head(compositor, compositor.people, self.portrait)

    def frame(self, expression: Array, head_rotation: Array, head_translation: Array, breath: float = 0.0) -> Image:
        """One frame; see PortraitRenderer.frame."""
        left, top, right, bottom = self.compositor.scene.layout.window
        people = self.compositor.people
        if people is None:
            return self._framed(self.portrait.frame(expression, head_rotation, head_translation, None, breath))
        alpha = np.empty(self.portrait.pixels.shape[:2], np.uint8)
        drawn = self.portrait.frame(expression, head_rotation, head_translation, alpha, breath)
        swap_background(drawn, alpha, self.portrait.background, self.wanted, FIRM if people.textured else 0)
        out = self._framed(drawn)
        if not self.compositor.clear:
            return out
        swap_background(alpha[..., None], alpha, np.zeros_like(self.others), self.others)
        whole = self._composited(alpha[..., None], people.alpha[..., None], np.zeros_like(self.residue[..., :1]))
        return unpremultiply(out, whole[top:bottom, left:right, 0], people.spill[top:bottom, left:right])

    def frames(self, clip: MotionClip, should_stop: ShouldStop | None = None) -> Iterator[Image]:
        """The frames of a clip, in order, some made ahead. Raises Stopped once should_stop() is true."""
        breath, done = breathing(clip), 0

        def draw(t: int) -> Image:
            return self.frame(clip.expression[t], clip.head_rotation[t], clip.head_translation[t], float(breath[t]))

        for drawn in () if self.device_clips is None else self.device_clips.frames(clip, breath, should_stop):
            yield self._framed(drawn)
            done += 1
        yield from drawn_ahead(draw, range(done, len(clip)), self.threads, should_stop)

    def _framed(self, drawn: Image) -> Image:
        """What the video shows of the canvas with the drawn square in its place."""
        left, top, right, bottom = self.compositor.scene.layout.window
        whole = drawn if self.simple else self._composited(drawn, self.compositor.still, self.residue)
        return np.ascontiguousarray(whole[top:bottom, left:right])

    def _composited(self, drawn: Image, still: Image, residue: npt.NDArray[np.int16]) -> Image:
        """A copy of `still` with the drawn square in its place."""
        out = still.copy()
        small = reduce(drawn, self.compositor.scene.layout.factor).reshape(*self.weight.shape, -1)
        composite(small, residue, self.weight, out[self.place])
        return out


def _behind_the_head(compositor: Compositor, people: People, renderer: PortraitRenderer) -> tuple[Image, Image]:
    """What is wanted in place of the square's own background, (n, n, 3), and how much of it is others, (n, n, 1).

    Other people than the one that moves belong to the background of the square, but not to that of the picture.
    """
    n = len(renderer.pixels)
    y, x = place_of(compositor.scene.layout)
    own = renderer.person[..., 3]
    reach = max(3, n // 85)
    around = cv2.dilate((own > 5).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    alpha, behind, backdrop = (
        np.asarray(cv2.resize(part[y, x], (n, n), interpolation=cv2.INTER_LINEAR), np.uint8)
        for part in (people.alpha, people.behind, compositor.backdrop)
    )
    others = np.where(around > 0, 0, alpha).astype(np.uint8)
    behind = np.where((others > 0)[..., None], behind, renderer.background)
    return _before(renderer.background, others, behind, backdrop, people.textured), others[..., None]


def place_of(layout: Layout) -> tuple[slice, slice]:
    """Rows and columns of the canvas that the square covers."""
    x, y, side = layout.square
    return slice(y, y + side), slice(x, x + side)


def _before(pixels: Image, alpha: Image, behind: Image, backdrop: Image, strict: bool) -> Image:
    """The pixels in front of another background: (H, W, 3), where alpha (H, W) leaves `behind` clear."""
    out = np.ascontiguousarray(pixels.copy())
    swap_background(out, alpha, behind, backdrop, STRICT if strict else 0)
    return out

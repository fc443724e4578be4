"""Framing: how much of a picture the video shows, and at which size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import PIL.Image

from avatar_app.types import Array, Image

LONGEST = 1080  # pixels, of a whole picture
CLOSE = 1.8  # side of the close-up in face heights
MIDDLE = 0.55  # of the close-up's height down to the middle of the face: hair needs more room than the neck
FINE = 384  # pixels across the animated square below which it is drawn several times finer than it is shown
FINEST = 4


@dataclass(frozen=True)
class Layout:
    """Where everything lies. The animated square is a part of the canvas, the canvas a part of the picture, resized.

    region: (left, top, width, height) of the picture that the canvas shows, picture pixels. canvas: (width, height).
    square: (left, top, side) of what is animated, and window: (left, top, right, bottom) of what is shown, both in
    canvas pixels. factor: how many times finer than the canvas the square is drawn.
    """

    region: tuple[int, int, int, int]
    canvas: tuple[int, int]
    square: tuple[int, int, int]
    window: tuple[int, int, int, int]
    factor: int = 1

    def cut(self, picture: Image) -> tuple[Image, Image]:
        """The canvas, (height, width, 3) uint8, and the square at its own resolution, (side * factor,) * 2 + (3,)."""
        left, top, width, height = self.region
        canvas = resample(picture[top : top + height, left : left + width], self.canvas)
        x, y, side = self.square
        return canvas, enlarge(canvas[y : y + side, x : x + side], self.factor)

    def on_canvas(self, marks: Array) -> Array:
        """(n, 3) landmarks of the picture in pixels of the canvas. Pixel centres lie at whole numbers."""
        left, top, width, height = self.region
        across, down = self.canvas[0] / width, self.canvas[1] / height
        scale = np.array([across, down, (across + down) / 2], np.float32)
        half = np.array([0.5, 0.5, 0], np.float32)
        return ((marks - np.array([left, top, 0], np.float32) + half) * scale - half).astype(np.float32)

    def place(self, marks: Array) -> Array:
        """(n, 3) landmarks of the picture in pixels of the square."""
        half = np.array([0.5, 0.5, 0], np.float32)
        corner = np.array([*self.square[:2], 0], np.float32)
        return ((self.on_canvas(marks) - corner + half) * self.factor - half).astype(np.float32)


def lay_out(shape: tuple[int, ...], marks: Array, square: tuple[int, int, int], framing: str, size: int) -> Layout:
    """The layout of a picture of `shape` (height, width, ...) for a framing of request.FRAMINGS.

    marks: (n, 3) of the face, and square: (left, top, side) to be animated around it, both in picture pixels.
    size: height and width of the video, pixels; a whole picture keeps its own shape and size, up to LONGEST.
    """
    if framing == "full":
        return _whole(shape, square)
    left, top, side = square
    region = (left, top, side, side)
    if framing == "bust":
        return Layout(region, (size, size), (0, 0, size), (0, 0, size, size), fineness(size))
    low, high = marks[:, :2].min(0), marks[:, :2].max(0)
    near = min(side, round(CLOSE * float((high - low).max())))
    canvas = max(size, round(side * size / near))
    middle = ((low + high) / 2 - [left, top]) * canvas / side
    x = int(np.clip(round(float(middle[0]) - size / 2), 0, canvas - size))
    y = int(np.clip(round(float(middle[1]) - MIDDLE * size), 0, canvas - size))
    return Layout(region, (canvas, canvas), (0, 0, canvas), (x, y, x + size, y + size), fineness(canvas))


def _whole(shape: tuple[int, ...], square: tuple[int, int, int]) -> Layout:
    """All of the picture, in even sizes: a last odd row or column is left out rather than everything resampled."""
    height, width = shape[0], shape[1]
    scale = min(1.0, LONGEST / max(height, width))
    size = (_even(width * scale), _even(height * scale))
    region = (0, 0, *(size if scale == 1 else (width, height)))
    left, top, side = square
    shown = min(round(side * scale), *size)
    x = int(np.clip(round(left * scale), 0, size[0] - shown))
    y = int(np.clip(round(top * scale), 0, size[1] - shown))
    return Layout(region, size, (x, y, shown), (0, 0, *size), fineness(shown))


def _even(pixels: float) -> int:
    return max(2, int(pixels + 1e-6) // 2 * 2)


def fineness(side: int) -> int:
    """How many times finer a square of `side` pixels is drawn, so that small faces have smooth edges."""
    return int(np.clip(-(-FINE // side), 1, FINEST))


def resample(picture: Image, size: tuple[int, int]) -> Image:
    """The picture at `size` (width, height); the same pixels when it has that size."""
    if (picture.shape[1], picture.shape[0]) == size:
        return np.ascontiguousarray(picture)
    return np.asarray(PIL.Image.fromarray(picture).resize(size, PIL.Image.Resampling.LANCZOS), np.uint8)


def enlarge(picture: Image, factor: int) -> Image:
    """`factor` times larger, and so that `reduce` gives the picture back, to a grey level."""
    if factor == 1:
        return picture.copy()
    height, width = picture.shape[:2]
    large = cv2.resize(picture.astype(np.float32), (width * factor, height * factor), interpolation=cv2.INTER_CUBIC)
    for _ in range(2):  # the second round mends what clipping took in the first
        small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
        missing = np.repeat(np.repeat(picture - small, factor, 0), factor, 1)
        large = np.clip(large + missing, 0, 255)
    return np.round(large).astype(np.uint8)


def reduce(picture: Image, factor: int) -> Image:
    """The mean of every `factor` by `factor` pixels: (H, W, ...) uint8 to (H / factor, W / factor, ...) uint8."""
    if factor == 1:
        return picture
    size = (picture.shape[1] // factor, picture.shape[0] // factor)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def inner_weight(layout: Layout, border: float) -> Array:
    """(side, side) float32: 1 inside the square, falling to 0 over `border` of its side where the picture goes on."""
    x, y, side = layout.square
    width, height = layout.canvas
    reach = border * side
    line = np.arange(side, dtype=np.float32) + 0.5
    from_start, from_end = np.clip(line / reach, 0, 1), np.clip((side - line) / reach, 0, 1)
    open_ = np.ones(side, np.float32)
    across = (from_start if x > 0 else open_) * (from_end if x + side < width else open_)
    down = (from_start if y > 0 else open_) * (from_end if y + side < height else open_)
    return (down[:, None] * across[None]).astype(np.float32)

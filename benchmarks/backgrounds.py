"""Busy backgrounds to put people before: bokeh lights, streets, leaves, books, a crowd, and scikit-image's pictures."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from skimage import data

from avatar_app.types import Array, Image

SIDE = 512
FINE = 2 * SIDE  # pixels at which they are painted


def photo(name: str, blur: float = 0.0, corner: tuple[float, float] = (0.5, 0.5), zoom: float = 1.0) -> Image:
    """A square of one of scikit-image's pictures, out of focus by `blur` pixels."""
    picture = np.asarray(getattr(data, name)())
    if isinstance(picture, tuple):
        picture = picture[0]
    picture = np.repeat(picture[..., None], 3, 2) if picture.ndim == 2 else picture[..., :3]
    height, width = picture.shape[:2]
    side = int(min(height, width) / zoom)
    left, top = int((width - side) * corner[0]), int((height - side) * corner[1])
    part = cv2.resize(picture[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(part, (0, 0), blur) if blur else part, np.uint8)


def bokeh(seed: int, count: int, dark: tuple[int, int, int], radius: tuple[float, float]) -> Image:
    """Discs of light, out of focus."""
    rng = np.random.default_rng(seed)
    picture = _plain(dark)
    for _ in range(count):
        hue = rng.uniform(0, 180) if rng.random() < 0.5 else rng.uniform(8, 28)
        tone = np.array([[[hue, rng.uniform(40, 200), rng.uniform(120, 255)]]], np.uint8)
        colour = np.asarray(cv2.cvtColor(tone, cv2.COLOR_HSV2RGB), np.float32)[0, 0]
        disc = np.zeros((FINE, FINE), np.float32)
        middle = rng.integers(0, FINE, 2).tolist()
        cv2.circle(disc, (middle[0], middle[1]), int(2 * rng.uniform(*radius)), (1.0,), -1, cv2.LINE_AA)
        share = np.asarray(cv2.GaussianBlur(disc, (0, 0), 1.5))[..., None] * rng.uniform(0.3, 0.8)
        picture = picture * (1 - share) + np.maximum(picture, colour) * share
    return _finish(picture, rng, 0.0)


def street(seed: int) -> Image:
    """Houses with windows, some lit, below a pale sky."""
    rng = np.random.default_rng(seed)
    picture = _plain((150, 170, 195))
    left = 0
    while left < FINE:
        width, top = int(rng.uniform(60, 240)), int(rng.uniform(0, 0.45 * FINE))
        colour = rng.uniform(50, 190) + rng.normal(0, 15, 3)
        picture[top:, left : left + width] = colour
        wide, tall = int(rng.uniform(14, 30)), int(rng.uniform(18, 44))
        for y in range(top + 16, FINE - 60, int(1.7 * tall)):
            for x in range(left + 10, left + width - wide, int(1.6 * wide)):
                lit = rng.random() < 0.3
                picture[y : y + tall, x : x + wide] = (240, 215, 150) if lit else 0.45 * colour
        left += width + int(rng.uniform(0, 12))
    return _finish(picture, rng, rng.uniform(1, 5))


def leaves(seed: int) -> Image:
    """A hedge."""
    rng = np.random.default_rng(seed)
    picture = _plain((24, 38, 16))
    for k in range(1500):
        x, y = rng.integers(0, FINE, 2).tolist()
        colour = np.array([110, 150, 50]) * rng.uniform(0.45, 1.5) * (0.4 + 0.6 * k / 1500) + rng.normal(0, 12, 3)
        size = int(rng.uniform(10, 40)), int(rng.uniform(4, 15))
        cv2.ellipse(picture, (x, y), size, rng.uniform(0, 360), 0, 360, _colour(colour), -1, cv2.LINE_AA)
    return _finish(picture, rng, rng.uniform(0.8, 4))


def books(seed: int) -> Image:
    """Shelves."""
    rng = np.random.default_rng(seed)
    picture = _plain((60, 40, 28))
    top = 0
    while top < FINE:
        tall, left = int(rng.uniform(150, 210)), 0
        while left < FINE:
            wide = int(rng.uniform(14, 44))
            high = int(tall * rng.uniform(0.7, 0.98))
            picture[top + tall - high : top + tall, left : left + wide] = rng.uniform(20, 220, 3)
            left += wide
        picture[top + tall : top + tall + 14] = (92, 62, 40)
        top += tall + 14
    return _finish(picture, rng, rng.uniform(1, 3))


def crowd(seed: int) -> Image:
    """People from behind, out of focus."""
    rng = np.random.default_rng(seed)
    picture = _plain((70, 70, 78))
    for k in range(90):
        x, y, size = int(rng.uniform(0, FINE)), 100 + 10 * k, rng.uniform(0.8, 1.4)
        body, head = (int(52 * size), int(70 * size)), int(26 * size)
        cv2.ellipse(
            picture, (x, y + int(80 * size)), body, 0, 0, 360, _colour(rng.uniform(20, 230, 3)), -1, cv2.LINE_AA
        )
        hair = np.array([60, 44, 32]) * rng.uniform(0.4, 3)
        cv2.circle(picture, (x, y), head, _colour(hair), -1, cv2.LINE_AA)
    return _finish(picture, rng, rng.uniform(2, 7))


def _plain(colour: tuple[int, int, int]) -> Array:
    return np.full((FINE, FINE, 3), colour, np.float32)


def _colour(values: Array) -> tuple[float, float, float]:
    red, green, blue = np.clip(values, 0, 255).tolist()
    return red, green, blue


def _finish(picture: Array, rng: np.random.Generator, blur: float) -> Image:
    """(SIDE, SIDE, 3) uint8 with grain."""
    soft = cv2.GaussianBlur(picture, (0, 0), blur) if blur else picture
    small = np.asarray(cv2.resize(soft, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return np.clip(small + rng.normal(0, 3, (SIDE, SIDE, 1)), 0, 255).astype(np.uint8)


BUSY: dict[str, Callable[[], Image]] = {
    "bokeh": lambda: bokeh(11, 160, (8, 10, 16), (4, 18)),
    "bright bokeh": lambda: bokeh(17, 60, (120, 130, 110), (14, 40)),
    "street": lambda: street(12),
    "another street": lambda: street(13),
    "leaves": lambda: leaves(14),
    "books": lambda: books(15),
    "crowd": lambda: crowd(16),
    "cat": lambda: photo("chelsea", 1.0),
    "rocket": lambda: photo("rocket", 0.0, (0.4, 0.5)),
    "grass": lambda: photo("grass"),
    "brick": lambda: photo("brick"),
    "stars": lambda: photo("hubble_deep_field"),
}

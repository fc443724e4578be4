"""Frames as planes: the colours of BT.709, a quarter of the colour."""

from __future__ import annotations

import numpy as np

from avatar_app.render.video.planes import Planes
from avatar_app.types import Array

HEIGHT, WIDTH = 48, 64
MATRIX = np.array([[0.2126, 0.7152, 0.0722], [-0.2126, -0.7152, 0.9278], [0.7874, -0.7152, -0.0722]])


def exact(frame: Array) -> tuple[Array, Array]:
    """Luma (H, W) and chroma (H / 2, W / 2, 2) of RGB, unrounded."""
    luma = 16 + frame @ MATRIX[0] * 219 / 255
    half = frame.reshape(HEIGHT // 2, 2, WIDTH // 2, 2, 3).mean(axis=(1, 3)) / 255
    return luma, 128 + 112 * np.stack([half @ MATRIX[1] / 0.9278, half @ MATRIX[2] / 0.7874], axis=-1)


def split(planes: Array) -> tuple[Array, Array]:
    size = HEIGHT * WIDTH
    luma = planes[:size].reshape(HEIGHT, WIDTH).astype(float)
    return luma, planes[size:].reshape(2, HEIGHT // 2, WIDTH // 2).transpose(1, 2, 0).astype(float)


def test_planes_are_the_standards_to_a_level() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    for made, wanted, off in zip(split(Planes(HEIGHT, WIDTH).of(frame)), exact(frame), (0.51, 1.0), strict=True):
        assert made.shape == wanted.shape and np.abs(made - wanted).max() <= off


def test_grey_has_no_colour_and_black_and_white_reach_the_ends() -> None:
    planes = Planes(HEIGHT, WIDTH)
    for grey, level in ((0, 16), (255, 235), (128, 126)):
        luma, chroma = split(planes.of(np.full((HEIGHT, WIDTH, 3), grey, np.uint8)))
        assert (luma == level).all() and (chroma == 128).all()

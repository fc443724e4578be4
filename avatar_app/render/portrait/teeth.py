"""Sprites of teeth, gums and tongue, painted in the light of a picture; lengths in mouth widths."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.types import Array

# Adult crowns as seen from the front, in mouth widths (a mouth is about 50 mm wide): central incisor outward.
UPPER_TEETH = (0.165, 0.130, 0.135, 0.105, 0.085, 0.060)
LOWER_TEETH = (0.105, 0.112, 0.120, 0.105, 0.090, 0.070)
UPPER_LENGTH = (0.205, 0.185, 0.205, 0.170, 0.150, 0.130)
LOWER_LENGTH = (0.170, 0.170, 0.185, 0.160, 0.140, 0.120)
UPPER_EDGE = 0.055  # mouth widths that the upper incisors reach below the closed lips' line
LOWER_EDGE = 0.012  # below that line, where the lower incisors end when the jaw is shut
CANVAS = 3.0  # sprite pixels per picture pixel while painting
SPAN = (-0.75, -0.45, 1.5, 1.5)  # left, top, width, height of the painting in mouth widths


def _grid(width: float) -> tuple[Array, Array]:
    """x and y of every sprite pixel in mouth widths."""
    across = max(16, round(SPAN[2] * width * CANVAS))
    down = max(16, round(SPAN[3] * width * CANVAS))
    x = SPAN[0] + (np.arange(across, dtype=np.float32) + 0.5) / across * SPAN[2]
    y = SPAN[1] + (np.arange(down, dtype=np.float32) + 0.5) / down * SPAN[3]
    return np.meshgrid(x, y)  # type: ignore[return-value]


def _soft(x: Array, width: float) -> Array:
    """A step at 0, one picture pixel wide; x in mouth widths."""
    return np.clip(x * width * 0.8 + 0.5, 0, 1)


def paint_teeth(
    crowns: tuple[float, ...], lengths: tuple[float, ...], width: float, light: Array, upper: bool
) -> Array:
    """(h, w, 4) premultiplied: one row of teeth with its gum, darker toward the corners of the mouth."""
    x, y = _grid(width)
    sign = 1.0 if upper else -1.0
    edge = UPPER_EDGE if upper else LOWER_EDGE
    colour = np.zeros((*x.shape, 3), np.float32)
    alpha = np.zeros_like(x)
    start = 0.0
    for crown, length in zip(crowns, lengths, strict=True):
        centre = start + crown / 2
        inside = np.abs(np.abs(x) - centre) / (crown / 2)  # 1 at the sides of this tooth
        # The arch curves away: teeth farther out end higher (upper) or lower (lower).
        tip = edge - sign * 0.10 * centre**2 - sign * 0.016 * inside**4
        root = tip - sign * length
        body = _soft(sign * (tip - y), width) * _soft(sign * (y - root) + 0.02 * (1 - inside**2), width)
        mine = (inside <= 1.0).astype(np.float32) * body
        round_off = 1 - 0.16 * np.clip(inside, 0, 1) ** 6
        lengthwise = 0.90 + 0.10 * np.clip(sign * (y - root) / length, 0, 1)
        tone = np.array([0.93, 0.885, 0.80], np.float32) * light
        colour += (mine * round_off * lengthwise)[..., None] * tone
        alpha += mine
        start += crown
    gum = np.array([0.62, 0.33, 0.31], np.float32) * light
    behind = _soft(sign * (edge - sign * 0.14 - y), width) * _soft(0.60 - np.abs(x), width) * (1 - np.clip(alpha, 0, 1))
    colour += behind[..., None] * gum
    alpha = np.clip(alpha, 0, 1) + behind
    shade = np.clip(1.03 - 1.9 * np.abs(x) ** 2.2, 0.18, 1.0)
    return np.dstack([colour * shade[..., None], alpha]).astype(np.float32)


def paint_lower_jaw(width: float, light: Array) -> Array:
    """(h, w, 4) premultiplied: the tongue behind, the lower teeth in front."""
    x, y = _grid(width)
    top = LOWER_EDGE - 0.15 + 1.0 * x**2
    tongue = _soft(y - top, width / 3) * _soft(0.40 - np.abs(x), width / 4)
    tone = np.array([0.66, 0.34, 0.33], np.float32) * light
    relief = np.clip(0.52 + 1.8 * (y - top), 0.5, 0.9) * (1 - 0.14 * np.exp(-((x / 0.03) ** 2)))
    colour = (tongue * relief)[..., None] * tone
    teeth = paint_teeth(LOWER_TEETH, LOWER_LENGTH, width, light * 0.78, upper=False)
    over = 1 - teeth[..., 3:]
    return np.concatenate([teeth[..., :3] + colour * over, teeth[..., 3:] + tongue[..., None] * over], 2)


def place_sprite(sprite: Array, to_picture: Array, box: tuple[int, int, int, int]) -> Array:
    """The painting, drawn at the picture's scale into `box`."""
    height, across = sprite.shape[:2]
    scale = np.array([[SPAN[2] / across, 0, SPAN[0]], [0, SPAN[3] / height, SPAN[1]], [0, 0, 1]], np.float32)
    matrix = to_picture @ scale
    matrix[:, 2] -= np.array(box[:2], np.float32)
    blurred = cv2.GaussianBlur(sprite, (0, 0), CANVAS * 0.45)
    return np.asarray(cv2.warpAffine(blurred, matrix, (box[2] - box[0], box[3] - box[1])), np.float32)

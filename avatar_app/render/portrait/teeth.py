"""Sprites of teeth and gums, painted in the light of a picture; lengths in mouth widths."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.render.portrait.mouth_light import MouthLight
from avatar_app.types import Array

# Adult crowns as seen from the front, in mouth widths (a mouth is about 50 mm wide): central incisor outward. The arch
# turns away, so that what lies farther out looks narrower than it is.
UPPER_TEETH = (0.165, 0.125, 0.110, 0.085, 0.065, 0.050)
LOWER_TEETH = (0.105, 0.105, 0.105, 0.090, 0.075, 0.060)
UPPER_LENGTH = (0.205, 0.185, 0.205, 0.170, 0.150, 0.130)
LOWER_LENGTH = (0.170, 0.170, 0.185, 0.160, 0.140, 0.120)
SHORTER = (0.0, 0.012, 0.0, 0.012, 0.016, 0.020)  # where each ends before the first
UPPER_EDGE = 0.068  # mouth widths that the upper incisors reach below the closed lips' line
LOWER_EDGE = 0.020  # below that line, where the lower incisors end when the jaw is shut
CURVE = (0.10, 0.0)  # rise of the upper row's ends over the square of the width; the lower row bends as the jaw opens
TOOTH = np.array([0.97, 0.935, 0.87], np.float32)  # of the light: ivory, hardly yellow
DRAWN_TOOTH = np.array([1.0, 0.99, 0.97], np.float32)  # and in flat drawings
GUM = np.array([0.70, 0.42, 0.40], np.float32)
LOWER_LIT = 0.84  # of the light on the upper teeth: the lower ones stand a little behind them
CANVAS = 3.0  # sprite pixels per picture pixel while painting
SPAN = (-0.75, -0.45, 1.5, 1.5)  # left, top, width, height of the painting in mouth widths


def grid(width: float) -> tuple[Array, Array]:
    """x and y of every sprite pixel in mouth widths."""
    across = max(16, round(SPAN[2] * width * CANVAS))
    down = max(16, round(SPAN[3] * width * CANVAS))
    x = SPAN[0] + (np.arange(across, dtype=np.float32) + 0.5) / across * SPAN[2]
    y = SPAN[1] + (np.arange(down, dtype=np.float32) + 0.5) / down * SPAN[3]
    return np.meshgrid(x, y)  # type: ignore[return-value]


def soft(x: Array, width: float) -> Array:
    """A step at 0, one picture pixel wide; x in mouth widths."""
    return np.clip(x * width * 0.8 + 0.5, 0, 1)


def tooth_colour(grain: float) -> Array:
    """(3,) of the light that falls on it, in a picture of so much grain."""
    return np.asarray(DRAWN_TOOTH + grain * (TOOTH - DRAWN_TOOTH), np.float32)


def paint_teeth(width: float, light: MouthLight, upper: bool) -> Array:
    """(h, w, 4) premultiplied: one row of teeth with its gum, darker toward the corners of the mouth.

    In a drawing, which has no grain, the row is one plain band, as draughtsmen leave it.
    """
    x, y = grid(width)
    sign = 1.0 if upper else -1.0
    edge, curve = (UPPER_EDGE, CURVE[0]) if upper else (LOWER_EDGE, CURVE[1])
    crowns, lengths = (UPPER_TEETH, UPPER_LENGTH) if upper else (LOWER_TEETH, LOWER_LENGTH)
    tone = tooth_colour(light.grain) * (1.0 if upper else 1 + light.grain * (LOWER_LIT - 1)) * light.white
    colour = np.zeros((*x.shape, 3), np.float32)
    alpha = np.zeros_like(x)
    start = 0.0
    for crown, length, shorter in zip(crowns, lengths, SHORTER, strict=True):
        centre = start + crown / 2
        inside = np.abs(np.abs(x) - centre) / (crown / 2)  # 1 at the sides of this tooth
        # The arch curves away: teeth farther out end higher (upper) or lower (lower).
        tip = edge - sign * (curve * centre**2 + light.grain * (shorter + 0.014 * inside**4))
        root = tip - sign * length
        body = soft(sign * (tip - y), width) * soft(sign * (y - root) + 0.02 * (1 - inside**2), width)
        mine = (inside <= 1.0).astype(np.float32) * body
        colour += (mine * _relief(inside, sign * (y - root) / length, light.grain))[..., None] * tone
        alpha += mine
        start += crown
    behind = soft(sign * (edge - sign * 0.14 - y), width) * soft(0.60 - np.abs(x), width) * (1 - np.clip(alpha, 0, 1))
    colour += behind[..., None] * GUM * light.white
    alpha = np.clip(alpha, 0, 1) + behind
    shade = np.clip(1.03 - 1.9 * np.abs(x) ** 2.2, 0.18, 1.0)
    lit = light.across(x) * (1 + light.grain * (shade - 1))
    return np.dstack([colour * lit[..., None], alpha]).astype(np.float32)


def _relief(inside: Array, along: Array, grain: float) -> Array:
    """How bright a crown is, 0 to 1; inside: 0 in its middle, 1 at its sides; along: 0 at the gum, 1 at the edge."""
    gap = 1 - 0.20 * np.clip(inside, 0, 1) ** 7
    bulge = 0.93 + 0.07 * np.sin(np.pi * np.clip(along, 0, 1) * 0.85)
    edge = 1 - 0.05 * np.clip((along - 0.88) / 0.12, 0, 1)  # enamel lets light through where it is thin
    return np.asarray(1 + grain * (gap * bulge * edge - 1), np.float32)


def place_sprite(sprite: Array, to_picture: Array, box: tuple[int, int, int, int]) -> Array:
    """The painting, drawn at the picture's scale into `box`."""
    height, across = sprite.shape[:2]
    scale = np.array([[SPAN[2] / across, 0, SPAN[0]], [0, SPAN[3] / height, SPAN[1]], [0, 0, 1]], np.float32)
    matrix = to_picture @ scale
    matrix[:, 2] -= np.array(box[:2], np.float32)
    blurred = cv2.GaussianBlur(sprite, (0, 0), CANVAS * 0.45)
    return np.asarray(cv2.warpAffine(blurred, matrix, (box[2] - box[0], box[3] - box[1])), np.float32)

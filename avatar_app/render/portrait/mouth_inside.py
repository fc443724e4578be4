"""Sprites of what lies behind the teeth, in the light of a picture: the tongue, and the hollow down to the throat."""

from __future__ import annotations

import numpy as np

from avatar_app.render.portrait.mouth_light import MouthLight
from avatar_app.render.portrait.teeth import grid, soft
from avatar_app.types import Array

TONGUE = np.array([0.82, 0.475, 0.455], np.float32)  # of the light, like those that follow
WALL = np.array([0.46, 0.215, 0.20], np.float32)  # inner cheeks and palate near the lips
THROAT = np.array([0.225, 0.115, 0.105], np.float32)  # deepest, and still not black: lips let light through
DRAWN = np.array([0.40, 0.15, 0.14], np.float32)  # the one colour that hollow has in a flat drawing
HALF_TONGUE = 0.36  # mouth widths from the middle to the tongue's side
HOLLOW = (0.30, 0.27)  # mouth widths to the right and down in which the throat's dark fades into the walls


def paint_tongue(width: float, light: MouthLight) -> Array:
    """(h, w, 4) premultiplied: a tongue from the front, whose highest point lies at y = 0."""
    x, y = grid(width)
    side = np.abs(x) / HALF_TONGUE
    top = 0.10 * side**2.4 + 0.10 * np.clip(side, 0, 1) ** 8
    below = y - top
    shape = soft(below, width / 2.5) * soft(HALF_TONGUE - np.abs(x), width / 2.5)
    # The back lies deep and dark, the tip faces the light; the sides turn away from it.
    facing = 0.42 + 0.58 * _step(below / 0.17) - 0.10 * _step((below - 0.17) / 0.25)
    rounded = 1 - 0.38 * np.clip(side, 0, 1) ** 3
    groove = 1 - 0.22 * np.exp(-((x / 0.028) ** 2)) * _step(below / 0.05) * (1 - 0.6 * _step(below / 0.22))
    relief = facing * rounded * groove
    wet = 0.15 * np.exp(-(((np.abs(x) - 0.085) / 0.05) ** 2) - ((below - 0.115) / 0.035) ** 2)
    relief = 0.80 + light.grain * (relief - 0.80)
    shine = (light.grain * wet * light.across(x))[..., None] * light.white
    colour = (relief * light.across(x))[..., None] * TONGUE * light.white + shine
    return np.dstack([colour * shape[..., None], shape]).astype(np.float32)


def paint_hollow(width: float, light: MouthLight) -> Array:
    """(h, w, 3) opaque: walls that fall off into the throat's dark, whose middle is at (0, 0)."""
    x, y = grid(width)
    deep = np.exp(-((x / HOLLOW[0]) ** 2) - ((y / HOLLOW[1]) ** 2))[..., None]
    hollow = WALL + deep * (THROAT - WALL)
    return ((DRAWN + light.grain * (hollow - DRAWN)) * light.white).astype(np.float32)


def _step(t: Array) -> Array:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)

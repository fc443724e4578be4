"""Eye texture of the 3-D head, with iris and white of a portrait."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar_app.face.landmark_indices import IRIS
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.head.fit import FittedHead
from avatar_app.render.head.model import IRIS_SPAN, SIDES, Head
from avatar_app.types import Image


def eye_picture(head: Head, side: int, iris: Any, white: Any, radius: float) -> Image:
    """(side, side, 3) uint8: an eye seen along its gaze, distances from the middle being angles.

    iris, white: colours. radius: of the iris, metres.
    """
    y, x = (np.mgrid[:side, :side].astype(np.float32) + 0.5) / side - 0.5
    angle = np.hypot(x, y) / 0.49 * IRIS_SPAN
    turn = np.arctan2(y, x)
    edge = np.arcsin(radius / float(head.eye_radii.mean()))
    r = angle / edge
    rays = 1 + 0.16 * np.sin(turn * 41 + 3 * np.sin(turn * 9)) * np.clip(r * 1.4 - 0.5, 0, 1)
    ring = np.clip((1.05 - r) * 6, 0.3, 1) * (0.72 + 0.45 * np.clip(r, 0, 1) ** 2)
    colour = np.array(iris, np.float32) * (rays * ring)[..., None]
    pupil = np.clip((r - 0.40) * 14 + 0.5, 0, 1)[..., None]
    colour = colour * pupil + 10 * (1 - pupil)
    ball = np.array(white, np.float32) * (1 - 0.10 * np.clip(r - 1.6, 0, 2))[..., None]
    ball = ball - np.clip(r - 1.8, 0, 1.5)[..., None] * np.array([2, 14, 14], np.float32)
    inside = np.clip((1.0 - r) * 9 + 0.5, 0, 1)[..., None]
    return np.clip(colour * inside + ball * (1 - inside), 0, 255).astype(np.uint8)


def iris_radius(placed: FittedHead, portrait: Portrait) -> float:
    """Metres on the fitted head, within what irises measure."""
    rings = [portrait.landmarks[list(IRIS[side])] for side in SIDES]
    pixels = np.mean([np.linalg.norm(ring[1:, :2] - ring[0, :2], axis=1).mean() for ring in rings])
    return float(np.clip(pixels / placed.pose[0], 0.0052, 0.0074))


def eye_colours(portrait: Portrait) -> tuple[Any, Any]:
    """Mean iris colour of the portrait, and a white of the eye in its light."""
    iris, light = [], []
    size = portrait.pixels.shape[0]
    y, x = np.mgrid[:size, :size].astype(np.float32)
    for side in SIDES:
        centre = portrait.landmarks[IRIS[side][0]]
        radius = float(np.linalg.norm(portrait.landmarks[list(IRIS[side][1:]), :2] - centre[:2], axis=1).mean())
        distance = np.hypot(x - centre[0], y - centre[1]) / max(radius, 1.0)
        # The upper lid shades the upper half; its lashes lie over it.
        ring = portrait.pixels[(distance > 0.45) & (distance < 0.9) & (y > centre[1] - 0.2 * radius)]
        bright = portrait.pixels[(distance > 1.1) & (distance < 1.9) & (np.abs(y - centre[1]) < 0.35 * radius)]
        if len(ring):
            iris.append(np.median(ring, axis=0))
        if len(bright):
            light.append(np.percentile(bright, 80, axis=0))
    colour = np.mean(iris, axis=0) if iris else np.array([90, 70, 50])
    white = np.mean(light, axis=0) if light else np.array([225, 220, 215])
    level = np.clip(white.mean(), 110, 225)
    return np.clip(colour * 1.1, 20, 220), 0.35 * white / white.mean() * level + 0.65 * level

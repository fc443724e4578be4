"""The lamp's reflection in the eyes of the 3-D head: without it they look at nothing."""

from __future__ import annotations

import numpy as np

from avatar_app.render.head.model import Head, bulge
from avatar_app.render.mesh.scene import Light
from avatar_app.types import Array, Ints

CORNEA = 0.0078  # metres, radius of the cornea: what mirrors is rounder than the ball
SIZE, LIFT = 0.0009, 0.0003  # metres: radius of a glint, and how far it stands before the eye
CORNERS = 10
BRIGHT = 0.95  # factor of white, under the same light as the rest


def triangles() -> Ints:
    """(2 * CORNERS, 3) of both glints, each a middle with corners around it."""
    k = np.arange(CORNERS)
    fan = np.stack([0 * k, 1 + k, 1 + (k + 1) % CORNERS], 1)
    return np.concatenate([fan, fan + CORNERS + 1]).astype(np.int32)


def glints(head: Head, posed: Array, rotation: Array, translation: Array, viewer: Array, light: Light) -> Array:
    """(2 * (CORNERS + 1), 3) metres: where a posed head's eyes show the lamp to a viewer (3,). posed: (V, 3).

    The mirror's law on a cornea that the gaze turns with the eye; lids cover it as they cover the eye.
    """
    centres = head.turn(head.eye_centres, rotation, translation)
    first = len(head.parts) - 2 * len(head.ball)
    lamp, made = light.table()[:3], []
    for side, (centre, radius) in enumerate(zip(centres, head.eye_radii, strict=True)):
        gaze = _unit(posed[first + side * len(head.ball)] - centre)
        half = _unit(_unit(viewer - centre) + lamp)
        outward = _unit((radius - CORNEA) * gaze + CORNEA * half)
        angle = np.arccos(np.clip(outward @ gaze, -1, 1))
        made.append(_disc(centre + outward * (radius * bulge(angle, radius) + LIFT), outward))
    return np.concatenate(made).astype(np.float32)


def _disc(middle: Array, outward: Array) -> Array:
    across = _unit(np.cross(np.array([0.0, 1.0, 0.0]), outward))
    up, turn = np.cross(outward, across), 2 * np.pi * np.arange(CORNERS) / CORNERS
    rim = middle + SIZE * (np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * up)
    return np.concatenate([middle[None], rim])


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.linalg.norm(vector), np.float32)

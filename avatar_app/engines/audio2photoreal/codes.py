"""What the published networks make: poses and face codes at their own rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.engines.audio2photoreal.config import FPS, POSE
from avatar_app.motion.export.body import at_25_fps
from avatar_app.types import Array

TURNS = slice(3, 6)  # of a pose: how the whole body is turned, which may wrap


@dataclass(frozen=True)
class Codes:
    """What the networks make of T frames at 30 fps. pose: (T, 104) radians. face: (T, 256) codes of the decoder."""

    pose: Array
    face: Array


def at_our_rate(values: Array, frames: int) -> Array:
    """(frames, C) float32 at 25 fps of (T, C) at 30 fps, the last frame held."""
    values = np.array(values, np.float64)
    if values.shape[1] == POSE:
        values[:, TURNS] = np.unwrap(values[:, TURNS], axis=0)
    made = at_25_fps(values, FPS)[:frames]
    return np.concatenate([made, np.repeat(made[-1:], frames - len(made), axis=0)])

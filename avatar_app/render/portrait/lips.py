"""Lip rounding: as narrow as it makes a mouth, also where the picture shows a broad smile.

Face actions are displacements, so "pucker" on a smile leaves a narrower smile. Here it leads to a width instead, and
to corners level with the lips' middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.landmark_indices import EYE_CORNERS, INNER_LOWER, INNER_UPPER, LOWER_LIP, MOUTH_CORNERS, UPPER_LIP
from avatar_app.types import Array

FUNNEL = 0.6  # of the rounding of a pucker that a funnel makes
NARROW = 0.62  # of a relaxed mouth's width that is left at full rounding
RELAXED = 0.62  # distances between the outer corners of the eyes: width of a relaxed mouth
FADE = 0.8  # half mouth widths beyond the lips in which the skin follows
SOON = 1.5  # how much sooner than the width the corners' height is gone


@dataclass(frozen=True)
class Rounding:
    """inward, level: (478, 3) pixels, motion that narrows the mouth to nothing; that lowers both corners by a pixel.

    across, down: (3,) unit vectors of the face. half, relaxed: pixels, half the mouth's width in the picture, and the
    whole width when relaxed. oval: (9,) heights of an ellipse between the lips.
    """

    inward: Array
    level: Array
    across: Array
    down: Array
    half: float
    relaxed: float
    oval: Array


def build_rounding(landmarks: Array, down: Array) -> Rounding:
    """How the lips of landmarks (478, 3) round; down: (3,) from brow to chin, of length 1."""
    # Corners lie deeper than the middle of the lips; what counts is how high they look.
    down = down * np.array([1, 1, 0], np.float32)
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    right, left = MOUTH_CORNERS
    across = landmarks[left] - landmarks[right]
    across = across - (across @ down) * down
    width = float(np.linalg.norm(across))
    across = across / width
    offset = landmarks - _middle(landmarks)
    x, y = offset @ across / (width / 2), offset @ down / (width / 2)
    follow = np.exp(-((np.maximum(np.hypot(x, y) - 1, 0) / FADE) ** 2))
    inward = -(x * follow * width / 2)[:, None] * across
    outer = np.clip(np.abs(x), 0, 1) ** 2 * follow
    for upper, lower in zip(UPPER_LIP, LOWER_LIP, strict=True):  # partners stay as far apart as they are
        outer[list(upper)] = outer[list(lower)] = (outer[list(upper)] + outer[list(lower)]) / 2
    level = outer[:, None] * down
    eyes = float(np.linalg.norm(landmarks[EYE_CORNERS["Left"][0]] - landmarks[EYE_CORNERS["Right"][0]]))
    oval = np.sqrt(np.clip(1 - x[list(INNER_UPPER)] ** 2, 0, 1)).astype(np.float32)
    relaxed = min(width, RELAXED * eyes)
    return Rounding(inward.astype(np.float32), level.astype(np.float32), across, down, width / 2, relaxed, oval)


def roundness(expression: Array) -> float:
    """How far coefficients (52,) round the lips, 0 to 1."""
    both = expression[ARKIT_INDEX["mouthPucker"]] + FUNNEL * expression[ARKIT_INDEX["mouthFunnel"]]
    return float(min(max(both, 0.0), 1.0))


def round_gap(gap: Array, rounding: Rounding, amount: float) -> Array:
    """(9,) pixels between the lips, taken toward an oval where they are more, by `amount`, 0 to 1."""
    return np.asarray(gap + amount * (np.minimum(gap, gap.max() * rounding.oval) - gap), np.float32)


def round_lips(moved: Array, rounding: Rounding, amount: float) -> Array:
    """(478, 3) motion that, added to moved landmarks (478, 3), rounds their lips by `amount`, 0 to 1."""
    right, left = moved[list(MOUTH_CORNERS)] - _middle(moved)
    wide = float((left - right) @ rounding.across)
    goal = min(wide, (1 - amount) * wide + amount * NARROW * rounding.relaxed)
    high = min(float((left + right) @ rounding.down) / 2, 0.0)
    narrower = (wide - goal) / (2 * rounding.half)
    return np.asarray(narrower * rounding.inward - min(SOON * amount, 1.0) * high * rounding.level, np.float32)


def _middle(landmarks: Array) -> Array:
    """(3,) between the lips."""
    return np.asarray(landmarks[[INNER_UPPER[4], INNER_LOWER[4]]].mean(0), np.float32)

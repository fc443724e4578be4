"""Wrinkle maps: shading along the lines where skin folds, as deep as the action is strong.

Lines after the face actions that make them (Ekman & Friesen 1978): raised brows fold the forehead, lowered ones the
glabella, a smile or a sneer deepens the nasolabial fold, a smile that reaches the eyes makes crow's feet.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy.interpolate import PchipInterpolator

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import face_width
from avatar_app.face.landmark_indices import (
    BELOW_BROWS,
    BETWEEN_BROWS,
    BROW_LINE,
    CHEEKS,
    EYE_CORNERS,
    FOREHEAD_LINE,
    HAIRLINE,
    INNER_BROWS,
    LOWER_LID_FOLD,
    NASOLABIAL_FOLD,
    SKIN_LANDMARKS,
)
from avatar_app.types import Array

DARK, LIGHT = 0.15, 0.035  # how much darker the fold and how much lighter the skin beside it, at full strength
FOLD = 0.008  # face widths, half the width of a fold

# Fold -> {action: share}; "*" is the side of the fold. A fold's depth is the sum, at most 1.
_DEPTH: dict[str, dict[str, float]] = {
    "forehead": {"browInnerUp": 0.55, "browOuterUpLeft": 0.25, "browOuterUpRight": 0.25},
    "glabella": {"browDownLeft": 0.5, "browDownRight": 0.5, "noseSneerLeft": 0.15, "noseSneerRight": 0.15},
    "nasolabial": {"mouthSmile*": 0.75, "noseSneer*": 0.7, "mouthUpperUp*": 0.25, "cheekSquint*": 0.2},
    "crow": {"cheekSquint*": 0.6, "eyeSquint*": 0.4, "mouthSmile*": 0.3},
    "pouch": {"cheekSquint*": 0.5, "eyeSquint*": 0.35, "mouthSmile*": 0.2},
}


@dataclass(frozen=True)
class Wrinkles:
    """Folds of one portrait, cut to `box` (left, top, right, bottom) of the picture.

    maps: (K, h, w) float32, what each fold multiplies the skin's light by at full strength, less 1.
    weights: (K, 52), how much of each fold every coefficient makes.
    """

    box: tuple[int, int, int, int]
    maps: Array
    weights: Array

    def shade(self, change: Array) -> Array | None:
        """(h, w) float32 factors less 1 for a change of the (52,) coefficients from rest; None without any fold."""
        depth = np.clip(self.weights @ np.maximum(change, 0), 0, 1)
        if depth.max() < 0.02:
            return None
        depth = np.where(depth >= 0.02, depth, 0).astype(np.float32)
        return (depth @ self.maps.reshape(len(depth), -1)).reshape(self.maps.shape[1:])


def build_wrinkles(landmarks: Array, person: npt.NDArray[np.uint8]) -> Wrinkles:
    """The folds of a face with landmarks (478, 3). person: (size, size, 4), picture and alpha: skin ends with it."""
    width = face_width(landmarks)
    size = len(person)
    low = np.clip(np.floor(landmarks[:SKIN_LANDMARKS, :2].min(0)), 0, size - 2).astype(int)
    high = np.clip(np.ceil(landmarks[:SKIN_LANDMARKS, :2].max(0)) + 1, low + 2, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    maps, weights = [], []
    for name, side, lines in _folds(landmarks, width):
        maps.append(sum(_fold([line - low for line in lines], shape, width)))
        weights.append(_weights(_DEPTH[name], side))
    here = person[low[1] : high[1], low[0] : high[0], 3].astype(np.float32) / 255 * skin_grain(landmarks, person)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    return Wrinkles(box, np.stack(maps).astype(np.float32) * here, np.stack(weights))


def skin_grain(landmarks: Array, person: npt.NDArray[np.uint8]) -> float:
    """1 where cheeks have the grain of a photo or a painting, 0 in flat drawings, whose skin has no folds."""
    cheeks = landmarks[list(CHEEKS), :2]
    low = np.clip(cheeks.min(0), 0, len(person) - 2).astype(int)
    high = np.clip(cheeks.max(0) + 1, low + 2, len(person)).astype(int)
    grey = cv2.cvtColor(person[low[1] : high[1], low[0] : high[0], :3], cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = np.abs(grey - np.asarray(cv2.GaussianBlur(grey, (0, 0), 2.0)))
    # The most even quarter: half of a small drawing may lie near one of its edges.
    return float(np.clip((np.percentile(rough, 25) - 0.06) / 0.2, 0, 1))


def _folds(landmarks: Array, width: float) -> list[tuple[str, str, list[Array]]]:
    """(name, side, lines) of every fold; lines are (n, 2) in pixels, smooth."""
    marks = landmarks[:, :2]
    brow, middle, top = marks[list(BROW_LINE)], marks[list(FOREHEAD_LINE)], marks[list(HAIRLINE)]
    # Never on the brow's own hairs, which rise with it: the lowest line is well above.
    forehead = [brow + 0.62 * (middle - brow), middle + 0.1 * (top - middle), middle + 0.7 * (top - middle)]
    folds = [("forehead", "", [_curve(line[1:-1]) for line in forehead])]
    below, between = marks[BELOW_BROWS], marks[BETWEEN_BROWS]
    frown = [
        np.stack([marks[a] + 0.45 * (below - marks[a]), marks[b] + 0.5 * (between - marks[b])]) for a, b in INNER_BROWS
    ]
    folds.append(("glabella", "", [_curve(line) for line in frown]))
    for side in ("Right", "Left"):
        folds.append(("nasolabial", side, [_curve(marks[list(NASOLABIAL_FOLD[side])])]))
        outer, inner = (marks[k] for k in EYE_CORNERS[side])
        out = (outer - inner) / max(float(np.linalg.norm(outer - inner)), 1e-6)
        down = np.array([-out[1], out[0]]) * (1 if side == "Left" else -1)
        rays = [(0.045, -0.035, -0.45), (0.05, 0.0, -0.05), (0.045, 0.035, 0.4)]
        feet = [
            outer + width * (start * out + offset * down + np.linspace(0, 0.07, 5)[:, None] * (out + slope * down))
            for start, offset, slope in rays
        ]
        folds.append(("crow", side, [_curve(line) for line in feet]))
        lid = marks[list(LOWER_LID_FOLD[side])] + 0.012 * width * down
        folds.append(("pouch", side, [_curve(lid)]))
    return folds


def _curve(points: Array) -> Array:
    """(40, 2) smooth curve through the points, evenly in their numbering."""
    steps = np.arange(len(points))
    return np.asarray(PchipInterpolator(steps, points)(np.linspace(0, len(points) - 1, 40)), np.float32)


def _fold(lines: list[Array], shape: tuple[int, int], width: float) -> list[Array]:
    """(h, w) each: a dark valley with a light bank below it, fading out toward both ends of the line."""
    drawn = []
    for number, line in enumerate(lines):
        # No fold is as deep all along, nor as deep as its neighbour.
        depth = (0.75 + 0.25 * np.sin(0.55 * np.arange(len(line)) + 2 * number)) * (1 - 0.15 * number)
        core = np.zeros(shape, np.float32)
        for k in range(len(line) - 1):
            strength = float(np.sin(np.pi * (k + 1) / len(line)) ** 0.7 * depth[k])
            stroke = np.zeros(shape, np.uint8)
            ends = np.round(line[k : k + 2] * 16).astype(np.int32)
            cv2.line(stroke, tuple(ends[0].tolist()), tuple(ends[1].tolist()), (255,), 1, cv2.LINE_AA, 4)
            core = np.maximum(core, stroke.astype(np.float32) / 255 * strength)
        sigma = max(FOLD * width, 0.6)
        valley = np.asarray(cv2.GaussianBlur(core, (0, 0), sigma), np.float32)
        bank = np.asarray(cv2.GaussianBlur(core, (0, 0), 2.4 * sigma), np.float32)
        peak = float(valley.max()) or 1.0
        drawn.append((-(DARK + LIGHT) * valley + LIGHT * bank * 2.2) / peak)
    return drawn


def _weights(shares: dict[str, float], side: str) -> Array:
    """(52,) of one fold."""
    weights = np.zeros(len(ARKIT_INDEX), np.float32)
    for name, share in shares.items():
        weights[ARKIT_INDEX[name.replace("*", side)]] = share
    return weights

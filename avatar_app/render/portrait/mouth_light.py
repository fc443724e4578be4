"""Mouth lighting: how white, how bright to either side and how finely drawn things are where a face was pictured.

What is painted into a mouth takes its colours from here, so that it looks as if it had been there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from avatar_app.face.landmark_indices import CHEEKS, SKIN_LANDMARKS
from avatar_app.types import Array, Image

SIDE = (0.3, 0.5)  # share of the cheeks' difference in light that reaches the mouth, and the largest slope
DARKEST = 8.0  # added to both cheeks, so that noise in a black shadow is no light


@dataclass(frozen=True)
class MouthLight:
    """white: (3,) 0 to 255, a white thing in this light. slope: how much brighter it gets over one mouth width to the
    picture's right, as a share. colour: 0 in a black-and-white picture, 1 where skin has the colour of skin. grain: 1
    in photos and paintings, 0 in flat drawings.
    """

    white: Array
    slope: float
    colour: float
    grain: float

    def across(self, x: Array) -> Array:
        """Factor of the light at x mouth widths to the right of the middle."""
        return np.clip(1 + self.slope * x, 0.6, 1.25)

    def tinted(self, layer: Array) -> Array:
        """Colours (..., 3 or 4) as this picture would have them: grey where it is black and white."""
        grey = layer[..., :3].mean(-1, keepdims=True)
        mixed = grey + self.colour * (layer[..., :3] - grey)
        return np.concatenate([mixed, layer[..., 3:]], -1).astype(np.float32)


def mouth_light(pixels: Image, landmarks: Array, grain: float) -> MouthLight:
    """The light on a face with landmarks (478, 3). grain: see skin_grain."""
    skin = _skin(pixels, landmarks)
    bright = np.percentile(skin.mean(1), 85)
    tint = skin.mean(0) / max(float(skin.mean()), 1.0)
    # Dark skin does not mean dim light: never assume less than a dim room.
    level = 105 + 0.55 * float(bright)
    white = (level * (0.90 + 0.10 * tint)).astype(np.float32)
    return MouthLight(white, grain * _slope(pixels, landmarks), _colourfulness(pixels, landmarks), grain)


def own_teeth(own: Array, light: MouthLight) -> Array | None:
    """(3,) colour of the teeth that a picture shows in `own` (h, w, 4) premultiplied; None where it shows none."""
    colours = own[own[..., 3] > 0.99][:, :3]
    if len(colours) < 20:
        return None
    bright = colours[colours.mean(1) >= np.percentile(colours.mean(1), 75)].mean(0)
    teeth = bright.min() > 0.6 * bright.max() and bright.mean() > 0.5 * light.white.mean()
    return np.asarray(bright, np.float32) if teeth else None


def _skin(pixels: Image, landmarks: Array) -> Array:
    """(n, 3) float32 pixels of the face."""
    hull: Any = cv2.convexHull(landmarks[:SKIN_LANDMARKS, :2].astype(np.float32)).astype(np.int32)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull, (1,))
    return pixels[mask > 0].astype(np.float32)


def _slope(pixels: Image, landmarks: Array) -> float:
    """How much brighter the cheek on the picture's right is, as a share over one mouth width; see MouthLight."""
    right, left = CHEEKS[:4], CHEEKS[4:]
    reach = max(2, round(0.03 * float(np.ptp(landmarks[:SKIN_LANDMARKS, 0]))))
    seen = [_around(pixels, landmarks[list(cheek), :2], reach) + DARKEST for cheek in (right, left)]
    ahead = np.sign(landmarks[left[0], 0] - landmarks[right[0], 0])
    return float(np.clip(SIDE[0] * ahead * np.log(seen[1] / seen[0]), -SIDE[1], SIDE[1]))


def _around(pixels: Image, points: Array, reach: int) -> float:
    """Mean brightness of squares around points (n, 2); those outside the picture count as its nearest pixels."""
    last = pixels.shape[0] - 1
    offsets = np.arange(-reach, reach + 1)
    x, y = (np.clip(points[:, k].round().astype(int)[:, None] + offsets, 0, last) for k in (0, 1))
    return float(pixels[y[:, :, None], x[:, None, :]].mean())


def _colourfulness(pixels: Image, landmarks: Array) -> float:
    skin = landmarks[:SKIN_LANDMARKS, :2]
    low, high = skin.min(0).clip(0).astype(int), skin.max(0).astype(int)
    face = pixels[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    return float(np.clip(np.ptp(face, axis=2).mean() / max(float(face.mean()), 1.0) / 0.25, 0, 1))

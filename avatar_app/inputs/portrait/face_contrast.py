"""Light and dark in a face: the grey levels of its skin, and how much eyes and lips stand out."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.face.landmark_indices import SKIN_LANDMARKS
from avatar_app.types import Array, Image


def grey_levels(pixels: Image, marks: Array) -> Array:
    """(n,) grey levels, 0 to 255, of what a mesh (478, 3) covers of (H, W, 3) uint8 RGB; empty outside of it."""
    hull = cv2.convexHull(marks[:SKIN_LANDMARKS, :2].astype(np.float32)).astype(np.int32)
    low = np.maximum(hull.min((0, 1)), 0)
    high = np.minimum(hull.max((0, 1)) + 1, [pixels.shape[1], pixels.shape[0]])
    if (high <= low).any():
        return np.zeros(0, np.float32)
    part = np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]])
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull - low.astype(np.int32), (1,))
    return cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)[mask > 0].astype(np.float32)


def line_contrast(pixels: Image, start: Array, end: Array) -> float:
    """How much lightness changes across the line from corner to corner of an eye or a mouth, along all of it."""
    across = end - start
    down = np.array([-across[1], across[0]], np.float32)
    rows, columns = 48, 32
    matrix = np.column_stack([0.7 * across / columns, down / rows, start + 0.15 * across - down / 2]).astype(np.float32)
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    window = cv2.warpAffine(pixels, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    profile = cv2.cvtColor(np.asarray(window, np.uint8), cv2.COLOR_RGB2GRAY).astype(np.float32).mean(1)
    at = np.linspace(-1, 1, rows)
    return float(np.ptp(profile - np.polyval(np.polyfit(at, profile, 1), at)))

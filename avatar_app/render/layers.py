"""A portrait taken apart: the person with soft edges, and the background behind them filled in."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Image = npt.NDArray[np.uint8]

EDGE = 4.0  # pixels at 512 over which the matte is softened
GOOD_MATTE = 0.85  # of the face that must be person, or the matte is not believed


def fill_holes(pixels: Array, known: Array) -> Array:
    """Unknown pixels from known ones around them, smoothly (push-pull over a pyramid, after Gortler et al. 1996).

    pixels: (H, W, C) float32. known: (H, W) float32 in [0, 1], how far each pixel can be trusted.
    """
    import cv2

    height, width = known.shape
    weighted = pixels * known[..., None]
    if min(height, width) <= 2:
        total = max(float(known.sum()), 1e-6)
        return np.broadcast_to(weighted.sum((0, 1)) / total, pixels.shape).astype(np.float32)
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(weighted, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    amount = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    coarse = fill_holes(small / np.maximum(amount, 1e-6)[..., None], np.minimum(1.0, amount * 4))
    up = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, -1)
    return weighted + up * (1 - known)[..., None]


def split_layers(pixels: Image, matte: Image | None, landmarks: Array) -> tuple[Image, Image]:
    """(person (H, W, 4) uint8 with straight alpha, background (H, W, 3) uint8); laid together they give the picture.

    Without a believable matte all of the picture is person.
    """
    import cv2

    height, width = pixels.shape[:2]
    opaque = np.full((height, width, 1), 255, np.uint8)
    if matte is None:
        return np.concatenate([pixels, opaque], 2), pixels.copy()
    hull = cv2.convexHull(landmarks[:468, :2].astype(np.float32)).astype(np.int32)
    face = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(face, hull, 255)
    if matte[face > 0].mean() < 255 * GOOD_MATTE:
        return np.concatenate([pixels, opaque], 2), pixels.copy()
    alpha = _refine(pixels, np.maximum(matte, face))
    source = pixels.astype(np.float32)
    reach = max(1, round(3 * width / 512))
    person = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    behind = np.clip(fill_holes(source, 1 - person.astype(np.float32)), 0, 255)
    a = alpha[..., None]
    front = np.clip((source - (1 - a) * behind) / np.maximum(a, 0.02), 0, 255)
    # What clipping lost is given back to the background, where there is enough of it to see.
    behind = np.where(a < 0.9, np.clip((source - a * front) / np.maximum(1 - a, 0.1), 0, 255), behind)
    person_rgba = np.concatenate([np.round(front), np.round(a * 255)], 2)
    return person_rgba.astype(np.uint8), np.round(behind).astype(np.uint8)


def _refine(pixels: Image, matte: Image) -> Array:
    """(H, W) float32 alpha: the network's coarse outline drawn to the picture's edges by a guided filter (He 2013)."""
    import cv2

    radius = max(2, round(2 * EDGE * pixels.shape[1] / 512))
    kernel = (2 * radius + 1, 2 * radius + 1)
    guide = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    coarse = matte.astype(np.float32) / 255

    def mean(x: Array) -> Array:
        return np.asarray(cv2.blur(x, kernel), np.float32)

    mean_guide, mean_coarse = mean(guide), mean(coarse)
    slope = (mean(guide * coarse) - mean_guide * mean_coarse) / (mean(guide * guide) - mean_guide**2 + 1e-3)
    alpha = mean(slope) * guide + mean(mean_coarse - slope * mean_guide)
    return np.clip((alpha - 0.1) / 0.8, 0, 1).astype(np.float32)

"""Eyelid synthesis: skin for what the open eye kept folded away.

A lid at rest shows a few rows of pixels; drawn out over the eye they become streaks from brow to lashes. The streaks
run down, skin does not: averaging along the lid takes them away and leaves the shading from crease to lashes.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from avatar_app.render.portrait.mouth import polygon_mask
from avatar_app.types import Array, Image

LOWERED = (0.15, 0.6)  # of the way down between which the synthesised skin comes to show
ALONG = 0.22  # eye widths averaged along the lid
LASHES = 0.2  # share of the lid above its edge that is lashes and stays


def draw_lid(frame: Image, crease: Array, lid: Array, lowered: float) -> None:
    """Smooths the upper lid in `frame`, in place.

    crease: (7, 2) and lid: (9, 2), pixels of the frame, from corner to corner in the same direction, the crease without
    its corners. lowered: how far the lid has come down from where it is in the picture, 0 to 1.
    """
    amount = min(max((lowered - LOWERED[0]) / (LOWERED[1] - LOWERED[0]), 0.0), 1.0)
    width = float(np.linalg.norm(lid[0] - lid[-1]))
    if amount <= 0 or width < 8:
        return
    upper = np.concatenate([lid[:1], crease, lid[-1:]])
    edge = lid + LASHES * (upper - lid)
    ring = np.concatenate([upper, edge[::-1]])
    reach = int(np.ceil(ALONG * width)) + 2
    low = np.clip(np.floor(ring.min(0)).astype(int) - reach, 0, None)
    high = np.minimum(np.ceil(ring.max(0)).astype(int) + reach + 1, frame.shape[1::-1])
    if min(high - low) < 3:
        return
    part = frame[low[1] : high[1], low[0] : high[0]]
    mask = polygon_mask((ring - low).astype(np.float32), (part.shape[0], part.shape[1]))
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.02 * width, 0.7)), np.float32)
    inside = np.maximum(mask, 1e-3)[..., None]
    kernel = _along(lid[-1] - lid[0], ALONG * width)
    # Only the lid's own pixels count: neither brow nor lashes.
    total: Any = cv2.filter2D(part * inside, -1, kernel)
    smooth = total / np.asarray(cv2.filter2D(inside[..., 0], -1, kernel))[..., None]
    share = (amount * soft * mask)[..., None]
    part[:] = np.round(part * (1 - share) + smooth * share).astype(np.uint8)


def _along(direction: Array, length: float) -> Array:
    """An averaging kernel: a soft line of `length` pixels in a direction."""
    size = 2 * max(int(np.ceil(length / 2)), 1) + 1
    kernel = np.zeros((size, size), np.uint8)
    half = direction / max(float(np.linalg.norm(direction)), 1e-6) * length / 2
    centre = np.full(2, (size - 1) / 2)
    start, end = (np.round((centre + sign * half) * 16).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, end, (255,), 1, cv2.LINE_AA, 4)
    soft = np.asarray(cv2.GaussianBlur(kernel.astype(np.float32), (0, 0), 0.8), np.float32)
    return soft / soft.sum()

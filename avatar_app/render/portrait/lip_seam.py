"""Lip seam detection: the picture's own dark line between closed lips, not the detector's guess of it."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.face.arkit_rig import face_width
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER, LOWER_LIP, UPPER_LIP
from avatar_app.types import Array, Image

SAMPLES = 33  # along each line across the lips
INSIDE = 0.010  # face widths
LIDS = 0.006  # face widths
TRUST = 0.22  # of the lips' height: how far from the detector's line the dark one is believed


def snap_to_seam(pixels: Image, landmarks: Array) -> Array:
    """Landmarks (478, 3) whose inner lip rows both lie on the darkest line between the lips; for closed mouths."""
    grey = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (0, 0), 0.8).astype(np.float32)
    snapped = landmarks.copy()
    top, bottom = landmarks[list(UPPER_LIP[1])], landmarks[list(LOWER_LIP[1])]
    upper, lower = landmarks[list(UPPER_LIP[3])], landmarks[list(LOWER_LIP[3])]
    at = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    lines = top[:, None] + (bottom - top)[:, None] * at[None, :, None]  # (9, SAMPLES, 3)
    shade = cv2.remap(grey, lines[..., 0], lines[..., 1], cv2.INTER_LINEAR)
    across = (bottom - top)[:, :2]
    # Along the line only: at the corners the detector's inner points lie far aside of it.
    middle = (((upper + lower) / 2 - top)[:, :2] * across).sum(1) / np.maximum((across**2).sum(1), 1e-3)
    spread = np.maximum(shade.max(1) - shade.min(1), 8.0)
    cost = shade / spread[:, None] + 0.5 * ((at[None] - middle[:, None]) / TRUST) ** 2
    found = at[cost.argmin(1)]
    padded = np.concatenate([found[:1], found, found[-1:]])
    found = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    seam = top + (bottom - top) * found[:, None]
    seam[:, 2] = (upper[:, 2] + lower[:, 2]) / 2
    for rows in (UPPER_LIP, LOWER_LIP):
        edge = landmarks[list(rows[1])]
        snapped[list(rows[2])] = edge + 0.55 * (seam - edge)
        snapped[list(rows[3])] = seam
    return snapped


def lids_outward(landmarks: Array) -> Array:
    """Landmarks (478, 3) with the lid lines a little outside the eye, so that closing lids do not carry its white."""
    moved = landmarks.copy()
    step = LIDS * face_width(landmarks)
    for side in ("Left", "Right"):
        upper, lower = list(EYE_UPPER[side])[1:-1], list(EYE_LOWER[side])[1:-1]
        apart = landmarks[upper] - landmarks[lower]
        apart /= np.maximum(np.linalg.norm(apart, axis=1, keepdims=True), 1e-3)
        moved[upper] += step * apart
        moved[lower] -= step * apart
    return moved


def widen_opening(landmarks: Array) -> Array:
    """Landmarks (478, 3) whose inner lip rows lie a little inside the lips; for open mouths.

    The detector puts them on the teeth's edge, and teeth that stick to a lip show as a white line when it closes.
    """
    widened = landmarks.copy()
    step = INSIDE * face_width(landmarks)
    for rows in (UPPER_LIP, LOWER_LIP):
        inner, outer = landmarks[list(rows[3])], landmarks[list(rows[1])]
        outward = outer - inner
        length = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-3)
        moved = inner + outward / length * np.minimum(step, 0.45 * length)
        widened[list(rows[3])] = moved
        widened[list(rows[2])] = moved + 0.45 * (outer - moved)
    return widened

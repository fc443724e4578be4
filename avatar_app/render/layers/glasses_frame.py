"""Detection of glasses: the lines along which a dark frame runs over a face.

Each rim is the best closed path around an eye along which the picture is darker than on both sides, found by dynamic
programming in polar coordinates. Bridge and temples are the best such paths between the rims and out to the ears.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import EYE_UPPER, TEMPLES
from avatar_app.face.topology import eye_ring
from avatar_app.types import Array, Image

ANGLES = 128  # of the polar search around an eye
MIN_APART = 24.0  # pixels between the eyes
# In distances between the eyes:
RADII = (0.20, 0.85)  # between which a rim is looked for
BROAD = 0.17  # nothing broader is a frame
CLEAR = 0.06  # around the opening of an eye, which belongs to lashes
LEVEL = 0.30  # above and below the eyes, where bridge and temples are looked for
BEYOND = 0.2  # past the side of the face, where a temple may still be seen
# In grey levels:
SEEN = 24.0  # by which a frame must stand out along nearly all of its length; bare faces reach 10, sharpened ones 24
ENOUGH = 60.0  # more than this counts no more: brows and hair must not draw a path off the rim

ALMOST = 0.15  # of a rim that may be lost in brow, hair or glare
BEND = 0.05  # cost of a path for each step aside, in the strongest ridge
SLOPE = 3  # most steps aside per step along


def find_frame(pixels: Image, landmarks: Array) -> list[Array] | None:
    """Lines (n, 2) in pixels along the frame: right rim, left rim, bridge, temples if seen. None without glasses."""
    centres = np.stack([eye_centre(landmarks, side) for side in ("Right", "Left")])
    apart = float(np.linalg.norm(centres[1] - centres[0]))
    if apart < MIN_APART:
        return None
    grey = np.asarray(cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), (0, 0), 0.7), np.uint8)
    ridge = darkness(grey, apart) * ~_lashes(landmarks, grey.shape, apart)
    rims = [_rim(ridge, centre, apart) for centre in centres]
    across = (centres[1] - centres[0]) / apart
    right, left = (_reach(rims[k], centres[k], way * across, apart) for k, way in ((0, 1), (1, -1)))
    bridge = _level_path(ridge, right, left, apart)
    if min(float(np.quantile(along(ridge, path), ALMOST)) for path in (*rims, bridge)) < SEEN:
        return None
    paths = [*rims, bridge]
    for rim, centre, way, side in zip(rims, centres, (-1, 1), TEMPLES, strict=True):
        hinge = _reach(rim, centre, way * across, apart)
        ear = landmarks[side, :2] + way * BEYOND * apart * across
        if (ear - hinge) @ across * way > 0.1 * apart:
            temple = _level_path(ridge, hinge, ear, apart)
            seen = along(ridge, temple) > SEEN
            end = int(np.argmin(seen)) if not seen.all() else len(seen)
            if end > 0.1 * apart:
                paths.append(temple[:end])
    return paths


def _reach(rim: Array, centre: Array, way: Array, apart: float) -> Array:
    """(2,) the point of a rim that lies farthest along `way`, near the level of the eye."""
    level = np.abs((rim - centre) @ np.array([-way[1], way[0]])) < 0.25 * apart
    near = rim[level] if level.any() else rim
    return np.asarray(near[((near - centre) @ way).argmax()], np.float32)


def _level_path(ridge: Array, start: Array, end: Array, apart: float) -> Array:
    """(n, 2) the strongest ridge from beside one point to beside another, a pixel per step."""
    length = max(float(np.linalg.norm(end - start)), 2.0)
    way = (end - start) / length
    aside = np.array([-way[1], way[0]], np.float32)
    s = np.arange(0, length, dtype=np.float32)
    t = np.arange(-LEVEL * apart, LEVEL * apart, dtype=np.float32)
    at = (start + s[None, :, None] * way + t[:, None, None] * aside).astype(np.float32)
    path = _best_path(np.asarray(cv2.remap(_gain(ridge, apart), at[..., 0], at[..., 1], cv2.INTER_LINEAR)))
    return np.asarray(at[path, np.arange(len(s))], np.float32)


def _gain(ridge: Array, apart: float) -> Array:
    """What a path gathers: the ridge, so blurred that the middle of a broad frame is best."""
    return np.asarray(cv2.GaussianBlur(np.minimum(ridge, ENOUGH), (0, 0), max(0.03 * apart, 0.8)), np.float32)


def eye_centre(landmarks: Array, side: str) -> Array:
    """(2,) a point well inside the lens before an eye."""
    return np.asarray(landmarks[[EYE_UPPER[side][0], EYE_UPPER[side][-1]], :2].mean(0), np.float32)


def darkness(grey: Image, apart: float) -> Array:
    """(H, W) grey levels by which a pixel is darker than what lies on both its sides."""
    width = max(3, round(BROAD * apart)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, kernel), np.float32)


def _lashes(landmarks: Array, shape: tuple[int, ...], apart: float) -> npt.NDArray[np.bool_]:
    """(H, W) the openings of the eyes and the lashes around them."""
    eyes = np.zeros(shape, np.uint8)
    for side in ("Left", "Right"):
        outline: Any = [np.round(landmarks[eye_ring(side), :2]).astype(np.int32)]
        cv2.fillPoly(eyes, outline, (1,))
    reach = max(1, round(CLEAR * apart))
    return np.asarray(cv2.dilate(eyes, np.ones((2 * reach + 1,) * 2, np.uint8))) > 0


def _best_path(gain: Array) -> npt.NDArray[np.int64]:
    """(n,) rows of the path through `gain` (rows, n), column by column, that gathers most (Viterbi 1967)."""
    rows, columns = gain.shape
    total, came = gain[:, 0].copy(), np.zeros((rows, columns), np.int64)
    steps = range(-SLOPE, SLOPE + 1)
    cost = float(gain.max()) * BEND
    for k in range(1, columns):
        offers = np.full((len(steps), rows), -np.inf, np.float32)
        for n, step in enumerate(steps):
            low, high = max(0, -step), min(rows, rows - step)
            offers[n, low:high] = total[low + step : high + step] - cost * abs(step)
        best = offers.argmax(0)
        came[:, k] = np.arange(rows) + best - SLOPE
        total = offers.max(0) + gain[:, k]
    path = np.zeros(columns, np.int64)
    path[-1] = total.argmax()
    for k in range(columns - 1, 0, -1):
        path[k - 1] = came[path[k], k]
    return path


def along(ridge: Array, path: Array) -> Array:
    """(n,) strength of the ridge at each point of a path (n, 2), within a pixel."""
    near = cv2.dilate(ridge, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.remap(near, path[:, 0], path[:, 1], cv2.INTER_LINEAR), np.float32).ravel()


def _rim(ridge: Array, centre: Array, apart: float) -> Array:
    """(ANGLES + 1, 2) the strongest ridge around an eye, closed."""
    radius = np.arange(RADII[0] * apart, RADII[1] * apart, dtype=np.float32)
    # Twice around, of which the middle half has no ends that could miss each other.
    angle = np.arange(2 * ANGLES, dtype=np.float32) * np.float32(2 * np.pi / ANGLES)
    x = (centre[0] + radius[:, None] * np.cos(angle)).astype(np.float32)
    y = (centre[1] + radius[:, None] * np.sin(angle)).astype(np.float32)
    path = _best_path(np.asarray(cv2.remap(_gain(ridge, apart), x, y, cv2.INTER_LINEAR)))
    once = np.arange(ANGLES // 2, ANGLES // 2 + ANGLES + 1)
    return np.column_stack([x[path[once], once], y[path[once], once]])

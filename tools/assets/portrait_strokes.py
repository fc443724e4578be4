"""Strokes of the rendered example portraits: hair, brows, beards and glasses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import (
    EYE_CORNERS,
    FACE_SIDES,
    INNER_MOUTH,
    LOWER_LIP,
    MOUTH_CORNERS,
    OVAL,
    TEMPLES,
    UPPER_LIP,
)
from avatar_app.types import Array

Mask = npt.NDArray[np.float32]

SIZE = 1280  # pixels while painting; halved at the end
METRES = 0.40  # height of the picture
BROW_ROWS = (((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)), ((300, 293, 334, 296, 336), (276, 283, 282, 295, 285)))
BEARD = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323,
    454, 411, 425, 436, 426, 391, 393, 164, 167, 165, 206, 216, 205, 187,
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """Who is painted. skin, hair, iris, shirt, wall: RGB 0 to 255. turn: degrees (pitch, yaw, roll)."""

    name: str
    phenotype: dict[str, float]
    skin: tuple[float, float, float]
    hair: tuple[float, float, float]
    iris: tuple[float, float, float]
    shirt: tuple[float, float, float]
    wall: tuple[float, float, float]
    turn: tuple[float, float, float]
    beard: bool = False
    glasses: bool = False
    smile: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Scene:
    """The head as seen: normal and place (H, W, 3), metres from the eyes before turning, and masks of body and eyes."""

    normal: Array
    place: Array
    solid: npt.NDArray[np.bool_]
    ball: npt.NDArray[np.bool_]
    marks: Array
    pixels_per_metre: float


def area(marks: Array, rows: tuple[int, ...] | list[int], soft: float) -> Mask:
    """(SIZE, SIZE) polygon through landmarks, blurred by `soft` pixels."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillPoly(mask, [np.round(marks[list(rows), :2]).astype(np.int32)], (255,))  # type: ignore[call-overload]
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), soft), np.float32)


def lips(marks: Array) -> Mask:
    right, left = MOUTH_CORNERS
    upper = [right, *UPPER_LIP[0], left, *UPPER_LIP[3][::-1]]
    lower = [right, *LOWER_LIP[0], left, *LOWER_LIP[3][::-1]]
    return np.maximum(area(marks, upper, 2.5), area(marks, lower, 2.5))


def grow_hair(image: Array, look: Look, scene: Scene, rng: np.random.Generator) -> None:
    """Scalp, brows and beard as thousands of short strokes over a dark ground."""
    place, marks = scene.place, scene.marks
    width = float(np.linalg.norm(marks[FACE_SIDES[1], :2] - marks[FACE_SIDES[0], :2]))
    face = area(marks, [*OVAL], 0.015 * SIZE)
    line = 0.062 + 0.02 * np.cos(place[..., 0] * 40)
    temple = (np.abs(place[..., 0]) > 0.052) & (place[..., 2] < 0.040) & (place[..., 1] > -0.012)
    nape = (place[..., 2] < 0.012) & (place[..., 1] > -0.02 - 0.4 * place[..., 2])
    scalp = (place[..., 1] > line) | temple | nape
    ear = (np.abs(place[..., 0]) > 0.072) & (place[..., 1] < 0.03)
    mask: Any = cv2.GaussianBlur((scalp & ~ear & scene.solid & ~scene.ball).astype(np.float32), (0, 0), 5)
    mask = (mask * np.clip(1.4 - face * (place[..., 1] < 0.05), 0, 1)).astype(np.float32)
    _strokes(image, mask, look.hair, rng, 26_000, 0.05 * width, _combed(scene), ground=0.93)
    for upper, lower in BROW_ROWS:
        brow = area(marks, [*upper, *lower[::-1]], 4)
        along = marks[upper[4], :2] - marks[upper[0], :2]
        along = along / np.linalg.norm(along) * np.array([-1, -1]) + np.array([0, -0.25])
        direction = np.zeros((SIZE, SIZE, 2), np.float32) + along.astype(np.float32)
        _strokes(image, brow, look.hair, rng, 700, 0.045 * width, direction, ground=0.45)
    if look.beard:
        beard: Any = area(marks, BEARD, 12) * (1 - lips(marks)) * (scene.solid & ~scene.ball)
        beard *= 1 - area(marks, INNER_MOUTH, 2)
        fall = np.zeros((SIZE, SIZE, 2), np.float32) + np.array([0, 1], np.float32)
        _strokes(image, beard, look.hair, rng, 14_000, 0.035 * width, fall, ground=0.72)


def _combed(scene: Scene) -> Array:
    """(H, W, 2) direction of scalp hair: back and down from the crown, along the surface."""
    back: Array = scene.normal * scene.normal[..., 2:] - np.array([0, 0, 1], np.float32)
    direction = np.stack([back[..., 0], -back[..., 1]], -1) + np.array([0.15, 0.0], np.float32)
    return (direction / np.maximum(np.linalg.norm(direction, axis=2, keepdims=True), 1e-3)).astype(np.float32)


def _strokes(
    image: Array,
    mask: Mask,
    colour: tuple[float, float, float],
    rng: np.random.Generator,
    count: int,
    length: float,
    direction: Array,
    ground: float,
) -> None:
    """Lays `count` hairs of about `length` pixels where the mask is, over a ground of the same colour."""
    base = np.array(colour, np.float32)
    amount = (ground * mask)[..., None]
    image[:] = image * (1 - amount) + base * 0.8 * amount
    y, x = np.nonzero(mask > 0.3)
    if not len(x):
        return
    for k in rng.integers(0, len(x), count):
        if rng.uniform() > mask[y[k], x[k]]:
            continue
        start = np.array([x[k], y[k]], np.float32)
        way = direction[y[k], x[k]] + rng.normal(0, 0.25, 2)
        bend = rng.normal(0, 0.15, 2)
        reach = length * rng.uniform(0.5, 1.2)
        points = np.stack([start + reach * t * (way + bend * t) for t in (0, 0.35, 0.7, 1)])
        tone = base * rng.uniform(0.65, 1.5) + rng.uniform(0, 18) * (rng.uniform() < 0.25)
        line = np.round(points * 8).astype(np.int32)
        cv2.polylines(image, [line], False, tuple(map(float, tone)), 1, cv2.LINE_AA, 3)  # type: ignore[call-overload]


def put_glasses(image: Array, scene: Scene) -> None:
    """Dark round frames in front of the eyes, a bridge, and arms to the ears; faintly reflecting lenses."""
    marks = scene.marks
    dark, frame = (28.0, 24.0, 26.0), np.zeros((SIZE, SIZE), np.uint8)
    lens = np.zeros((SIZE, SIZE), np.float32)
    rims = []
    for outer, inner in (EYE_CORNERS["Right"], EYE_CORNERS["Left"]):
        span = float(np.linalg.norm(marks[inner, :2] - marks[outer, :2]))
        centre = (marks[inner, :2] + marks[outer, :2]) / 2 + np.array([0, 0.16 * span])
        axes = (int(0.86 * span), int(0.74 * 0.0295 * scene.pixels_per_metre))
        middle = (int(centre[0]), int(centre[1]))
        cv2.ellipse(frame, middle, axes, 0, 0, 360, (255,), 9, cv2.LINE_AA)
        cv2.ellipse(lens, middle, axes, 0, 0, 360, (1.0,), -1)
        rims.append((middle, axes))
    (right, right_axes), (left, left_axes) = rims
    ends = (right[0] + right_axes[0], right[1] - 8), (left[0] - left_axes[0], left[1] - 8)
    cv2.line(frame, ends[0], ends[1], (255,), 8, cv2.LINE_AA)
    for middle, axes, ear, side in ((right, right_axes, TEMPLES[0], -1), (left, left_axes, TEMPLES[1], 1)):
        start = (middle[0] + side * axes[0], middle[1] - 10)
        cv2.line(frame, start, tuple(int(v) for v in marks[ear, :2]), (255,), 7, cv2.LINE_AA)
    shadow = cv2.GaussianBlur(np.roll(frame, (14, 6), (0, 1)).astype(np.float32) / 255, (0, 0), 7)[..., None]
    image *= 1 - 0.28 * shadow
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    glare = np.clip(np.sin((x + y) / 46) - 0.55, 0, 1) * lens
    image += (7 * lens + 16 * glare)[..., None]
    edge = cv2.GaussianBlur(frame.astype(np.float32) / 255, (0, 0), 0.8)[..., None]
    image[:] = image * (1 - edge) + np.array(dark, np.float32) * edge

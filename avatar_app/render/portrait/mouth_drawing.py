"""What lips leave open, drawn into a frame: see mouth.py for what it is painted from."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.render.compiled import compiled
from avatar_app.render.portrait.mouth import Mouth, polygon_mask
from avatar_app.types import Array, Image

TINT = (0.94, 1.02, 1.05)  # of the shadow inside: what lips reflect into it is reddish
HIDE = 0.13  # mouth widths of the upper teeth that rounded lips hide; of the lower ones 0.7 of that
BEND = 2.0  # how far the lower row's ends stand up over the square of the width, for a jaw that has dropped by a width:
# the jaw turns, so that its molars come down less than its incisors
MOST_BEND = 1.2
LOW_TONGUE, HIGH_TONGUE = 0.45, 1.0  # of the room between the rows of teeth that the tongue takes, low and raised
HIGHEST = 0.25  # mouth widths that it rises above the lower teeth at most
BESIDE = 0.05  # mouth widths around an opening in which the lips' shadow lies
DEEP_SHADOW, FRONT_SHADOW = 0.55, 0.40  # how much light it takes from what lies deep, and from teeth


def draw_mouth(
    frame: Image,
    mouth: Mouth,
    ring: Array,
    skull: Array,
    jaw: Array,
    gap: float,
    lift: float = 0.0,
    rounded: float = 0.0,
) -> None:
    """Draws the inside of the mouth into `frame`, within the lips' opening `ring` (n, 2); changes it in place.

    skull, jaw: (2, 3) affine from the resting picture to the frame. gap: pixels between the lips. lift: how far the
    tongue is raised toward the upper teeth, 0 to 1. rounded: how far the lips are rounded, 0 to 1: they stand out
    before the teeth and hide them.
    """
    size = frame.shape[0]
    low = np.clip(np.floor(ring.min(0)) - 3, 0, size - 1).astype(int)
    high = np.clip(np.ceil(ring.max(0)) + 4, 1, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    if min(shape) < 3:
        return
    fade = min(max((gap / mouth.width - 0.005) / 0.03, 0.0), 1.0)
    closed = 0.0 if mouth.own is None else min(max(1 - 1.5 * gap / mouth.gap, 0.0), 1.0)
    if fade == 0 and closed == 0:
        return
    mask = polygon_mask(ring - low, shape)
    hidden = HIDE * rounded * mouth.width
    own = np.empty((0, 0, 4), np.float32)
    if mouth.own is not None:
        own = _photographed(mouth, ring, _raised(mouth, skull, hidden), _raised(mouth, jaw, -0.7 * hidden), low, shape)
    inside = _inside(mouth, (skull, jaw), hidden, lift, low, mask, own)
    wider = gap if mouth.own is None else gap - mouth.gap
    rim = 0.35 * min(max(wider / (0.12 * mouth.width), 0.0), 1.0) * fade
    line = _closing_line(ring - low, shape, closed) if closed > 0 else mask
    part = frame[low[1] : high[1], low[0] : high[0]]
    # Where lips turn inward, at the very edge of the opening, they turn out of the light.
    _lay_under(part, inside, mask, cv2.GaussianBlur(mask, (0, 0), 1.0), line, mouth.seam, fade, rim, closed > 0)


@compiled(fastmath=True)
def _lay_under(
    part: Any, inside: Any, mask: Any, near: Any, line: Any, seam: Any, fade: float, rim: float, lined: bool
) -> None:
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            amount = fade * mask[y, x]
            dim = 1 - rim * min(1.6 * near[y, x], 1.0)
            for n in range(3):
                lips = part[y, x, n] * dim
                if lined:
                    lips += (seam[n] - lips) * line[y, x]
                part[y, x, n] = np.uint8(min(max(lips + (inside[y, x, n] - lips) * amount + 0.5, 0.0), 255.0))


@compiled(fastmath=True)
def _fill_inside(
    hollow: Any, tongue: Any, lower: Any, upper: Any, own: Any, mask: Any, lit: Any, shadows: Any, out: Any
) -> None:
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            if mask[y, x] == 0:
                continue
            dark = 1 - min(max(1.25 * lit[y, x] - 0.12, 0.0), 1.0)
            front = 1 - shadows[3] * (1 - min(1.9 * lit[y, x], 1.0))
            # Where the halves of a photographed mouth overlap their sum is more than whole.
            whole = max(own[y, x, 3], np.float32(1)) if own.shape[0] > 0 else np.float32(1)
            for n in range(3):
                deep = hollow[y, x, n] * (1 - tongue[y, x, 3]) + tongue[y, x, n]
                deep *= 1 - shadows[n] * dark
                deep = deep * (1 - lower[y, x, 3]) + lower[y, x, n] * front
                deep = deep * (1 - upper[y, x, 3]) + upper[y, x, n] * front
                if own.shape[0] > 0:
                    deep = deep * (1 - own[y, x, 3] / whole) + own[y, x, n] / whole
                out[y, x, n] = deep


def _raised(mouth: Mouth, affine: Array, pixels: float) -> Array:
    """The affine with what it carries moved up the face by some pixels of the resting picture."""
    raised = affine.copy()
    raised[:, 2] -= affine[:, :2] @ mouth.axes[1] * pixels
    return raised


def _warped(mouth: Mouth, sprite: Array, affine: Array, low: npt.NDArray[np.int_], shape: tuple[int, int]) -> Array:
    """A sprite of the mouth's box moved by an affine of the picture, cut to the frame's part from `low` on."""
    matrix = affine.copy()
    matrix[:, 2] += affine[:, :2] @ np.array(mouth.box[:2], np.float32) - low
    return np.asarray(cv2.warpAffine(sprite, matrix, shape[::-1]), np.float32)


def _bent(
    mouth: Mouth, sprite: Array, affine: Array, low: npt.NDArray[np.int_], shape: tuple[int, int], bend: float
) -> Array:
    """As _warped, its sides raised by `bend` mouth widths at one mouth width from the middle, less within."""
    inverse = np.asarray(cv2.invertAffineTransform(affine), np.float32)
    x = np.arange(shape[1], dtype=np.float32) + low[0]
    y = np.arange(shape[0], dtype=np.float32) + low[1]
    across, down = mouth.axes
    # Of a resting point p, lifted by bend * u^2: u is linear in the frame's x and y.
    slope = inverse[:, :2].T @ across / mouth.width
    start = (inverse[:, 2] - mouth.middle) @ across / mouth.width
    lower = bend * mouth.width * (start + slope[0] * x[None] + slope[1] * y[:, None]) ** 2
    source = [
        inverse[k, 0] * x[None] + inverse[k, 1] * y[:, None] + (inverse[k, 2] - mouth.box[k]) + down[k] * lower
        for k in (0, 1)
    ]
    return np.asarray(cv2.remap(sprite, source[0], source[1], cv2.INTER_LINEAR), np.float32)


def _inside(
    mouth: Mouth,
    affines: tuple[Array, Array],
    hidden: float,
    lift: float,
    low: npt.NDArray[np.int_],
    mask: Array,
    own: Array,
) -> Array:
    """(h, w, 3) hollow, tongue and teeth, in the light that falls between the lips; see draw_mouth.

    own: (h, w, 4), what was photographed lies over them; (0, 0, 4) for nothing.
    """
    skull, jaw = affines
    shape = mask.shape[0], mask.shape[1]
    room = _jaw_room(mouth, skull, jaw)
    near = BESIDE * mouth.width
    drop = np.array([[1, 0, 0], [0, 1, 0.8 * near]], np.float32)
    lit = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), max(near, 0.8)), drop, mask.shape[::-1])
    hollow = _warped(mouth, mouth.hollow, (skull + jaw) / 2, low, shape)
    tongue = _warped(mouth, mouth.tongue, _raised(mouth, jaw, tongue_height(room, lift) * mouth.width), low, shape)
    lower = _bent(mouth, mouth.lower, _raised(mouth, jaw, -0.7 * hidden), low, shape, min(BEND * room, MOST_BEND))
    upper = _warped(mouth, mouth.upper, _raised(mouth, skull, hidden), low, shape)
    # Lips, most of all the upper one, throw their shadow on all of it; a drawing has none.
    shadows = mouth.depth * np.array([*(DEEP_SHADOW * tint for tint in TINT), FRONT_SHADOW], np.float32)
    inside = np.zeros((*shape, 3), np.float32)
    _fill_inside(hollow, tongue, lower, upper, own, mask, lit, shadows, inside)
    return inside


def _jaw_room(mouth: Mouth, skull: Array, jaw: Array) -> float:
    """Mouth widths that the jaw has dropped from where the lips meet."""
    drop = (jaw - skull)[:, :2] @ mouth.middle + (jaw - skull)[:, 2]
    return max(float(drop @ (skull[:, :2] @ mouth.axes[1])) + mouth.gap, 0.0) / mouth.width


def tongue_height(room: float, lift: float) -> float:
    """Mouth widths of the tongue above the edge of the lower teeth."""
    return min((LOW_TONGUE + lift * (HIGH_TONGUE - LOW_TONGUE)) * room, HIGHEST)


def _photographed(
    mouth: Mouth, ring: Array, skull: Array, jaw: Array, low: npt.NDArray[np.int_], shape: tuple[int, int]
) -> Array:
    """(h, w, 4) premultiplied, alpha up to 2: what the picture shows between its own open lips, both halves summed."""
    assert mouth.own is not None and mouth.inner is not None
    # The edge of the lips was photographed with the mouth; it fades from the layer as they leave their place.
    home = mouth.ring @ skull[:, :2].T + skull[:, 2]
    left = 1 - float(min(max(np.linalg.norm(ring - home, axis=1).mean() / (0.04 * mouth.width), 0.0), 1.0))
    own = np.zeros((*shape, 4), np.float32)
    for seen, inner, empty, affine in zip(mouth.own, mouth.inner, mouth.empty, (skull, jaw), strict=True):
        if not empty:  # as the half that goes with the jaw is, unless the mouth was wide open
            layer = np.asarray(cv2.addWeighted(seen, left, inner, 1 - left, 0), np.float32) if left > 0 else inner
            own += _warped(mouth, layer, affine, low, shape)
    return own


def _closing_line(ring: Array, shape: tuple[int, int], strength: float) -> Array:
    """(h, w) how much of the line along which lips meet that are apart in the picture, where none was photographed."""
    half = len(ring) // 2
    line = (ring[: half + 1] + np.concatenate([ring[:1], ring[: half - 1 : -1]])) / 2
    mask = np.zeros(shape, np.uint8)
    points: Any = [np.round(line[2:-2] * 16).astype(np.int32).reshape(-1, 1, 2)]
    cv2.polylines(mask, points, False, (255,), 1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.7)
    # Colour and all: teeth that cling to the lips' edge would show through mere darkening.
    return np.asarray(0.8 * strength * np.clip(soft * 1.4, 0, 1), np.float32)

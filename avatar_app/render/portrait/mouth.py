"""Mouth interior: upper teeth fixed to the skull, lower teeth with the jaw, the tongue between, the hollow behind.

Painted once per portrait in its own light and size, then laid under the lips in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit_rig import lip_gaps, mouth_width
from avatar_app.face.landmark_indices import (
    CHIN,
    FOREHEAD,
    INNER_LOWER,
    INNER_UPPER,
    LOWER_LIP,
    MOUTH_CORNERS,
    UPPER_LIP,
)
from avatar_app.render.layers.person import fill_holes
from avatar_app.render.portrait.mouth_inside import TONGUE, paint_hollow, paint_tongue
from avatar_app.render.portrait.mouth_light import mouth_light, own_white
from avatar_app.render.portrait.teeth import LOWER_EDGE, paint_teeth, place_sprite
from avatar_app.types import Array, Image

TINT = np.array([0.94, 1.02, 1.05], np.float32)  # of the shadow inside: what lips reflect into it is reddish
HIDE = 0.13  # mouth widths of the upper teeth that rounded lips hide; of the lower ones 0.7 of that
SEAM = 0.45  # of the lips' brightness that the line between them has
OPEN = 0.035  # mouth widths between the lips from which on a portrait's mouth counts as open
BEND = 2.0  # how far the lower row's ends stand up over the square of the width, for a jaw that has dropped by a width:
# the jaw turns, so that its molars come down less than its incisors
MOST_BEND = 1.2
LOW_TONGUE, HIGH_TONGUE = 0.45, 1.0  # of the room between the rows of teeth that the tongue takes, low and raised
HIGHEST = 0.25  # mouth widths that it rises above the lower teeth at most
BESIDE = 0.05  # mouth widths around an opening in which the lips' shadow lies


@dataclass(frozen=True)
class Mouth:
    """Sprites in picture coordinates of the resting face, cut to `box` (left, top, right, bottom).

    upper, lower: (h, w, 4) float32 premultiplied, 0 to 255 and alpha 0 to 1: teeth with their gums. tongue: (h, w, 4),
        as high as the edge of the lower teeth. hollow: (h, w, 3), what is behind them all.
    own: what the picture's own open mouth shows, (h, w, 4) each: the part fixed to the skull, the part that goes with
        the jaw. rim: (h, w), 1 except along the lips' edge, which only belongs there at rest. None: lips closed.
    gap: pixels between the lips at rest. ring: (n, 2) outline of their opening at rest. seam: (3,) colour of the line
    along which they meet. flesh: (3,) colour of the tongue. depth: how far shadows are drawn, see MouthLight.grain.
    middle: (2,) between the lips; axes: (2, 2) unit vectors to the right and down the face.
    """

    box: tuple[int, int, int, int]
    upper: Array
    lower: Array
    tongue: Array
    hollow: Array
    own: tuple[Array, Array] | None
    rim: Array | None
    width: float
    gap: float
    ring: Array
    seam: Array
    flesh: Array
    depth: float
    middle: Array
    axes: Array


def build_mouth(pixels: Image, landmarks: Array, ring: Array, grain: float) -> Mouth:
    """Paints the mouth of a portrait; `ring` (n, 2) is the outline of its lips' opening at rest. grain: see skin_grain."""
    width = mouth_width(landmarks)
    centre = landmarks[list(MOUTH_CORNERS), :2].mean(0)
    reach = 1.3 * width
    size = pixels.shape[0]
    low = np.clip(np.floor(centre - reach), 0, size - 1).astype(int)
    high = np.clip(np.ceil(centre + reach), 1, size).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    light = mouth_light(pixels, landmarks, grain)
    gap = float(lip_gaps(landmarks)[2:7].mean())
    own = rim = None
    if gap > OPEN * width:
        own, rim = _own_mouth(pixels, landmarks, ring, box)
        white = own_white(own[0], light)
        # Where no teeth were seen, what was belongs to that opening alone.
        rim = np.zeros_like(rim) if white is None else rim
        light = light if white is None else replace(light, white=white)
    to_upper = _local_frame(landmarks, width)
    # The lower teeth stand just behind the lower lip, wherever that is in the picture.
    to_lower, to_tongue, to_hollow = (to_upper.copy() for _ in range(3))
    to_lower[:, 2] = landmarks[INNER_LOWER[4], :2]
    to_tongue[:, 2] = to_lower[:, 2] + to_lower[:, 1] * LOWER_EDGE
    to_hollow[:, 2] = landmarks[[INNER_UPPER[4], INNER_LOWER[4]], :2].mean(0)

    def painted(sprite: Array, to_picture: Array) -> Array:
        return light.tinted(place_sprite(sprite, to_picture, box))

    return Mouth(
        box,
        upper=painted(paint_teeth(width, light, upper=True), to_upper),
        lower=painted(paint_teeth(width, light, upper=False), to_lower),
        tongue=painted(paint_tongue(width, light), to_tongue),
        hollow=painted(paint_hollow(width, light), to_hollow),
        own=own,
        rim=rim,
        width=width,
        gap=gap,
        ring=ring,
        seam=_seam(pixels, landmarks),
        flesh=light.tinted(TONGUE * light.white),
        depth=grain,
        middle=to_hollow[:, 2].copy(),
        axes=(to_upper[:, :2].T / np.linalg.norm(to_upper[:, :2], axis=0)[:, None]).astype(np.float32),
    )


def _seam(pixels: Image, landmarks: Array) -> Array:
    """(3,) a dark shade of the lips."""
    rows = [*UPPER_LIP[1][2:7], *LOWER_LIP[1][2:7]]
    x, y = landmarks[rows, :2].round().astype(int).clip(0, pixels.shape[0] - 1).T
    return np.asarray(SEAM * np.median(pixels[y, x], axis=0), np.float32)


def _local_frame(landmarks: Array, width: float) -> Array:
    """(2, 3) affine: mouth coordinates (mouth widths; x right, y down, origin mid-line of the lips) to the picture."""
    right, left = MOUTH_CORNERS
    across = (landmarks[left, :2] - landmarks[right, :2]) / width
    down = landmarks[CHIN] - landmarks[FOREHEAD]
    down = down[:2] / max(float(np.linalg.norm(down)), 1e-6)
    lips = landmarks[[INNER_UPPER[4], INNER_LOWER[4]], :2]
    gap = float(lip_gaps(landmarks)[4])
    # An open mouth opens downward: the skull's reference is near its upper lip.
    origin = lips[0] + down * min(0.2 * max(gap, 0), 0.02 * width)
    return np.column_stack([across * width, down * width, origin]).astype(np.float32)


def _own_mouth(
    pixels: Image, landmarks: Array, ring: Array, box: tuple[int, int, int, int]
) -> tuple[tuple[Array, Array], Array]:
    """The picture inside its own open lips, (h, w, 4) premultiplied for skull and jaw, and the rim (h, w).

    In a smile the teeth that show are the upper ones; in a mouth that is wide open the lower half goes with the jaw.
    """
    left, top, right, bottom = box
    shape = (bottom - top, right - left)
    width = mouth_width(landmarks)
    outline = polygon_mask(ring - np.array([left, top], np.float32), shape)
    mask = np.asarray(cv2.dilate((outline > 0).astype(np.uint8), np.ones((3, 3), np.uint8)), np.float32)
    inner = np.asarray(cv2.erode(outline, np.ones((5, 5), np.uint8)), np.float32)
    source = pixels[top:bottom, left:right].astype(np.float32)
    # A rising lip uncovers more of the teeth: continue them upward.
    inside = np.where(mask[..., None] > 0, source, fill_holes(source, (inner > 0.5).astype(np.float32)))
    rise = np.ones((max(2, round(0.12 * width)), 1), np.uint8)
    above = np.asarray(cv2.dilate(inner, rise, anchor=(0, 0)), np.float32)
    mask, inner = np.maximum(mask, above), np.maximum(inner, above)
    upper, lower = landmarks[list(INNER_UPPER), :2], landmarks[list(INNER_LOWER), :2]
    down = (landmarks[CHIN] - landmarks[FOREHEAD])[:2]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    wide = float(np.clip((lip_gaps(landmarks)[2:7].mean() / width - 0.25) / 0.08, 0, 1))
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    middle = (upper + lower)[4] / 2
    below = (x - middle[0]) * down[0] + (y - middle[1]) * down[1]
    jaw = wide * np.clip(below / 2 + 0.5, 0, 1)
    layers = [np.dstack([inside * m[..., None], m]).astype(np.float32) for m in (mask * (1 - jaw), mask * jaw)]
    return (layers[0], layers[1]), inner


def polygon_mask(ring: Array, shape: tuple[int, int]) -> Array:
    """(h, w) float32 in [0, 1]: how much of each pixel lies inside a closed ring (n, 2)."""
    mask = np.zeros((shape[0] * 2, shape[1] * 2), np.uint8)
    points: Any = [np.round((ring * 2 + 0.5) * 16).astype(np.int32).reshape(-1, 1, 2)]
    cv2.fillPoly(mask, points, (255,), cv2.LINE_AA, 4)
    small = cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255


def draw_mouth(
    frame: Image, mouth: Mouth, ring: Array, skull: Array, jaw: Array, gap: float, lift: float = 0.0, rounded: float = 0.0
) -> None:
    """Draws the inside of the mouth into `frame`, within the lips' opening `ring` (n, 2); changes it in place.

    skull, jaw: (2, 3) affine from the resting picture to the frame. gap: pixels between the lips. lift: how far the
    tongue is raised toward the upper teeth, 0 to 1. rounded: how far the lips are rounded, 0 to 1: they stand out before
    the teeth and hide them.
    """
    size = frame.shape[0]
    low = np.clip(np.floor(ring.min(0)) - 3, 0, size - 1).astype(int)
    high = np.clip(np.ceil(ring.max(0)) + 4, 1, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    if min(shape) < 3:
        return
    mask = polygon_mask(ring - low, shape)
    fade = float(np.clip((gap / mouth.width - 0.005) / 0.03, 0, 1))
    hidden = HIDE * rounded * mouth.width
    inside = _painted(mouth, (skull, jaw), hidden, lift, low, mask)
    if mouth.own is not None:
        own = _photographed(mouth, ring, _raised(skull, hidden), _raised(jaw, -0.7 * hidden), low, shape)
        inside = inside * (1 - own[..., 3:]) + own[..., :3]
    amount = (mask * fade)[..., None]
    part = frame[low[1] : high[1], low[0] : high[0]]
    wider = gap if mouth.own is None else gap - mouth.gap
    lips = part * (1 - 0.35 * float(np.clip(wider / (0.12 * mouth.width), 0, 1)) * fade * _rim(mask))[..., None]
    if mouth.own is not None:
        _close_line(lips, ring - low, mouth.seam, float(np.clip(1 - 1.5 * gap / mouth.gap, 0, 1)))
    part[:] = np.round(lips * (1 - amount) + inside * amount).astype(np.uint8)


def _raised(affine: Array, pixels: float) -> Array:
    """The affine with what it carries moved up by some pixels of the resting picture."""
    raised = affine.copy()
    raised[:, 2] -= affine[:, 1] * pixels
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


def _painted(
    mouth: Mouth, affines: tuple[Array, Array], hidden: float, lift: float, low: npt.NDArray[np.int_], mask: Array
) -> Array:
    """(h, w, 3) hollow, tongue and teeth, in the light that falls between the lips; see draw_mouth."""
    skull, jaw = affines
    shape = mask.shape[0], mask.shape[1]
    room = jaw_room(mouth, skull, jaw)
    deep, front = _light(mask, mouth)
    inside = _warped(mouth, mouth.hollow, (skull + jaw) / 2, low, shape)
    tongue = _warped(mouth, mouth.tongue, _raised(jaw, tongue_height(room, lift) * mouth.width), low, shape)
    inside = (inside * (1 - tongue[..., 3:]) + tongue[..., :3]) * deep
    lower = _bent(mouth, mouth.lower, _raised(jaw, -0.7 * hidden), low, shape, min(BEND * room, MOST_BEND))
    upper = _warped(mouth, mouth.upper, _raised(skull, hidden), low, shape)
    for teeth in (lower, upper):
        inside = inside * (1 - teeth[..., 3:]) + teeth[..., :3] * front
    return inside


def jaw_room(mouth: Mouth, skull: Array, jaw: Array) -> float:
    """Mouth widths that the jaw has dropped from where the lips meet."""
    drop = (jaw - skull) @ np.append(mouth.middle, 1)
    return max(float(drop @ (skull[:, :2] @ mouth.axes[1])) + mouth.gap, 0.0) / mouth.width


def tongue_height(room: float, lift: float) -> float:
    """Mouth widths of the tongue above the edge of the lower teeth."""
    return min((LOW_TONGUE + lift * (HIGH_TONGUE - LOW_TONGUE)) * room, HIGHEST)


def _photographed(
    mouth: Mouth, ring: Array, skull: Array, jaw: Array, low: npt.NDArray[np.int_], shape: tuple[int, int]
) -> Array:
    """(h, w, 4) premultiplied: what the picture shows between its own open lips."""
    assert mouth.own is not None and mouth.rim is not None
    # The edge of the lips was photographed with the mouth; it fades from the layer as they leave their place.
    home = mouth.ring @ skull[:, :2].T + skull[:, 2]
    left = 1 - float(np.clip(np.linalg.norm(ring - home, axis=1).mean() / (0.04 * mouth.width), 0, 1))
    keep = (left + (1 - left) * mouth.rim)[..., None]
    above, below = mouth.own
    own = _warped(mouth, above * keep, skull, low, shape) + _warped(mouth, below * keep, jaw, low, shape)
    # Where the halves overlap their sum is more than whole.
    return np.asarray(own / np.maximum(own[..., 3:], 1.0), np.float32)


def _close_line(lips: Array, ring: Array, seam: Array, strength: float) -> None:
    """Draws the line along which lips meet that are apart in the picture, where no such line was photographed."""
    if strength <= 0:
        return
    half = len(ring) // 2
    line = (ring[: half + 1] + np.concatenate([ring[:1], ring[: half - 1 : -1]])) / 2
    mask = np.zeros(lips.shape[:2], np.uint8)
    points: Any = [np.round(line[2:-2] * 16).astype(np.int32).reshape(-1, 1, 2)]
    cv2.polylines(mask, points, False, (255,), 1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.7)
    # Colour and all: teeth that cling to the lips' edge would show through mere darkening.
    amount = 0.8 * strength * np.clip(soft * 1.4, 0, 1)[..., None]
    lips[:] = lips * (1 - amount) + seam * amount


def _rim(mask: Array) -> Array:
    """(h, w) 1 at the very edge of the opening, where lips turn inward out of the light."""
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.0) * 1.6, np.float32).clip(0, 1)


def _light(mask: Array, mouth: Mouth) -> tuple[Array, Array]:
    """(h, w, 3) and (h, w, 1): light on what lies deep in the mouth, and on teeth, which stand right behind the lips.

    Lips, most of all the upper one, throw their shadow on both; a drawing has none.
    """
    near = BESIDE * mouth.width
    drop = np.array([[1, 0, 0], [0, 1, 0.8 * near]], np.float32)
    lit = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), max(near, 0.8)), drop, mask.shape[::-1])[..., None]
    shadow = mouth.depth * (1 - np.clip(1.25 * lit - 0.12, 0, 1))
    return np.asarray(1 - 0.55 * shadow * TINT, np.float32), np.asarray(
        1 - 0.40 * mouth.depth * (1 - np.clip(1.9 * lit, 0, 1)), np.float32
    )

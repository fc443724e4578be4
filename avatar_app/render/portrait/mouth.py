"""Mouth interior: upper teeth fixed to the skull, lower teeth and tongue with the jaw, the dark behind.

Painted once per portrait in its own light and size, then laid under the lips in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    SKIN_LANDMARKS,
    UPPER_LIP,
)
from avatar_app.render.layers.person import fill_holes
from avatar_app.render.portrait.teeth import UPPER_LENGTH, UPPER_TEETH, paint_lower_jaw, paint_teeth, place_sprite
from avatar_app.types import Array, Image

DEEP = 0.22  # mouth widths between the lips from which on one looks right into the mouth
TINT = np.array([0.92, 1.0, 1.04], np.float32)  # powers of the light inside: what lips reflect into it is reddish
HIDE = 0.13  # mouth widths of the upper teeth that rounded lips hide; of the lower ones 0.7 of that
SEAM = 0.45  # of the lips' brightness that the line between them has
OPEN = 0.035  # mouth widths between the lips from which on a portrait's mouth counts as open


@dataclass(frozen=True)
class Mouth:
    """Sprites in picture coordinates of the resting face, cut to `box` (left, top, right, bottom).

    upper, lower: (h, w, 4) float32 premultiplied, 0 to 255 and alpha 0 to 1. cavity: (3,) colour of the dark.
    own: what the picture's own open mouth shows, (h, w, 4) each: the part fixed to the skull, the part that goes with
        the jaw. rim: (h, w), 1 except along the lips' edge, which only belongs there at rest. None: lips closed.
    gap: pixels between the lips at rest. ring: (n, 2) outline of their opening at rest. seam: (3,) colour of the line
    along which they meet.
    """

    box: tuple[int, int, int, int]
    upper: Array
    lower: Array
    own: tuple[Array, Array] | None
    rim: Array | None
    cavity: Array
    width: float
    gap: float
    ring: Array
    seam: Array


def build_mouth(pixels: Image, landmarks: Array, ring: Array) -> Mouth:
    """Paints the mouth of a portrait; `ring` (n, 2) is the outline of its lips' opening at rest."""
    width = mouth_width(landmarks)
    corners = landmarks[list(MOUTH_CORNERS), :2]
    reach = 1.3 * width
    centre = corners.mean(0)
    size = pixels.shape[0]
    low = np.clip(np.floor(centre - reach), 0, size - 1).astype(int)
    high = np.clip(np.ceil(centre + reach), 1, size).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    light = _light(pixels, landmarks)
    gap = float(lip_gaps(landmarks)[2:7].mean())
    own = rim = None
    if gap > OPEN * width:
        own, rim = _own_mouth(pixels, landmarks, ring, box)
        light = _own_light(own, light)
    to_local = _local_frame(landmarks, width)
    # The lower teeth stand just behind the lower lip, wherever that is in the picture.
    to_lower = to_local.copy()
    to_lower[:, 2] = landmarks[INNER_LOWER[4], :2]
    upper = place_sprite(paint_teeth(UPPER_TEETH, UPPER_LENGTH, width, light, upper=True), to_local, box)
    lower = place_sprite(paint_lower_jaw(width, light), to_lower, box)
    cavity = np.array([52, 20, 18], np.float32) * light / 190
    colour = _colourfulness(pixels, landmarks)
    for layer in (upper, lower, cavity[None]):
        grey = layer[..., :3].mean(-1, keepdims=True)
        layer[..., :3] = grey + colour * (layer[..., :3] - grey)
    return Mouth(box, upper, lower, own, rim, cavity, width, gap, ring, _seam(pixels, landmarks))


def _seam(pixels: Image, landmarks: Array) -> Array:
    """(3,) a dark shade of the lips."""
    rows = [*UPPER_LIP[1][2:7], *LOWER_LIP[1][2:7]]
    x, y = landmarks[rows, :2].round().astype(int).clip(0, pixels.shape[0] - 1).T
    return np.asarray(SEAM * np.median(pixels[y, x], axis=0), np.float32)


def _light(pixels: Image, landmarks: Array) -> Array:
    """(3,) how white things look in this picture: a bright shade of the skin with most of its colour taken out."""
    hull: Any = cv2.convexHull(landmarks[:SKIN_LANDMARKS, :2].astype(np.float32)).astype(np.int32)
    mask = np.zeros(pixels.shape[:2], np.uint8)
    cv2.fillConvexPoly(mask, hull, (1,))
    skin = pixels[mask > 0].astype(np.float32)
    bright = np.percentile(skin.mean(1), 85)
    tint = skin.mean(0) / max(float(skin.mean()), 1.0)
    # Dark skin does not mean dim light: never assume less than a dim room.
    level = 105 + 0.48 * float(bright)
    return (level * (0.88 + 0.12 * tint)).astype(np.float32)


def _colourfulness(pixels: Image, landmarks: Array) -> float:
    """0 in a black-and-white picture, 1 where skin has the colour of skin."""
    skin = landmarks[:SKIN_LANDMARKS, :2]
    low, high = skin.min(0).clip(0).astype(int), skin.max(0).astype(int)
    face = pixels[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    return float(np.clip(np.ptp(face, axis=2).mean() / max(float(face.mean()), 1.0) / 0.25, 0, 1))


def _own_light(own: tuple[Array, Array], light: Array) -> Array:
    """(3,) the whiteness of the teeth that the picture shows; `light` where it shows none."""
    colours = own[0][own[0][..., 3] > 0.99][:, :3]
    if len(colours) < 20:
        return light
    bright = colours[colours.mean(1) >= np.percentile(colours.mean(1), 75)].mean(0)
    white = bright.min() > 0.6 * bright.max() and bright.mean() > 0.5 * light.mean()
    return np.clip(bright / 0.9, 0, 255).astype(np.float32) if white else light


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
    frame: Image, mouth: Mouth, ring: Array, skull: Array, jaw: Array, gap: float, rounded: float = 0.0
) -> None:
    """Draws the inside of the mouth into `frame`, within the lips' opening `ring` (n, 2); changes it in place.

    skull, jaw: (2, 3) affine from the resting picture to the frame. gap: pixels between the lips. rounded: how far the
    lips are rounded, 0 to 1: they stand out before the teeth and hide them.
    """
    size = frame.shape[0]
    low = np.clip(np.floor(ring.min(0)) - 3, 0, size - 1).astype(int)
    high = np.clip(np.ceil(ring.max(0)) + 4, 1, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    if min(shape) < 3:
        return
    mask = polygon_mask(ring - low, shape)
    hidden = HIDE * rounded * mouth.width
    skull, jaw = _raised(skull, hidden), _raised(jaw, -0.7 * hidden)
    fade = float(np.clip((gap / mouth.width - 0.005) / 0.03, 0, 1))
    light = _shade(mask, mouth.width, gap)[..., None] ** TINT
    inside = _painted(mouth, skull, jaw, low, shape) * light
    if mouth.own is not None:
        own = _photographed(mouth, ring, skull, jaw, low, shape)
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


def _painted(mouth: Mouth, skull: Array, jaw: Array, low: npt.NDArray[np.int_], shape: tuple[int, int]) -> Array:
    """(h, w, 3) cavity, tongue and teeth."""
    inside = np.zeros((*shape, 3), np.float32) + mouth.cavity
    for sprite, affine in ((mouth.lower, jaw), (mouth.upper, skull)):
        layer = _warped(mouth, sprite, affine, low, shape)
        inside = inside * (1 - layer[..., 3:]) + layer[..., :3]
    return inside


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


def _shade(mask: Array, width: float, gap: float) -> Array:
    """(h, w) light inside the mouth: the lips, most of all the upper one, throw their shadow on what is behind.

    Teeth right behind hardly parted lips are lit; the farther these are apart, the deeper what shows.
    """
    deep = float(np.clip(gap / (DEEP * width), 0, 1))
    sigma = max(0.045 * width, 0.8)
    drop = np.array([[1, 0, 0], [0, 1, 0.05 * width]], np.float32)
    lit = cv2.warpAffine(cv2.GaussianBlur(mask, (0, 0), sigma), drop, mask.shape[::-1])
    darkest = 0.42 - 0.12 * deep
    clear = np.clip(lit * (1.45 - 0.30 * deep) - 0.15, 0, 1)
    return np.asarray(darkest + (1 - darkest) * clear, np.float32)

"""Mouth interior: upper teeth fixed to the skull, lower teeth with the jaw, the tongue between, the hollow behind.

Painted once per portrait in its own light and size, then laid under the lips in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

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
from avatar_app.render.layers.filling import fill_holes
from avatar_app.render.portrait.mouth_inside import TONGUE, paint_hollow, paint_tongue
from avatar_app.render.portrait.mouth_light import mouth_light, own_teeth
from avatar_app.render.portrait.teeth import LOWER_EDGE, paint_teeth, place_sprite, tooth_colour
from avatar_app.types import Array, Image

SEAM = 0.45  # of the lips' brightness that the line between them has
BESIDE_OWN = 0.45  # of their light that painted upper teeth lack beside photographed ones
OPEN = 0.035  # mouth widths between the lips from which on a portrait's mouth counts as open


@dataclass(frozen=True)
class Mouth:
    """Sprites in picture coordinates of the resting face, cut to `box` (left, top, right, bottom).

    upper, lower: (h, w, 4) float32 premultiplied, 0 to 255 and alpha 0 to 1: teeth with their gums. tongue: (h, w, 4),
        as high as the edge of the lower teeth. hollow: (h, w, 3), what is behind them all.
    own: what the picture's own open mouth shows, (h, w, 4) each: the part fixed to the skull, the part that goes with
        the jaw. inner: the same without the lips' edge, which only belongs there at rest. None: lips closed.
    empty: of both parts, whether there is nothing in them.
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
    inner: tuple[Array, Array] | None
    empty: tuple[bool, bool]
    width: float
    gap: float
    ring: Array
    seam: Array
    flesh: Array
    depth: float
    middle: Array
    axes: Array


def build_mouth(pixels: Image, landmarks: Array, ring: Array, grain: float) -> Mouth:
    """Paints the mouth of a portrait; `ring` (n, 2) is the outline of its lips' opening at rest.

    grain: see skin_grain.
    """
    width = mouth_width(landmarks)
    centre = landmarks[list(MOUTH_CORNERS), :2].mean(0)
    reach = 1.3 * width
    size = pixels.shape[0]
    low = np.clip(np.floor(centre - reach), 0, size - 1).astype(int)
    high = np.clip(np.ceil(centre + reach), 1, size).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    light = mouth_light(pixels, landmarks, grain)
    gap = float(lip_gaps(landmarks)[2:7].mean())
    own = inner = None
    if gap > OPEN * width:
        own, inner = _own_mouth(pixels, landmarks, ring, box)
        teeth = own_teeth(inner[0], light)
        if teeth is None:  # what was seen belongs to that opening alone
            inner = np.zeros_like(inner[0]), np.zeros_like(inner[1])
        else:
            light = replace(light, white=np.minimum(teeth / tooth_colour(grain), 255))
    to_upper = _local_frame(landmarks, width)
    # The lower teeth stand just behind the lower lip, wherever that is in the picture.
    to_lower, to_tongue, to_hollow = (to_upper.copy() for _ in range(3))
    to_lower[:, 2] = landmarks[INNER_LOWER[4], :2]
    to_tongue[:, 2] = to_lower[:, 2] + to_lower[:, 1] * LOWER_EDGE
    to_hollow[:, 2] = landmarks[[INNER_UPPER[4], INNER_LOWER[4]], :2].mean(0)

    def painted(sprite: Array, to_picture: Array) -> Array:
        return light.tinted(place_sprite(sprite, to_picture, box))

    upper = painted(paint_teeth(width, light, upper=True), to_upper)
    if inner is not None and inner[0].any():  # these only show in the shadow beside the picture's own
        upper[..., :3] *= 1 - BESIDE_OWN * grain
    return Mouth(
        box,
        upper=upper,
        lower=painted(paint_teeth(width, light, upper=False), to_lower),
        tongue=painted(paint_tongue(width, light), to_tongue),
        hollow=painted(paint_hollow(width, light), to_hollow),
        own=own,
        inner=inner,
        empty=(own is None or not own[0].any(), own is None or not own[1].any()),
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
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """The picture inside its own open lips, (h, w, 4) premultiplied for skull and jaw, and the same without the lips.

    In a smile the teeth that show are the upper ones; in a mouth that is wide open the lower half goes with the jaw.
    """
    left, top, right, bottom = box
    shape = (bottom - top, right - left)
    width = mouth_width(landmarks)
    outline = polygon_mask(ring - np.array([left, top], np.float32), shape)
    mask = np.asarray(cv2.dilate((outline > 0).astype(np.uint8), np.ones((3, 3), np.uint8)), np.float32)
    within = np.asarray(cv2.erode(outline, np.ones((5, 5), np.uint8)), np.float32)
    source = pixels[top:bottom, left:right].astype(np.float32)
    # A rising lip uncovers more of the teeth: continue them upward.
    filled = fill_holes(source, (within > 0.5).astype(np.float32))
    rise = np.ones((max(2, round(0.12 * width)), 1), np.uint8)
    above = np.asarray(cv2.dilate(within, rise, anchor=(0, 0)), np.float32)
    jaw = _jaw_share(landmarks, box)

    def layers(colours: Array, cover: Array) -> tuple[Array, Array]:
        parts = (cover * (1 - jaw), cover * jaw)
        skull, below = (np.dstack([colours * part[..., None], part]).astype(np.float32) for part in parts)
        return skull, below

    own = layers(np.where(mask[..., None] > 0, source, filled), np.maximum(mask, above))
    return own, layers(np.where(within[..., None] > 0.5, source, filled), above)


def _jaw_share(landmarks: Array, box: tuple[int, int, int, int]) -> Array:
    """(h, w) 0 to 1: how much of what shows between open lips goes with the jaw."""
    left, top, right, bottom = box
    upper, lower = landmarks[list(INNER_UPPER), :2], landmarks[list(INNER_LOWER), :2]
    down = (landmarks[CHIN] - landmarks[FOREHEAD])[:2]
    down = down / max(float(np.linalg.norm(down)), 1e-6)
    wide = float(np.clip((lip_gaps(landmarks)[2:7].mean() / mouth_width(landmarks) - 0.25) / 0.08, 0, 1))
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32)
    middle = (upper + lower)[4] / 2
    below = (x - middle[0]) * down[0] + (y - middle[1]) * down[1]
    return np.asarray(wide * np.clip(below / 2 + 0.5, 0, 1), np.float32)


def polygon_mask(ring: Array, shape: tuple[int, int]) -> Array:
    """(h, w) float32 in [0, 1]: how much of each pixel lies inside a closed ring (n, 2)."""
    mask = np.zeros((shape[0] * 2, shape[1] * 2), np.uint8)
    points: Any = [np.round((ring * 2 + 0.5) * 16).astype(np.int32).reshape(-1, 1, 2)]
    cv2.fillPoly(mask, points, (255,), cv2.LINE_AA, 4)
    small = cv2.resize(mask, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / 255

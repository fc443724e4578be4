"""Matting of people and drawn figures before a flat background, by colour: exact where a network guesses."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import SKIN_LANDMARKS
from avatar_app.types import Array, Image

STEP = 2  # grey levels between neighbours in a flat background, which may run from one colour into another
SEEDS = 64  # places along the picture's edge from which the background is followed
LIKE = 48  # grey levels from the edge's usual colour that a seed may have
SAME = 5  # grey levels from a background of one colour within which enclosed patches belong to it
FLAT = 0.93  # of the background's pixels that must equal their neighbour, to a grey level
EXTENT = (0.08, 0.92)  # of the picture that the background may cover
INNER = 0.75  # of the face's size that is face for certain, however a mesh was placed on a drawing
INTO_FACE = 0.01  # of that which it may cover
NEAR, NEARLY = 3, 18  # pixels beside the background, and grey levels from it, that compression may have dirtied


def plain_matte(pixels: Image, marks: Array) -> Image | None:
    """(H, W) uint8, 255 on the figure, 0 on the background; None where the background is not flat, as in photos.

    pixels: (H, W, 3) uint8 RGB. marks: (n, 3) landmarks of the face in it, which is never background.
    """
    height, width = pixels.shape[:2]
    face = np.zeros((height, width), np.uint8)
    middle = marks[:SKIN_LANDMARKS, :2].mean(0)
    inner = middle + INNER * (marks[:SKIN_LANDMARKS, :2] - middle)
    hull: Any = cv2.convexHull(inner.astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(face, hull, (1,))
    ground = _follow(pixels)
    share = float(ground.mean())
    if not EXTENT[0] < share < EXTENT[1] or ground[face > 0].mean() > INTO_FACE:
        return None
    grey = pixels.astype(np.int16)
    calm = np.abs(np.diff(grey, axis=1)).max(2) <= 1
    if calm[ground[:, 1:] & ground[:, :-1]].mean() < FLAT:
        return None
    colours = pixels[ground]
    if colours.std(axis=0).max() < SAME:
        ground |= (np.abs(grey - np.median(colours, axis=0)).max(2) <= SAME) & (face == 0)
    ground = _without_dirt(pixels, ground, face)
    # Pixels on the outline are a mixture of both sides.
    figure = cv2.GaussianBlur((~ground).astype(np.float32), (0, 0), 0.7)
    return np.round(255 * np.clip(2 * figure - 1, 0, 1)).astype(np.uint8)


def _without_dirt(pixels: Image, ground: npt.NDArray[np.bool_], face: Image) -> npt.NDArray[np.bool_]:
    """The background, grown into what hardly differs from it beside it."""
    weight: Any = cv2.blur(ground.astype(np.float32), (15, 15))
    local = cv2.blur(pixels * ground[..., None].astype(np.float32), (15, 15)) / np.maximum(weight, 1e-3)[..., None]
    like = (np.abs(pixels - local).max(2) <= NEARLY) & (weight > 1e-3) & (face == 0)
    for _ in range(NEAR):
        ground = ground | ((cv2.dilate(ground.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & like)
    return ground


def _follow(pixels: Image) -> npt.NDArray[np.bool_]:
    """(H, W) what hangs together with the upper and side edges of the picture in small steps of colour."""
    height, width = pixels.shape[:2]
    rows, columns = (np.linspace(0, n - 1, SEEDS).astype(int) for n in (height, width))
    seeds = [(int(x), 0) for x in columns] + [(x, int(y)) for y in rows for x in (0, width - 1)]
    usual = np.median([pixels[y, x] for x, y in seeds], axis=0)
    mask = np.zeros((height + 2, width + 2), np.uint8)
    flags: int = 4 | (1 << 8) | cv2.FLOODFILL_MASK_ONLY
    canvas = np.ascontiguousarray(pixels).copy()
    for x, y in seeds:
        if mask[y + 1, x + 1] == 0 and np.abs(pixels[y, x] - usual).max() <= LIKE:
            cv2.floodFill(canvas, mask, (x, y), (0, 0, 0), (STEP,) * 3, (STEP,) * 3, flags)
    return mask[1:-1, 1:-1] > 0

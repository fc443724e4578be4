"""What lies behind a portrait's person, and where a moving head can lay it bare."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.inputs.portrait.framing import resample
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.layers.person import split_layers
from avatar_app.types import Image

UNLIKE = 8  # grey levels from which on a pixel is the person's and not what lies behind
REACH, SOFT = 0.14, 0.04  # of the square's side: how deep within the outline it can show, and over what that fades


def behind_person(portrait: Portrait, square: tuple[int, int, int], source: Image) -> Image:
    """(R, R, 4) uint8 as of `laid_bare`, of a square of the canvas, see InitialState, that shows `source`."""
    _, plate = split_layers(portrait.pixels, portrait.matte, portrait.landmarks)
    if portrait.scene is not None:
        x, y, wide = portrait.scene.layout.square
        canvas = portrait.scene.canvas.copy()
        canvas[y : y + wide, x : x + wide] = resample(plate, (wide, wide))
        plate = canvas
    left, top, side = square
    return laid_bare(source, resample(plate[top : top + side, left : left + side], (len(source), len(source))))


def laid_bare(source: Image, behind: Image) -> Image:
    """(R, R, 4) uint8: what lies behind the person of a square (R, R, 3), and in the last channel where it may show.

    Near the outline it may: there the head was. Deep inside it may not: an open mouth shows no wall.
    """
    unlike = (np.abs(source.astype(np.int16) - behind).max(axis=2) > UNLIKE).astype(np.uint8)
    joined = cv2.morphologyEx(unlike, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    outlines, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    person = np.zeros_like(unlike)
    cv2.drawContours(person, outlines, -1, (1,), cv2.FILLED)
    # The square cuts through neck and shoulders: its own edge is no outline.
    edges = cv2.copyMakeBorder(person, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = np.asarray(cv2.distanceTransform(edges, cv2.DIST_L2, 5))[1:-1, 1:-1] / len(source)
    shows = np.clip((REACH - depth) / SOFT, 0, 1)
    return np.dstack([behind, np.round(255 * shows).astype(np.uint8)])

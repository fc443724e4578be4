"""Person mattes: how much of each pixel is person, in the animated square and in all that is shown around it."""

from __future__ import annotations

import cv2
import numpy as np

from avatar_app.face.landmarks import person_matte
from avatar_app.inputs.portrait.framing import Layout, inner_weight, reduce
from avatar_app.inputs.portrait.plain_background import plain_matte
from avatar_app.types import Array, Image

FEATHER = 0.06  # of a square's side over which its finer matte gives way to that of the whole picture
SIDE = 2.7  # of the square around somebody's head, in face sizes
PERSON = 100  # matte from which on parts hang together


def figure_matte(pixels: Image, marks: Array) -> Image:
    """(H, W) uint8 matte of a picture (H, W, 3) with the landmarks (n, 3) of its main face."""
    flat = plain_matte(pixels, marks)
    return person_matte(pixels) if flat is None else flat


def scene_matte(canvas: Image, matte: Image, layout: Layout, faces: list[Array]) -> Image:
    """(H, W) uint8 matte of everybody in the canvas.

    matte: of the animated square. faces: (478, 3) landmarks of everybody in canvas pixels, the animated one first.
    Seen from afar the network takes cups for people, and close up only the one in front for a person: everybody is
    looked at in a square of their own, and what hangs together with no face is nobody.
    """
    fine = reduce(matte, layout.factor)
    if canvas.shape[:2] == fine.shape:
        return fine
    flat = plain_matte(canvas, faces[0])
    if flat is not None:
        return flat
    total, known = np.zeros((2, *canvas.shape[:2]), np.float32)
    _blend_in(fine, layout, total, known)
    for marks in faces[1:]:
        square = _square(canvas, marks)
        x, y, side = square
        own = Layout(layout.region, layout.canvas, square, layout.window)
        _blend_in(person_matte(np.ascontiguousarray(canvas[y : y + side, x : x + side])), own, total, known)
    far = person_matte(canvas) * (1 - known)
    # What both views are sure of hangs together across a square's edge; what only one sees comes apart there.
    return _with_faces(np.minimum(total + far, 255), np.maximum(total, far), faces)


def _blend_in(fine: Image, layout: Layout, total: Array, known: Array) -> None:
    """Takes the matte of a square into that of the canvas, in place."""
    x, y, side = layout.square
    here = np.s_[y : y + side, x : x + side]
    weight = inner_weight(layout, FEATHER)
    total[here] = np.maximum(total[here], fine * weight)
    known[here] = np.maximum(known[here], weight)


def _square(canvas: Image, marks: Array) -> tuple[int, int, int]:
    """(left, top, side) around a head, within the canvas."""
    height, width = canvas.shape[:2]
    low, high = marks[:, :2].min(0), marks[:, :2].max(0)
    side = min(width, height, round(SIDE * float((high - low).max())))
    left, top = np.clip(np.round((low + high) / 2 - side / 2), 0, (width - side, height - side)).astype(int)
    return int(left), int(top), side


def _with_faces(matte: Array, coherent: Array, faces: list[Array]) -> Image:
    """(H, W) uint8, the matte without what hangs together, in `coherent`, with no face."""
    height, width = matte.shape
    _, parts = cv2.connectedComponents((coherent > PERSON).astype(np.uint8))
    x, y = np.concatenate(faces)[:, :2].T
    inside = (x >= 0) & (y >= 0) & (x < width - 0.5) & (y < height - 0.5)
    named = np.unique(parts[y[inside].round().astype(int), x[inside].round().astype(int)])
    kept = np.isin(parts, named[named > 0]).astype(np.uint8)
    return np.where(cv2.dilate(kept, np.ones((9, 9), np.uint8)) > 0, np.round(matte), 0).astype(np.uint8)

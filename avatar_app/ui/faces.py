"""Where the faces of a portrait are, for the page to draw on it, and the portrait as a video will show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER, INNER_MOUTH, OVAL
from avatar_app.face.upright import UprightFaces, find_upright, turn_landmarks
from avatar_app.inputs.portrait.background import ENDINGS, read_background
from avatar_app.inputs.portrait.manual_points import fit_points, parse_points
from avatar_app.inputs.portrait.picture import open_picture
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.still import first_still
from avatar_app.request import InputError
from avatar_app.types import Array, Image
from avatar_app.ui.forms import background_of

RINGS = (*((*EYE_UPPER[side], *EYE_LOWER[side][-2:0:-1]) for side in ("Left", "Right")), INNER_MOUTH, OVAL)
CHEQUER = np.kron(np.indices((20, 20)).sum(0) % 2, np.ones((16, 16), int))  # behind transparent takes
GREYS = np.array([[200] * 3, [235] * 3], np.uint8)


@dataclass(frozen=True)
class Faces:
    """size: (width, height) of a picture as browsers show it. marks: (478, 3) of each face in its pixels, from left to
    right. largest: the index of the one that is taken where none is chosen."""

    size: tuple[int, int]
    marks: tuple[Array, ...]
    largest: int = 0


def find(path: str) -> Faces:
    """The faces of a picture; what they were is remembered. InputError for what is no picture."""
    return _found(path, Path(path).stat().st_mtime_ns)


def place(path: str, points: str) -> Faces:
    """The one face that was placed by hand in a picture. InputError where points are missing or cannot be a face."""
    read = open_picture(path)
    return Faces(
        _size(read.pixels, read.scale), (fit_points(parse_points(points), read.pixels, read.scale) / read.scale,)
    )


def drawing(faces: Faces, chosen: int | None) -> dict[str, Any]:
    """What the page's script draws: the picture's size, a box (left, top, right, bottom) for each face, the number of
    the one that is taken, from 1, and the outlines of its eyes, mouth and face. chosen: None for the largest."""
    index = min((chosen or faces.largest + 1), len(faces.marks)) - 1
    boxes = [[*marks[:, :2].min(0), *marks[:, :2].max(0)] for marks in faces.marks]
    taken = faces.marks[index] if faces.marks else np.zeros((478, 3), np.float32)
    rings = [_rounded(taken[list(ring), :2]) for ring in RINGS] if faces.marks else []
    return {"size": faces.size, "boxes": _rounded(np.array(boxes)), "chosen": index + 1, "rings": rings}


def framed(path: str, values: Mapping[str, Any]) -> tuple[Portrait, Image]:
    """A portrait as the form asks for it, and how a video of it begins, (H, W, 3) uint8.

    InputError, or its NoFaceError, where it cannot be animated.
    """
    face, points = int(values.get("face") or 0), values.get("points") or ""
    framing = values.get("framing") or "bust"
    seen = None if points else _looked(path, Path(path).stat().st_mtime_ns)[0]
    portrait = load_portrait(path, face=face or None, points=points, framing=framing, seen=seen)
    try:
        wanted = background_of(values)
        background = read_background(GREYS[CHEQUER] if wanted in ENDINGS else wanted)
    except InputError:  # a picture that is still to come; the run will say so
        background = read_background("original")
    return portrait, first_still(portrait, background)


def forget() -> None:
    """Lets go of every picture and face that is remembered."""
    _looked.cache_clear()
    _found.cache_clear()


@lru_cache(maxsize=16)
def _found(path: str, changed: int) -> Faces:
    upright, size, scale = _looked(path, changed)
    order = sorted(range(len(upright.faces)), key=lambda k: float(upright.faces[k][:, 0].mean()))
    shape = upright.pixels.shape
    marks = (turn_landmarks(upright.faces[k], shape, -upright.turns) / scale for k in order)
    return Faces(size, tuple(marks), order.index(0) if order else 0)


@lru_cache(maxsize=2)  # pictures of up to 48 MB: those that somebody is just framing
def _looked(path: str, changed: int) -> tuple[UprightFaces, tuple[int, int], float]:
    """The picture upright with its faces, the size of the file as browsers show it, and pixels here per one there."""
    read = open_picture(path)
    upright = find_upright(read.pixels)
    upright.pixels.flags.writeable = False
    for marks in upright.faces:
        marks.flags.writeable = False
    return upright, _size(read.pixels, read.scale), read.scale


def _size(pixels: Image, scale: float) -> tuple[int, int]:
    return round(pixels.shape[1] / scale), round(pixels.shape[0] / scale)


def _rounded(places: Any) -> Any:
    return np.round(places, 1).tolist()

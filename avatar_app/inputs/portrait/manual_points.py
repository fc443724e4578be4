"""Manual face alignment: a few points that a person gave, and the whole face mesh fitted to them.

For drawings and whatever else the detector does not know as a face. "Left" is the subject's own left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RBFInterpolator

from avatar_app.face.arkit_rig import load_rig
from avatar_app.face.landmark_indices import CHIN, EYE_UPPER, IRIS, MOUTH_CORNERS, NOSE_TIP
from avatar_app.inputs.portrait.drawn_features import drawn_features
from avatar_app.request import InputError
from avatar_app.types import Array, Image

# Name -> landmark. All but the optional ones are needed.
ANCHORS = {
    "eye_right": IRIS["Right"][0],
    "eye_left": IRIS["Left"][0],
    "mouth_right": MOUTH_CORNERS[0],
    "mouth_left": MOUTH_CORNERS[1],
    "chin": CHIN,
    "nose": NOSE_TIP,
}
OPTIONAL = ("nose",)
EXAMPLE = "eye_left x,y; eye_right x,y; mouth_left x,y; mouth_right x,y; chin x,y"
STIFF = 1e-3  # how reluctantly the mesh bends to the points, in squared face widths


@dataclass(frozen=True)
class Points:
    """places: name in ANCHORS -> (x, y) in pixels of the upright picture, x to the right, y down."""

    places: dict[str, tuple[float, float]]


def parse_points(text: str) -> Points:
    """Points from "eye_left 310,220; eye_right 200,221; ..."; InputError says what is missing or wrong."""
    places: dict[str, tuple[float, float]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = re.fullmatch(r"(\w+)\s*[:=\s]\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)", part)
        if match is None:
            raise InputError(f"A point must look like “chin 256,400”; got {part!r}: write {EXAMPLE}.")
        name = match[1].lower()
        if name not in ANCHORS:
            raise InputError(f"There is no point called {match[1]!r}; use: {', '.join(ANCHORS)}.")
        places[name] = (float(match[2]), float(match[3]))
    missing = [name for name in ANCHORS if name not in places and name not in OPTIONAL]
    if missing:
        raise InputError(f"Points are missing: {', '.join(missing)}; write {EXAMPLE}.")
    return Points(places)


def fit_points(points: Points, picture: Image, picture_scale: float = 1.0) -> Array:
    """(478, 3) float32 landmarks in pixels of `picture` (H, W, 3): the average face drawn to the given points.

    picture_scale: pixels of `picture` per pixel of the file, in which the points are given.

    First the similarity that fits best, then a thin-plate spline for what is left, then the eyes and the mouth as they
    are drawn. Raises InputError for points outside the picture or that cannot be a face.
    """
    names = [name for name in ANCHORS if name in points.places]
    target = np.array([points.places[name] for name in names], np.float64)
    _check(names, target, (round(picture.shape[0] / picture_scale), round(picture.shape[1] / picture_scale)))
    target = (target + 0.5) * picture_scale - 0.5  # centres of pixels lie at whole numbers
    rig = load_rig().neutral
    anchors = rig[[ANCHORS[name] for name in names]].astype(np.float64)
    for side, row in (("right", "Right"), ("left", "Left")):  # the middle of the eye, wherever the rig's iris looks
        corners = [EYE_UPPER[row][0], EYE_UPPER[row][-1]]
        anchors[names.index(f"eye_{side}")] = rig[corners].mean(0)
    scale, turn, shift = _similarity(anchors[:, :2], target)
    marks = np.empty_like(rig, dtype=np.float64)
    marks[:, :2] = scale * rig[:, :2] @ turn.T + shift
    marks[:, 2] = scale * rig[:, 2]
    placed = scale * anchors[:, :2] @ turn.T + shift
    marks[:, :2] += _bend(marks[:, :2], placed, target - placed, scale)
    wanted = drawn_features(marks.astype(np.float32), picture)
    if wanted:
        from_here, to = marks[list(wanted), :2].copy(), np.array(list(wanted.values()), np.float64)
        marks[:, :2] += _bend(marks[:, :2], from_here, to - from_here, scale, 0.0)
    return marks.astype(np.float32)


def _check(names: list[str], target: npt.NDArray[np.float64], shape: tuple[int, ...]) -> None:
    """Raises InputError unless the points lie in the picture in the order of a face."""
    height, width = shape[:2]
    for name, (x, y) in zip(names, target, strict=True):
        if not (0 <= x < width and 0 <= y < height):
            raise InputError(f"The point {name} {x:g},{y:g} lies outside the picture of {width} × {height} pixels.")
    place = dict(zip(names, target, strict=True))
    eyes, mouth = place["eye_left"] - place["eye_right"], place["mouth_left"] - place["mouth_right"]
    middle = (place["eye_left"] + place["eye_right"]) / 2
    lips = (place["mouth_left"] + place["mouth_right"]) / 2
    down = np.array([-eyes[1], eyes[0]]) / max(float(np.linalg.norm(eyes)), 1e-6)
    if min(np.linalg.norm(eyes), np.linalg.norm(mouth)) < 8:
        raise InputError("The eyes and the corners of the mouth must be at least 8 pixels apart; place them again.")
    if eyes @ mouth <= 0:
        raise InputError("Left and right of eyes and mouth disagree; left is the subject's own left.")
    if (lips - middle) @ down <= 0 or (place["chin"] - lips) @ down <= 0:
        raise InputError(
            "The mouth must lie below the eyes and the chin below the mouth, and left is the subject's own left; "
            "place the points again."
        )


def _similarity(
    source: npt.NDArray[np.float64], target: npt.NDArray[np.float64]
) -> tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Scale, rotation (2, 2) and shift (2,) of the least-squares fit, after Umeyama (1991), without reflection."""
    a, b = source.mean(0), target.mean(0)
    u, s, vt = np.linalg.svd((target - b).T @ (source - a))
    sign = np.array([1.0, np.sign(np.linalg.det(u @ vt))])
    turn = (u * sign) @ vt
    scale = float((s * sign).sum() / ((source - a) ** 2).sum())
    return scale, turn, b - scale * turn @ a


def _bend(
    places: npt.NDArray[np.float64],
    anchors: npt.NDArray[np.float64],
    steps: npt.NDArray[np.float64],
    face_width: float,
    stiff: float = STIFF,
) -> npt.NDArray[np.float64]:
    """(n, 2) displacement at `places` of the smoothest bend that moves the anchors by `steps`."""
    centre = anchors.mean(0)
    spline = RBFInterpolator((anchors - centre) / face_width, steps, kernel="thin_plate_spline", smoothing=stiff)
    return np.asarray(spline((places - centre) / face_width), np.float64)

"""Pictures of a portrait's faces: one cut-out each, and one on which a face was placed by hand."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER, INNER_MOUTH, OVAL
from avatar_app.inputs.portrait.framing import resample
from avatar_app.inputs.portrait.manual_points import fit_points, parse_points
from avatar_app.inputs.portrait.picture import open_picture
from avatar_app.inputs.portrait.portrait import numbered_faces
from avatar_app.types import Image

CUT = 160  # pixels across a cut-out
ROOM = 0.75  # of the face's size around its middle
INK = (20, 184, 166)
SHOWN = 640  # pixels, longer side of the picture of a placed face


def crops(path: str) -> list[Image]:
    """(CUT, CUT, 3) uint8 of every face in a picture, from left to right."""
    picture, faces = numbered_faces(path)
    return [_crop(picture, marks) for marks in faces]


def _crop(picture: Image, marks: npt.NDArray[np.float32]) -> Image:
    low, high = marks[:, :2].min(0), marks[:, :2].max(0)
    reach = ROOM * float((high - low).max())
    left, top = np.maximum(np.round((low + high) / 2 - reach), 0).astype(int)
    return resample(picture[top : top + round(2 * reach), left : left + round(2 * reach)], (CUT, CUT))


def placed(path: str, points: str) -> Image:
    """The picture with the outline of the face that was fitted to points: (H, W, 3) uint8."""
    read = open_picture(path)
    picture = read.pixels
    marks = fit_points(parse_points(points), picture, read.scale)
    scale = min(1.0, SHOWN / max(picture.shape[:2]))
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    out = resample(picture, size).copy()
    rings = [*((*EYE_UPPER[side], *EYE_LOWER[side][-2:0:-1]) for side in ("Left", "Right")), INNER_MOUTH, OVAL]
    for ring in rings:
        line = np.round(marks[list(ring), :2] * scale * 8).astype(np.int32)
        cv2.polylines(out, [line], True, INK, 2, cv2.LINE_AA, 3)  # type: ignore[call-overload]
    return out

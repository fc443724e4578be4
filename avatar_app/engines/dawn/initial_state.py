"""What DAWN is told of the portrait: a square filled by the face, where in it the face is, and how head and eyes are.

The published system fits 3DDFA_V2 to 68 points, whose face model is for academic use only. Only the change since the
portrait reaches the pictures, so the 68 points are taken from this project's own landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit_rig import head_pose
from avatar_app.inputs.portrait.framing import resample
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.types import Array, Image

# The 68 points of iBUG 300-W (Sagonas et al. 2013) among the 478 landmarks: jaw from the picture's left, brows, nose,
# eyes, outer and inner lips.
POINTS = (
    162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389,
    71, 63, 105, 66, 107, 336, 296, 334, 293, 301,
    168, 197, 5, 4, 75, 97, 2, 326, 305,
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181,
    78, 82, 13, 312, 308, 317, 14, 87,
)  # fmt: skip
LEFT_EYE = ((43, 47), (45, 42))  # of the subject: two points across, two along
RIGHT_EYE = ((37, 41), (39, 36))
USUAL = (4.79e-4, 56.5, 64.9)  # scale and place of a face in the detector's crop, where every face looks alike
# Of the square, in heights from brow to chin or face widths, whichever is more: the published fallback box is half of
# its picture. The square's middle lies so much of the side above the face's: there is hair, too.
SIDE, RAISED = 1.9, 0.08


@dataclass(frozen=True)
class InitialState:
    """square: (left, top, side) on the canvas, pixels. crop: (R, R, 3) uint8. box: (6,) the face in the crop: x_min,
    x_max, y_min, y_max, height, width. pose: (6,) yaw, pitch, roll in degrees, scale, x, y. eyes: (2,) openings."""

    square: tuple[int, int, int]
    crop: Image
    box: Array
    pose: Array
    eyes: Array


def initial_state(portrait: Portrait, resolution: int) -> InitialState:
    """Of a portrait, for a model of so many pixels."""
    canvas, marks = portrait.whole()
    points = marks[list(POINTS)]
    left, top, side = face_square(points, canvas.shape[1], canvas.shape[0])
    crop = resample(canvas[top : top + side, left : left + side], (resolution, resolution))
    low, high = ((edge - [left, top]) * resolution / side for edge in (points[:, :2].min(0), points[:, :2].max(0)))
    box = np.array([low[0], high[0], low[1], high[1], resolution, resolution], np.float32)
    pitch, yaw, roll = head_pose(marks)
    pose = np.array([-yaw, pitch, roll, *USUAL], np.float32)
    return InitialState((left, top, side), crop, box, pose, eye_openings(points))


def face_square(points: npt.NDArray[np.floating], width: int, height: int) -> tuple[int, int, int]:
    """(left, top, side) around the 68 points, inside a picture of so many pixels."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    side = min(round(SIDE * float((high - low).max())), width, height)
    middle = (low + high) / 2 - [0, RAISED * side]
    left, top = (
        int(np.clip(round(float(at) - side / 2), 0, most - side))
        for at, most in zip(middle, (width, height), strict=True)
    )
    return left, top, side


def eye_openings(points: npt.NDArray[np.floating]) -> Array:
    """(2,) of the left and the right eye: height over width, in three dimensions; about 0.3, closed 0."""

    def apart(pair: tuple[int, int]) -> float:
        return float(np.linalg.norm(points[pair[0]] - points[pair[1]]))

    return np.array([apart(across) / max(apart(along), 1e-6) for across, along in (LEFT_EYE, RIGHT_EYE)], np.float32)

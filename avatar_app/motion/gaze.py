"""Gaze: eyeLook coefficients as angles and back, and saccades as quick as eyes are.

Angles are (T, 2) degrees of the eyes in the head, [:, 0] + down and [:, 1] + to the subject's left.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.request import FPS
from avatar_app.types import Array

EYE_DEGREES = 30.0  # eye rotation at coefficient 1 of an eyeLook shape
STEADY_GAZE = np.array((0.5, 0.75))  # share of a nod and of a turn that the eyes undo
JUMP = 14.0  # degrees a second; gaze that moves faster is on its way to another place
LONGEST_JUMP = 8  # frames; what takes longer is no saccade but a look that is meant to be slow
SMALLEST_JUMP = 1.5  # degrees
_NAMES = tuple(
    tuple(ARKIT_INDEX[f"eyeLook{way}"] for way in ways)
    for ways in (
        ("DownLeft", "DownRight"),
        ("UpLeft", "UpRight"),
        ("OutLeft", "InRight"),
        ("InLeft", "OutRight"),
    )
)


def eye_angles(face: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(T, 2) degrees, the mean of both eyes, of (T, 52 or more) coefficients."""
    down, up, left, right = (face[:, list(pair)].sum(axis=1) for pair in _NAMES)
    return np.asarray(EYE_DEGREES / 2 * np.stack([down - up, left - right], axis=1))


def look(face: Array, eyes: npt.NDArray[Any]) -> None:
    """Writes (T, 2) angles into (T, 52 or more) coefficients, both eyes alike; lids follow through eyeLookDown."""
    for pair, amount in zip(_NAMES, (eyes[:, 0], -eyes[:, 0], eyes[:, 1], -eyes[:, 1]), strict=True):
        face[:, list(pair)] = np.maximum(amount / EYE_DEGREES, 0)[:, None]


def sharpen_saccades(values: Array) -> None:
    """Makes gaze jump, in place, where a denoiser lets it glide from place to place within a third of a second.

    values: (T, 58). A saccade of 10 degrees takes 43 ms (Bahill 1975), about a frame. What glides longer, and what
    follows the head, stays as it is.
    """
    eyes = eye_angles(values)
    undone = STEADY_GAZE * np.rad2deg(values[:, 52:54])
    gaze = eyes + undone  # in space: there it rests between jumps
    speed = np.linalg.norm(np.diff(gaze, axis=0), axis=1) * FPS
    moving = np.concatenate([[False], speed > JUMP, [False]]).astype(int)
    edges = np.flatnonzero(np.diff(moving))
    sharp = gaze.copy()
    for first, last in zip(edges[::2], edges[1::2], strict=True):  # steps between frames `first` and `last`
        way = gaze[last] - gaze[first]
        if not 2 <= last - first <= LONGEST_JUMP or np.linalg.norm(way) < SMALLEST_JUMP:
            continue
        steps = speed[first:last]
        centre = first + 0.5 + float(steps @ np.arange(last - first) / steps.sum())
        share = np.clip(np.arange(first, last + 1) - centre + 0.5, 0, 1)[:, None]
        sharp[first : last + 1] = gaze[first] + share * way
    look(values, sharp - undone)

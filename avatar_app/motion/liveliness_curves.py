"""Curves of a moving face that liveliness is measured on, of a motion or of a tracked film, in the same units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import fit_basis, load_rig
from avatar_app.face.landmark_indices import (
    BROW,
    EYE_CORNERS,
    EYE_LOWER,
    EYE_UPPER,
    INNER_LOWER,
    INNER_MOUTH_CORNERS,
    INNER_UPPER,
    IRIS,
    MOUTH_CORNERS,
)
from avatar_app.motion.gaze import eye_angles
from avatar_app.types import Array

SIDES = ("Left", "Right")


@dataclass(frozen=True)
class Curves:
    """What one person's face did, T frames at 25 fps.

    angles: (T, 3) degrees, axes of MotionClip.head_rotation (+ looks down, turns to the subject's left, leans
    counter-clockwise as seen). place: (T, 3) head widths. eyes: (T, 2) degrees in the head, + down, + subject's left.
    lids: (T,) opening of the eyes, 1 as usual, 0 shut. In interocular distances, (T,): brow, height over the eyes; gap
    between the middles of the inner lips, 0 or more; width between the mouth's corners; corners, how much higher the
    left one is than the right; sideways, of the mouth to the subject's left; pairs, (T, P), between lip points. ARKit
    coefficients: jaw, pucker, brow_inner (T,), smile (T, 2) left and right. talking: (T,), None where nobody knows.
    """

    angles: Array
    place: Array
    eyes: Array
    lids: Array
    brow: Array
    gap: Array
    width: Array
    corners: Array
    sideways: Array
    pairs: Array
    jaw: Array
    pucker: Array
    brow_inner: Array
    smile: Array
    talking: npt.NDArray[np.bool_] | None = None

    def __len__(self) -> int:
        return len(self.angles)


def curves_of_motion(values: Array, talking: npt.NDArray[np.bool_] | None = None) -> Curves:
    """Curves of (T, 58) motion in CHANNEL_NAMES order, on the rig's own face; nothing is drawn."""
    rig = load_rig()
    face = np.clip(values[:, :52], 0, 1)
    placed = rig.neutral + np.tensordot(face.astype(np.float32), _basis(), 1)
    angles = np.rad2deg(values[:, 52:55])
    return face_curves(placed, rig.neutral, face, angles, values[:, 55:58], talking)


@lru_cache(maxsize=1)
def _basis() -> Array:
    return fit_basis(load_rig().neutral)


def face_curves(
    placed: Array,
    rest: Array,
    face: Array,
    angles: Array,
    place: Array,
    talking: npt.NDArray[np.bool_] | None = None,
) -> Curves:
    """Curves of (T, 478, 3) landmarks turned to the front, and of the (T, 52) coefficients read from them.

    rest: (478, 3) of the same face at rest. angles, place: (T, 3) of the head, see Curves.
    """
    unit = float(np.linalg.norm(rest[IRIS["Left"][0]] - rest[IRIS["Right"][0]]))
    marks = placed / unit
    right, left = MOUTH_CORNERS
    corners = [i for pair in EYE_CORNERS.values() for i in pair]
    eyes = marks[:, corners].mean(axis=1)
    brows = marks[:, [i for row in BROW.values() for i in row]].mean(axis=1)
    upper, lower = marks[:, list(INNER_UPPER)], marks[:, list(INNER_LOWER)]
    across = marks[:, [MOUTH_CORNERS[0], INNER_MOUTH_CORNERS[0]]] - marks[:, [MOUTH_CORNERS[1], INNER_MOUTH_CORNERS[1]]]
    apart = np.concatenate([upper - lower, across], axis=1)

    def channel(name: str) -> Array:
        return face[:, ARKIT_INDEX[name]]

    return Curves(
        angles=angles,
        place=place,
        eyes=eye_angles(face),
        lids=lid_opening(placed, rest),
        brow=eyes[:, 1] - brows[:, 1],
        gap=np.maximum((lower - upper)[:, len(INNER_UPPER) // 2, 1], 0),
        width=np.linalg.norm(marks[:, right] - marks[:, left], axis=1),
        corners=marks[:, right, 1] - marks[:, left, 1],
        sideways=(marks[:, right, 0] + marks[:, left, 0]) / 2 - eyes[:, 0],
        pairs=np.linalg.norm(apart, axis=2),
        jaw=channel("jawOpen"),
        pucker=channel("mouthPucker"),
        brow_inner=channel("browInnerUp"),
        smile=np.stack([channel(f"mouthSmile{side}") for side in SIDES], axis=1),
        talking=talking,
    )


def lid_opening(placed: Array, rest: Array) -> Array:
    """(T,) opening of the eyes of (T, 478, 3), the mean of both, as a share of that of `rest` (478, 3)."""
    return np.asarray(np.mean([_opening(placed, side) / _opening(rest[None], side) for side in SIDES], axis=0))


def _opening(placed: Array, side: str) -> Array:
    upper, lower = placed[:, list(EYE_UPPER[side])], placed[:, list(EYE_LOWER[side])]
    span = np.linalg.norm(upper[:, 0] - upper[:, -1], axis=1)
    gap = np.linalg.norm(upper[:, 3:6] - lower[:, 3:6], axis=2).mean(axis=1)
    return np.asarray(gap / np.maximum(span, 1e-6))

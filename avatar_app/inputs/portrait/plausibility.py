"""Mesh plausibility: whether landmarks lie on a face's eyes, nose and mouth, or were laid on something else.

The landmark network lays a face on whatever it is shown: on a cat's cheek, a snout, a head seen from the side. Each
sign below is weak alone; a logistic regression weighs them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.face.arkit_rig import align, head_pose, load_rig
from avatar_app.face.landmark_indices import (
    EYE_CORNERS,
    IRIS,
    MOUTH_CORNERS,
    NOSE_TIP,
    SKIN_LANDMARKS,
    UPPER_LIP_INSIDE,
)
from avatar_app.face.presence import SeenFace
from avatar_app.inputs.portrait.face_contrast import grey_levels, line_contrast
from avatar_app.types import Array, Image

FEATURES = (IRIS["Right"][0], IRIS["Left"][0], NOSE_TIP, UPPER_LIP_INSIDE)  # as SeenFace.features
FAR_APART = 0.25  # face sizes between the networks' places beyond which it does not matter how much
EVEN = 25.0  # grey levels: least spread of a face that its eyes and lips are compared with
UNSEEN = 2.0  # grey levels of contrast that say nothing
TURNING = 30.0  # degrees of yaw from which on a far eye is hard to see

# Weights of Signs.values(), and a constant, fitted by benchmarks/plausibility.py.
WEIGHTS = (1.2, -1.8, 0.7, 1.3, -1.5, -2.5)
CONSTANT = 6.1


@dataclass(frozen=True)
class Signs:
    """What speaks for and against a mesh.

    sureness: 0 to 1, the face detector's. apart: face sizes, mean distance of the eyes, nose and mouth of the two
    networks; that is symmetry, too: the detector does not know the mesh's proportions. eyes, lips: contrast of the
    fainter eye and of the mouth, over the spread of the face's grey levels. misfit: face sizes (root mean square)
    between the mesh and an average face turned the same way. yaw: degrees to either side.
    """

    sureness: float
    apart: float
    eyes: float
    lips: float
    misfit: float
    yaw: float

    def values(self) -> Array:
        """(6,) float32, each about 1 where it matters."""
        turned = max(self.yaw - TURNING, 0) / 20
        signs = [(self.sureness - 0.65) / 0.1, self.apart / 0.05, np.log(self.eyes / 0.3), np.log(self.lips / 0.5)]
        return np.array([*signs, self.misfit / 0.02, turned], np.float32)


def plausibility(signs: Signs) -> float:
    """0 to 1: how likely the mesh lies where a person would see the eyes, the nose and the mouth."""
    return float(1 / (1 + np.exp(-(signs.values() @ np.array(WEIGHTS) + CONSTANT))))


def read_signs(pixels: Image, marks: Array, seen: SeenFace) -> Signs:
    """What speaks for and against landmarks (478, 3) in (H, W, 3) uint8 RGB, in which the detector sees `seen`."""
    size = float(np.linalg.norm(np.ptp(marks[:, :2], axis=0))) / 2**0.5
    apart = FAR_APART
    if seen.features is not None:
        off = np.linalg.norm(marks[list(FEATURES), :2] - seen.features, axis=1).mean() / size
        apart = min(float(off), FAR_APART)
    levels = grey_levels(pixels, marks)
    spread = max(float(np.subtract(*np.percentile(levels, [95, 5]))), EVEN) if len(levels) else EVEN
    eyes, lips = (
        min(line_contrast(pixels, *(marks[row, :2] for row in rows)) for rows in pairs)
        for pairs in (EYE_CORNERS.values(), [MOUTH_CORNERS])
    )
    skin = marks[:SKIN_LANDMARKS]
    average = load_rig().neutral[:SKIN_LANDMARKS]
    scale, rotation, shift = align(average, skin)
    missed = (scale * average @ rotation.T + shift - skin)[:, :2]
    misfit = float(np.sqrt((missed**2).sum(1).mean())) / size
    yaw = abs(head_pose(marks)[1])
    return Signs(seen.score, apart, max(eyes, UNSEEN) / spread, max(lips, UNSEEN) / spread, misfit, float(yaw))

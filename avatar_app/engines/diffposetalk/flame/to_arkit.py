"""FLAME motion to the 52 face actions: what the published models say, on any portrait or head of this project.

Every frame's landmarks on the FLAME head are explained by the same displacements that the portrait renderer applies, so
that a portrait driven by the result does what the FLAME head did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.signal import savgol_filter
from scipy.spatial.transform import Rotation
from torch import Tensor

from avatar_app.engines.diffposetalk.flame.anchors import Anchors, find_anchors, pose_of
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import fit_basis
from avatar_app.face.landmark_indices import (
    CHIN,
    EYE_LOWER,
    EYE_UPPER,
    FACE_SIDES,
    FOREHEAD,
    INNER_LOWER,
    INNER_UPPER,
    IRIS,
    LANDMARKS,
)
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.landmark_motion import USUAL, bounded_fit
from avatar_app.types import Array

PART = 50  # frames whose vertices are held at a time
NOISE = 0.005  # face widths, of a landmark: error of its place and of a rig that is not this person's
RARE = 0.05  # how far talkers move the actions that USUAL does not name
DEPTH = 0.6  # weight of motion toward the viewer, which pictures hardly show
LIDS, LIPS = 2.0, 2.0  # weights of the lids and of the inner lips: the openings are what is seen
SMOOTH = 5  # frames of a Savitzky-Golay filter of second order
# FLAME's eyes rest and its mouth has no tongue; blinks are measured by themselves.
_FITTED = [i for i, name in enumerate(ARKIT_NAMES) if not name.startswith(("eyeLook", "eyeBlink", "tongue"))]
_SPREAD = np.array([next((v for k, v in USUAL.items() if ARKIT_NAMES[i].startswith(k)), RARE) for i in _FITTED])
_DOWN = np.array([1, -1, 1], np.float32)  # between metres, y up, and the rig's axes, y down


@dataclass(frozen=True)
class FlameFace:
    """One FLAME head at rest: its model, shape (100,), landmarks and the actions' displacements on them.

    rest: (478, 3) metres, y down. basis: (52, 478, 3) face widths. width: metres. root: (3,) metres, y down, the joint
    about which FLAME turns the head.
    """

    flame: Flame
    shape: Tensor
    anchors: Anchors
    rest: Array
    basis: Array
    width: float
    root: Array

    @classmethod
    def of(cls, flame: Flame, shape: Tensor, anchors: Anchors | None = None) -> FlameFace:
        """Finds the landmarks unless they are given; a second or two."""
        anchors = anchors or find_anchors(flame, shape)
        vertices = pose_of(flame, shape)
        rest = anchors.of(vertices) * _DOWN
        right, left = FACE_SIDES
        width = float(np.linalg.norm(rest[left] - rest[right]))
        root = (flame.J_regressor.numpy() @ vertices)[0] * _DOWN
        return cls(flame, shape, anchors, rest, fit_basis(rest) / width, width, root)

    def motion(self, exp: Tensor, pose: Tensor) -> MotionClip:
        """The clip of exp (T, 50) and pose (T, 6, radians) at 25 fps."""
        still = torch.cat([torch.zeros_like(pose[:, :3]), pose[:, 3:]], dim=1)
        placed = np.concatenate([self.anchors.of(part) for part in vertices_of(self.flame, self.shape, exp, still)])
        face = fit_actions((placed * _DOWN).astype(np.float32), self.rest, self.basis, self.width)
        if len(face) >= SMOOTH:
            face = savgol_filter(face, SMOOTH, 2, axis=0)
        turn = pose[:, :3].numpy().astype(np.float32)
        return MotionClip.from_values(np.concatenate([face, turn, self._translation(turn)], axis=1))

    def _translation(self, turn: Array) -> Array:
        """(T, 3) head widths: FLAME turns the head about another joint than MotionClip, which moves the latter's."""
        rest = self.rest
        middle = rest[list(FACE_SIDES)].mean(0)
        pivot = middle + 0.3 * (rest[CHIN] - rest[FOREHEAD]) - np.array([0, 0, 0.1 * self.width])
        arm = (pivot - self.root) * _DOWN / self.width
        return np.asarray(Rotation.from_rotvec(turn).apply(arm) - arm, np.float32)


def vertices_of(flame: Flame, shape: Tensor, exp: Tensor, pose: Tensor) -> Iterator[Array]:
    """(n, V, 3) metres, PART frames at a time, of exp (T, 50) and pose (T, 6)."""
    for start in range(0, len(exp), PART):
        span = slice(start, start + PART)
        with torch.inference_mode():
            made = flame(shape.expand(len(exp[span]), -1), exp[span], pose[span])
        yield made.numpy().astype(np.float32)


def fit_actions(placed: Array, rest: Array, basis: Array, width: float) -> Array:
    """(T, 52) in [0, 1] that best explain landmarks (T, 478, 3) against `rest`, by bounded least squares.

    basis: (52, 478, 3) in face widths of `width`. Lids first: how far an eye is shut is read from its opening.
    """
    values = np.zeros((len(placed), len(ARKIT_NAMES)), np.float32)
    for side in ("Left", "Right"):
        upper, lower = list(EYE_UPPER[side][3:6]), list(EYE_LOWER[side][3:6])
        opening = (placed[:, lower, 1] - placed[:, upper, 1]).mean(1)  # below zero where the lids pass each other
        usual = float((rest[lower, 1] - rest[upper, 1]).mean())
        values[:, ARKIT_INDEX[f"eyeBlink{side}"]] = np.clip(1 - opening / max(usual, 1e-6), 0, 1)
    moved = (placed - rest) / width - np.tensordot(values, basis, 1)
    weight = landmark_weights()
    design = (basis[_FITTED] * weight).reshape(len(_FITTED), -1)
    normal = design @ design.T + np.diag((NOISE / _SPREAD) ** 2)
    goal = (moved * weight).reshape(len(moved), -1) @ design.T
    values[:, _FITTED] = bounded_fit(normal, goal, np.zeros(len(_FITTED)))
    return np.clip(values, 0, 1).astype(np.float32)


def landmark_weights() -> Array:
    """(478, 3): how much the motion of each landmark counts, per axis."""
    weight = np.ones((LANDMARKS, 3), np.float32)
    weight[:, 2] = DEPTH
    weight[[i for rows in (EYE_UPPER, EYE_LOWER) for row in rows.values() for i in row]] *= LIDS
    weight[[*INNER_UPPER, *INNER_LOWER]] *= LIPS
    weight[[i for row in IRIS.values() for i in row]] = 0
    return weight

"""Rigid parts of a face, such as teeth and eyeballs: where head pose puts them, as an affine of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.render.portrait.deformation_mesh import DeformationMesh
from avatar_app.types import Array


@dataclass(frozen=True)
class Anchor:
    """points: (n, 3) float32 of the resting face, pixels. fit: (n, 3), what takes where they went to an affine.

    depth, whole: (n,) float32, their z, and ones: they go all the way with the head.
    """

    points: Array
    fit: Array
    depth: Array
    whole: Array

    def place(self, mesh: DeformationMesh, rotation: Array, translation: Array, shift: Array | None = None) -> Array:
        """(2, 3) affine that fits best where head pose, and a shift of (3,) pixels before it, put the points."""
        start = self.points if shift is None else (self.points + shift).astype(np.float32)
        moved = mesh.pose(start, self.depth, self.whole, rotation, translation)
        return (moved[:, :2].T @ self.fit).astype(np.float32)


def anchored(points: Array) -> Anchor:
    """points: (n, 3) of the resting face, pixels, at least three and not all on a line."""
    rest = points.astype(np.float32)
    known = np.column_stack([points[:, :2], np.ones(len(points))])
    fit = np.linalg.pinv(known).T
    return Anchor(rest, fit, np.ascontiguousarray(rest[:, 2]), np.ones(len(rest), np.float32))

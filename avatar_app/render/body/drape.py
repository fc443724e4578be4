"""How loose cloth hangs: around trunk and legs it lies on convex tubes that fall straight from what is widest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import ConvexHull

from avatar_app.types import Array

STEP = 0.015  # metres between the slices of a tube
ANGLES = 48
REACH = 0.02  # metres above and below a slice of what it is laid around


@dataclass(frozen=True)
class Tube:
    """heights: (n,) metres, downward. centres: (n, 2) x and z. radii: (n, ANGLES) metres around them."""

    heights: Array
    centres: Array
    radii: Array

    @classmethod
    def around(cls, points: Array, top: float, low: float, taper: float) -> Tube:
        """Around points (m, 3). taper: metres that a metre of fall may bring the cloth back to the body."""
        heights = np.arange(top, low - STEP, -STEP)
        radii, centres = np.zeros((len(heights), ANGLES)), np.zeros((len(heights), 2))
        for k, height in enumerate(heights):
            near = points[np.abs(points[:, 1] - height) < REACH][:, [0, 2]]
            if len(near) < 8:
                radii[k], centres[k] = radii[k - 1], centres[k - 1]
                continue
            centres[k] = (near.min(0) + near.max(0)) / 2
            radii[k] = _radii(near - centres[k])
        centres = gaussian_filter(centres, (3, 0), mode="nearest")
        radii = gaussian_filter(radii, (1.5, 1.0), mode=("nearest", "wrap"))
        for k in range(1, len(heights)):
            radii[k] = np.maximum(radii[k], radii[k - 1] - taper * STEP)
        return cls(heights, centres, gaussian_filter(radii, (1.0, 0.7), mode=("nearest", "wrap")))

    def push(self, vertices: Array, share: Array, offset: float) -> Array:
        """(n, 3): vertices moved outward onto the tube and `offset` metres beyond, by share (n,)."""
        row = np.clip((self.heights[0] - vertices[:, 1]) / STEP, 0, len(self.heights) - 1.001)
        k, mix = row.astype(int), (row % 1)[:, None]
        centre = self.centres[k] * (1 - mix) + self.centres[k + 1] * mix
        away = vertices[:, [0, 2]] - centre
        reach = np.maximum(np.linalg.norm(away, axis=1), 1e-4)
        angle = (np.arctan2(away[:, 0], away[:, 1]) / (2 * np.pi) % 1) * ANGLES
        a, part = angle.astype(int) % ANGLES, angle % 1
        b = (a + 1) % ANGLES
        upper = self.radii[k, a] * (1 - part) + self.radii[k, b] * part
        lower = self.radii[k + 1, a] * (1 - part) + self.radii[k + 1, b] * part
        wanted = np.maximum(upper * (1 - mix[:, 0]) + lower * mix[:, 0] + offset, reach)
        factor = 1 + share * (wanted / reach - 1)
        out = vertices.copy()
        out[:, [0, 2]] = centre + away * factor[:, None]
        return np.asarray(out, np.float32)


def _radii(points: Array) -> Array:
    """(ANGLES,) how far the convex hull of points (n, 2) around 0 reaches; angle 0 is the second axis."""
    corners = points[ConvexHull(points).vertices]
    angle = 2 * np.pi * np.arange(ANGLES) / ANGLES
    ways = np.stack([np.sin(angle), np.cos(angle)], 1)
    start, side = corners, np.roll(corners, -1, axis=0) - corners
    # Where the ray meets each side's line: start + s * side = r * way.
    cross = ways[:, None, 0] * side[None, :, 1] - ways[:, None, 1] * side[None, :, 0]
    cross = np.where(np.abs(cross) < 1e-12, 1e-12, cross)
    r = (start[None, :, 0] * side[None, :, 1] - start[None, :, 1] * side[None, :, 0]) / cross
    s = (start[None, :, 0] * ways[:, None, 1] - start[None, :, 1] * ways[:, None, 0]) / cross
    met = (s >= -1e-6) & (s <= 1 + 1e-6) & (r > 0)
    return np.asarray(np.where(met, r, 0).max(1), np.float32)


def ramp(values: Array, start: float, end: float) -> Array:
    """0 at start, 1 at end and beyond, smooth between."""
    share = np.clip((values - start) / (end - start), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)

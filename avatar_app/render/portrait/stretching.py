"""How far a portrait's head may turn before what it shows is plainly stretched.

The side that a turn brings to the front was seen at a slant: few pixels of the picture become many. How soon that is
seen depends on the head's shape, on its own turn and on the hair, so it is measured on the portrait's own mesh.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from avatar_app.render.portrait.deformation_mesh import DeformationMesh
from avatar_app.render.portrait.pose import LEAST, rotation_matrix
from avatar_app.types import Array, Image

ANGLES = np.arange(6.0, 31.0, 4.0)  # degrees at which it is measured
STRETCHED = 2.0  # times as long as in the picture
MOST = 0.06  # of the face's width squared that may be stretched so
HEAD = 0.6  # share of the head's pose from which on a triangle counts
PERSON = 128  # of 255 that a triangle's middle shows of the person
TINY = 1e-4  # of the face's width squared: slivers are stretched by any turn


def holding_turns(mesh: DeformationMesh, person: Image) -> Array:
    """(2,) degrees to the picture's left and right up to which little is stretched.

    person: (H, W) uint8, how much of each pixel is person.
    """
    middle = mesh.points[mesh.triangles, :2].mean(1).round().astype(int)
    x, y = np.clip(middle, 0, np.array(person.shape[::-1]) - 1).T
    shown = (person[y, x] > PERSON) & (mesh.head[mesh.triangles].min(1) > HEAD)
    triangles = mesh.triangles[shown]
    rest = _edges(mesh.points, triangles)
    area = np.linalg.det(rest)
    large = np.abs(area) > TINY * mesh.face_width**2
    triangles, back, way = triangles[large], np.linalg.inv(rest[large]), np.sign(area[large])
    still = np.zeros((mesh.follow.shape[1], 3), np.float32)

    def stretched(yaw: float) -> float:
        moved = mesh.move(still, rotation_matrix(np.radians([0, yaw, 0])), np.zeros(3, np.float32))
        edges = _edges(moved, triangles)
        covers = np.linalg.det(edges) * way / 2
        longest = np.linalg.svd(edges @ back, compute_uv=False)[:, 0]
        return float(covers[(longest > STRETCHED) & (covers > 0)].sum()) / mesh.face_width**2

    def reach(side: int) -> float:
        shares = np.maximum.accumulate([stretched(side * angle) for angle in ANGLES])
        return float(np.interp(MOST, np.append(0, shares), np.append(0, ANGLES))) if shares[-1] > MOST else ANGLES[-1]

    return np.maximum([reach(-1), reach(1)], LEAST).astype(np.float32)


def _edges(points: Array, triangles: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """(n, 2, 2): two edges of each triangle, as columns."""
    corners = points[triangles, :2].astype(np.float64)
    return np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]], 2)

"""Deformation mesh of a portrait: the face mesh, subdivided, and a grid over the picture around it.

Built once per portrait. Everything per frame is one sparse product (landmark motion to vertex motion) and one pose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.spatial import Delaunay

from avatar_app.face.arkit_rig import face_width, load_rig
from avatar_app.face.landmark_indices import CHIN, FACE_SIDES, FOREHEAD, SKIN_LANDMARKS
from avatar_app.face.topology import (
    rings,
    subdivide,
    subdivided_ring,
    subdivision_matrix,
    triangulate_opening,
    wind_clockwise,
)
from avatar_app.render.compiled import compiled
from avatar_app.render.layers.person import BEHIND
from avatar_app.render.portrait.head_depth import flattened, outer_depth
from avatar_app.render.portrait.vertex_weights import (
    breath_motion,
    freedom,
    head_weight,
    on_shoulders,
    oval_weights,
)
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Image, Ints

GRID = 26  # grid cells along the picture
CAMERA = 7.0  # face widths from the camera to the face


@dataclass(frozen=True)
class DeformationMesh:
    """points: (V, 3) float32 at rest, pixels. triangles: (F, 3). follow: sparse (V, 478), landmark to vertex motion.

    head: (V,) float32, how much each vertex follows the head's pose. free: (V, 4) float32 in [0, 1], how far it may go
    right, left, down and up: nothing leaves the edge of the picture inward, or it would uncover what never was.
    breath: (V, 3) pixels by which a full breath moves each vertex.
    rings: vertices around the openings. pivot: (3,) about which the head turns. face_width: pixels. centre: (2,) the
    camera's axis. box: (left, top, right, bottom) outside which nothing moves; triangles are kept only where they can
    move and show some of the person. area: (size, size) bool, what moving triangles cover at rest, person or not.
    """

    points: Array
    triangles: Ints
    follow: Any
    head: Array
    free: Array
    breath: Array
    rings: dict[str, npt.NDArray[np.int64]]
    pivot: Array
    face_width: float
    centre: Array
    box: tuple[int, int, int, int]
    area: npt.NDArray[np.bool_]

    def move(self, motion: Array, rotation: Array, translation: Array, breath: float = 0.0) -> Array:
        """(V, 3) vertices after landmark motion (478, 3), a rotation (3, 3) and a translation (3,), pixels.

        breath: 0 as in the picture, 1 lungs full.
        """
        moved, f = np.empty_like(self.points), self.follow
        lifted = np.float32(breath)
        _follow(self.points, f.data, f.indices, f.indptr, motion.astype(np.float32), self.breath, lifted, moved)
        return self.pose(moved, self.points[:, 2], self.head, rotation, translation, self.free)

    def pose(
        self,
        moved: Array,
        rest_depth: Array,
        head: Array,
        rotation: Array,
        translation: Array,
        free: Array | None = None,
    ) -> Array:
        """Turns points (n, 3) with the head as far as `head` (n,) says, in perspective; still heads are unchanged.

        free: (n, 4), how far points may go right, left, down and up; everywhere when absent.
        """
        limits = np.empty((0, 4), np.float32) if free is None else free
        shift, out = np.asarray(translation, np.float32), np.empty(moved.shape, np.float32)
        _pose(moved, rest_depth, head, limits, rotation, self.pivot, shift, self.centre, self.distance, out)
        return out

    @property
    def distance(self) -> float:
        """Pixels from the camera to the face."""
        return CAMERA * self.face_width


@compiled(fastmath=True)
def _follow(
    points: Any, data: Any, indices: Any, starts: Any, motion: Any, breath: Any, breathed: Any, out: Any
) -> None:
    for v in range(points.shape[0]):
        x = points[v, 0] + breathed * breath[v, 0]
        y = points[v, 1] + breathed * breath[v, 1]
        z = points[v, 2] + breathed * breath[v, 2]
        for m in range(starts[v], starts[v + 1]):
            share, k = data[m], indices[m]
            x, y, z = x + share * motion[k, 0], y + share * motion[k, 1], z + share * motion[k, 2]
        out[v, 0], out[v, 1], out[v, 2] = x, y, z


@compiled(fastmath=True)
def _pose(
    moved: Any,
    depth: Any,
    head: Any,
    free: Any,
    turn: Any,
    pivot: Any,
    shift: Any,
    centre: Any,
    distance: Any,
    out: Any,
) -> None:
    for v in range(moved.shape[0]):
        x, y, z = moved[v, 0] - pivot[0], moved[v, 1] - pivot[1], moved[v, 2] - pivot[2]
        step_x = turn[0, 0] * x + turn[0, 1] * y + turn[0, 2] * z + shift[0] - x
        step_y = turn[1, 0] * x + turn[1, 1] * y + turn[1, 2] * z + shift[1] - y
        step_z = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2] * z + shift[2] - z
        out[v, 2] = moved[v, 2] + head[v] * step_z
        nearer = (distance - depth[v]) / (distance - out[v, 2])
        placed_x, placed_y = moved[v, 0] + head[v] * step_x, moved[v, 1] + head[v] * step_y
        step_x = centre[0] + (placed_x - centre[0]) * nearer - moved[v, 0]
        step_y = centre[1] + (placed_y - centre[1]) * nearer - moved[v, 1]
        if free.shape[0] > 0:
            step_x *= free[v, 0] if step_x > 0 else free[v, 1]
            step_y *= free[v, 2] if step_y > 0 else free[v, 3]
        out[v, 0], out[v, 1] = moved[v, 0] + step_x, moved[v, 1] + step_y


def build_deformation_mesh(landmarks: Array, person: Image) -> DeformationMesh:
    """The mesh of a portrait with landmarks (478, 3); person: (size, size), how much of each pixel is person."""
    size, width = len(person), face_width(landmarks)
    skin = flattened(landmarks[:SKIN_LANDMARKS], landmarks)
    middles, fine = subdivide(load_rig().triangles)
    face_points = np.concatenate([skin, skin[middles].mean(1)])
    count = len(face_points)
    rows = {name: subdivided_ring(ring, middles) for name, ring in rings().items()}
    oval = rows["oval"]
    outer = _outer_points(face_points[oval], size)
    points = np.concatenate([face_points, np.column_stack([outer, np.zeros(len(outer))])]).astype(np.float32)
    head = head_weight(points, count, landmarks, points[oval, :2], width)
    head[count:] *= 1 - on_shoulders(points[count:, :2], landmarks, person, width)
    points[count:, 2] = outer_depth(outer, points[oval], landmarks, head[count:], size)
    free = freedom(points, count, size)
    outer_weights = oval_weights(outer, face_points[oval], width)
    # An expression that lifts the picture's edge would show what is behind it: hence `free`.
    follow = sparse.diags(free.min(1)) @ _following(middles, oval, outer_weights, len(landmarks))
    breath = breath_motion(points, count, landmarks, head, free)
    moving = (head > 1e-4) | (np.abs(breath).max(1) > 0.05) | (np.asarray(abs(follow).sum(1)).ravel() > 1e-4)
    openings = [triangulate_opening(rows[name]) for name in ("mouth", "Left", "Right")]
    around = _triangulate(points[:, :2], oval, count)
    triangles = wind_clockwise(points, np.concatenate([around, *openings, fine]))
    triangles = triangles[moving[triangles].any(1)]
    return DeformationMesh(
        points=points,
        triangles=triangles[_showing(points, triangles, person)],
        follow=follow.astype(np.float32),
        head=head,
        free=free,
        breath=breath,
        rings=rows,
        pivot=_pivot(landmarks, width),
        face_width=width,
        centre=np.full(2, (size - 1) / 2, np.float32),
        box=_bounds(points[triangles], size),
        area=_covered(points, triangles, size),
    )


def _following(middles: Ints, oval: npt.NDArray[np.int64], outer_weights: Array, landmarks: int) -> Any:
    """Sparse (V, 478), landmark to vertex motion: by subdivision within the face, by weights of its oval outside."""
    face = subdivision_matrix(load_rig().triangles, middles)
    skin = sparse.vstack([face, sparse.csr_matrix(outer_weights) @ face[oval]])
    return sparse.hstack([skin, sparse.csr_matrix((skin.shape[0], landmarks - SKIN_LANDMARKS))]).tocsr()


def _bounds(corners: Array, size: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of triangles (F, 3, 3) within the picture."""
    low = np.clip(np.floor(corners.min((0, 1))[:2]), 0, size - 1).astype(int)
    high = np.clip(np.ceil(corners.max((0, 1))[:2]) + 1, 1, size).astype(int)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _covered(points: Array, triangles: Ints, size: int) -> npt.NDArray[np.bool_]:
    """(size, size) pixels inside some triangle."""
    depth = np.full((size, size), FAR, np.float32)
    rasterize(points, triangles, points[:, :1].copy(), depth, np.empty((size, size, 1), np.float32))
    return depth > FAR


def _showing(points: Array, triangles: Ints, person: Image) -> npt.NDArray[np.bool_]:
    """(F,) triangles with some of the person near them: what the others show is background, which stays behind."""
    size = len(person)
    reach = 2 * round(BEHIND * size / 512) + 5
    near = np.asarray(cv2.dilate((person > 0).astype(np.uint8), np.ones((reach, reach), np.uint8)))
    total = np.asarray(cv2.integral(near))
    corners = points[triangles][..., :2]
    left, top = np.clip(np.floor(corners.min(1)), 0, size - 1).astype(int).T
    right, bottom = np.clip(np.ceil(corners.max(1)) + 1, 1, size).astype(int).T
    return np.asarray(total[bottom, right] - total[top, right] - total[bottom, left] + total[top, left] > 0)


def _pivot(landmarks: Array, width: float) -> Array:
    """(3,) where the head turns on the neck: below and behind the ears."""
    ears = landmarks[list(FACE_SIDES)]
    pivot = ears.mean(0) + 0.30 * (landmarks[CHIN] - landmarks[FOREHEAD])
    pivot[2] = ears[:, 2].mean() - 0.10 * width
    return pivot.astype(np.float32)


def _outer_points(oval: Array, size: int) -> Array:
    """(n, 2) grid points outside the face oval, up to the frame."""
    line = np.linspace(0, size - 1, GRID + 1)
    grid = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2).astype(np.float32)
    contour = cv2.convexHull(oval[:, :2].astype(np.float32))
    away = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), True) for x, y in grid])
    return grid[away < -0.35 * size / GRID]


def _triangulate(points: Array, oval: npt.NDArray[np.int64], first: int) -> Ints:
    """Delaunay triangles between the oval and the outer points, indices into `points`."""
    used = np.concatenate([oval, np.arange(first, len(points))])
    triangles = used[Delaunay(points[used]).simplices]
    middle = points[triangles].mean(1)
    contour = points[oval].astype(np.float32).reshape(-1, 1, 2)
    inside = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), False) > 0 for x, y in middle])
    on_oval = (triangles < first).all(1)
    return triangles[~(inside & on_oval)].astype(np.int32)

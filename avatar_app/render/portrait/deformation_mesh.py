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
from avatar_app.face.landmark_indices import CHIN, FACE_SIDES, FOREHEAD, SKIN_LANDMARKS, UPPER_LIP_INSIDE
from avatar_app.face.topology import (
    rings,
    subdivide,
    subdivided_ring,
    subdivision_matrix,
    triangulate_opening,
    wind_clockwise,
)
from avatar_app.render.layers.person import BEHIND
from avatar_app.render.portrait.head_depth import flattened, outer_depth
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Ints

GRID = 26  # grid cells along the picture
SPREAD = 0.35  # face widths over which the oval's motion dies away outside the face
NECK = (0.02, 0.50)  # face heights below the chin between which the head's motion dies away
NECK_ROWS = 0.35  # face heights below the chin down to which the neck is looked for
WIDER = 0.25  # face widths by which shoulders are wider than the neck, on each side
SHOULDER = (-0.05, 0.15)  # face widths into the shoulders between which the head's motion dies away
ASIDE = (0.55, 1.15)  # face widths beside the oval between which it dies away
CHEST = (0.10, 0.55)  # face heights below the chin between which breathing comes to show
RISE, WIDEN = 0.011, 0.004  # face widths by which a breath lifts shoulders and spreads them
BORDER = 0.09  # of the picture's size along its edges from which nothing comes in
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
        moved = self.points + np.asarray(self.follow @ motion, np.float32)
        if breath:
            moved = moved + np.float32(breath) * self.breath
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
        turned = (moved - self.pivot) @ rotation.T + self.pivot + translation
        placed = moved + head[:, None] * (turned - moved)
        distance = CAMERA * self.face_width
        nearer = (distance - rest_depth) / (distance - placed[:, 2])
        out = placed.copy()
        out[:, :2] = self.centre + (placed[:, :2] - self.centre) * nearer[:, None]
        if free is not None:
            step = out[:, :2] - moved[:, :2]
            out[:, :2] = moved[:, :2] + step * np.where(step > 0, free[:, 0::2], free[:, 1::2])
        return out


def build_deformation_mesh(landmarks: Array, person: npt.NDArray[np.uint8]) -> DeformationMesh:
    """The mesh of a portrait with landmarks (478, 3); person: (size, size), how much of each pixel is person."""
    triangles, size = load_rig().triangles, len(person)
    width = face_width(landmarks)
    skin = flattened(landmarks[:SKIN_LANDMARKS], landmarks)
    middles, fine = subdivide(triangles)
    face_points = np.concatenate([skin, skin[middles].mean(1)])
    smooth = subdivision_matrix(triangles, middles)
    rows = {name: subdivided_ring(ring, middles) for name, ring in rings().items()}
    oval = rows["oval"]
    outer = _outer_points(face_points[oval], size)
    follow_oval = _oval_weights(outer, face_points[oval], width)
    points = np.concatenate([face_points, np.column_stack([outer, np.zeros(len(outer))])]).astype(np.float32)
    around = _triangulate(points[:, :2], oval, len(face_points))
    outer_follow = sparse.csr_matrix(follow_oval) @ smooth[oval]
    skin_follow = sparse.vstack([smooth, outer_follow])
    follow = sparse.hstack([skin_follow, sparse.csr_matrix((len(points), len(landmarks) - SKIN_LANDMARKS))]).tocsr()
    head = _head_weight(points, len(face_points), landmarks, points[oval, :2], width)
    head[len(face_points) :] *= 1 - _on_shoulders(points[len(face_points) :, :2], landmarks, person, width)
    points[len(face_points) :, 2] = outer_depth(outer, points[oval], landmarks, head[len(face_points) :], size)
    free = _freedom(points, len(face_points), size)
    follow = sparse.diags(free.min(1)) @ follow  # an expression that lifts the edge would show what is behind it
    breath = _breath(points, len(face_points), landmarks, head, free)
    moving = (head > 1e-4) | (np.abs(breath).max(1) > 0.05) | (np.asarray(abs(follow).sum(1)).ravel() > 1e-4)
    webs = [triangulate_opening(rows[name]) for name in ("mouth", "Left", "Right")]
    triangles = wind_clockwise(points, np.concatenate([around, *webs, fine]))
    triangles = triangles[moving[triangles].any(1)]
    area = _covered(points, triangles, size)
    low = np.clip(np.floor(points[triangles].min((0, 1))[:2]), 0, size - 1).astype(int)
    high = np.clip(np.ceil(points[triangles].max((0, 1))[:2]) + 1, 1, size).astype(int)
    triangles = triangles[_showing(points, triangles, person)]
    return DeformationMesh(
        points=points,
        triangles=triangles,
        follow=follow.astype(np.float32),
        head=head,
        free=free,
        breath=breath,
        rings=rows,
        pivot=_pivot(landmarks, width),
        face_width=width,
        centre=np.full(2, (size - 1) / 2, np.float32),
        box=(int(low[0]), int(low[1]), int(high[0]), int(high[1])),
        area=area,
    )


def _covered(points: Array, triangles: Ints, size: int) -> npt.NDArray[np.bool_]:
    """(size, size) pixels inside some triangle."""
    depth = np.full((size, size), FAR, np.float32)
    rasterize(points, triangles, points[:, :1].copy(), depth, np.empty((size, size, 1), np.float32))
    return depth > FAR


def _showing(points: Array, triangles: Ints, person: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
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


def _oval_weights(outer: Array, oval: Array, width: float) -> Array:
    """(n, R): inverse-cube distance weights of the oval's points, fading with distance."""
    distance = np.linalg.norm(outer[:, None] - oval[None, :, :2], axis=2)
    weights = 1 / (distance + 1.0) ** 3
    weights /= weights.sum(1, keepdims=True)
    fade = np.exp(-((distance.min(1) / (SPREAD * width)) ** 2))
    return (weights * np.where(fade > 0.003, fade, 0)[:, None]).astype(np.float32)


def _triangulate(points: Array, oval: npt.NDArray[np.int64], first: int) -> Ints:
    """Delaunay triangles between the oval and the outer points, indices into `points`."""
    used = np.concatenate([oval, np.arange(first, len(points))])
    triangles = used[Delaunay(points[used]).simplices]
    middle = points[triangles].mean(1)
    contour = points[oval].astype(np.float32).reshape(-1, 1, 2)
    inside = np.array([cv2.pointPolygonTest(contour, (float(x), float(y)), False) > 0 for x, y in middle])
    on_oval = (triangles < first).all(1)
    return triangles[~(inside & on_oval)].astype(np.int32)


def smoothstep(low: float, high: float, x: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def _head_weight(points: Array, face: int, landmarks: Array, oval: Array, width: float) -> Array:
    """(V,) 1 on the head, 0 on shoulders and what is far from the head."""
    chin, top = landmarks[CHIN, :2], landmarks[FOREHEAD, :2]
    height = float(np.linalg.norm(chin - top))
    down = (chin - top) / height
    below = (points[:, :2] - chin) @ down / height
    # Beside the chin the shoulders are nearer than below it: count sideways distance as depth.
    sideways = np.abs((points[:, :2] - chin) @ np.array([-down[1], down[0]])) / width
    lower = below + 0.8 * np.clip(sideways - 0.45, 0, None) * (below > -0.35)
    distance = np.linalg.norm(points[:, None, :2] - oval[None], axis=2).min(1) / width
    centre = oval.mean(0)
    inside = np.linalg.norm(points[:, :2] - centre, axis=1) < 0.45 * width
    aside = np.where(inside, 1.0, 1 - smoothstep(*ASIDE, distance))
    weight = (1 - smoothstep(*NECK, lower)) * aside
    weight[:face] = 1.0  # the face is rigid, wherever the frame cuts
    return weight.astype(np.float32)


def _freedom(points: Array, face: int, size: int) -> Array:
    """(V, 4) 1 inside the picture, 0 at the edge that a step right, left, down or up would leave behind."""
    low, high = points[:, :2] / size, (size - 1 - points[:, :2]) / size
    free = smoothstep(0.0, BORDER, np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1))
    free[:face] = 1.0  # the face is rigid, wherever the frame cuts
    return free


def _breath(points: Array, face: int, landmarks: Array, head: Array, free: Array) -> Array:
    """(V, 3) pixels: chest and shoulders rise and widen, what follows the head and the picture's edges stay."""
    chin, top = landmarks[CHIN, :2], landmarks[FOREHEAD, :2]
    height, width = float(np.linalg.norm(chin - top)), face_width(landmarks)
    below = (points[:, 1] - chin[1]) / height
    share = smoothstep(*CHEST, below) * (1 - head) * free.min(1)
    share[:face] = 0.0
    aside = np.clip((points[:, 0] - chin[0]) / width, -1, 1)
    step = np.stack([WIDEN * aside, np.full(len(points), -RISE), np.zeros(len(points))], 1) * width
    return (share[:, None] * step).astype(np.float32)


def _on_shoulders(points: Array, landmarks: Array, person: npt.NDArray[np.uint8], width: float) -> Array:
    """(n,) 1 on shoulders and collar, wherever the person's outline widens again below its narrowest row; else 0.

    Head and shoulders are told apart on each side by itself: a collar may reach higher than the chin.
    """
    chin, mouth, axis = landmarks[CHIN, :2], landmarks[UPPER_LIP_INSIDE, 1], float(landmarks[CHIN, 0])
    height = float(np.linalg.norm(chin - landmarks[FOREHEAD, :2]))
    rows = np.arange(max(int(mouth), 0), min(int(chin[1] + NECK_ROWS * height), len(person)))
    weight = np.zeros(len(points), np.float32)
    if len(rows) < 2:
        return weight
    for way in (-1, 1):
        edge = landmarks[:SKIN_LANDMARKS, 0].min() if way < 0 else landmarks[:SKIN_LANDMARKS, 0].max()
        start = int(np.clip((axis + edge) / 2, 0, len(person) - 1))
        outward = person[rows, start::-1] if way < 0 else person[rows, start:]
        empty = outward < 128
        reach = np.where(empty.any(1), empty.argmax(1), empty.shape[1]) + way * (start - axis)
        narrow = int(reach.argmin())
        if reach[narrow:].max() - reach[narrow] < WIDER * width:
            continue
        below, beyond = points[:, 1] - rows[narrow], way * (points[:, 0] - axis) - reach[narrow]
        weight = np.maximum(weight, smoothstep(*SHOULDER, np.minimum(below, beyond) / width))
    return weight

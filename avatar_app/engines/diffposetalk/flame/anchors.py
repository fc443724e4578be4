"""Where the 478 face landmarks lie on somebody's FLAME head.

The landmark detector looks at a picture of the head, drawn with its jaw a little dropped so that the lips can be told
apart. Where it sees no face, the landmarks of this project's own face are laid on the head by their shape.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from avatar_app.engines.diffposetalk.config import FLAME_EXPRESSION
from avatar_app.engines.diffposetalk.flame.model import Flame
from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import align, load_rig
from avatar_app.face.landmark_indices import IRIS, LANDMARKS
from avatar_app.face.landmarks import detect_faces
from avatar_app.render.mesh.film import MeshFilm, View, clay_skin, pieces
from avatar_app.types import Array, Ints

log = logging.getLogger(__name__)

PICTURE = 720  # pixels, of the picture that the detector sees
DROPPED = 0.20  # radians, of the jaw
DARK = "#1c1412"  # what shows between the lips
OPENED = 0.6  # jawOpen that drops the project's own jaw about as far
ROUNDS, TRUSTED = 40, 0.8  # of fitting by shape; share of the landmarks whose nearest points are believed
EYES = (3, 4)  # joints


@dataclass(frozen=True)
class Anchors:
    """corners: (478, 3) int64 vertices; weights: (478, 3) float32, their shares in each landmark. seen: by picture."""

    corners: npt.NDArray[np.int64]
    weights: Array
    seen: bool

    def of(self, vertices: Array) -> Array:
        """(..., 478, 3) landmarks of (..., V, 3) vertices, same units and axes."""
        return np.asarray((vertices[..., self.corners, :] * self.weights[..., None]).sum(-2), np.float32)


def find_anchors(flame: Flame, shape: Tensor) -> Anchors:
    """The landmarks of the head with this shape (100,)."""
    vertices = pose_of(flame, shape, jaw=DROPPED)
    triangles = flame.f.numpy().astype(np.int32)
    main, piece = pieces(triangles, len(vertices))
    skin = triangles[piece[triangles[:, 0]] == main]
    view = View.of(vertices.min(0), vertices.max(0))
    film = MeshFilm(clay_skin(vertices, triangles), view, PICTURE, DARK)
    faces = detect_faces(film.frame(vertices), "mediapipe")
    if faces:
        return anchors_by_picture(faces[0], view.project(vertices, (PICTURE, PICTURE)), skin)
    log.warning("no face was detected on the FLAME head; its landmarks are placed by its shape alone")
    eyes = (flame.J_regressor.numpy() @ vertices)[list(EYES)]
    return anchors_by_shape(vertices, np.unique(skin), eyes)


def pose_of(flame: Flame, shape: Tensor, jaw: float = 0.0) -> Array:
    """(V, 3) metres: the head without expression, its jaw dropped by `jaw` radians."""
    pose = torch.tensor([[0.0, 0.0, 0.0, jaw, 0.0, 0.0]])
    with torch.inference_mode():
        made = flame(shape[None], torch.zeros(1, FLAME_EXPRESSION), pose)
    return np.asarray(made[0].numpy(), np.float32)


def anchors_by_picture(marks: Array, points: Array, skin: Ints) -> Anchors:
    """The nearest surface under each landmark (478, 3, pixels); beside the surface its nearest visible vertex.

    points: (V, 3) of Camera.project. skin: (F, 3) triangles that may be chosen.
    """
    a, b, c = (points[skin[:, k]] for k in range(3))
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    front = area < -1e-6  # counter-clockwise as seen, with y down
    skin, a, b, c, area = skin[front], a[front], b[front], c[front], area[front]
    visible = np.unique(skin)
    corners = np.zeros((LANDMARKS, 3), np.int64)
    weights = np.zeros((LANDMARKS, 3), np.float32)
    for n, (x, y) in enumerate(marks[:, :2]):
        u = ((b[:, 0] - x) * (c[:, 1] - y) - (c[:, 0] - x) * (b[:, 1] - y)) / area
        v = ((c[:, 0] - x) * (a[:, 1] - y) - (a[:, 0] - x) * (c[:, 1] - y)) / area
        inside = np.flatnonzero((u >= 0) & (v >= 0) & (u + v <= 1))
        if len(inside):
            best = inside[np.argmax((a + b + c)[inside, 2])]
            corners[n], weights[n] = skin[best], (u[best], v[best], 1 - u[best] - v[best])
        else:
            away = points[visible, :2] - (x, y)
            corners[n], weights[n] = visible[np.argmin((away**2).sum(1))], (1, 0, 0)
    return Anchors(corners, weights, True)


def anchors_by_shape(vertices: Array, skin: npt.NDArray[np.int32], eyes: Array) -> Anchors:
    """The vertices nearest to the project's own landmarks, laid on the head by iterative closest points.

    vertices: (V, 3) metres, jaw dropped. skin: indices that may be chosen. eyes: (2, 3) centres, to begin from.
    """
    rig, up = load_rig(), np.array([1, -1, 1], np.float32)
    marks = (rig.neutral + OPENED * rig.actions[ARKIT_INDEX["jawOpen"]]) * up
    own = marks[[IRIS["Right"][0], IRIS["Left"][0]]]
    eyes = eyes[np.argsort(eyes[:, 0])]
    scale = float(np.linalg.norm(eyes[1] - eyes[0]) / np.linalg.norm(own[1] - own[0]))
    rotation, shift = np.eye(3, dtype=np.float32), eyes.mean(0) - scale * own.mean(0)
    tree = cKDTree(vertices[skin])
    for _ in range(ROUNDS):
        distance, near = tree.query(scale * marks @ rotation.T + shift)
        kept = np.argsort(distance)[: int(TRUSTED * len(marks))]
        scale, rotation, shift = align(marks[kept], vertices[skin][near[kept]])
    _, near = tree.query(scale * marks @ rotation.T + shift)
    corners = np.repeat(skin[near].astype(np.int64)[:, None], 3, axis=1)
    return Anchors(corners, np.tile(np.array([1, 0, 0], np.float32), (LANDMARKS, 1)), False)

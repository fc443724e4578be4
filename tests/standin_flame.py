"""A model in FLAME's format made of this project's own head, because the real one may not be handed on.

Expressions are the head's own face actions, the jaw is a joint, 100 shapes are small and random. Metres, y up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from scipy.spatial.transform import Rotation
from torch import Tensor

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.render.head.model import MESH_FILE, Head, eyeball_mesh, load_head

ACTIONS = [name for name in ARKIT_NAMES if name not in ("tongueOut", "jawOpen")]  # 50, in the order of expressions
OPEN = 0.44  # radians of the jaw that are about jawOpen = 1
HINGE = np.array([0.062, -0.040, -0.045])  # metres: the left one
NECK_END = -0.16  # metres: below it FLAME has nothing

Array = npt.NDArray[np.float64]


def standin_flame(stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> dict[str, Tensor]:
    """Tensors of flame.safetensors. stretch: another identity, the head made wider, higher or deeper."""
    head = load_head()
    vertices, faces, moves = _skin(head)
    count = len(vertices)
    eyes = [eyeball_mesh(float(radius)) for radius in head.eye_radii]
    for k in (0, 1):
        faces = np.concatenate([faces, eyes[k][1] + count + k * len(head.ball)])
    balls = [points * r + at for (points, _, _), r, at in zip(eyes, head.eye_radii, head.eye_centres, strict=True)]
    vertices = np.concatenate([vertices, *balls])
    moves = np.concatenate([moves, np.zeros((len(moves), len(vertices) - count, 3))], axis=1)
    directions = np.zeros((len(vertices), 3, 400))
    directions[..., :100] = _shapes(vertices)
    directions[..., 300:350] = moves[[ARKIT_INDEX[name] for name in ACTIONS]].transpose(1, 2, 0)
    regressor = _regressor(vertices, count, len(head.ball))
    arrays = {
        "v_template": vertices * stretch,
        "shapedirs": directions * np.array(stretch)[:, None],
        "posedirs": np.zeros((len(vertices), 3, 36)),
        "J_regressor": regressor,
        "weights": _weights(vertices, moves[ARKIT_INDEX["jawOpen"]], (regressor @ vertices)[2]),
    }
    tensors = {name: torch.from_numpy(np.ascontiguousarray(a, np.float32)) for name, a in arrays.items()}
    tree = torch.tensor([[2**32 - 1, 0, 1, 1, 1], [0, 1, 2, 3, 4]])
    return tensors | {"f": torch.from_numpy(faces.astype(np.int64)), "kintree_table": tree}


def _skin(head: Head) -> tuple[Array, npt.NDArray[np.int64], Array]:
    """Vertices (n, 3), triangles and moves (52, n, 3) of head and neck, without mouth and eyes."""
    with np.load(MESH_FILE, allow_pickle=False) as data:
        quads = head.quads[0][data["parts"] == 0]
    quads = quads[(head.rest[quads, 1] > NECK_END).all(axis=1)]
    used, faces = np.unique(quads, return_inverse=True)
    faces = faces.reshape(quads.shape)
    return (
        head.rest[used].astype(float),
        np.concatenate([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]]),
        head.blendshapes[:, used].astype(float),
    )


def _shapes(vertices: Array) -> Array:
    """(V, 3, 100) smooth, random, about a millimetre."""
    random = np.random.default_rng(0)
    waves, phases = random.normal(0, 15, (3, 100)), random.uniform(0, 6, 100)
    return 0.001 * np.sin(vertices @ waves + phases)[:, None] * random.normal(size=(1, 3, 100))


def _regressor(vertices: Array, skin: int, ball: int) -> Array:
    """(5, V): root and neck in the neck's lower end, jaw between its hinges, eyes in the middle of their balls."""
    regressor = np.zeros((5, len(vertices)))
    low = np.flatnonzero(vertices[:, 1] < NECK_END + 0.02)
    regressor[:2, low] = 1 / len(low)
    for side in (1, -1):
        regressor[2, np.linalg.norm(vertices[:skin] - HINGE * (side, 1, 1), axis=1).argmin()] = 0.5
    for k in (0, 1):
        regressor[3 + k, skin + k * ball : skin + (k + 1) * ball] = 1 / ball
    return regressor


def _weights(vertices: Array, opening: Array, jaw: Array) -> Array:
    """(V, 5): vertices hang on the jaw by how much of its turn jawOpen gives them, else on the root."""
    turned = (vertices - jaw) @ (Rotation.from_rotvec([OPEN, 0, 0]).as_matrix() - np.eye(3)).T
    share = np.clip((opening * turned).sum(1) / np.maximum((turned**2).sum(1), 1e-8), 0, 1)
    weights = np.zeros((len(vertices), 5))
    weights[:, 0], weights[:, 2] = 1 - share, share
    return weights

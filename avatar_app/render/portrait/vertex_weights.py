"""Vertex weights of the deformation mesh: how far vertices follow the face, the head and the breath."""

from __future__ import annotations

import numpy as np

from avatar_app.face.arkit_rig import face_width
from avatar_app.face.landmark_indices import CHIN, FOREHEAD, SKIN_LANDMARKS, UPPER_LIP_INSIDE
from avatar_app.types import Array, Image

SPREAD = 0.35  # face widths over which the oval's motion dies away outside the face
NECK = (0.02, 0.50)  # face heights below the chin between which the head's motion dies away
NECK_ROWS = 0.35  # face heights below the chin down to which the neck is looked for
WIDER = 0.25  # face widths by which shoulders are wider than the neck, on each side
SHOULDER = (-0.05, 0.15)  # face widths into the shoulders between which the head's motion dies away
ASIDE = (0.55, 1.15)  # face widths beside the oval between which it dies away
CHEST = (0.10, 0.55)  # face heights below the chin between which breathing comes to show
RISE, WIDEN = 0.011, 0.004  # face widths by which a breath lifts shoulders and spreads them
BORDER = 0.09  # of the picture's size along its edges from which nothing comes in


def oval_weights(outer: Array, oval: Array, width: float) -> Array:
    """(n, R): inverse-cube distance weights of the oval's points, fading with distance."""
    distance = np.linalg.norm(outer[:, None] - oval[None, :, :2], axis=2)
    weights = 1 / (distance + 1.0) ** 3
    weights /= weights.sum(1, keepdims=True)
    fade = np.exp(-((distance.min(1) / (SPREAD * width)) ** 2))
    return (weights * np.where(fade > 0.003, fade, 0)[:, None]).astype(np.float32)


def smoothstep(low: float, high: float, x: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def head_weight(points: Array, face: int, landmarks: Array, oval: Array, width: float) -> Array:
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


def freedom(points: Array, face: int, size: int) -> Array:
    """(V, 4) 1 inside the picture, 0 at the edge that a step right, left, down or up would leave behind."""
    low, high = points[:, :2] / size, (size - 1 - points[:, :2]) / size
    free = smoothstep(0.0, BORDER, np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1))
    free[:face] = 1.0  # the face is rigid, wherever the frame cuts
    return free


def breath_motion(points: Array, face: int, landmarks: Array, head: Array, free: Array) -> Array:
    """(V, 3) pixels: chest and shoulders rise and widen, what follows the head and the picture's edges stay."""
    chin, top = landmarks[CHIN, :2], landmarks[FOREHEAD, :2]
    height, width = float(np.linalg.norm(chin - top)), face_width(landmarks)
    below = (points[:, 1] - chin[1]) / height
    share = smoothstep(*CHEST, below) * (1 - head) * free.min(1)
    share[:face] = 0.0
    aside = np.clip((points[:, 0] - chin[0]) / width, -1, 1)
    step = np.stack([WIDEN * aside, np.full(len(points), -RISE), np.zeros(len(points))], 1) * width
    return (share[:, None] * step).astype(np.float32)


def on_shoulders(points: Array, landmarks: Array, person: Image, width: float) -> Array:
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

"""Depth of ears, hair, skull and neck of a portrait, from a proxy head fitted to its landmarks.

The head is the shipped one (render/head/model.py), moved, turned and stretched as a whole; bending it to every
landmark, as the 3-D head does (render/head/fit.py), takes ten times as long and changes nothing beyond the face.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from avatar_app.face.arkit_rig import align, face_width
from avatar_app.face.landmark_indices import EYE_CORNERS, OVAL, RIGID_LANDMARKS, SKIN_LANDMARKS
from avatar_app.render.head.model import load_head
from avatar_app.render.raster import FAR, HIDDEN, rasterize
from avatar_app.types import Array, Ints

FLATTER = 0.6  # of its depth that the side of the head keeps: what a turn reveals there was never photographed
BACK = 0.25  # how fast what lies beyond the oval recedes at least, and hair beyond the skull's outline, per pixel
DEEPEST = 0.25  # face widths behind the deepest point of the oval, at most, without a fitted head
BEHIND = 0.27  # face widths that the fitted head may be behind the oval beside it
SOFT = 0.08  # face widths over which the head's depth is smoothed: one mesh cannot follow the rim of an ear
CELLS = 160  # width and height of the depth map
ON_HEAD = 0.05  # share of the head's pose from which on skin is head or neck, not shoulders
STRETCH = (0.85, 1.2)  # limits of width and height against the average head
POOR = 0.075  # face widths (root mean square) that outline, eyes and nose may miss the fitted head's


def outer_depth(outer: Array, oval: Array, landmarks: Array, head: Array, size: int) -> Array:
    """(n,) float32 depth of points (n, 2) outside the face oval (R, 3), pixels toward the viewer.

    landmarks: (478, 3). head: (n,) how much each point belongs to the head, in [0, 1]. size: of the picture, pixels.
    What is not head, and all of a portrait that the head does not fit, recedes evenly from the oval instead.
    """
    width = face_width(landmarks)
    plain = _even_depth(outer, oval, width)
    fitted, error = fit_proxy(landmarks)
    if error > POOR:
        return plain
    surface = _surface(flattened(fitted, landmarks), size, width)
    distance = np.linalg.norm(outer[:, None] - oval[None, :, :2], axis=2)
    near = 1 / (distance + 4.0) ** 3
    near /= near.sum(1, keepdims=True)
    # Only how far it lies behind the oval is taken from the head: so there is no step at the oval, and nothing comes
    # forward where the detector's depth, which is a guess on the far side of a turned face, disagrees with the head's.
    step = np.minimum(_at(surface, outer, size) - near @ _at(surface, oval[:, :2], size), 0) / (BEHIND * width)
    behind = near @ oval[:, 2] + BEHIND * width * np.tanh(step)
    return (plain + head * np.minimum(behind - plain, 0)).astype(np.float32)


def fit_proxy(landmarks: Array) -> tuple[Array, float]:
    """(B, 3) pixels: the head where landmarks (478, 3) show it; and how far it misses them, in face widths."""
    points, _, marks = _proxy()
    wanted = landmarks[:SKIN_LANDMARKS]
    scale, rotation, _ = align(marks, wanted)
    own = (wanted - wanted.mean(0)) @ rotation / scale
    average = marks - marks.mean(0)
    across = (own * average).sum(0)[:2] / (average**2).sum(0)[:2]
    factor = np.clip([*across, across.mean()], *STRETCH).astype(np.float32)
    scale, rotation, shift = align(marks * factor, wanted)
    firm = [*RIGID_LANDMARKS, *OVAL]
    missed = (scale * (marks[firm] * factor) @ rotation.T + shift - wanted[firm])[:, :2]
    error = float(np.sqrt((missed**2).sum(1).mean()) / face_width(wanted))
    return (scale * (points * factor) @ rotation.T + shift).astype(np.float32), error


def flattened(points: Array, landmarks: Array) -> Array:
    """Points (n, 3) of a head with what lies behind its eyes less deep than it is. landmarks: (478, 3)."""
    width = face_width(landmarks)
    eyes = landmarks[[*EYE_CORNERS["Right"], *EYE_CORNERS["Left"]], 2].mean() - 0.05 * width
    flat = points.copy()
    flat[:, 2] = np.where(points[:, 2] < eyes, eyes + FLATTER * (points[:, 2] - eyes), points[:, 2])
    return flat


@lru_cache(maxsize=1)
def _proxy() -> tuple[Array, Ints, Array]:
    """Average head and neck in image axes: (B, 3) metres, (F, 3) triangles of the skin, (468, 3) landmarks."""
    head, down = load_head(), np.array([1, -1, 1], np.float32)
    count = len(head.rest)
    used = head.part("skin")[:count] & (head.head_weights[:count] > ON_HEAD)
    quads = head.quads[0][used[head.quads[0]].all(1)]
    triangles = np.concatenate([quads[:, [2, 1, 0]], quads[:, [3, 2, 0]]])  # clockwise as seen once y points down
    fine = np.asarray(head.subdivision @ head.rest, np.float32) * down
    at, weights = head.landmarks
    marks = (fine[at[:SKIN_LANDMARKS]] * weights[:SKIN_LANDMARKS, :, None]).sum(1)
    return head.rest * down, triangles.astype(np.int32), marks.astype(np.float32)


def _even_depth(outer: Array, oval: Array, width: float) -> Array:
    """(n,) depth that recedes from the oval (R, 3) at one pace, down to the middle of the skull."""
    distance = np.linalg.norm(outer[:, None] - oval[None, :, :2], axis=2)
    weights = 1 / (distance + 4.0) ** 2
    near = (weights * oval[None, :, 2]).sum(1) / weights.sum(1)
    floor = float(oval[:, 2].min()) - DEEPEST * width
    return np.maximum(near - BACK * distance.min(1), np.minimum(floor, near)).astype(np.float32)


def _surface(points: Array, size: int, width: float) -> Array:
    """(CELLS, CELLS) float32 depth of the head's front, and around it that of its outline's nearest point, receding."""
    scale = np.float32(CELLS / size)
    small = points * np.array([scale, scale, 1], np.float32)
    depth = np.full((CELLS, CELLS), FAR, np.float32)
    rasterize(small, _proxy()[1], small[:, :1].copy(), depth, np.empty((CELLS, CELLS, 1), np.float32))
    seen = depth > HIDDEN / 2  # eyes and mouth are holes through which the back of the head would show
    if not seen.any():
        return np.zeros_like(depth)
    away, nearest = cv2.distanceTransformWithLabels(
        (~seen).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    outline = np.zeros(int(nearest.max()) + 1, np.float32)
    outline[nearest[seen]] = depth[seen]
    receding = outline[nearest] - BACK * away / scale
    return np.asarray(cv2.GaussianBlur(receding, (0, 0), float(SOFT * width * scale)), np.float32)


def _at(surface: Array, places: Array, size: int) -> Array:
    """(n,) depth of the surface at points (n, 2) of the picture; beyond its edge as at the edge."""
    x, y = (places * np.float32(CELLS / size)).astype(np.float32).T
    found = cv2.remap(surface, x[None].copy(), y[None].copy(), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found[0], np.float32)

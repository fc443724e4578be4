"""Skin colours of the 3-D head: what a portrait shows, how far to trust it, and what stands in for the rest."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from avatar_app.face.arkit_rig import head_pose
from avatar_app.face.landmark_indices import CHEEKBONE, EYE_BAG, OVAL, SKIN_LANDMARKS
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.head.fit import FittedHead, marks_of
from avatar_app.render.head.hair import Hair
from avatar_app.render.head.model import SIDES, Head, load_head
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array

FACING = (0.12, 0.5)  # cosine toward the viewer from which on, and up to which, the picture is trusted
HIDDEN_BY = 0.004  # metres that something must lie before a point to hide it
CLOSE = 0.012  # metres from a landmark within which skin belongs to the face
TURNED = 8.0  # degrees from which on a face has a far side
HAIRLINE = 0.05  # metres above the eyes
MIRRORED = 0.15  # trust in the colour of the other side of the face
PULL = 0.02  # strength of a neighbour's colour against that of the picture
LID_SHADE = 0.96  # of the skin below the eye
TONE = 5e-4  # trust in the face's tone for what nothing nearer tells
SHADOW = (0.62, 1.12)  # least and most light on skin that is not seen, against the face's
HIGH = (0.03, 0.05)  # metres above the eyes between which hair before the skin is taken for hair on it


def trusted_colours(placed: FittedHead, portrait: Portrait) -> tuple[Array, Array]:
    """((V,) trust 0 to 1, (V, 3) colour) of what the portrait shows at each vertex."""
    head, points, size = placed.head, placed.points, portrait.pixels.shape[0]
    upright = np.ascontiguousarray(points * np.array([1, -1, 1], np.float32))
    facing = vertex_normals(upright, head.triangles)[:, 2]
    trust = np.clip((facing - FACING[0]) / (FACING[1] - FACING[0]), 0, 1)
    depth = np.full((size, size), FAR, np.float32)
    rasterize(points, head.triangles[:, ::-1].copy(), points, depth, np.zeros((size, size, 3), np.float32))
    cell = np.round(points[:, :2]).astype(int)
    inside = ((cell >= 1) & (cell < size - 1)).all(1)
    cell = np.clip(cell, 0, size - 1)
    front: Any = cv2.erode(depth, np.ones((3, 3), np.uint8))
    trust *= inside & (points[:, 2] > front[cell[:, 1], cell[:, 0]] - HIDDEN_BY * placed.pose[0])
    if portrait.matte is not None:
        hull = np.zeros((size, size), np.uint8)
        cv2.fillPoly(hull, [np.round(portrait.landmarks[list(OVAL), :2]).astype(np.int32)], (255,))
        reach = max(1, size // 90)
        person: Any = np.maximum(cv2.erode(portrait.matte, np.ones((2 * reach + 1,) * 2, np.uint8)), hull)
        trust *= np.clip(person[cell[:, 1], cell[:, 0]] / 128.0 - 1, 0, 1)
    trust[head.upper_lids | _beside_the_face(placed, portrait)] = 0
    trust[~head.part("skin")] = 0
    smooth: Any = cv2.GaussianBlur(portrait.pixels, (0, 0), 1.2)
    seen = cv2.remap(smooth, points[:, :1].copy(), points[:, 1:2].copy(), cv2.INTER_LINEAR)[:, 0]
    return _even(head, trust.astype(np.float32)), seen.astype(np.float32)


def _beside_the_face(placed: FittedHead, portrait: Portrait) -> npt.NDArray[np.bool_]:
    """(V,) skin of the face that the picture shows outside the face: hair or background lie there.

    Of a face that is turned away, this goes for the whole far side below the hairline.
    """
    head, points = placed.head, placed.points
    rest = head.face(np.zeros(len(head.blendshapes), np.float32))
    hull: Any = cv2.convexHull(portrait.landmarks[list(OVAL), :2].astype(np.float32))
    outside = np.array([cv2.pointPolygonTest(hull, (float(x), float(y)), False) < 0 for x, y in points[:, :2]])
    close = KDTree(marks_of(head, rest)[:SKIN_LANDMARKS]).query(rest)[0] < CLOSE
    yaw = head_pose(portrait.landmarks)[1]
    far = (rest[:, 0] * np.sign(yaw) > 0) & (abs(yaw) > TURNED) & (rest[:, 1] < HAIRLINE) & (head.head_weights > 0.97)
    return outside & (close | far)


def _even(head: Head, trust: Array) -> Array:
    """Trust that falls off gradually: the least and then the mean of the neighbours' is taken, several times."""
    graph = _neighbours(head)
    count = np.maximum(np.asarray(graph.sum(1)).ravel(), 1)
    for _ in range(3):
        trust = np.minimum(trust, np.asarray(graph @ trust) / count)
    return trust


def _neighbours(head: Head) -> Any:
    """Sparse (V, V), 1 between skin vertices that share an edge."""
    triangles = head.triangles[head.part("skin")[head.triangles].all(1)]
    a, b = triangles.reshape(-1), np.roll(triangles, -1, axis=1).reshape(-1)
    graph = sparse.csr_matrix((np.ones(len(a), np.float32), (a, b)), (len(head.parts),) * 2)
    return ((graph + graph.T) > 0).astype(np.float32)


def surface_colours(placed: FittedHead, portrait: Portrait, hair: Hair | None) -> tuple[Array, Array, Array]:
    """((V, 3) colours, (V,) trust in the picture beside them, (3,) where the picture's light comes from).

    Skin, cloth and scalp are each filled from what the picture shows of them alone: hair before a cheek and a collar
    before a neck leave no colour on it.
    """
    head = placed.head
    trust, seen = trusted_colours(placed, portrait)
    in_hair, in_cloth = _shares(placed)
    skin = trust * (1 - in_hair) * (1 - in_cloth)
    upright = np.ascontiguousarray(placed.points * np.array([1, -1, 1], np.float32))
    tone, light = _toned(vertex_normals(upright, head.triangles), seen, skin * (head.head_weights > 0.9))
    filled = diffuse(head, skin, seen, tone)
    cloth = trust * in_cloth * (head.head_weights < 0.95)
    if (cloth > 0.5).sum() > 20:
        filled = _dressed(head, filled, skin, cloth, seen)
    if hair is None:
        return filled, skin + cloth, light
    usual = load_head().face(np.zeros(len(head.blendshapes), np.float32))[:, 1]
    high = np.clip((usual - HIGH[0]) / (HIGH[1] - HIGH[0]), 0, 1) * head.part("skin")
    amount = _softened(head, hair.covered.astype(np.float32), 2)[:, None]
    filled = filled * (1 - amount) + np.median(hair.texture.reshape(-1, 3), axis=0) * amount
    return filled, skin + cloth + trust * in_hair * np.maximum(high, hair.covered), light


def _shares(placed: FittedHead) -> tuple[Array, Array]:
    """((V,), (V,)): how far the picture shows hair, and cloth, at each vertex."""
    if placed.regions is None:
        none = np.zeros(len(placed.points), np.float32)
        return none, none
    x, y = placed.points[:, :1].copy(), placed.points[:, 1:2].copy()
    reach = 2 * (len(placed.regions.hair) // 130) + 1
    grown: Any = cv2.dilate(placed.regions.hair.astype(np.uint8), np.ones((reach, reach), np.uint8))
    hair, cloth = (
        cv2.remap(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5), x, y, cv2.INTER_LINEAR)[:, 0]
        for mask in (grown, placed.regions.cloth)
    )
    return np.asarray(hair, np.float32), np.asarray(np.minimum(cloth, 1 - hair), np.float32)


def _toned(normals: Array, seen: Array, trust: Array) -> tuple[Array, Array]:
    """((V, 3) skin of the face's tone in its light, (3,) unit way to that light), by how skin darkens as it turns."""
    sure = trust > 0.3
    middle = np.median(seen[sure], axis=0) if sure.any() else np.array([190, 150, 130])
    terms = np.column_stack([np.ones(len(normals)), normals]).astype(np.float64)
    light = seen.mean(1) / max(float(middle.mean()), 1)
    weighted = terms * trust[:, None]
    ridge = np.diag([1e-6, *[0.05 * float(trust.sum()) + 1e-6] * 3])
    level, right, up, _ = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ np.clip(light, 0, 2))
    amount = np.clip(level + terms[:, 1:3] @ (right, up), *SHADOW)
    way = np.array([np.clip(2.2 * right, -0.7, 0.7), np.clip(0.3 + 1.5 * up, 0.15, 0.7), 0.74])
    return (middle * amount[:, None]).astype(np.float32), (way / np.linalg.norm(way)).astype(np.float32)


def _dressed(head: Head, filled: Array, skin: Array, cloth: Array, seen: Array) -> Array:
    """(V, 3): `filled` skin with cloth where the picture shows it, and on the shoulders and the back behind it."""
    usual = np.median(seen[cloth > 0.5], axis=0)
    below = np.clip((0.3 - head.head_weights) / 0.2, 0, 1)[:, None]
    where = diffuse(head, skin + cloth, (cloth / np.maximum(skin + cloth, 1e-6))[:, None], below)[:, 0]
    garment = diffuse(head, cloth, seen, np.broadcast_to(usual, filled.shape))
    amount = np.clip((where - 0.35) / 0.3, 0, 1)[:, None]
    return np.asarray(filled * (1 - amount) + garment * amount, np.float32)


def diffuse(head: Head, trust: Array, seen: Array, usual: Array) -> Array:
    """(V, C): the picture's values where they are trusted, and a smooth membrane between them elsewhere.

    usual: (V, C) what is likely where nothing near is known.
    """
    skin = np.flatnonzero(head.part("skin"))
    rest = head.face(np.zeros(len(head.blendshapes), np.float32))[skin]
    other = skin[KDTree(rest).query(rest * np.array([-1, 1, 1], np.float32))[1]]
    own = trust[skin].astype(np.float64)
    mirror = MIRRORED * trust[other] * (1 - own)
    graph = _neighbours(head)[skin][:, skin].astype(np.float64)
    laplace = sparse.diags(np.asarray(graph.sum(1)).ravel()) - graph
    system = PULL * laplace + sparse.diags(own + mirror + TONE)
    right = own[:, None] * seen[skin] + mirror[:, None] * seen[other] + TONE * usual[skin]
    out = np.full((len(head.parts), seen.shape[1]), 128, np.float32)
    out[skin] = splu(system.tocsc()).solve(right)
    return np.clip(out, 0, 255)


def _softened(head: Head, values: Array, rounds: int) -> Array:
    """(V,) values (V,), each round the mean of a vertex's neighbours."""
    graph = _neighbours(head)
    count = np.maximum(np.asarray(graph.sum(1)).ravel(), 1)
    for _ in range(rounds):
        values = np.asarray(graph @ values) / count
    return values


def colour_lids(head: Head, filled: Array) -> None:
    """Lids get mostly the colour below their eye, in place: what lies above them may be a dark brow."""
    at, weights = head.landmarks
    left = head.face(np.zeros(len(head.blendshapes), np.float32))[:, 0] > 0
    share = _softened(head, head.upper_lids.astype(np.float32), 4)  # without a visible edge
    for side in SIDES:
        rows = [*EYE_BAG[side], *CHEEKBONE[side]]
        below = (filled[at[rows]] * weights[rows][..., None]).sum(1).mean(0)
        weight = (0.75 * share * (left == (side == "Left")))[:, None]
        filled[:] = filled * (1 - weight) + LID_SHADE * below * weight

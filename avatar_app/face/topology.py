"""Topology of the face mesh: its triangles and rows, and the Loop subdivision that spreads landmark motion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from avatar_app.face.arkit_rig import load_rig
from avatar_app.face.landmark_indices import (
    EYE_CORNERS,
    EYE_CREASE,
    EYE_LOWER,
    EYE_UPPER,
    INNER_MOUTH,
    INNER_MOUTH_CORNERS,
    OVAL,
    SKIN_LANDMARKS,
)
from avatar_app.types import Array, Ints

UNFOLDINGS = 40
CORNERS = {*INNER_MOUTH_CORNERS, *EYE_CORNERS["Right"], *EYE_CORNERS["Left"]}
LASH = 0.92  # of the lid line's motion that the band of lashes above it makes


def eye_ring(side: str) -> list[int]:
    """A closed ring of lid landmarks."""
    return [*EYE_UPPER[side], *EYE_LOWER[side][-2:0:-1]]


def unfold(landmarks: Array) -> Array:
    """Landmarks (478, 3) whose mesh does not overlap itself in the picture.

    Behind the silhouette of a turned face the detector guesses; a turn back would unfold that guess into doubled
    features. Overlapping vertices are drawn between their neighbours until none overlap; x and y only.
    """
    rig = load_rig()
    triangles = wind_clockwise(rig.neutral, rig.triangles[~_over_opening(rig.triangles)])
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    neighbours: list[list[int]] = [[] for _ in range(SKIN_LANDMARKS)]
    for a, b in np.unique(np.sort(edges, axis=1), axis=0).tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    still = {mark for ring in rings().values() for mark in ring}
    out = landmarks.copy()
    for _ in range(UNFOLDINGS):
        a, b, c = (out[triangles[:, k], :2] for k in range(3))
        area: Array = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
        folded = set(triangles[area <= 0].ravel().tolist()) - still
        if not folded:
            break
        for mark in folded:
            out[mark, :2] = 0.5 * out[mark, :2] + 0.5 * out[neighbours[mark], :2].mean(0)
    return out


def rings() -> dict[str, list[int]]:
    return {"mouth": [*INNER_MOUTH], "Left": eye_ring("Left"), "Right": eye_ring("Right"), "oval": [*OVAL]}


def subdivide(triangles: Ints) -> tuple[Ints, Ints]:
    """Splits every triangle in four: (E, 2) ends of each new middle point, and the triangles that are skin."""
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    middles, inverse = np.unique(edges, axis=0, return_inverse=True)
    count = len(triangles)
    ab, bc, ca = (SKIN_LANDMARKS + inverse.reshape(-1)[k * count : (k + 1) * count] for k in range(3))
    a, b, c = triangles.T
    quarters = np.stack([np.stack(q, 1) for q in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], 1)
    return middles.astype(np.int32), quarters[~_over_opening(triangles)].reshape(-1, 3)


def triangulate_opening(ring: npt.NDArray[np.int64]) -> Ints:
    """Triangles across an opening, between its upper and its lower row; mouth and eyes are drawn over them."""
    half = len(ring) // 2
    upper, lower = ring[: half + 1], np.concatenate([ring[:1], ring[: half - 1 : -1]])
    first = np.stack([upper[:-1], upper[1:], lower[:-1]], 1)
    second = np.stack([upper[1:], lower[1:], lower[:-1]], 1)
    return np.concatenate([first, second]).astype(np.int32)


def _over_opening(triangles: Ints) -> npt.NDArray[np.bool_]:
    """(F,) triangles whose corners all lie on the inner lips or on one eye's lids."""
    over = np.zeros(len(triangles), bool)
    for name, ring in rings().items():
        if name != "oval":
            over |= np.isin(triangles, ring).all(1)
    return over


def subdivision_matrix(triangles: Ints, middles: Ints) -> Any:
    """Sparse (V, 468) Loop (1987) subdivision of motion; along lids, lips and oval the rule for creases.

    It is applied to the motion, not to the picture, so that a still face stays exactly as it was.
    """
    opposite, near = _around(triangles[~_over_opening(triangles)])
    along: dict[int, list[int]] = {}
    for ring in rings().values():
        for i, mark in enumerate(ring):
            along[mark] = [ring[i - 1], ring[(i + 1) % len(ring)]]
    # Lips and lids must meet exactly where they are told to.
    sharp = {mark for name, ring in rings().items() if name != "oval" for mark in ring}
    weights = sparse.lil_matrix((SKIN_LANDMARKS + len(middles), SKIN_LANDMARKS))
    for i in range(SKIN_LANDMARKS):
        neighbours = [] if i in sharp else along.get(i) or sorted(near.get(i, ()))
        share = 0.125 if i in along else 0.375 / max(len(neighbours), 1)
        weights[i, i] = 1 - share * len(neighbours)
        for j in neighbours:
            weights[i, j] = share
    lids = _lid_edges()
    four = _four_points()
    for e, (i, j) in enumerate(middles.tolist()):
        if (i, j) in four:
            for k, weight in zip(four[i, j], (-0.0625, 0.5625, 0.5625, -0.0625), strict=True):
                weights[SKIN_LANDMARKS + e, k] += weight
            continue
        if (i, j) in lids or (j, i) in lids:  # lashes are carried whole; the skin above them stretches
            lash, crease = (i, j) if (i, j) in lids else (j, i)
            weights[SKIN_LANDMARKS + e, lash], weights[SKIN_LANDMARKS + e, crease] = LASH, 1 - LASH
            continue
        wings = opposite.get((i, j), [])
        crease = len(wings) != 2 or (i in along and j in along[i])
        weights[SKIN_LANDMARKS + e, i] = weights[SKIN_LANDMARKS + e, j] = 0.5 if crease else 0.375
        for k in () if crease else wings:
            weights[SKIN_LANDMARKS + e, k] = 0.125
    return weights.tocsr()


def _around(skin: Ints) -> tuple[dict[tuple[int, int], list[int]], dict[int, set[int]]]:
    """What lies opposite each edge (low, high), one or two vertices, and what is next to each vertex."""
    opposite: dict[tuple[int, int], list[int]] = {}
    near: dict[int, set[int]] = {}
    for a, b, c in skin.tolist():
        for i, j, k in ((a, b, c), (b, c, a), (c, a, b)):
            opposite.setdefault((min(i, j), max(i, j)), []).append(k)
            near.setdefault(i, set()).update((j, k))
    return opposite, near


def _four_points() -> dict[tuple[int, int], tuple[int, int, int, int]]:
    """Edges (low, high) of lips and lids, with their neighbours along the row, for Dyn's four-point rule (1987).

    A row ends in its corners, so that partners above and below get equal weights and meet where they are told to.
    """
    four = {}
    for ring in rings().values():
        corners = [k for k, mark in enumerate(ring) if mark in CORNERS]
        if len(corners) != 2:
            continue
        turned = ring[corners[0] :] + ring[: corners[0]]
        half = (corners[1] - corners[0]) % len(ring)
        for row in (turned[: half + 1], turned[half:] + turned[:1]):
            line = [row[0], *row, row[-1]]
            for a, b, c, d in zip(line, line[1:], line[2:], line[3:], strict=False):
                four[min(b, c), max(b, c)] = (a, b, c, d)
    return four


def _lid_edges() -> set[tuple[int, int]]:
    """Pairs (lid line, crease) of the upper lids."""
    return {(i, j) for side in EYE_UPPER for i in EYE_UPPER[side][1:-1] for j in EYE_CREASE[side]}


def subdivided_ring(ring: list[int], middles: Ints) -> npt.NDArray[np.int64]:
    """The ring with the middle points of its edges in between."""
    lookup = {(int(a), int(b)): SKIN_LANDMARKS + e for e, (a, b) in enumerate(middles)}
    fine = []
    for i, mark in enumerate(ring):
        other = ring[(i + 1) % len(ring)]
        fine.append(mark)
        middle = lookup.get((min(mark, other), max(mark, other)))
        if middle is not None:
            fine.append(middle)
    return np.array(fine)


def wind_clockwise(points: Array, triangles: Ints) -> Ints:
    """The triangles, each turned clockwise as seen at `points` (V, 2 or 3)."""
    a, b, c = (points[triangles[:, k], :2] for k in range(3))
    area: Array = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])
    return np.where((area < 0)[:, None], triangles[:, ::-1], triangles).astype(np.int32)

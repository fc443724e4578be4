"""Catmull-Clark subdivision as a matrix: made once per mesh, then applied to any pose of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Quads = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Subdivision:
    """matrix: sparse (fine, coarse), so that fine = matrix @ coarse. quads: (4 Q, 4) of fine vertices, wound alike."""

    matrix: Any
    quads: Quads


def _edges(quads: Quads) -> tuple[Quads, npt.NDArray[np.int64]]:
    """(E, 2) undirected edges and (Q, 4) which of them follows each corner."""
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], 2)
    unique, which = np.unique(np.sort(sides.reshape(-1, 2), axis=1), axis=0, return_inverse=True)
    return unique.astype(np.int32), which.reshape(quads.shape)


def _fine_quads(quads: Quads, which: npt.NDArray[np.int64], count: int, edges: int) -> Quads:
    """Each corner's quad: corner, following edge, face, preceding edge."""
    faces = count + edges + np.arange(len(quads))
    around = [[quads[:, k], count + which[:, k], faces, count + which[:, k - 1]] for k in range(4)]
    return np.stack([np.stack(corner, 1) for corner in around], 1).reshape(-1, 4).astype(np.int32)


def halves(quads: Quads, count: int) -> Subdivision:
    """Every quad cut in four where it is, for texture coordinates. count: of coarse vertices."""
    edges, which = _edges(quads)
    middles = _rows(edges, count, 0.5)
    faces = _rows(quads, count, 0.25)
    matrix = sparse.vstack([sparse.identity(count, format="csr"), middles, faces]).tocsr()
    return Subdivision(matrix.astype(np.float32), _fine_quads(quads, which, count, len(edges)))


def catmull_clark(quads: Quads, count: int) -> Subdivision:
    """One step of Catmull and Clark (1978), with open edges kept as smooth curves. count: of coarse vertices."""
    edges, which = _edges(quads)
    faces = _rows(quads, count, 0.25)
    used = np.bincount(which.reshape(-1), minlength=len(edges))
    edge_faces = sparse.csr_matrix(
        (np.ones(which.size), (which.reshape(-1), np.repeat(np.arange(len(quads)), 4))), (len(edges), len(quads))
    )
    inner = sparse.diags((used == 2).astype(float))
    outer = sparse.diags((used != 2).astype(float))
    ends = _rows(edges, count, 0.5)
    middles = inner @ (0.5 * ends + 0.25 * (edge_faces @ faces)) + outer @ ends
    corners = _corners(quads, edges, used, faces, ends, count)
    matrix = sparse.vstack([corners, middles, faces]).tocsr()
    return Subdivision(matrix.astype(np.float32), _fine_quads(quads, which, count, len(edges)))


def _corners(quads: Quads, edges: Quads, used: npt.NDArray[np.int64], faces: Any, ends: Any, count: int) -> Any:
    """Sparse (count, count): where the coarse vertices themselves go: (F + 2 R + (n - 3) P) / n inside."""
    to_face = sparse.csr_matrix(
        (np.ones(quads.size), (quads.reshape(-1), np.repeat(np.arange(len(quads)), 4))), (count, len(quads))
    )
    to_edge = sparse.csr_matrix(
        (np.ones(edges.size), (edges.reshape(-1), np.repeat(np.arange(len(edges)), 2))), (count, len(edges))
    )
    n = np.maximum(np.asarray(to_face.sum(1)).ravel(), 1.0)
    around = np.maximum(np.asarray(to_edge.sum(1)).ravel(), 1.0)
    open_edge = (used != 2).astype(float)
    rim = np.asarray(to_edge @ open_edge).ravel()
    alone = np.asarray(to_edge.sum(1)).ravel() == 0
    smooth = (rim == 0) & ~alone
    same = sparse.identity(count, format="csr")
    inside = sparse.diags(1 / n**2) @ to_face @ faces + sparse.diags(2 / (n * around)) @ to_edge @ ends
    inside = inside + sparse.diags((n - 3) / n) @ same
    # On a rim: half the vertex itself and half the mean of its rim edges' middles.
    along = 0.5 * same + 0.5 * sparse.diags(1 / np.maximum(rim, 1)) @ to_edge @ sparse.diags(open_edge) @ ends
    on_rim = (rim == 2) & ~alone
    fixed = ~smooth & ~on_rim
    parts = ((smooth, inside), (on_rim, along), (fixed, same))
    return sum(sparse.diags(where.astype(float)) @ part for where, part in parts)


def _rows(groups: Quads, count: int, weight: float) -> Any:
    """Sparse (len(groups), count): `weight` times the sum of each group's members."""
    rows = np.repeat(np.arange(len(groups)), groups.shape[1])
    return sparse.csr_matrix((np.full(groups.size, weight), (rows, groups.reshape(-1))), (len(groups), count))

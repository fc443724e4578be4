"""Linear blend skinning in machine code, with the GIL released."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar_app.render.compiled import compiled
from avatar_app.types import Array, Ints


@compiled()
def _blend(points: Any, bones: Any, weights: Any, matrices: Any, out: Any) -> None:
    for v in range(points.shape[0]):
        x, y, z = points[v, 0], points[v, 1], points[v, 2]
        a, b, c = np.float32(0), np.float32(0), np.float32(0)
        for k in range(bones.shape[1]):
            w = weights[v, k]
            if w == 0:
                continue
            m = matrices[bones[v, k]]
            a += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + m[0, 3])
            b += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + m[1, 3])
            c += w * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + m[2, 3])
        out[v, 0], out[v, 1], out[v, 2] = a, b, c


def blend(points: Array, bones: Ints, weights: Array, matrices: Array) -> Array:
    """(V, 3) float32: points (V, 3) moved by matrices (D, 3, 4) of their bones (V, 4), mixed by weights (V, 4)."""
    out = np.empty(points.shape, np.float32)
    _blend(points, bones, weights, np.ascontiguousarray(matrices, np.float32), out)
    return out


def strongest(dense: Array) -> tuple[Ints, Array]:
    """(n, 4) bones and (n, 4) float32 weights that sum to 1, of dense weights (n, D)."""
    best = np.argsort(-dense, axis=1)[:, :4]
    kept = np.take_along_axis(dense, best, 1)
    return best.astype(np.int32), (kept / kept.sum(1, keepdims=True)).astype(np.float32)

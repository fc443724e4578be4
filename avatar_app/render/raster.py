"""Triangles to pixels on the CPU: which source coordinate each output pixel shows, nearest surface first.

numba compiles the inner loop once (a second or so, cached beside this file) and releases the GIL while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

EDGE = -1e-4  # barycentric slack, so that shared edges leave no pinholes
FAR = -1e9


def _fill(points: Any, triangles: Any, attributes: Any, depth: Any, out: Any) -> None:
    height, width = depth.shape
    channels = attributes.shape[1]
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, z0 = points[i, 0], points[i, 1], points[i, 2]
        x1, y1, z1 = points[j, 0], points[j, 1], points[j, 2]
        x2, y2, z2 = points[k, 0], points[k, 1], points[k, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2) - 1e-3)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) + 1e-3)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 1e-3)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) + 1e-3)))
        inverse = 1.0 / area
        step_a, step_b = (y1 - y2) * inverse, (y2 - y0) * inverse
        for y in range(top, bottom + 1):
            a = ((x1 - left) * (y2 - y) - (x2 - left) * (y1 - y)) * inverse
            b = ((x2 - left) * (y0 - y) - (x0 - left) * (y2 - y)) * inverse
            for x in range(left, right + 1):
                c = 1.0 - a - b
                if a >= EDGE and b >= EDGE and c >= EDGE:
                    z = a * z0 + b * z1 + c * z2
                    if z > depth[y, x]:
                        depth[y, x] = z
                        for n in range(channels):
                            out[y, x, n] = a * attributes[i, n] + b * attributes[j, n] + c * attributes[k, n]
                a += step_a
                b += step_b


@lru_cache(maxsize=1)
def _compiled() -> Callable[..., None]:
    import numba

    compiled: Callable[..., None] = numba.njit(nogil=True, cache=True, fastmath=True)(_fill)
    return compiled


def rasterize(
    points: Array, triangles: npt.NDArray[np.int32], attributes: Array, depth: Array, out: Array
) -> None:
    """Draws triangles into `out` where they are nearer than `depth`; both are changed in place.

    points: (V, 3) float32, x and y in pixels (centres at whole numbers), z grows toward the viewer.
    triangles: (F, 3) int32. attributes: (V, C) float32, interpolated linearly over each triangle.
    depth: (H, W) float32, filled with FAR before the first call. out: (H, W, C) float32.
    """
    _compiled()(points, triangles, attributes, depth, out)

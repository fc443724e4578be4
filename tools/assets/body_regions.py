"""Where garments lie on anny's body: fields whose zero line is a hem, and surfaces cut out along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.types import Array, Ints

ABSENT = -9.0  # of coordinates along a limb, for what does not hang on it


@dataclass(frozen=True)
class Cut:
    """A piece of surface with clean borders.

    at: (n, 2) vertices that each of its own lies between. mix: (n,) 0 at the first, 1 at the second.
    quads: (q, 4) of its own vertices. rim: (n,) bool, on a border.
    """

    at: Ints
    mix: Array
    quads: Ints
    rim: Ints


def along(vertices: Array, bones: tuple[Array, Array, Array]) -> Array:
    """(V,) 0 at the first joint of a limb, 1 at the second, 2 at the third; beyond it more."""
    first, second, third = bones
    total = np.minimum(_share(vertices, first, second), 1)
    return np.asarray(total + np.maximum(_share(vertices, second, third), 0), np.float32)


def _share(vertices: Array, start: Array, end: Array) -> Array:
    way = end - start
    return np.asarray((vertices - start) @ way / (way @ way))


def cut_out(quads: Ints, field: Array) -> Cut:
    """What lies where field (V,) is negative, of quads (Q, 4). Vertices beyond the border slide onto it."""
    inside = field < 0
    kept = quads[inside[quads].any(1)]
    slide = {int(v): (-1, 2.0) for v in np.unique(kept) if not inside[v]}
    for step in (1, 2):  # along edges, and where there is none across a quad
        for corner in range(4):
            for v, w in zip(kept[:, corner], np.roll(kept, -step, axis=1)[:, corner], strict=True):
                for a, b in ((int(v), int(w)), (int(w), int(v))):
                    if inside[a] or not inside[b] or (step == 2 and slide[a][0] >= 0):
                        continue
                    share = float(field[a] / (field[a] - field[b]))
                    if share < slide[a][1]:
                        slide[a] = (b, share)
    used, own = np.unique(kept, return_inverse=True)
    at, mix = np.stack([used, used], 1).astype(np.int32), np.zeros(len(used), np.float32)
    for k, v in enumerate(used):
        if int(v) in slide:
            at[k, 1], mix[k] = slide[int(v)]
    return Cut(at, mix, own.reshape(-1, 4).astype(np.int32), np.array([int(v) in slide for v in used], np.uint8))

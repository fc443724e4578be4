"""A hole painted from several places shows where they meet: the steps from pixel to pixel are kept, not the colours.

After Pérez et al., Poisson Image Editing (2003): the painted pixels are those whose differences come nearest to the
differences where they were taken from, and that join what is known around them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, cg, splu

from avatar_app.types import Array

MOST = 14.0  # grey levels: what is further off is another thing, not another light
ROUNDS, NEAR_ENOUGH = 250, 3e-4  # of the solver: .03 grey levels from the exact solution in the mean
BLOCK = 4  # pixels

Mask = npt.NDArray[np.bool_]


def without_seams(painted: Array, hole: Mask, deep: Mask, slopes: Array) -> Array:
    """The picture (H, W, 3) float32, its hole in the light of its surroundings.

    hole: (H, W), what was painted. deep: (H, W), what is not known yet. slopes: (H, W, 4, 3) float32, how much
    the right, lower, left and upper neighbour of the place that a painted pixel was taken from differ from that place.
    """
    number = np.full(hole.shape, -1)
    number[hole] = np.arange(int(hole.sum()))
    first, second, wanted = _pairs(hole, deep, slopes)
    one, other = number.ravel()[first], number.ravel()[second]
    sign = np.concatenate([np.ones(len(one)), -np.ones(len(one))])
    columns, rows = np.concatenate([other, one]), np.tile(np.arange(len(one)), 2)
    inside = columns >= 0
    shape = (len(one), int(hole.sum()))
    design: Any = sparse.coo_matrix((sign[inside], (rows[inside], columns[inside])), shape).tocsr()
    colours = painted.reshape(-1, painted.shape[2]).astype(np.float64)
    fixed = np.where(other >= 0, 0, 1)[:, None] * colours[second] - np.where(one >= 0, 0, 1)[:, None] * colours[first]
    normal = design.T @ design + 1e-6 * sparse.eye_array(shape[1])
    goal = design.T @ (wanted - fixed) + 1e-6 * painted[hole]
    before = painted[hole]
    near = _from_blocks(normal, hole)
    found = [
        cg(normal, goal[:, k], x0=before[:, k].astype(np.float64), rtol=NEAR_ENOUGH, maxiter=ROUNDS, M=near)[0]
        for k in range(painted.shape[2])
    ]
    out = painted.copy()
    out[hole] = before + np.clip(np.stack(found, axis=1) - before, -MOST, MOST)
    return out


def _from_blocks(normal: Any, hole: Mask) -> LinearOperator:
    """About the inverse of the normal equations (n, n): exact between blocks of pixels that move as one, and for each
    pixel by itself. The light of a whole hole comes with the first, which by pixels alone takes ten times the rounds.
    """
    ys, xs = np.nonzero(hole)
    _, block = np.unique(ys // BLOCK * hole.shape[1] + xs // BLOCK, return_inverse=True)
    spread = sparse.csr_matrix((np.ones(len(block)), (np.arange(len(block)), block)))
    gather, alone = spread.T.tocsr(), 1 / normal.diagonal()
    coarse = splu((gather @ normal @ spread).tocsc(), permc_spec="MMD_AT_PLUS_A")
    return LinearOperator(normal.shape, matvec=lambda off: alone * off + spread @ coarse.solve(gather @ off))


def _pairs(hole: Mask, deep: Mask, slopes: Array) -> tuple[Any, Any, Array]:
    """Neighbours, at least one of them in the hole, as places in the flat picture (n,), and by how much the second
    differs from the first, (n, 3)."""
    at = np.arange(hole.size).reshape(hole.shape)
    firsts, seconds, wanted = [], [], []
    for axis, ahead, back in ((1, 0, 2), (0, 1, 3)):
        near, far = (np.take(at, range(a, hole.shape[axis] + a - 1), axis) for a in (0, 1))
        one, other = near.ravel(), far.ravel()
        filled, unknown = hole.ravel(), deep.ravel()
        wish = (filled[one] | filled[other]) & ~unknown[one] & ~unknown[other]
        one, other = one[wish], other[wish]
        flat = slopes.reshape(-1, 4, slopes.shape[-1])
        of_one, of_other = filled[one][:, None], filled[other][:, None]
        sums = of_one * flat[one, ahead] - of_other * flat[other, back]
        firsts.append(one)
        seconds.append(other)
        wanted.append(sums / (of_one.astype(np.float32) + of_other))
    return np.concatenate(firsts), np.concatenate(seconds), np.concatenate(wanted)

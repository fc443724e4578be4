"""How far two sets of pictures or clips are from one another, as their features are distributed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.floating]


def frechet_distance(one: Rows, other: Rows) -> float:
    """Between normal distributions fitted to rows (N, D) and (M, D), at least two each (Heusel et al. 2017, FID).

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^0.5); the last trace is that of the roots of the eigenvalues of
    C1^0.5 C2 C1^0.5, which are real. Fewer rows than numbers in one give too large a distance.
    """
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    first, second = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (one, other))
    values, vectors = np.linalg.eigh(first)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    shared = np.sqrt(np.clip(np.linalg.eigvalsh(root @ second @ root), 0, None)).sum()
    apart = float(((one.mean(axis=0) - other.mean(axis=0)) ** 2).sum())
    return max(0.0, apart + float(np.trace(first) + np.trace(second) - 2 * shared))

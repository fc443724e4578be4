"""Classifier-free guidance (Ho & Salimans 2022) over several conditions, each with a scale of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from avatar_app.diffusion.modes import GUIDANCE_MODES

LEAST_WEIGHT = 1e-6  # below it an evaluation is left out


@dataclass(frozen=True)
class Branch:
    """One evaluation of the network: the names of the guided conditions that it sees, and the weight of its answer."""

    sees: frozenset[str]
    weight: float


@dataclass(frozen=True)
class Threshold:
    """Dynamic thresholding of each branch's x0 (Saharia et al. 2022, without their division): clamp to a quantile."""

    ratio: float = 0.99
    least: float = 1.0
    most: float = 4.0


def plan_branches(scales: Mapping[str, float], mode: str = "incremental") -> tuple[Branch, ...]:
    """The fewest evaluations of a guidance, those that see most first; their weights sum to 1.

    scales: of the guided conditions, in the order in which they decide; a scale of 1 is no guidance. Conditions that
    are not among them are on in every branch.
    Incremental: none + s_1 (first - none) + s_2 (both - first) + ...: each steers what those before it left open.
    Independent: none + sum of s_i (i alone - none). Raises ValueError for another mode.
    """
    names, values = list(scales), list(scales.values())
    if mode == "incremental":
        after = [*values[1:], 0.0]
        weights = {frozenset(names[: k + 1]): values[k] - after[k] for k in range(len(names))}
        weights[frozenset()] = 1.0 - (values[0] if values else 0.0)
        order = [frozenset(names[:k]) for k in range(len(names), -1, -1)]
    elif mode == "independent":
        weights = {frozenset({name}): value for name, value in scales.items()}
        weights[frozenset()] = 1.0 - sum(values)
        order = [*(frozenset({name}) for name in reversed(names)), frozenset()]
    else:
        raise ValueError(f"the guidance must be {' or '.join(GUIDANCE_MODES)}; got {mode!r}")
    return tuple(Branch(sees, weights[sees]) for sees in order if abs(weights[sees]) > LEAST_WEIGHT)


def combine(branches: tuple[Branch, ...], evaluate: Callable[[Branch], Tensor]) -> Tensor:
    """The weighted sum of the branches' x0, any shape."""
    parts = [branch.weight * evaluate(branch) for branch in branches]
    return torch.stack(parts).sum(dim=0) if len(parts) > 1 else parts[0]


def clamp_to_quantile(x: Tensor, threshold: Threshold) -> Tensor:
    """(N, L, d), each row clamped to +-s: the quantile of its absolute values, within the threshold's limits."""
    level = torch.quantile(x.abs().flatten(1), threshold.ratio, dim=1).clamp(threshold.least, threshold.most)
    limit = level[:, None, None]
    return torch.minimum(torch.maximum(x, -limit), limit)

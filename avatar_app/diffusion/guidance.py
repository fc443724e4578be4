"""Classifier-free guidance (Ho & Salimans 2022) with separate scales for voice and words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Branch:
    """One evaluation of the network: which conditions it sees and the weight of its x0 in the guided one."""

    audio: bool
    text: bool
    weight: float


def plan_branches(audio_scale: float, text_scale: float, has_audio: bool, has_text: bool) -> tuple[Branch, ...]:
    """The fewest evaluations for x0 = none + audio_scale (audio - none) + text_scale (both - audio).

    Incremental guidance: words steer what the voice already decided. Scales of 1 need no extra evaluation.
    """
    text_scale = text_scale if has_text else 1.0
    audio_scale = audio_scale if has_audio else 1.0
    weights = {
        (True, True): text_scale,
        (True, False): audio_scale - text_scale,
        (False, False): 1.0 - audio_scale,
    }
    if not has_text:  # with no words the first two are the same evaluation
        weights = {(True, True): audio_scale, (False, False): 1.0 - audio_scale}
    return tuple(Branch(a, t, w) for (a, t), w in weights.items() if abs(w) > 1e-6)


def combine(branches: tuple[Branch, ...], evaluate: Callable[[Branch], Tensor]) -> Tensor:
    """The weighted sum of the branches' x0, any shape."""
    parts = [branch.weight * evaluate(branch) for branch in branches]
    return torch.stack(parts).sum(dim=0) if len(parts) > 1 else parts[0]

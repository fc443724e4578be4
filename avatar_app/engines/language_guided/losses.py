"""What training lowers (Language-Guided Face Animation, Hang et al. 2022), as far as it needs no other network."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

TEMPERATURE = 0.07


@dataclass(frozen=True)
class MotionLosses:
    """All (), but latent: (T,). steps is only looked at, never lowered."""

    smoothness: Tensor
    ends: Tensor
    latent: Tensor
    steps: Tensor

    @property
    def total(self) -> Tensor:
        """What is lowered; the latent term counts once for every frame."""
        return self.smoothness + self.ends + self.latent.sum()


def motion_losses(offsets: Tensor, base: Tensor, target: Tensor) -> MotionLosses:
    """Of offsets (B, T, L, S) on top of base codes; target: codes that all frames should stay near.

    base, target: (B, L, S) or (B, 1, S). Smoothness is the mean square of second differences over time, so constant
    speed costs nothing; ends is how far the last frame's offset is from the first one's.
    """
    steps = offsets.diff(dim=1)
    away = (base[:, None] + offsets - target[:, None]).square()
    return MotionLosses(
        smoothness=steps.diff(dim=1).square().mean(),
        ends=F.mse_loss(offsets[:, 0], offsets[:, -1]),
        latent=away.mean(dim=(0, 2, 3)),
        steps=steps.square().mean(),
    )


def contrastive_loss(pictures: Tensor, texts: Tensor) -> Tensor:
    """() how much nearer other texts are to a picture than its own; (B, D) each, of any length.

    The sum counts the picture's own text too, as published, so the least is log 2.
    """
    alike = F.normalize(pictures) @ F.normalize(texts).T
    return torch.log1p(((alike - alike.diagonal()[:, None]) / TEMPERATURE).exp().sum(dim=1)).mean()


def similarity_loss(pictures: Tensor, texts: Tensor) -> Tensor:
    """() one minus the cosine of pictures (B, D) and texts (B or 1, D)."""
    return (1 - F.cosine_similarity(pictures, texts)).mean()

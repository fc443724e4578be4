"""Losses of the embedded denoiser: the published terms, with the rig's lip gap in the place of FLAME's vertices."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_app.engines.diffposetalk.losses import masked_mean
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.lip_gap import gap_vector
from avatar_app.training.channels import channel_weights

GAP_SCALE = 12.0  # per mouth width: the gap's deviation becomes about 1
_HEAD = slice(52, 55)


class Losses:
    """Masked means over frames, weighed by channel. All noise levels count alike: at the high ones style is decided."""

    def __init__(self, std: Tensor) -> None:
        self.channels = channel_weights().to(std)
        self.gap = torch.from_numpy(gap_vector(len(CHANNEL_NAMES))).to(std) * std * GAP_SCALE

    def __call__(self, predicted: Tensor, target: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Terms for (N, T, 58) normalised motion and the mask (N, T) of the frames that count."""
        error = predicted - target
        gap = error @ self.gap
        moving = mask[:, 1:] & mask[:, :-1]
        bending = moving[:, 1:] & moving[:, :-1]
        head = error[..., _HEAD]
        return {
            "motion": masked_mean(self.channels * error**2, mask),
            "velocity": masked_mean(self.channels * error.diff(dim=1) ** 2, moving),
            "acceleration": 0.25 * masked_mean(self.channels * error.diff(n=2, dim=1) ** 2, bending),
            "lips": masked_mean(gap**2, mask) + masked_mean(gap.diff(dim=1) ** 2, moving),
            "head": masked_mean(head.diff(dim=1) ** 2, moving) + masked_mean(head.diff(n=2, dim=1) ** 2, bending),
        }

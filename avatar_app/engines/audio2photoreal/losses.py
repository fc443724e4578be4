"""Training losses of the four networks, as published (Ng et al. 2024)."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.audio2photoreal.pose_codec import COMMITMENT, Quantised

SMOOTHING = 0.1  # of the guide's labels


def masked_mse(predicted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """(B,) mean of squared differences of (B, T, F) over the frames where mask (B, T) is set.

    No valid frame at all gives 0.
    """
    weight = mask.to(predicted)[..., None]
    valid = (weight.sum(dim=(1, 2)) * predicted.shape[-1]).clamp(min=1)
    return ((predicted - target).pow(2) * weight).sum(dim=(1, 2)) / valid


@dataclass(frozen=True)
class MotionLoss:
    """(B,) each: of the motion, and of its change from frame to frame."""

    motion: Tensor
    velocity: Tensor

    def total(self, velocity_weight: float) -> Tensor:
        """(B,)."""
        return self.motion + velocity_weight * self.velocity


def motion_loss(predicted: Tensor, target: Tensor, mask: Tensor, tracked: Tensor | None = None) -> MotionLoss:
    """Loss of predicted clean motion (B, T, F). mask: (B, T) valid frames.

    tracked: (B, T), also asked of the motion's frames; the published velocity does not ask for it.
    """
    seen = mask if tracked is None else mask.to(predicted) * tracked.to(predicted)
    change = predicted[:, 1:] - predicted[:, :-1], target[:, 1:] - target[:, :-1]
    return MotionLoss(masked_mse(predicted, target, seen), masked_mse(*change, mask[:, 1:]))


@dataclass(frozen=True)
class CodecLoss:
    """() each: smooth L1 of the poses, the quantisers' commitment, and smooth L1 of differences."""

    motion: Tensor
    commitment: Tensor
    velocity: Tensor

    def total(self, velocity_weight: float) -> Tensor:
        """()."""
        return self.motion + COMMITMENT * self.commitment + velocity_weight * self.velocity


def codec_loss(decoded: Tensor, poses: Tensor, quantised: Quantised, along_time: bool = False) -> CodecLoss:
    """Loss of decoded poses (B, T, F).

    along_time off: differences of neighbouring joint angles instead of frames, as the published weights were trained.
    """
    axis = 1 if along_time else -1
    change = F.smooth_l1_loss(decoded.diff(dim=axis), poses.diff(dim=axis))
    return CodecLoss(F.smooth_l1_loss(decoded, poses), quantised.commitment, change)


def guide_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """() label-smoothed cross-entropy of logits (B, L, codes) against codes (B, L)."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), label_smoothing=SMOOTHING)

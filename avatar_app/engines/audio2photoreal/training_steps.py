"""One training step of each network: a batch to its losses in one forward call, so that it can run on many GPUs."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer
from avatar_app.engines.audio2photoreal.losses import codec_loss, guide_loss, motion_loss
from avatar_app.engines.audio2photoreal.pose_codec import COMMITMENT, TemporalVertexCodec
from avatar_app.engines.audio2photoreal.sampling import TRAIN_STEPS, noised

DROPPED = 0.2  # share of samples that learn without a condition
Losses = dict[str, Tensor]


def keep_mask(count: int, device: torch.device, dropped: float = DROPPED) -> Tensor:
    """(count,) bool, each false with probability `dropped`."""
    return torch.rand(count, device=device) >= dropped


class DenoiserStep(nn.Module):
    """Masked error of the clean motion and of its velocity; audio and key frames are dropped independently."""

    def __init__(self, network: FiLMTransformer, velocity_weight: float = 0.0, dropped: float = DROPPED) -> None:
        super().__init__()
        self.network, self.velocity_weight, self.dropped = network, velocity_weight, dropped

    def forward(
        self,
        features: Tensor,
        motion: Tensor,
        mask: Tensor,
        tracked: Tensor | None = None,
        key_frames: Tensor | None = None,
    ) -> Losses:
        """Losses of normalised motion (B, T, F) with audio features (B, N, C). See losses.motion_loss."""
        count, device = len(motion), motion.device
        step = torch.randint(0, TRAIN_STEPS, (count,), device=device)
        x = noised(motion, step, torch.randn_like(motion))
        keeps = keep_mask(count, device, self.dropped), keep_mask(count, device, self.dropped)
        predicted = self.network(x, step, self.network.encode(features, key_frames, *keeps))
        loss = motion_loss(predicted.float(), motion, mask, tracked)
        found = {"motion": loss.motion.mean()}
        if self.velocity_weight:
            found["velocity"] = self.velocity_weight * loss.velocity.mean()
        return found


class CodecStep(nn.Module):
    """Smooth L1 of decoded key poses, and the commitment; the codebooks move as moving averages."""

    def __init__(self, network: TemporalVertexCodec, velocity_weight: float = 0.0) -> None:
        super().__init__()
        self.network, self.velocity_weight = network, velocity_weight
        network.decoder.project_mean_shape.requires_grad_(False)  # unused: processes would wait for its gradient

    def forward(self, key_frames: Tensor) -> Losses:
        """Losses of normalised key poses (B, K, 104)."""
        decoded, quantised = self.network(key_frames)
        loss = codec_loss(decoded, key_frames, quantised)
        found = {"motion": loss.motion, "commitment": COMMITMENT * loss.commitment}
        if self.velocity_weight:
            found["velocity"] = self.velocity_weight * loss.velocity
        return found


class GuideStep(nn.Module):
    """Label-smoothed cross-entropy of each code after those before it."""

    def __init__(self, network: GuideTransformer, dropped: float = DROPPED) -> None:
        super().__init__()
        self.network, self.dropped = network, dropped

    def forward(self, features: Tensor, codes: Tensor) -> Losses:
        """Loss of codes (B, K, depth) with audio features (B, N, C)."""
        flat = codes.flatten(1)
        given = torch.cat([self.network.start(len(flat)), flat[:, :-1]], dim=1)
        memory = self.network.encode(features, keep_mask(len(flat), flat.device, self.dropped))
        return {"codes": guide_loss(self.network(given, memory).float(), flat)}

"""One training step of the embedded denoisers: weighted error of clean motion and of its velocity."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from avatar_app.engines.audio2photoreal.body_coding import FEATURES, HAND_PARTS
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.patches import unpack
from avatar_app.engines.audio2photoreal.sampling import TRAIN_STEPS, cosine_betas, noised
from avatar_app.engines.audio2photoreal.training_steps import Losses, keep_mask
from avatar_app.training.channels import channel_weights

SNR_RANGE, SNR_MEAN = (0.25, 5.0), 2.0  # min-SNR weights (Hang et al. 2023), without which takes come out alike
DROPPED = 0.1  # share of samples without a condition
FINGERS_COUNT = 0.4  # weight of a component of a hand beside an arm's angle


class WeightedDenoiserStep(nn.Module):
    """Errors weighted by channel and by noise level. weights: (F,) of a frame. patch: frames in a token."""

    weights: Tensor
    levels: Tensor

    def __init__(self, network: FiLMTransformer, weights: Tensor, velocity_weight: float, patch: int) -> None:
        super().__init__()
        self.network, self.velocity_weight, self.patch = network, velocity_weight, patch
        bars = (1 - cosine_betas()).cumprod(0)
        self.register_buffer("weights", weights, persistent=False)
        levels = (bars / (1 - bars)).clamp(*SNR_RANGE).float() / SNR_MEAN
        self.register_buffer("levels", levels, persistent=False)

    def forward(self, condition: Tensor, motion: Tensor, key_frames: Tensor | None = None) -> Losses:
        """Losses of packed motion (B, N, patch F), a condition a token, and key frames where the network has them."""
        count, device = len(motion), motion.device
        step = torch.randint(0, TRAIN_STEPS, (count,), device=device)
        x = noised(motion, step, torch.randn_like(motion))
        keeps = keep_mask(count, device, DROPPED), keep_mask(count, device, DROPPED)
        error = self.network(x, step, self.network.encode(condition, key_frames, *keeps)).float() - motion
        error = unpack(error, self.patch)
        weights = self.weights * self.levels[step][:, None, None]
        velocity = (weights * error.diff(dim=1) ** 2).mean()
        return {"motion": (weights * error**2).mean(), "velocity": self.velocity_weight * velocity}


def body_weights() -> Tensor:
    """(FEATURES,) of mean 1: fingers count less than arms and trunk."""
    weights = torch.ones(FEATURES)
    weights[-2 * HAND_PARTS :] = FINGERS_COUNT
    return weights / weights.mean()


def face_weights() -> Tensor:
    """(58,) as every face of this project is taught."""
    return channel_weights()

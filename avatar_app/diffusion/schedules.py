"""Forward processes: how much noise is in a sample at every level."""

from __future__ import annotations

import math

import numpy as np
import torch
from diffusers import DDPMScheduler
from torch import Tensor, nn

LEAST_BETA, MOST_BETA = 1e-4, 0.999
COSINE_OFFSET = 0.008  # Nichol & Dhariwal 2021
ALL_NOISE = 0.94  # of the levels; above it half of evenly spread steps would be spent on what is noise anyway


def cosine_schedule(train_timesteps: int) -> DDPMScheduler:
    """diffusers' cosine schedule, for training networks that predict x0; samplers.cosine_solver goes back along it."""
    return DDPMScheduler(
        num_train_timesteps=train_timesteps,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        clip_sample=False,
    )


class NoiseSchedule(nn.Module):
    """Noise levels as buffers of n + 1 entries, under the names of DiffPoseTalk's published checkpoints.

    Index 0 is the clean end (beta 0), index t the t-th noise level.
    sigmas_flex is sqrt(beta); sigmas_inflex the standard deviation of the posterior.
    """

    betas: Tensor
    alphas: Tensor
    alpha_bars: Tensor
    sigmas_flex: Tensor
    sigmas_inflex: Tensor

    def __init__(self, steps: int, kind: str = "cosine") -> None:
        super().__init__()
        # On the CPU also while a model is only sketched on "meta", where transformers leaves torch.linspace on the CPU.
        betas = torch.cat([torch.zeros(1, device="cpu"), _betas(steps, kind)])
        alphas = 1 - betas
        alpha_bars = alphas.log().cumsum(0).exp()
        before = torch.cat([torch.ones(1, device="cpu"), alpha_bars[:-1]])
        posterior = torch.zeros(steps + 1, device="cpu")
        posterior[1:] = ((1 - before[1:]) / (1 - alpha_bars[1:]) * betas[1:]).sqrt()
        for name, value in (("betas", betas), ("alphas", alphas), ("alpha_bars", alpha_bars)):
            self.register_buffer(name, value)
        self.register_buffer("sigmas_flex", betas.sqrt())
        self.register_buffer("sigmas_inflex", posterior)

    @property
    def steps(self) -> int:
        """Noise levels, T."""
        return len(self.betas) - 1

    def noised(self, x0: Tensor, step: Tensor, noise: Tensor) -> Tensor:
        """x_t of x0 (N, L, d) at step (N,), 1 to T."""
        signal = self.alpha_bars[step][:, None, None]
        return signal.sqrt() * x0 + (1 - signal).sqrt() * noise

    def posterior(self, t: int) -> tuple[Tensor, Tensor]:
        """Factors of x_t and of x0 in the mean of x_{t-1} (Ho et al. 2020, equation 7)."""
        before, now = self.alpha_bars[t - 1], self.alpha_bars[t]
        return (1 - before) * self.alphas[t].sqrt() / (1 - now), (1 - self.alphas[t]) * before.sqrt() / (1 - now)

    def sigma(self, t: int, flexibility: float = 0.0) -> Tensor:
        """Standard deviation of the noise added on the way to t - 1: the posterior's at 0, sqrt(beta) at 1."""
        return flexibility * self.sigmas_flex[t] + (1 - flexibility) * self.sigmas_inflex[t]

    def spread_steps(self, count: int) -> list[int]:
        """`count` falling timesteps (level - 1): the noisiest, then even in log signal-to-noise ratio."""
        ratio = (self.alpha_bars / (1 - self.alpha_bars)).log()[1:].cpu().numpy()
        top = round(ALL_NOISE * len(ratio)) - 1
        wanted = np.linspace(ratio[top], ratio[0], count - 1) if count > 1 else []
        steps = [len(ratio) - 1, *(int(np.abs(ratio - value).argmin()) for value in wanted)]
        return list(dict.fromkeys(steps))


def _betas(steps: int, kind: str) -> Tensor:
    low, high = 1e-4, 0.02
    if kind == "cosine":
        time = torch.linspace(0, steps, steps + 1, device="cpu")
        level = torch.cos((time / steps + COSINE_OFFSET) / (1 + COSINE_OFFSET) * math.pi / 2) ** 2
        return (1 - level[1:] / level[:-1]).clamp(LEAST_BETA, MOST_BETA)
    if kind == "linear":
        return torch.linspace(low, high, steps, device="cpu")
    if kind == "quadratic":
        return torch.linspace(low**0.5, high**0.5, steps, device="cpu") ** 2
    if kind == "sigmoid":
        return torch.linspace(-5, 5, steps, device="cpu").sigmoid() * (high - low) + low
    raise ValueError(f"the schedule must be cosine, linear, quadratic or sigmoid; got {kind!r}")

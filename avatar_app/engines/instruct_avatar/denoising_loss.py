"""The loss that the denoiser is trained with, by the teacher's motion and by tracked films alike."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import DDPMScheduler
from torch import Tensor

from avatar_app.diffusion.schedules import cosine_schedule
from avatar_app.engines.instruct_avatar.inputs import Inputs
from avatar_app.engines.instruct_avatar.model import Denoiser
from avatar_app.training.channels import channel_weights

SNR_RANGE = (0.25, 5.0)
SNR_MEAN = 2.0  # of the clamped ratio over all timesteps, about


class DenoisingLoss:
    """Squared error of the predicted motion and of its velocity, weighted by channel and timestep."""

    def __init__(self, model: Denoiser, device: torch.device, drop_speech: float, drop_text: float) -> None:
        self.model, self.drop_speech, self.drop_text = model, drop_speech, drop_text
        self.noise: DDPMScheduler = cosine_schedule(model.config.train_timesteps)
        self.channels = channel_weights().to(device)
        signal = self.noise.alphas_cumprod.to(device)
        # Weights about 1 that grow with the signal-to-noise ratio (min-SNR, Hang et al. 2023). Without them errors at
        # high noise outweigh all others, and takes come out alike: every one near the mean.
        self.steps = (signal / (1 - signal)).clamp(*SNR_RANGE) / SNR_MEAN

    def __call__(
        self, net: Callable[..., Tensor], batch: dict[str, Tensor], speech: Tensor, seen: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Losses "motion" and "velocity" of a batch at random timesteps.

        net: the model, or what wraps it. batch: motion (B, T, 58) and what Inputs takes. speech: (B, T, 26). seen:
        (B, 58), 0 for channels that the batch teaches nothing about.
        """
        target = self.model.normalise(batch["motion"])
        inputs = self._inputs(batch, speech)
        timestep = torch.randint(0, self.model.config.train_timesteps, (len(target),), device=target.device)
        noisy = self.noise.add_noise(target, torch.randn_like(target), timestep)  # type: ignore[arg-type]
        error = net(noisy, timestep, inputs).float() - target
        weights = self.channels * self.steps[timestep][:, None, None]
        if seen is not None:
            weights = weights * seen[:, None]
        return {"motion": (weights * error**2).mean(), "velocity": (weights * error.diff(dim=1) ** 2).mean()}

    def _inputs(self, batch: dict[str, Tensor], speech: Tensor) -> Inputs:
        """What the denoiser is told; now and then no speech, or no words, for guidance."""
        rows, device = len(speech), speech.device
        deaf = torch.rand(rows, device=device) < self.drop_speech
        told = (torch.rand(rows, device=device) >= self.drop_text).float()
        return Inputs(
            torch.where(deaf[:, None, None], self.model.null_audio, speech),
            batch["resting"],
            batch["emotion"] * told[:, None, None],
            batch["actions"],
            batch["strengths"] * told[:, None],
            batch["spans"],
            batch["talker"],
        )

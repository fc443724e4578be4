"""Denoising on diffusers' schedulers, with one generator per sample and a say for whoever waits."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
from torch import Tensor

from avatar_app.request import Stopped
from avatar_app.types import ShouldStop

BETA_SCHEDULE = "squaredcos_cap_v2"


def noise_schedule(train_timesteps: int) -> DDPMScheduler:
    """The forward process all embedded models are trained with: cosine schedule, the network predicts x0."""
    return DDPMScheduler(
        num_train_timesteps=train_timesteps,
        beta_schedule=BETA_SCHEDULE,
        prediction_type="sample",
        clip_sample=False,
    )


def solver(train_timesteps: int, steps: int, device: torch.device) -> DPMSolverMultistepScheduler:
    """DPM-Solver++ 2M with lu lambdas: at 10 and more steps it keeps the spread of the samples, unlike DDIM."""
    scheduler = DPMSolverMultistepScheduler(
        num_train_timesteps=train_timesteps,
        beta_schedule=BETA_SCHEDULE,
        prediction_type="sample",
        use_lu_lambdas=True,
        final_sigmas_type="zero",
    )
    scheduler.set_timesteps(steps, device=device)
    return scheduler


def start_noise(seeds: tuple[int, ...], frames: int, channels: int, device: torch.device) -> Tensor:
    """(len(seeds), frames, channels) standard normal; row k depends on seeds[k] alone."""
    rows = []
    for seed in seeds:
        generator = torch.Generator("cpu").manual_seed(seed)  # the CPU's, so that every device starts alike
        rows.append(torch.randn(frames, channels, generator=generator))
    return torch.stack(rows).to(device)


def denoise(
    predict: Callable[[Tensor, Tensor], Tensor],
    noise: Tensor,
    train_timesteps: int,
    steps: int,
    on_step: Callable[[float], None],
    should_stop: ShouldStop,
) -> Tensor:
    """x0 from start noise. `predict(x_t, timestep (B,))` returns the guided x0.

    Raises Stopped between two steps when `should_stop()` is true.
    """
    scheduler = solver(train_timesteps, steps, noise.device)
    x = noise
    for i, t in enumerate(scheduler.timesteps):
        if should_stop():
            raise Stopped
        x0 = predict(x, t.expand(len(x)))
        x = scheduler.step(x0, t, x).prev_sample
        on_step((i + 1) / len(scheduler.timesteps))
    return x

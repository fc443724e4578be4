"""DDIM (Song et al. 2021) as DAWN runs it: dynamic thresholds over whole clips, and noise levels shifted by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from diffusers import DPMSolverMultistepScheduler
from torch import Tensor

from avatar_app.diffusion.noise import DrawNoise
from avatar_app.diffusion.samplers import never_stop, no_step, solve
from avatar_app.request import Stopped
from avatar_app.types import OnStep, ShouldStop

TRAIN_STEPS = 1000
STEPS, FAST_STEPS = 20, 6  # published, and of the fast solver
FEWEST_STEPS = 3  # of it where a network predicts flow, which is nearly determined
OFFSET, MOST_BETA = 0.008, 0.9999  # Nichol & Dhariwal 2021
PERCENTILE = 0.9
FIRST_FAST = 950  # of the fast solver, near the published first step
LEAST_VARIANCE = 1e-20

# x_t (clips, 3, F, h, w), step t -> the noise in it
PredictNoise = Callable[[Tensor, int], Tensor]


@lru_cache(maxsize=1)
def noise_tables() -> dict[str, Tensor]:
    """The cosine schedule's 12 tables (1000,) float32 by the names under which published checkpoints store them."""
    time = np.linspace(0, TRAIN_STEPS, TRAIN_STEPS + 1) / TRAIN_STEPS
    level = np.cos((time + OFFSET) / (1 + OFFSET) * np.pi / 2) ** 2
    betas = np.clip(1 - level[1:] / level[:-1], 0, MOST_BETA)
    bars = np.cumprod(1 - betas)
    before = np.concatenate([[1.0], bars[:-1]])
    variance = betas * (1 - before) / (1 - bars)
    tables = {
        "betas": betas,
        "alphas_cumprod": bars,
        "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": np.sqrt(bars),
        "sqrt_one_minus_alphas_cumprod": np.sqrt(1 - bars),
        "log_one_minus_alphas_cumprod": np.log(1 - bars),
        "sqrt_recip_alphas_cumprod": np.sqrt(1 / bars),
        "sqrt_recipm1_alphas_cumprod": np.sqrt(1 / bars - 1),
        "posterior_variance": variance,
        "posterior_log_variance_clipped": np.log(np.maximum(variance, LEAST_VARIANCE)),
        "posterior_mean_coef1": betas * np.sqrt(before) / (1 - bars),
        "posterior_mean_coef2": (1 - before) * np.sqrt(1 - betas) / (1 - bars),
    }
    return {name: torch.from_numpy(table).float() for name, table in tables.items()}


def step_list(steps: int) -> list[int]:
    """`steps` + 1 falling diffusion steps, the last one 0."""
    spread = torch.linspace(0, TRAIN_STEPS, steps + 2)[:-1]
    return spread.int().flip(0).tolist()


def clean(x: Tensor, noise: Tensor, step: int) -> Tensor:
    """x0 of x_t and the noise in it, unlimited."""
    tables = noise_tables()
    return (
        float(tables["sqrt_recip_alphas_cumprod"][step]) * x
        - float(tables["sqrt_recipm1_alphas_cumprod"][step]) * noise
    )


def noise_of(x: Tensor, x0: Tensor, step: int) -> Tensor:
    """The noise in x_t whose clean clip is x0: the way back of `clean`."""
    bar = noise_tables()["alphas_cumprod"][step].double()
    return ((x - float(bar.sqrt()) * x0) / float((1 - bar).sqrt())).to(x.dtype)


def level_of(x: Tensor, share: float = PERCENTILE) -> Tensor:
    """(clips,) the quantile of absolute values of (clips, ...), interpolated; torch's own ends at 2 ** 24 values."""
    values = x.flatten(1).abs()
    place = share * (values.shape[1] - 1)
    below = int(place)
    low = values.kthvalue(below + 1, dim=1).values
    high = values.kthvalue(min(below + 2, values.shape[1]), dim=1).values
    return low + (place - below) * (high - low)


def limited(x0: Tensor) -> Tensor:
    """(clips, ...) cut off at each clip's own level and scaled to -1 to 1 (Saharia et al. 2022)."""
    level = level_of(x0).clamp(min=1).view(-1, *[1] * (x0.dim() - 1))
    return torch.minimum(torch.maximum(x0, -level), level) / level


def denoise(
    predict: PredictNoise,
    start: Tensor,
    draw: DrawNoise,
    steps: int = STEPS,
    eta: float = 1.0,
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """Clean latents (clips, 3, F, h, w), -1 to 1, from standard normal ones.

    eta: share of the noise that is drawn anew at every step but the last; 0 draws none. Noise levels of the step that
    leads on are those of one diffusion step before, and the noise is not made to fit the limited x0: as published.
    Raises Stopped before and after every prediction when `should_stop()` is true.
    """
    bars, x = noise_tables()["alphas_cumprod_prev"].double(), start
    listed = step_list(steps)
    for i, (step, after) in enumerate(pairwise(listed)):
        _stop_if(should_stop)
        noise = predict(x, step)
        _stop_if(should_stop)
        x0 = limited(clean(x, noise, step))
        now, then = float(bars[step]), float(bars[after])
        sigma = eta * ((1 - now / then) * (1 - then) / (1 - now)) ** 0.5
        x = then**0.5 * x0 + max(1 - then - sigma**2, 0.0) ** 0.5 * noise
        if after and eta:
            x = x + sigma * draw(step, x)
        on_step((i + 1) / steps)
    return x


def _stop_if(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Stopped


def denoise_fast(
    predict: PredictNoise,
    start: Tensor,
    steps: int = FAST_STEPS,
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """The same in few steps and without further noise: DPM-Solver++ 2M (Lu et al. 2022) on the limited x0.

    Its steps are whole ones, evenly spread: between them the noise in x would be another than `clean` takes out.
    """
    solver = DPMSolverMultistepScheduler(
        trained_betas=noise_tables()["betas"].numpy(),
        num_train_timesteps=TRAIN_STEPS,
        prediction_type="sample",
        final_sigmas_type="zero",
    )
    solver.set_timesteps(timesteps=fast_steps(steps), device=start.device)
    return solve(lambda x, step: limited(clean(x, predict(x, step), step)), start, solver, on_step, should_stop)


def fast_steps(steps: int) -> list[int]:
    """Falling diffusion steps from where nearly all is noise; the last one leads to a clean clip."""
    return [round(FIRST_FAST * (steps - i) / steps) for i in range(steps)]

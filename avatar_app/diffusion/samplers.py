"""From noise to a clean sample: DPM-Solver++ on diffusers' scheduler, and ancestral sampling, for every engine."""

from __future__ import annotations

from collections.abc import Callable

import torch
from diffusers import DPMSolverMultistepScheduler
from torch import Tensor

from avatar_app.diffusion.noise import DrawNoise
from avatar_app.diffusion.schedules import NoiseSchedule
from avatar_app.request import Stopped
from avatar_app.types import OnStep, ShouldStop

# x_t (N, L, d), timestep t -> guided prediction (N, L, d)
Predict = Callable[[Tensor, int], Tensor]


def no_step(done: float) -> None:
    """Tells nobody."""


def never_stop() -> bool:
    """Nobody asks to stop."""
    return False


def solve(
    predict: Predict,
    noise: Tensor,
    scheduler: DPMSolverMultistepScheduler,
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """x0 from x_T (N, L, d) by the scheduler's timesteps (DPM-Solver++ 2M, Lu et al. 2022); draws no noise.

    Raises Stopped before and after every prediction when `should_stop()` is true, the last one, too; so must `predict`
    if it calls the network more than once: half an answer is none.
    """
    x = noise
    for i, timestep in enumerate(scheduler.timesteps):
        _stop_if(should_stop)
        out = predict(x, int(timestep))
        _stop_if(should_stop)
        x = scheduler.step(out, timestep, x).prev_sample
        on_step((i + 1) / len(scheduler.timesteps))
    return x


def ancestral(
    predict: Predict,
    noise: Tensor,
    schedule: NoiseSchedule,
    draw: DrawNoise,
    predicts_noise: bool = False,
    flexibility: float = 0.0,
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """x0 by one step per noise level, from T to 1 (Ho et al. 2020, algorithm 2); the last step adds no noise.

    flexibility: 0 adds the posterior's noise, 1 adds sqrt(beta). Raises Stopped as `solve` does.
    """
    x = noise
    for t in range(schedule.steps, 0, -1):
        _stop_if(should_stop)
        out = predict(x, t)
        _stop_if(should_stop)
        if predicts_noise:
            alpha, bar = schedule.alphas[t], schedule.alpha_bars[t]
            x_next = (x - (1 - alpha) / (1 - bar).sqrt() * out) / alpha.sqrt()
        else:
            of_x, of_x0 = schedule.posterior(t)
            x_next = of_x * x + of_x0 * out
        x = x_next + schedule.sigma(t, flexibility) * draw(t, x) if t > 1 else x_next
        on_step(1 - (t - 1) / schedule.steps)
    return x


def _stop_if(should_stop: ShouldStop) -> None:
    if should_stop():
        raise Stopped


def cosine_solver(train_timesteps: int, steps: int, device: torch.device) -> DPMSolverMultistepScheduler:
    """On the cosine schedule with lu lambdas: at 8 and more steps it keeps the samples' spread, unlike DDIM."""
    scheduler = DPMSolverMultistepScheduler(
        num_train_timesteps=train_timesteps,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="sample",
        use_lu_lambdas=True,
        final_sigmas_type="zero",
    )
    scheduler.set_timesteps(steps, device=device)
    return scheduler


def schedule_solver(
    schedule: NoiseSchedule, steps: int, device: torch.device, predicts_noise: bool = False
) -> DPMSolverMultistepScheduler:
    """On a model's own noise levels; its timestep t is the model's level t + 1."""
    solver = DPMSolverMultistepScheduler(
        trained_betas=schedule.betas[1:].cpu().numpy(),
        num_train_timesteps=schedule.steps,
        prediction_type="epsilon" if predicts_noise else "sample",
        final_sigmas_type="zero",
    )
    solver.set_timesteps(timesteps=schedule.spread_steps(steps), device=device)
    return solver

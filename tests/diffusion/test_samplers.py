"""Sampling: seeds decide the noise, every sampler finds x0 and keeps the spread, stopping is prompt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from avatar_app.diffusion.noise import start_noise, step_generators, step_noise
from avatar_app.diffusion.samplers import Predict, ancestral, cosine_solver, schedule_solver, solve
from avatar_app.diffusion.schedules import NoiseSchedule, cosine_schedule
from avatar_app.request import MAX_SEED, Stopped

CPU = torch.device("cpu")
LEVELS = NoiseSchedule(100)
Sampler = Callable[[Tensor, Predict], Tensor]


def test_noise_of_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = start_noise((7,), 50, 4, CPU)
    among = start_noise((3, 7, 9), 50, 4, CPU)
    assert torch.equal(alone[0], among[1])
    assert not torch.equal(among[0], among[1])


def test_noise_between_steps_does_not_depend_on_neighbours_and_is_always_new() -> None:
    x = torch.zeros(3, 50, 4)
    among, alone = step_noise(step_generators((3, 7, 9))), step_noise(step_generators((7,)))
    for t in (5, 4):
        rows, row = among(t, x), alone(t, x[:1])
        assert torch.equal(rows[1], row[0]) and not torch.equal(rows[0], rows[1])
    assert not torch.equal(alone(3, x[:1]), row)


@pytest.mark.parametrize("seed", [0, 7, MAX_SEED])
def test_noise_between_steps_is_not_that_of_the_start(seed: int) -> None:
    first = step_noise(step_generators((seed,)))(9, torch.zeros(1, 50, 4))
    assert abs(torch.corrcoef(torch.stack([start_noise((seed,), 50, 4, CPU).flatten(), first.flatten()]))[0, 1]) < 0.3


def ideal(bars: Tensor, mean: float, deviation: float, of_noise: bool = False) -> Predict:
    """E[x0 | x_t], or the noise that follows from it, when the data is Gaussian: the ideal network.

    bars: (T + 1,) share of signal in the variance at level t.
    """

    def predict(x: Tensor, level: int) -> Tensor:
        a = bars[level]
        gain = a.sqrt() * deviation**2 / (a * deviation**2 + 1 - a)
        x0 = mean + gain * (x - a.sqrt() * mean)
        return (x - a.sqrt() * x0) / (1 - a).sqrt() if of_noise else x0

    return predict


def by_cosine_solver(noise: Tensor, mean: float, deviation: float) -> Tensor:
    bars = cosine_schedule(1000).alphas_cumprod
    return solve(ideal(bars, mean, deviation), noise, cosine_solver(1000, 12, CPU))


def by_schedule_solver(noise: Tensor, mean: float, deviation: float, of_noise: bool = False) -> Tensor:
    answer = ideal(LEVELS.alpha_bars, mean, deviation, of_noise)
    return solve(lambda x, t: answer(x, t + 1), noise, schedule_solver(LEVELS, 20, CPU, of_noise))


def by_ancestral(noise: Tensor, mean: float, deviation: float, of_noise: bool = False) -> Tensor:
    draw = step_noise(step_generators(tuple(range(len(noise)))))
    return ancestral(ideal(LEVELS.alpha_bars, mean, deviation, of_noise), noise, LEVELS, draw, of_noise)


@pytest.mark.parametrize("deviation", [0.3, 1.0])
@pytest.mark.parametrize(
    "sample",
    [
        by_cosine_solver,
        by_schedule_solver,
        lambda *given: by_schedule_solver(*given, of_noise=True),
        by_ancestral,
        lambda *given: by_ancestral(*given, of_noise=True),
    ],
    ids=["cosine", "levels", "levels, of noise", "ancestral", "ancestral, of noise"],
)
def test_samples_have_the_mean_and_spread_of_the_data(sample: Callable[..., Tensor], deviation: float) -> None:
    x0 = sample(start_noise((0, 1), 4000, 2, CPU), 0.5, deviation)
    assert x0.mean().item() == pytest.approx(0.5, abs=0.05)
    assert x0.std().item() == pytest.approx(deviation, rel=0.1)


@pytest.mark.parametrize("count", [1, 2, 10, 20])
def test_solver_steps_fall_from_all_noise_to_nearly_none(count: int) -> None:
    steps = NoiseSchedule(500).spread_steps(count)
    assert steps[0] == 499 and steps == sorted(set(steps), reverse=True) and len(steps) == count
    assert count <= 2 or steps[-1] == 0


def solved(predict: Predict, on_step: Callable[[float], None], should_stop: Callable[[], bool]) -> Tensor:
    return solve(predict, torch.zeros(1, 4, 2), cosine_solver(1000, 20, CPU), on_step, should_stop)


def stepped(predict: Predict, on_step: Callable[[float], None], should_stop: Callable[[], bool]) -> Tensor:
    return ancestral(
        predict, torch.zeros(1, 4, 2), NoiseSchedule(20), lambda t, x: x, on_step=on_step, should_stop=should_stop
    )


@pytest.mark.parametrize("sample", [solved, stepped])
@pytest.mark.parametrize("stopped_in", [1, 3, 20])
def test_a_stop_is_heeded_before_and_during_every_step(sample: Callable[..., Tensor], stopped_in: int) -> None:
    calls: list[int] = []
    told: list[float] = []

    def predict(x: Tensor, t: int) -> Tensor:
        calls.append(t)
        return x

    with pytest.raises(Stopped):
        sample(predict, told.append, lambda: len(calls) >= stopped_in)
    assert len(calls) == stopped_in and len(told) == stopped_in - 1
    with pytest.raises(Stopped):
        sample(predict, told.append, lambda: True)
    assert len(calls) == stopped_in


@pytest.mark.parametrize("sample", [solved, stepped])
def test_progress_rises_in_equal_steps_to_one(sample: Callable[..., Tensor]) -> None:
    told: list[float] = []
    sample(lambda x, t: x, told.append, lambda: False)
    assert told == pytest.approx([k / 20 for k in range(1, 21)])

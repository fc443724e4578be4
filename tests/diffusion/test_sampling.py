"""Sampling: seeds decide the noise, the solver finds x0 and keeps the spread, stopping is prompt."""

from __future__ import annotations

import pytest
import torch

from avatar_app.diffusion.sampling import denoise, noise_schedule, start_noise
from avatar_app.request import Stopped

CPU = torch.device("cpu")


def test_noise_of_a_seed_does_not_depend_on_its_neighbours() -> None:
    alone = start_noise((7,), 50, 4, CPU)
    among = start_noise((3, 7, 9), 50, 4, CPU)
    assert torch.equal(alone[0], among[1])
    assert not torch.equal(among[0], among[1])


def _gaussian_oracle(mean: float, deviation: float):  # type: ignore[no-untyped-def]
    """E[x0 | x_t] when the data is Gaussian: the ideal network."""
    alphas = noise_schedule(1000).alphas_cumprod

    def predict(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        a = alphas[t.long()][:, None, None]
        gain = a.sqrt() * deviation**2 / (a * deviation**2 + 1 - a)
        return mean + gain * (x - a.sqrt() * mean)

    return predict


@pytest.mark.parametrize("deviation", [0.3, 1.0])
def test_few_steps_keep_mean_and_spread(deviation: float) -> None:
    noise = start_noise((0, 1), 4000, 2, CPU)
    x0 = denoise(_gaussian_oracle(0.5, deviation), noise, 1000, 12, lambda done: None, lambda: False)
    assert x0.mean().item() == pytest.approx(0.5, abs=0.05)
    assert x0.std().item() == pytest.approx(deviation, rel=0.08)


def test_stop_is_heeded_before_the_next_step() -> None:
    calls: list[float] = []
    with pytest.raises(Stopped):
        denoise(lambda x, t: x, torch.zeros(1, 4, 2), 1000, 20, calls.append, lambda: len(calls) >= 3)
    assert len(calls) == 3

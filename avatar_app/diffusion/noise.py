"""Noise, drawn for every sample from a generator of its own: what one sample gets never depends on the others."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

DrawNoise = Callable[[int, Tensor], Tensor]  # step t, x_t -> standard normal of the same shape
# Another stream than any start noise's, which is drawn from the seed itself: seeds are below it, and the generator of
# the CPU reads 32 bits of them.
STEP_STREAM = 2**31


def start_noise(seeds: tuple[int, ...], frames: int, channels: int, device: torch.device) -> Tensor:
    """(len(seeds), frames, channels) standard normal; row k depends on seeds[k] alone."""
    rows = []
    for seed in seeds:
        generator = torch.Generator("cpu").manual_seed(seed)  # the CPU's, so that every device starts alike
        rows.append(torch.randn(frames, channels, generator=generator))
    return torch.stack(rows).to(device)


def step_noise(generators: list[torch.Generator]) -> DrawNoise:
    """Draws the noise of the steps between: row i from generator i alone."""

    def draw(step: int, x: Tensor) -> Tensor:
        rows = [torch.randn(x.shape[1:], generator=generator) for generator in generators]
        return torch.stack(rows).to(x.device)

    return draw


def step_generators(seeds: tuple[int, ...]) -> list[torch.Generator]:
    """One generator per seed, for `step_noise`."""
    return [torch.Generator("cpu").manual_seed(seed + STEP_STREAM) for seed in seeds]

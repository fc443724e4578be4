"""Face codes and body poses from noise: respaced DDIM with guidance, conditions encoded once."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from types import SimpleNamespace

import torch
from torch import Tensor

from avatar_app.diffusion.samplers import Predict, never_stop, no_step, solve
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer, Memory
from avatar_app.request import InputError, Stopped
from avatar_app.types import OnStep, ShouldStop

TRAIN_STEPS = 1000
COSINE_OFFSET, MOST_BETA = 0.008, 0.999  # Nichol & Dhariwal 2021
FACE_GUIDANCE, POSE_GUIDANCE = 10.0, 2.0


def cosine_betas() -> Tensor:
    """(1000,) float64."""
    bars = [math.cos((t / TRAIN_STEPS + COSINE_OFFSET) / (1 + COSINE_OFFSET) * math.pi / 2) ** 2 for t in range(1001)]
    pairs = itertools.pairwise(bars)
    return torch.tensor([min(1 - after / before, MOST_BETA) for before, after in pairs], dtype=torch.float64)


def noised(x0: Tensor, t: Tensor, noise: Tensor) -> Tensor:
    """x_t of x0 (B, T, F) at steps t (B,) 0 to 999 of training."""
    bars = (1 - cosine_betas()).cumprod(0).to(x0.device)[t]
    signal, rest = bars.sqrt().to(x0)[:, None, None], (1 - bars).sqrt().to(x0)[:, None, None]
    return signal * x0 + rest * noise


def respaced(steps: int) -> list[int]:
    """`ddimN`: N steps of training, rising, every k-th from 0 on with the smallest k that gives N of them.

    The last of training is not among them unless all are. Raises InputError when there is no such k; ddim1 is none.
    """
    for stride in range(1, TRAIN_STEPS):
        chosen = list(range(0, TRAIN_STEPS, stride))
        if len(chosen) == steps:
            return chosen
    near = min(valid_counts(), key=lambda count: abs(count - steps))
    raise InputError(f"Steps cannot be spread evenly over {TRAIN_STEPS} as {steps}: the nearest that can is {near}.")


def valid_counts() -> list[int]:
    """Every N for which `ddimN` exists."""
    return sorted({len(range(0, TRAIN_STEPS, stride)) for stride in range(1, TRAIN_STEPS)})


@dataclass
class Ddim:
    """DDIM with eta 0 (Song et al. 2021) on the kept steps of training, for `diffusion.samplers.solve`.

    timesteps: (N,) falling steps as the network knows them. bars, bars_before: (N,) float64 signal levels, by rising
    steps.
    """

    steps: int
    timesteps: Tensor = field(init=False)
    bars: Tensor = field(init=False)
    bars_before: Tensor = field(init=False)

    def __post_init__(self) -> None:
        kept = respaced(self.steps)
        self.bars = (1 - cosine_betas()).cumprod(0)[kept]
        self.bars_before = torch.cat([torch.ones(1, dtype=torch.float64), self.bars[:-1]])
        self.timesteps = torch.tensor(kept[::-1])
        self._place = {step: i for i, step in enumerate(kept)}

    def step(self, x0: Tensor, timestep: Tensor | int, x: Tensor) -> SimpleNamespace:
        """`.prev_sample`: x at the next lower kept step, of the prediction x0; after the last one it is x0."""
        i = self._place[int(timestep)]
        bar, before = self.bars[i], self.bars_before[i].to(x)  # rounded where the published code rounds
        noise = ((1 / bar).sqrt().to(x) * x - x0) / (1 / bar - 1).sqrt().to(x)
        return SimpleNamespace(prev_sample=before.sqrt() * x0 + (1 - before).sqrt() * noise)


@dataclass(frozen=True)
class Conditions:
    """given: encoded conditions; nothing: those of the unguided branch, None when it is not wanted."""

    given: Memory
    nothing: Memory | None = None


def encode_conditions(
    model: FiLMTransformer, features: Tensor, key_frames: Tensor | None = None, guided: bool = True
) -> Conditions:
    """Conditions of `sample`: audio features (B or 1, N, C), and key frames (B or 1, K, 104) for a model of poses."""
    count = 0 if key_frames is None else key_frames.shape[1]
    nothing = model.encode_nothing(features.shape[1], count) if guided else None
    return Conditions(model.encode(features, key_frames), nothing)


def guided_prediction(
    model: FiLMTransformer, conditions: Conditions, scale: float | Tensor, should_stop: ShouldStop = never_stop
) -> Predict:
    """x0 without conditions, and from there scale times the way to x0 with them. scale: a number, or (B,)."""
    by_sample = scale.view(-1, 1, 1) if isinstance(scale, Tensor) else scale
    plain = conditions.nothing is None or (not isinstance(scale, Tensor) and scale == 1)

    def predict(x: Tensor, step: int) -> Tensor:
        t = torch.full((1,), step, device=x.device)
        seen: Tensor = model(x, t, conditions.given)
        if plain:
            return seen
        if should_stop():
            raise Stopped
        unseen: Tensor = model(x, t, conditions.nothing)
        return unseen + by_sample * (seen - unseen)

    return predict


@torch.inference_mode()
def sample(
    model: FiLMTransformer,
    conditions: Conditions,
    noise: Tensor,
    scale: float | Tensor,
    steps: int = 100,
    on_step: OnStep = no_step,
    should_stop: ShouldStop = never_stop,
) -> Tensor:
    """Normalised motion (B, T, F) from noise of that shape; Stopped between evaluations of the network.

    scale: guidance; published 10 for the face, 2 for the body. steps: of `respaced`.
    """
    predict = guided_prediction(model, conditions, scale, should_stop)
    return solve(predict, noise, Ddim(steps), on_step, should_stop)

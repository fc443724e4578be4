"""A picture to W+ without an encoder: the codes are searched whose picture is like it (after Karras et al. 2020).

In place of a perceptual network stand differences at several sizes, and the codes are kept near those that the mapping
network makes: else they leave what the generator was trained on, and no longer move as faces do.
"""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided.generator import Generator
from avatar_app.request import Stopped
from avatar_app.types import OnStep, ShouldStop

SIDE = 256  # pixels at which pictures are compared
SCALES = 5
NEAR_MEAN, NEAR_ROWS = 0.01, 0.02  # of codes from the mean w, and of rows from their own mean; in spreads of w
RATE = 0.1  # spreads of w in the first step
DRAWN = 4096  # codes of which mean and spread are taken


@torch.no_grad()
def code_spread(generator: Generator) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (style,) of w, of codes drawn with a fixed seed."""
    random = torch.Generator().manual_seed(0)
    weight = next(generator.parameters())
    w = generator.map(torch.randn(DRAWN, generator.config.style, generator=random).to(weight.device))
    return w.mean(dim=0), w.std(dim=0)


def difference(pictures: Tensor, target: Tensor) -> Tensor:
    """() mean absolute difference of (1, 3, H, H), and of both at half the size again and again."""
    off = pictures.new_zeros(())
    scales = min(SCALES, pictures.shape[-1].bit_length() - 2)
    for _ in range(scales):
        off = off + F.l1_loss(pictures, target)
        pictures, target = F.avg_pool2d(pictures, 2), F.avg_pool2d(target, 2)
    return off / scales


class CodeSearch:
    """mean, spread: (style,) of w. target: (1, 3, size, size) in [-1, 1], of any size from the generator's down."""

    def __init__(self, generator: Generator, mean: Tensor, spread: Tensor, target: Tensor) -> None:
        side = min(SIDE, generator.config.size)
        self.generator, self.mean, self.spread = generator, mean, spread
        self.target = F.interpolate(target, (side, side), mode="area")

    def run(self, steps: int, on_step: OnStep, should_stop: ShouldStop) -> Tensor:
        """Codes (1, L, style). on_step: fraction of the steps. Raises Stopped once should_stop() is true."""
        away = torch.zeros(1, self.generator.config.latents, len(self.mean), device=self.mean.device)
        away.requires_grad_()
        search = torch.optim.Adam([away], lr=RATE)
        for step in range(steps):
            if should_stop():
                raise Stopped
            search.param_groups[0]["lr"] = RATE * (1 + math.cos(math.pi * step / steps)) / 2
            search.zero_grad()
            self.loss(away).backward()
            search.step()
            on_step((step + 1) / steps)
        return self.codes(away).detach()

    def codes(self, away: Tensor) -> Tensor:
        """W+ that is so many spreads of w away from its mean."""
        return self.mean + self.spread * away

    def loss(self, away: Tensor) -> Tensor:
        """() what the search lowers."""
        with torch.enable_grad():
            picture = self.generator(self.codes(away))
            seen = F.interpolate(picture, self.target.shape[-2:], mode="area")
            apart = (away - away.mean(dim=1, keepdim=True)).square().mean()
            return difference(seen, self.target) + NEAR_MEAN * away.square().mean() + NEAR_ROWS * apart

    def seconds_a_step(self) -> float:
        """Measured on one step, whose result is thrown away."""
        began = time.perf_counter()
        self.run(1, lambda done: None, lambda: False)
        return time.perf_counter() - began

"""What reads small pictures: an encoder to W+, a reader of ARKit curves, and what moves codes as curves say."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.layers import EqualLinear
from avatar_app.engines.language_guided.resampling import leaky
from avatar_app.face.arkit import CHANNEL_NAMES

CHANNELS = len(CHANNEL_NAMES)
# How curves are told to networks: angles in thirds of a radian, places in tenths of a head's width.
UNITS = torch.tensor([1.0] * 52 + [3.0] * 3 + [10.0] * 3)
GROUPS = 8  # of channels that are normalised together
AS_LOUD = 0.7  # of a curve at 1: how far it moves each number of W+, which is about 1


class EqualConv(nn.Module):
    """Convolution of 3 x 3 whose weights have unit variance and are scaled as it runs, with a leaky ReLU behind."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale, self.stride = 1 / math.sqrt(9 * inputs), stride

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / stride, W / stride)."""
        return leaky(F.conv2d(x, self.weight * self.scale, stride=self.stride, padding=1), self.bias)


class Residual(nn.Module):
    """Halves a picture's size, then adds what two convolutions see in it; they begin at nothing."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.down = EqualConv(inputs, outputs, 2)
        self.first, self.second = EqualConv(outputs, outputs), EqualConv(outputs, outputs)
        self.gain = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H / 2, W / 2)."""
        x = self.down(x)
        out: Tensor = x + self.gain * self.second(self.first(x))
        return out


class PictureReader(nn.Module):
    """Pictures of 128 px, or channels[0] at half of whatever their size, to some numbers."""

    def __init__(self, channels: tuple[int, ...], hidden: int, outputs: int, last: int = 4) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Residual(a, b) for a, b in pairwise((3, *channels)))
        self.hidden = EqualLinear(channels[-1] * last**2, hidden, active=True)
        self.out = EqualLinear(hidden, outputs)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Of every size, of (B, 3, H, W) in [-1, 1]."""
        seen = [pictures]
        for block in self.blocks:
            seen.append(block(seen[-1]))
        return seen[1:]

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] to (B, outputs)."""
        out: Tensor = self.out(self.hidden(self.features(pictures)[-1].flatten(1)))
        return out


class CurveReader(nn.Module):
    """The critic: ARKit curves and head pose of a picture, differentiably. It sees 16 * last pixels on a side.

    Its layers are normalised and every curve is told in its own spread, or turning heads would be all that it learns.
    """

    def __init__(self, last: int = 4, channels: tuple[int, ...] = (24, 48, 96, 128), hidden: int = 256) -> None:
        super().__init__()
        self.size = 16 * last
        self.blocks = nn.Sequential(*(_seen(a, b) for a, b in pairwise((3, *channels))))
        self.out = nn.Sequential(nn.Linear(channels[-1] * last**2, hidden), nn.SiLU(), nn.Linear(hidden, CHANNELS))
        self.register_buffer("spread", torch.ones(CHANNELS))

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] to (B, 58), in UNITS; only differences between pictures of one person mean much."""
        seen = self.blocks(F.adaptive_avg_pool2d(pictures, self.size)).flatten(1)
        out: Tensor = self.out(seen) * self.get_buffer("spread")
        return out


def _seen(inputs: int, outputs: int) -> nn.Sequential:
    """Halves a picture's size."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, 2, 1), nn.GroupNorm(GROUPS, outputs), nn.SiLU(),
        nn.Conv2d(outputs, outputs, 3, 1, 1), nn.GroupNorm(GROUPS, outputs), nn.SiLU(),
    )  # fmt: skip


class CodeReader(PictureReader):
    """The encoder: W+ of a picture."""

    def __init__(
        self, rows: int, style: int, channels: tuple[int, ...] = (24, 48, 96, 160, 192), hidden: int = 512,
        last: int = 4,
    ) -> None:  # fmt: skip
        super().__init__(channels, hidden, rows * style, last)
        self.rows = rows

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) in [-1, 1] to W+ (B, rows, style)."""
        return super().forward(pictures).unflatten(1, (self.rows, -1))


class CurveMover(nn.Module):
    """Curves to what they add to W+: every curve its own direction, which begins at right angles to all others.

    So the generator is told a lid as loudly as a turning head, and a sentence that asks for two things adds them up.
    """

    def __init__(self, rows: int, style: int) -> None:
        super().__init__()
        directions = nn.init.orthogonal_(torch.empty(CHANNELS, rows * style)) * AS_LOUD * math.sqrt(rows * style)
        self.directions = nn.Parameter(directions.unflatten(1, (rows, style)))

    def forward(self, before: Tensor, after: Tensor) -> Tensor:
        """Curves (B, 58) each to (B, rows, style); nothing where they do not change."""
        return torch.einsum("bc,cls->bls", (after - before) * UNITS.to(after), self.directions)

"""Layers of StyleGAN2 (Karras et al. 2020) under the names of rosinality's checkpoints."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.resampling import blur, leaky, pixel_norm, upsample

DEMODULATION_EPSILON = 1e-8
Direction = Literal["up", "down"]


class PixelNorm(nn.Module):
    """`pixel_norm` as a layer."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...)."""
        return pixel_norm(x)


class EqualLinear(nn.Module):
    """Linear layer whose weights have unit variance and are scaled as it runs, so that all layers learn equally fast.

    rate: learning rate of this layer relative to others; it scales the bias too. active: ends in `leaky`.
    """

    def __init__(self, inputs: int, outputs: int, rate: float = 1.0, active: bool = False, bias: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.rate, self.active = rate, active
        self.scale = rate / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs) to (B, outputs)."""
        out = F.linear(x, self.weight * self.scale, None if self.active else self.bias * self.rate)
        return leaky(out, self.bias * self.rate) if self.active else out


class ModulatedConv(nn.Module):
    """Convolution whose input channels are scaled by a style, and whose outputs are scaled back to unit variance.

    The published code makes a weight of its own for every sample. Here input and output are scaled instead, which is
    the same function (Karras et al. 2020, equations 1 to 3) and lets all frames share one convolution.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        style: int,
        demodulated: bool = True,
        direction: Direction | None = None,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1, outputs, inputs, kernel, kernel))
        self.modulation = EqualLinear(style, inputs, bias=1.0)
        self.scale = 1 / math.sqrt(inputs * kernel**2)
        self.demodulated, self.direction = demodulated, direction

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """x: (B, inputs, H, W). style: (B, style). Returns (B, outputs, H, W), or 2 H or H / 2 and so on."""
        weight = self.weight[0] * self.scale
        scales: Tensor = self.modulation(style)
        out = self._convolve(x * scales[:, :, None, None], weight)
        if not self.demodulated:
            return out
        power = F.linear(scales.square(), weight.square().sum(dim=(2, 3)))
        return out * torch.rsqrt(power + DEMODULATION_EPSILON)[:, :, None, None]

    def _convolve(self, x: Tensor, weight: Tensor) -> Tensor:
        if self.direction == "up":
            return blur(F.conv_transpose2d(x, weight.transpose(0, 1), stride=2), pad=1, gain=4)
        if self.direction == "down":
            return F.conv2d(blur(x, pad=2), weight, stride=2)
        return F.conv2d(x, weight, padding=weight.shape[-1] // 2)


class Noise(nn.Module):
    """Adds noise of a learned strength."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        """x: (B, C, H, W). noise: (B or 1, 1, H, W), the same for all channels."""
        return x + self.weight * noise


class BiasedLeaky(nn.Module):
    """`leaky` with its own bias."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, ...)."""
        return leaky(x, self.bias)


class StyledConv(nn.Module):
    """Modulated convolution, noise, activation."""

    def __init__(self, inputs: int, outputs: int, style: int, direction: Direction | None = None) -> None:
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, 3, style, direction=direction)
        self.noise = Noise()
        self.activate = BiasedLeaky(outputs)

    def forward(self, x: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        """x: (B, inputs, H, W). style: (B, style). noise: (B or 1, 1, H, W), with 2 H and 2 W when it goes up."""
        out: Tensor = self.activate(self.noise(self.conv(x, style), noise))
        return out


class ToRgb(nn.Module):
    """Features to a picture, on top of the picture of half the size."""

    def __init__(self, inputs: int, style: int) -> None:
        super().__init__()
        self.conv = ModulatedConv(inputs, 3, 1, style, demodulated=False)
        self.bias = nn.Parameter(torch.zeros(1, 3, 1, 1))

    def forward(self, x: Tensor, style: Tensor, below: Tensor | None = None) -> Tensor:
        """x: (B, inputs, H, W). below: (B, 3, H / 2, W / 2). Returns (B, 3, H, W), not limited to [-1, 1]."""
        picture: Tensor = self.conv(x, style) + self.bias
        return picture if below is None else picture + upsample(below)

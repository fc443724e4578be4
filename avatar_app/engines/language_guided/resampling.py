"""Filtered resampling, and the norm and activation that StyleGAN2 uses everywhere (Karras et al. 2020)."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

TAPS = (1.0, 3.0, 3.0, 1.0)
LEAK, GAIN = 0.2, math.sqrt(2)
PIXEL_EPSILON = 1e-8


def pixel_norm(x: Tensor) -> Tensor:
    """(B, C, ...) with a mean square of one over C; zeros stay zeros."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + PIXEL_EPSILON)


def leaky(x: Tensor, bias: Tensor, leak: float = LEAK, gain: float = GAIN) -> Tensor:
    """(B, C, ...) with bias (C,) added, through a leaky ReLU, times a gain that keeps the variance."""
    return F.leaky_relu(x + bias.view(-1, *(1,) * (x.ndim - 2)), leak) * gain


def binomial_kernel(gain: float = 1.0) -> Tensor:
    """(4, 4) low-pass filter with the sum `gain`."""
    taps = torch.tensor(TAPS)
    return taps.outer(taps) * (gain / taps.sum().square())


def resample(x: Tensor, kernel: Tensor, up: int = 1, down: int = 1, pad: tuple[int, int] = (0, 0)) -> Tensor:
    """(B, C, H, W) with `up` - 1 zeros after every sample, padded, convolved with (h, w), every `down`-th sample kept.

    pad: zeros before and after on both axes; negative ones crop.
    """
    batch, channels, height, width = x.shape
    if up > 1:
        spread = x.new_zeros(batch, channels, height, up, width, up)
        spread[:, :, :, 0, :, 0] = x
        x = spread.view(batch, channels, height * up, width * up)
    x = F.pad(x, (*pad, *pad))
    weight = kernel.to(x).flip(0, 1).expand(channels, 1, *kernel.shape)
    return F.conv2d(x, weight, stride=down, groups=channels)


def upsample(x: Tensor) -> Tensor:
    """(B, C, H, W) to (B, C, 2 H, 2 W): `resample` with pad (2, 1), without making the zeros."""
    weight = binomial_kernel(4).to(x).expand(x.shape[1], 1, 4, 4)
    return F.conv_transpose2d(x, weight, stride=2, padding=1, groups=x.shape[1])


def downsample(x: Tensor) -> Tensor:
    """(B, C, H, W) to (B, C, H / 2, W / 2)."""
    return resample(x, binomial_kernel(), down=2, pad=(1, 1))


def blur(x: Tensor, pad: int, gain: float = 1.0) -> Tensor:
    """(B, C, H, W) low-passed, with `pad` zeros on every side, so 2 * pad - 3 larger."""
    channels = x.shape[1]
    # Two passes of four taps each count fewer products, and take twice as long.
    return F.conv2d(x, binomial_kernel(gain).to(x).expand(channels, 1, 4, 4), padding=pad, groups=channels)

"""Convolutional blocks that the networks of the latent flow autoencoder share, under their published names."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLUR_SIGMA, BLUR_SIZE, SHRINK = 1.5, 13, 4  # of the images that flow is looked for in


class ConvNorm(nn.Module):
    """Convolution that keeps the size, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H, W)."""
        return F.relu(self.norm(self.conv(x)))


class Down(ConvNorm):
    """Half the size."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / 2, W / 2)."""
        return F.avg_pool2d(super().forward(x), 2)


class Up(ConvNorm):
    """Twice the size."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, 2 H, 2 W)."""
        return super().forward(F.interpolate(x, scale_factor=2.0))


class Residual(nn.Module):
    """Two convolutions, each after a norm and ReLU, added to what comes in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.norm1, self.norm2 = (nn.BatchNorm2d(width) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, H, W) to the same."""
        y = self.conv1(F.relu(self.norm1(x)))
        out: Tensor = x + self.conv2(F.relu(self.norm2(y)))
        return out


class Encoder(nn.Module):
    """Blocks that each halve the size. widths: channels that come in, and after every block."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.down_blocks = nn.ModuleList(Down(a, b) for a, b in pairwise(widths))

    def forward(self, x: Tensor) -> list[Tensor]:
        """What comes in (N, C, H, W), and the output of every block."""
        outs = [x]
        for block in self.down_blocks:
            outs.append(block(outs[-1]))
        return outs


class Decoder(nn.Module):
    """Blocks that double the size, each followed by what the encoder had at that size."""

    def __init__(self, widths: tuple[int, ...], last: int) -> None:
        super().__init__()
        outs = (last, *widths[1:-1])  # of the blocks, the last one first
        ins = [2 * width for width in widths[1:-1]] + [widths[-1]]
        self.up_blocks = nn.ModuleList(Up(a, b) for a, b in zip(reversed(ins), reversed(outs), strict=True))

    def forward(self, skips: list[Tensor]) -> Tensor:
        """(N, last + C, H, W) of the encoder's outputs."""
        out = skips[-1]
        for block, skip in zip(self.up_blocks, reversed(skips[:-1]), strict=True):
            out = torch.cat([block(out), skip], dim=1)
        return out


class Hourglass(nn.Module):
    """Down and up again (Newell et al. 2016), with skips. last: channels of the last block, without those it joins."""

    def __init__(self, widths: tuple[int, ...], last: int) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(widths), Decoder(widths, last)
        self.outputs = last + widths[0]

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) to (N, outputs, H, W)."""
        out: Tensor = self.decoder(self.encoder(x))
        return out


class Shrink(nn.Module):
    """A quarter of the size, blurred before. Its kernel is stored with published checkpoints."""

    weight: Tensor

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        at = torch.arange(BLUR_SIZE, dtype=torch.float32) - BLUR_SIZE // 2
        line = (-(at**2) / (2 * BLUR_SIGMA**2)).exp()
        kernel = line[:, None] * line / (line[:, None] * line).sum()
        self.register_buffer("weight", kernel.expand(channels, 1, -1, -1).clone())

    def forward(self, image: Tensor) -> Tensor:
        """(N, channels, H, W) to (N, channels, H / 4, W / 4)."""
        return F.conv2d(image, self.weight, stride=SHRINK, padding=BLUR_SIZE // 2, groups=len(self.weight))


def pixel_grid(height: int, width: int, device: torch.device) -> Tensor:
    """(height, width, 2) places of pixels, x first; the outermost ones lie at -1 and 1."""
    rows, columns = (torch.linspace(-1, 1, n, device=device) for n in (height, width))
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy"), dim=-1)


def warp(image: Tensor, grid: Tensor) -> Tensor:
    """(N, C, H, W) of an image of that size, taken from the places (N, h, w, 2) of a grid; black outside.

    The published networks place the outermost pixels' middles at -1 and 1 in grids and their edges when they sample;
    they were trained with that, so it stays.
    """
    if grid.shape[1:3] != image.shape[2:]:
        grid = F.interpolate(grid.permute(0, 3, 1, 2), image.shape[2:], mode="bilinear").permute(0, 2, 3, 1)
    return F.grid_sample(image, grid, align_corners=False)

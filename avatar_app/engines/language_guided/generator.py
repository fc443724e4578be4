"""The generator of StyleGAN2 (Karras et al. 2020) under the names of rosinality's checkpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from avatar_app.engines.language_guided.layers import EqualLinear, PixelNorm, StyledConv, ToRgb
from avatar_app.engines.language_guided.resampling import binomial_kernel

PUBLISHED_SIZES = (256, 512, 1024)
PUBLISHED_CHANNELS = (512, 512, 512, 512, 512, 256, 128, 64, 32)  # at 4, 8, 16 ... 1024 px
MAPPING_RATE = 0.01
FIRST = 4  # pixels of the learned constant


@dataclass(frozen=True)
class GeneratorConfig:
    """Architecture. channels: of the features at 4, 8, 16 ... px, one for every size up to that of the picture."""

    channels: tuple[int, ...]
    style: int = 512
    mapping_layers: int = 8

    @classmethod
    def published(cls, size: int) -> GeneratorConfig:
        """The published one for pictures of 256, 512 or 1024 px."""
        return cls(PUBLISHED_CHANNELS[: size.bit_length() - FIRST.bit_length() + 1])

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor]) -> GeneratorConfig:
        """From the shapes of its tensors. Raises KeyError or IndexError where they are not of such a generator."""
        blocks = len({name.split(".")[1] for name in state if name.startswith("to_rgbs.")})
        mapping = len({name.split(".")[1] for name in state if name.startswith("style.")})
        names = ("conv1.conv.weight", *(f"convs.{2 * block}.conv.weight" for block in range(blocks)))
        return cls(tuple(state[name].shape[1] for name in names), state["style.1.weight"].shape[1], mapping)

    @property
    def size(self) -> int:
        """Pixels on a side."""
        return FIRST << (len(self.channels) - 1)

    @property
    def latents(self) -> int:
        """Rows of W+: 18, 16 or 14 at 1024, 512 or 256 px."""
        return 2 * len(self.channels)


def constant_kernels(config: GeneratorConfig) -> dict[str, Tensor]:
    """Filters that published files hold beside the weights, by their names; they are the same in all files."""
    blocks = range(len(config.channels) - 1)
    names = [name for k in blocks for name in (f"convs.{2 * k}.conv.blur.kernel", f"to_rgbs.{k}.upsample.kernel")]
    return {name: binomial_kernel(4) for name in names}


class LearnedConstant(nn.Module):
    """What every picture begins from."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.input = nn.Parameter(torch.randn(1, channels, FIRST, FIRST))

    def forward(self, batch: int) -> Tensor:
        """(batch, channels, 4, 4)."""
        return self.input.expand(batch, -1, -1, -1)


class FixedNoise(nn.Module):
    """Noise that stays the same from picture to picture: (1, 1, H, W) for every styled convolution."""

    def __init__(self, config: GeneratorConfig, seed: int) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        for index in range(config.latents - 1):
            side = FIRST << ((index + 1) // 2)
            self.register_buffer(f"noise_{index}", torch.randn(1, 1, side, side, generator=random, device="cpu"))

    def layers(self) -> list[Tensor]:
        """In the order of the convolutions."""
        return list(self.buffers())


class Generator(nn.Module):
    """Codes to pictures: `map` makes w of z, `forward` pictures of W+.

    seed: of the noise that is used where a file brings none.
    """

    def __init__(self, config: GeneratorConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        style, channels = config.style, config.channels
        mapping = (EqualLinear(style, style, MAPPING_RATE, active=True) for _ in range(config.mapping_layers))
        self.style = nn.Sequential(PixelNorm(), *mapping)
        self.input = LearnedConstant(channels[0])
        self.conv1 = StyledConv(channels[0], channels[0], style)
        self.to_rgb1 = ToRgb(channels[0], style)
        self.convs, self.to_rgbs = nn.ModuleList(), nn.ModuleList()
        for before, after in pairwise(channels):
            self.convs.extend((StyledConv(before, after, style, "up"), StyledConv(after, after, style)))
            self.to_rgbs.append(ToRgb(after, style))
        self.noises = FixedNoise(config, seed)

    def map(self, z: Tensor) -> Tensor:
        """z: (B, style) standard normal. Returns w (B, style)."""
        w: Tensor = self.style(z)
        return w

    def spread(self, w: Tensor, other: Tensor | None = None, first: int = 0) -> Tensor:
        """W+ (B, latents, style) with w (B, style) in every row; from row `first` on `other` instead, where given."""
        rows = w[:, None].expand(-1, self.config.latents, -1)
        if other is None:
            return rows
        return torch.cat([rows[:, :first], other[:, None].expand(-1, self.config.latents - first, -1)], dim=1)

    def forward(self, codes: Tensor, noise: Sequence[Tensor] | None = None, size: int | None = None) -> Tensor:
        """Pictures (B, 3, size, size) float32, about [-1, 1] but not limited to it.

        codes: W+ (B, latents, style), for one picture or frame each. noise: (B or 1, 1, H, W) for every styled
        convolution, else the fixed one. size: to stop at the first picture of so many pixels, for a preview.
        """
        return self.features(codes, noise, size)[1]

    def features(
        self, codes: Tensor, noise: Sequence[Tensor] | None = None, size: int | None = None
    ) -> tuple[Tensor, Tensor]:
        """What the picture of `forward` is made of, (B, C, size, size), and the picture."""
        noise = self.noises.layers() if noise is None else noise
        x = self.conv1(self.input(len(codes)), codes[:, 0], noise[0])
        picture: Tensor = self.to_rgb1(x, codes[:, 1])
        for k, up, conv, to_rgb in self.blocks():
            if picture.shape[-1] >= (size or self.config.size):
                break
            x = up(x, codes[:, 2 * k + 1], noise[2 * k + 1])
            x = conv(x, codes[:, 2 * k + 2], noise[2 * k + 2])
            picture = to_rgb(x, codes[:, 2 * k + 3], picture)
        return x, picture

    def blocks(self) -> Iterator[tuple[int, StyledConv, StyledConv, ToRgb]]:
        """Which one, and its layers, from 8 pixels up."""
        for k, to_rgb in enumerate(self.to_rgbs):
            up, conv = self.convs[2 * k : 2 * k + 2]
            yield k, cast(StyledConv, up), cast(StyledConv, conv), cast(ToRgb, to_rgb)


def truncate(codes: Tensor, centre: Tensor, kept: float) -> Tensor:
    """Codes (..., style) of w or W+ drawn toward the mean w (style,), for fewer faults. kept: 1 changes none."""
    return torch.lerp(centre, codes, kept)

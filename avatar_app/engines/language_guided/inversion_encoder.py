"""A picture to W+: the encoder of e4e (Tov et al. 2021), an IR-SE50 (Deng et al. 2019) with a feature pyramid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice, pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.layers import EqualLinear

SQUEEZE = 16
COARSE, MIDDLE = 3, 7  # rows of W+ from which on finer features are read
POOLS = (4, 5, 6)  # halvings down to one pixel, of coarse, middle and fine features of a picture of 256 px


@dataclass(frozen=True)
class EncoderConfig:
    """Architecture. channels: of the stem and the four stages, the last as wide as a style. blocks: of the stages."""

    rows: int = 18
    channels: tuple[int, int, int, int, int] = (64, 64, 128, 256, 512)
    blocks: tuple[int, int, int, int] = (3, 4, 14, 3)

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor]) -> EncoderConfig:
        """From the shapes of its tensors; a stage begins where a block's shortcut changes the number of channels.

        Raises KeyError for a missing tensor, ValueError where there are not four stages.
        """
        stem = len(state["input_layer.0.weight"])
        widths = [len(state[f"body.{index}.res_layer.1.weight"]) for index in range(_count(state, "body."))]
        later = [index for index in range(1, len(widths)) if f"body.{index}.shortcut_layer.0.weight" in state]
        if len(later) != 3:
            raise ValueError(f"it has {len(later) + 1} stages, not 4")
        begins = (0, *later)
        first, second, third, fourth = (end - begin for begin, end in pairwise((*begins, len(widths))))
        one, two, three, four = (widths[begin] for begin in begins)
        rows = _count(state, "styles.")
        return cls(rows, (stem, one, two, three, four), (first, second, third, fourth))


class SqueezeExcite(nn.Module):
    """Weighs channels by their means (Hu et al. 2018)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // SQUEEZE, 1, bias=False)
        self.fc2 = nn.Conv2d(channels // SQUEEZE, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W)."""
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(x.mean(dim=(2, 3), keepdim=True)))))


class Bottleneck(nn.Module):
    """A residual block; where the number of channels stays, the shortcut only skips pixels."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.shortcut_layer: nn.Sequential | None = None
        if before != after:
            self.shortcut_layer = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(before),
            nn.Conv2d(before, after, 3, 1, 1, bias=False),
            nn.PReLU(after),
            nn.Conv2d(after, after, 3, stride, 1, bias=False),
            nn.BatchNorm2d(after),
            SqueezeExcite(after),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, before, H, W) to (B, after, H / stride, W / stride)."""
        short = x[:, :, :: self.stride, :: self.stride] if self.shortcut_layer is None else self.shortcut_layer(x)
        out: Tensor = self.res_layer(x) + short
        return out


class StyleHead(nn.Module):
    """Features, halved until one pixel is left, to one row of W+."""

    def __init__(self, width: int, pools: int) -> None:
        super().__init__()
        layers = ((nn.Conv2d(width, width, 3, 2, 1), nn.LeakyReLU()) for _ in range(pools))
        self.convs = nn.Sequential(*(layer for pair in layers for layer in pair))
        self.linear = EqualLinear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, width, 2 ** pools, 2 ** pools), or smaller, to (B, width)."""
        row: Tensor = self.linear(self.convs(x).flatten(1))
        return row


class InversionEncoder(nn.Module):
    """Pictures to W+ relative to the generator's mean w, under the published names without "encoder."."""

    def __init__(self, config: EncoderConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or EncoderConfig()
        stem, *stages = config.channels
        width = config.channels[-1]
        self.input_layer = nn.Sequential(nn.Conv2d(3, stem, 3, 1, 1, bias=False), nn.BatchNorm2d(stem), nn.PReLU(stem))
        self.body = nn.Sequential()
        for (before, after), blocks in zip(pairwise(config.channels), config.blocks, strict=True):
            self.body.append(Bottleneck(before, after, 2))
            self.body.extend(Bottleneck(after, after, 1) for _ in range(blocks - 1))
        self.styles = nn.ModuleList(StyleHead(width, POOLS[_level(row)]) for row in range(config.rows))
        self.latlayer1 = nn.Conv2d(stages[2], width, 1)
        self.latlayer2 = nn.Conv2d(stages[1], width, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """W+ (B, rows, style) to which the mean w is still to be added.

        pictures: (B, 3, 256, 256) float32 in [-1, 1], aligned as those of FFHQ. All rows are the first one, each with
        an offset of its own.
        """
        features = self.pyramid(pictures)
        heads = [head(features[_level(row)]) for row, head in enumerate(self.styles)]
        return torch.stack([heads[0], *(heads[0] + offset for offset in heads[1:])], dim=1)

    def pyramid(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Coarse, middle and fine features (B, style, H / s, W / s), s = 16, 8, 4."""
        x, ends = self.input_layer(pictures), []
        blocks = iter(self.body)
        for count in self.config.blocks:
            for block in islice(blocks, count):
                x = block(x)
            ends.append(x)
        middle = _grown(x, self.latlayer1(ends[2]))
        return x, middle, _grown(middle, self.latlayer2(ends[1]))


def _count(state: Mapping[str, Tensor], prefix: str) -> int:
    """How many modules a list of them has."""
    return len({name.removeprefix(prefix).split(".")[0] for name in state if name.startswith(prefix)})


def _level(row: int) -> int:
    """Which features a row is read from."""
    return (row >= COARSE) + (row >= MIDDLE)


def _grown(coarse: Tensor, finer: Tensor) -> Tensor:
    return finer + F.interpolate(coarse, size=finer.shape[-2:], mode="bilinear", align_corners=True)

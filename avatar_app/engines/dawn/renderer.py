"""Frames from a portrait and flow: the inference half of LFG, the latent flow autoencoder.

It goes back to Siarohin et al. 2021 (articulated animation) and Ni et al. 2023 (latent flow diffusion, arXiv
2303.13744). Features of the portrait are bent by the flow at three sizes and painted over where it is occluded.
An embedded one is also given what lies behind the person, and says where it shows: nothing else can know it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.blocks import ConvNorm, Down, Residual, Up, warp

WIDTHS = (64, 128, 256)  # published, at R, R / 2 and R / 4 pixels
RESIDUALS = 6
FRAMES_AT_ONCE = 16  # while a clip is drawn


@dataclass(frozen=True)
class Portrait:
    """An encoded picture. image: (N, 3, R, R) from 0 to 1. features: (N, C, r, r) at R, R / 2 and R / 4.

    behind: (N, 4, R, R) the same place without the person, and how far it may show; None where the renderer does not
    ask for it.
    """

    image: Tensor
    features: tuple[Tensor, ...]
    behind: Tensor | None = None

    @property
    def coarsest(self) -> Tensor:
        """(N, C, R / 4, R / 4), what the denoiser sees."""
        return self.features[-1]


class FrameRenderer(nn.Module):
    """Encodes a portrait once and draws frames of it. widths: channels at R, R / 2 and R / 4.

    backed: it is given what lies behind the person, as the published one is not.
    """

    def __init__(self, widths: tuple[int, ...] = WIDTHS, residuals: int = RESIDUALS, backed: bool = False) -> None:
        super().__init__()
        pairs = list(pairwise(widths))
        self.first = ConvNorm(3, widths[0], 7)
        self.down_blocks = nn.ModuleList(Down(a, b) for a, b in pairs)
        self.bottleneck = nn.Sequential()
        for i in range(residuals):
            self.bottleneck.add_module(f"r{i}", Residual(widths[-1]))
        self.up_blocks = nn.ModuleList(Up(b, a) for a, b in reversed(pairs))
        self.final = nn.Conv2d(widths[0], 3, 7, padding=3)
        self.hollow = nn.Conv2d(widths[0], 1, 7, padding=3) if backed else None

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> FrameRenderer:
        """An untrained one with the sizes of a checkpoint; raises KeyError when tensors are missing."""
        names = ["first", *(f"down_blocks.{i}" for i in range(count(state, "down_blocks.")))]
        widths = tuple(len(state[f"{name}.conv.weight"]) for name in names)
        return cls(widths, count(state, "bottleneck."), "hollow.weight" in state)

    def encoder(self) -> list[nn.Module]:
        """What encodes portraits."""
        return [self.first, *self.down_blocks]

    def encode(self, image: Tensor, behind: Tensor | None = None) -> Portrait:
        """A picture (N, 3, R, R) from 0 to 1, R divisible by 4; behind: see Portrait."""
        features = [self.first(image)]
        for block in self.down_blocks:
            features.append(block(features[-1]))
        return Portrait(image, tuple(features), behind)

    def decode(self, portrait: Portrait, grid: Tensor, occlusion: Tensor) -> tuple[Tensor, Tensor]:
        """Frames (N, 3, R, R) from 0 to 1, and the portrait bent by the flow alone.

        grid: (N, r, r, 2) where each pixel of the frame lies in the portrait, x first, from -1 to 1. occlusion:
        (N, 1, r, r), 1 where the bent portrait is kept, 0 where it is painted anew. A portrait of one serves all.
        """
        one = len(portrait.image) == 1

        def bent(feature: Tensor) -> Tensor:
            return warp(feature.expand(len(grid), -1, -1, -1) if one else feature, grid)

        def over(feature: Tensor, painted: Tensor) -> Tensor:
            kept = F.interpolate(occlusion, feature.shape[2:], mode="bilinear")
            return feature * kept + painted * (1 - kept)

        skips = [bent(feature) for feature in reversed(portrait.features)]
        out = self.bottleneck(skips[0] * F.interpolate(occlusion, skips[0].shape[2:], mode="bilinear"))
        for skip, block in zip(skips, self.up_blocks, strict=False):
            out = block(over(skip, out))
        image = bent(portrait.image)
        known = over(skips[-1], out)
        painted = torch.sigmoid(self.final(known))
        if self.hollow is not None and portrait.behind is not None:
            shows = torch.sigmoid(self.hollow(known)) * portrait.behind[:, 3:]
            painted = portrait.behind[:, :3] * shows + painted * (1 - shows)
        return over(image, painted), image

    def draw(self, portrait: Portrait, latent: Tensor, at_once: int = FRAMES_AT_ONCE) -> Iterator[Tensor]:
        """Frames (n, 3, R, R) of a latent clip (3, F, r, r), n of them at once: memory does not grow with F."""
        for part in latent.split(at_once, dim=1):
            grid, occlusion = flow_of(part)
            yield self.decode(portrait, grid, occlusion)[0]


def flow_of(latent: Tensor) -> tuple[Tensor, Tensor]:
    """Grid (F, r, r, 2) and occlusion (F, 1, r, r) of a denoised latent (3, F, r, r)."""
    return latent[:2].permute(1, 2, 3, 0), (latent[2:].transpose(0, 1) + 1) / 2


def to_pixels(frames: Tensor) -> Tensor:
    """(N, 3, R, R) from 0 to 1 as uint8 (N, R, R, 3), cut off as published."""
    return (frames.clamp(0, 1) * 255).to(torch.uint8).permute(0, 2, 3, 1)


def count(state: Mapping[str, Tensor], prefix: str) -> int:
    """How many modules a checkpoint has in a list of them."""
    return len({name.removeprefix(prefix).split(".")[0] for name in state if name.startswith(prefix)})

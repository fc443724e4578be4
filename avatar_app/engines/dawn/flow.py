"""Flow between two pictures of a face: the training half of LFG, from which the denoiser's targets come.

Regions are found without labels, each moves by an affine map from its principal axes (Siarohin et al. 2021), and
a network mixes these motions and the background's per pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from avatar_app.engines.dawn.blocks import Encoder, Hourglass, Shrink, pixel_grid, warp
from avatar_app.engines.dawn.renderer import count

REGIONS = 10
TEMPERATURE = 0.1  # of the regions' heat maps
REGION_WIDTHS = (3, 64, 128, 256, 512, 1024)  # published: in, and after each block
FLOW_WIDTHS = (4 * (REGIONS + 1), 128, 256, 512, 1024, 1024)
BACKGROUND_WIDTHS = (6, 64, 128, 256, 512, 1024)


@dataclass(frozen=True)
class Regions:
    """shift: (N, K, 2) middles, x first, -1 to 1. covariance, affine: (N, K, 2, 2). heat: (N, K, h, w), sums of 1."""

    shift: Tensor
    covariance: Tensor
    affine: Tensor
    heat: Tensor | None = None


class RegionPredictor(nn.Module):
    """Where K regions of a picture are, and how they are stretched."""

    def __init__(self, widths: tuple[int, ...] = REGION_WIDTHS, last: int = 32, regions: int = REGIONS) -> None:
        super().__init__()
        self.predictor = Hourglass(widths, last)
        self.regions = nn.Conv2d(self.predictor.outputs, regions, 7, padding=3)
        self.down = Shrink()

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> RegionPredictor:
        """An untrained one with the sizes of a checkpoint; raises KeyError when tensors are missing."""
        return cls(*_hourglass(state, "predictor."), len(state["regions.weight"]))

    def forward(self, image: Tensor) -> Regions:
        """Regions of pictures (N, 3, R, R) from 0 to 1.

        The affine maps' columns come from a singular value decomposition, whose signs are the library's choice.
        """
        logits = self.regions(self.predictor(self.down(image)))
        heat = (logits / TEMPERATURE).flatten(2).softmax(dim=2).view_as(logits)
        places = pixel_grid(heat.shape[2], heat.shape[3], heat.device)
        shift = torch.einsum("nkhw,hwc->nkc", heat, places)
        off = places - shift[:, :, None, None]
        covariance = torch.einsum("nkhw,nkhwc,nkhwd->nkcd", heat, off, off)
        axes, lengths, _ = torch.linalg.svd(covariance.cpu())  # on the CPU, as published: signs differ elsewhere
        affine = (axes * lengths.sqrt()[..., None, :]).to(heat.device)
        return Regions(shift, covariance, affine, heat)


class BackgroundPredictor(nn.Module):
    """How the background moves between two pictures."""

    def __init__(self, widths: tuple[int, ...] = BACKGROUND_WIDTHS) -> None:
        super().__init__()
        self.encoder = Encoder(widths)
        self.fc = nn.Linear(widths[-1], 6)

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> BackgroundPredictor:
        """An untrained one with the sizes of a checkpoint; raises KeyError when tensors are missing."""
        return cls(_widths(state, "encoder."))

    def forward(self, source: Tensor, driving: Tensor) -> Tensor:
        """(N, 3, 3) homogeneous maps from the driving pictures (N, 3, R, R) to the source's."""
        top = self.fc(self.encoder(torch.cat([source, driving], dim=1))[-1].mean(dim=(2, 3))).view(-1, 2, 3)
        bottom = top.new_tensor([0.0, 0.0, 1.0]).expand(len(top), 1, 3)
        return torch.cat([top, bottom], dim=1)


class FlowPredictor(nn.Module):
    """Dense flow and occlusion from the motions of regions and background."""

    def __init__(self, widths: tuple[int, ...] = FLOW_WIDTHS, last: int = 64) -> None:
        super().__init__()
        self.hourglass = Hourglass(widths, last)
        self.mask = nn.Conv2d(self.hourglass.outputs, widths[0] // 4, 7, padding=3)
        self.occlusion = nn.Conv2d(self.hourglass.outputs, 1, 7, padding=3)
        self.down = Shrink()

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> FlowPredictor:
        """An untrained one with the sizes of a checkpoint; raises KeyError when tensors are missing."""
        return cls(*_hourglass(state, "hourglass."))

    def forward(self, source: Tensor, of: Regions, to: Regions, background: Tensor) -> tuple[Tensor, Tensor]:
        """Grid (N, r, r, 2) and occlusion (N, 1, r, r) with which the source (N, 3, 4 r, 4 r) looks like the driving.

        of, to: regions of the source and of the driving picture. background: (N, 3, 3).
        """
        small = self.down(source)
        places = pixel_grid(small.shape[2], small.shape[3], small.device)
        motions = torch.cat([_moved(places, background)[:, None], _region_motions(places, of, to)], dim=1)
        heat = _gaussians(places, to) - _gaussians(places, of)
        heat = torch.cat([torch.zeros_like(heat[:, :1]), heat], dim=1)[:, :, None]
        copies = small[:, None].expand(-1, motions.shape[1], -1, -1, -1)
        bent = warp(copies.flatten(0, 1), motions.flatten(0, 1)).view_as(copies)
        features = self.hourglass(torch.cat([heat, bent], dim=2).flatten(1, 2))
        shares = self.mask(features).softmax(dim=1)
        return torch.einsum("nkhw,nkhwc->nhwc", shares, motions), torch.sigmoid(self.occlusion(features))


def _moved(places: Tensor, background: Tensor) -> Tensor:
    """(N, h, w, 2) places after homogeneous maps (N, 3, 3)."""
    whole = torch.cat([places, torch.ones_like(places[..., :1])], dim=-1)
    moved = torch.einsum("nij,hwj->nhwi", background, whole)
    return moved[..., :2] / moved[..., 2:]


def _region_motions(places: Tensor, of: Regions, to: Regions) -> Tensor:
    """(N, K, h, w, 2) places in the source for pixels of the driving picture, were all of it one region."""
    affine = of.affine @ torch.linalg.inv(to.affine)
    affine = affine * affine[..., :1, :1].sign()  # axes have no direction: none turns its region upside down
    off = places - to.shift[:, :, None, None]
    return torch.einsum("nkij,nkhwj->nkhwi", affine, off) + of.shift[:, :, None, None]


def _gaussians(places: Tensor, regions: Regions) -> Tensor:
    """(N, K, h, w) bumps of height 1 with the regions' middles and covariances."""
    off = places - regions.shift[:, :, None, None]
    distance = torch.einsum("nkhwi,nkij,nkhwj->nkhw", off, torch.linalg.inv(regions.covariance), off)
    return (-0.5 * distance).exp()


def _widths(state: Mapping[str, Tensor], prefix: str) -> tuple[int, ...]:
    weights = [state[f"{prefix}down_blocks.{i}.conv.weight"] for i in range(count(state, f"{prefix}down_blocks."))]
    return (weights[0].shape[1], *(len(weight) for weight in weights))


def _hourglass(state: Mapping[str, Tensor], prefix: str) -> tuple[tuple[int, ...], int]:
    widths = _widths(state, f"{prefix}encoder.")
    return widths, len(state[f"{prefix}decoder.up_blocks.{len(widths) - 2}.conv.weight"])

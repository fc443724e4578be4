"""Flow as the embedded denoiser knows it: the step from where a cell lies, enlarged, since what lips do is small."""

from __future__ import annotations

import torch
from torch import Tensor

GAIN = 4.0  # of steps of flow: turns of the head come to about 1


def to_latent(grid: Tensor, occlusion: Tensor) -> Tensor:
    """(..., 3, F, r, r) of grids (..., F, r, r, 2) and occlusion (..., F, r, r)."""
    step = GAIN * (grid - cell_places(grid.shape[-2]).to(grid))
    return torch.cat([step, 2 * occlusion[..., None] - 1], dim=-1).movedim(-1, -4)


def to_flow(latent: Tensor) -> Tensor:
    """(3, F, r, r) as the renderer draws it (renderer.flow_of): steps made absolute places again."""
    places = cell_places(latent.shape[-1]).to(latent).permute(2, 0, 1)[:, None]
    return torch.cat([latent[:2] / GAIN + places, latent[2:]])


def cell_places(cells: int) -> Tensor:
    """(cells, cells, 2) middles of cells, x first, as blocks.warp reads them."""
    line = (2 * torch.arange(cells) + 1) / cells - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)

"""Flow, pose and eyes as the embedded denoiser knows them.

Flow is the step from where a cell lies, enlarged, since what lips do is small. What it is told of pose and eyes comes
twice, with either sign: the network's first function of it, SiLU, makes nothing of large negative numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor

POSE_UNIT, EYES_UNIT = 0.1, 5.0  # of degrees and pixels, and of openings: usual changes come to about 1
GAIN = 4.0  # of steps of flow: turns of the head come to about 1


def to_latent(grid: Tensor, occlusion: Tensor) -> Tensor:
    """(..., 3, F, r, r) of grids (..., F, r, r, 2) and occlusion (..., F, r, r)."""
    step = GAIN * (grid - cell_places(grid.shape[-2]).to(grid))
    return torch.cat([step, 2 * occlusion[..., None] - 1], dim=-1).movedim(-1, -4)


def to_flow(latent: Tensor) -> Tensor:
    """(3, F, r, r) as the renderer draws it (renderer.flow_of): steps made absolute places again."""
    places = cell_places(latent.shape[-1]).to(latent).permute(2, 0, 1)[:, None]
    return torch.cat([latent[:2] / GAIN + places, latent[2:]])


def both_ways(told: Tensor, audio: int) -> Tensor:
    """(..., audio + 12 + 4) of what is told, (..., audio + 6 + 2): sound, then changes of pose and of eyes."""
    heard, pose, eyes = told.split([audio, 6, 2], dim=-1)
    return torch.cat([heard, POSE_UNIT * pose, -POSE_UNIT * pose, EYES_UNIT * eyes, -EYES_UNIT * eyes], dim=-1)


def cell_places(cells: int) -> Tensor:
    """(cells, cells, 2) middles of cells, x first, as blocks.warp reads them."""
    line = (2 * torch.arange(cells) + 1) / cells - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)

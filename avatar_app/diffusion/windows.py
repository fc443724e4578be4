"""Long recordings as overlapping windows, all denoised together and blended so that no seam can be seen.

The x0 predictions of neighbouring windows are averaged in their overlap at every denoising step (MultiDiffusion,
Bar-Tal et al. 2023, in time): the windows stay parts of one motion, and nothing accumulates with length.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Window = tuple[int, int]  # first frame, one past the last


def plan_windows(frames: int, size: int, overlap: int) -> list[Window]:
    """Windows of `size` frames that cover `frames`, neighbours sharing at least `overlap`.

    A clip of up to `size` frames is one window. All windows of a longer clip have the same size.
    """
    if not 0 <= overlap < size:
        raise ValueError(f"overlap must be from 0 to below {size}; got {overlap}")
    if frames <= size:
        return [(0, frames)]
    count = -(-(frames - overlap) // (size - overlap))
    starts = [round(i * (frames - size) / (count - 1)) for i in range(count)]
    return [(start, start + size) for start in starts]


def ramp(window: Window, frames: int, overlap: int, device: torch.device) -> Tensor:
    """(size,) weights of a window's frames: 1 inside, falling to 0 over `overlap` where a neighbour takes over."""
    start, end = window
    position = torch.arange(end - start, device=device, dtype=torch.float32)
    weights = torch.ones_like(position)
    if start > 0 and overlap:
        weights = torch.minimum(weights, (position + 0.5) / overlap)
    if end < frames and overlap:
        weights = torch.minimum(weights, (end - start - position - 0.5) / overlap)
    return weights


def blend(x: Tensor, windows: list[Window], overlap: int, predict: Callable[[Tensor, Window], Tensor]) -> Tensor:
    """(B, T, C) from `predict(x[:, start:end], window)` of every window, averaged where they overlap."""
    if len(windows) == 1:
        return predict(x, windows[0])
    total, weight = torch.zeros_like(x), torch.zeros(x.shape[1], device=x.device)
    for window in windows:
        start, end = window
        share = ramp(window, x.shape[1], overlap, x.device)
        total[:, start:end] += predict(x[:, start:end], window) * share[:, None]
        weight[start:end] += share
    return total / weight[:, None]

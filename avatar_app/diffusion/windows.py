"""Windows of long recordings: overlapping ones that are denoised together and blended, or one after another.

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


def cut(x: Tensor, windows: list[Window]) -> Tensor:
    """(W * B, size, ...) the windows of (B, T, ...), window by window."""
    return x if len(windows) == 1 else torch.cat([x[:, start:end] for start, end in windows])


def blend(parts: Tensor, windows: list[Window], frames: int, overlap: int) -> Tensor:
    """(B, T, C) from (W * B, size, C) in the order of `cut`, averaged where windows overlap."""
    if len(windows) == 1:
        return parts
    batch = len(parts) // len(windows)
    total = parts.new_zeros(batch, frames, parts.shape[2])
    weight = parts.new_zeros(frames)
    for i, window in enumerate(windows):
        start, end = window
        share = ramp(window, frames, overlap, parts.device)
        total[:, start:end] += parts[i * batch : (i + 1) * batch] * share[:, None]
        weight[start:end] += share
    return total / weight[:, None]


def in_turn(windows: list[Window], sample: Callable[[int, Window, Tensor | None], Tensor]) -> Tensor:
    """(B, T, C) with one window after another, each going on from the last.

    `sample(k, window, done)` returns the whole window (B, size, C); `done` (B, n, C) is what is finished from the
    clip's first frame on, None before the first window. Frames that were finished before stay as they were.
    """
    done: Tensor | None = None
    for k, window in enumerate(windows):
        part = sample(k, window, done)
        done = part if done is None else torch.cat([done, part[:, done.shape[1] - window[0] :]], dim=1)
    assert done is not None, "there is no window"
    return done

"""Clips of any length: as one where memory allows, else in windows that are denoised together."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_app.diffusion.windows import plan_windows, ramp
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser
from avatar_app.engines.dawn.denoiser import Told
from avatar_app.engines.dawn.frame_layers import CrossMemory
from avatar_app.request import Stopped
from avatar_app.types import ShouldStop

WHOLE = 2000 * 32 * 32  # latent pixels that are denoised as one: 80 s at 128 pixels, 20 s at 256, in about 2.5 GB
OVERLAP = 80  # frames that neighbours share: what a frame sees to both sides


def told_of(told: Told, part: slice) -> Told:
    """What is told of some frames of one clip."""
    memories = tuple(tuple(CrossMemory(m.against[part], m.gain[part]) for m in block) for block in told.memories)
    return Told(told.start, memories)


class LongDenoiser:
    """(3, F, h, w) and a step to the noise. most: latent pixels of a window."""

    def __init__(self, denoiser: ClipDenoiser, should_stop: ShouldStop, most: int = WHOLE, overlap: int = OVERLAP):
        self.denoiser, self.should_stop, self.most, self.overlap = denoiser, should_stop, most, overlap

    def __call__(self, latent: Tensor, step: int, told: Told) -> Tensor:
        """Noise of neighbouring windows is averaged where they share frames. Raises Stopped between windows."""
        frames = latent.shape[1]
        size = max(2 * self.overlap, self.most // (latent.shape[2] * latent.shape[3]))
        windows = plan_windows(frames, size, self.overlap)
        if len(windows) == 1:
            return self.denoiser(latent, step, told)
        total, weight = torch.zeros_like(latent), latent.new_zeros(frames)
        for window in windows:
            if self.should_stop():
                raise Stopped
            part, share = slice(*window), ramp(window, frames, self.overlap, latent.device)
            total[:, part] += self.denoiser(latent[:, part], step, told_of(told, part)) * share[:, None, None]
            weight[part] += share
        return total / weight[:, None, None]

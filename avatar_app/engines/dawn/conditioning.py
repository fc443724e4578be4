"""What the denoiser is told of every frame: sound, and how far pose and eyes are from the portrait's."""

from __future__ import annotations

import torch
from torch import Tensor


def condition(audio: Tensor, pose: Tensor, eyes: Tensor, first_pose: Tensor, first_eyes: Tensor) -> Tensor:
    """(N, F, 1032) of audio (N, F, 1024), pose (N, F, 6) and eyes (N, F, 2) in raw units.

    first_pose (N, 6 or 7, the seventh is not used) and first_eyes (N, 2) are the portrait's.
    """
    return torch.cat([audio, pose - first_pose[:, None, :6], eyes - first_eyes[:, None]], dim=-1)

"""What the embedded denoisers see: some frames of motion as one token, and of bodies what is beside the key poses' way.

Fewer, wider tokens than frames cost less; a body's way between key poses needs no network.
"""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_app.engines.audio2photoreal.frame_conditions import CONDITION, PARTNER, TALKER
from avatar_app.request import FPS

BESIDE_WAY = 0.3  # deviation of coded bodies from the way between their key poses
_VOICES = PARTNER.stop  # columns of a condition row that change from frame to frame
REST = CONDITION - _VOICES
FACE_REST = TALKER.stop - TALKER.start


def pack(motion: Tensor, patch: int) -> Tensor:
    """(B, T / patch, patch F) of motion (B, T, F)."""
    return motion.unflatten(1, (-1, patch)).flatten(2)


def unpack(tokens: Tensor, patch: int) -> Tensor:
    """The inverse of `pack`."""
    return tokens.unflatten(2, (patch, -1)).flatten(1, 2)


def body_condition(rows: Tensor, patch: int) -> Tensor:
    """(B, T / patch, body_width(patch)) of rows (B, T, CONDITION): voices frame by frame, means of the rest."""
    return torch.cat([pack(rows[..., :_VOICES], patch), _mean(rows[..., _VOICES:], patch)], dim=2)


def face_condition(rows: Tensor, patch: int) -> Tensor:
    """(B, T / patch, face_width(patch)): the same without feelings, body actions and the body."""
    return torch.cat([pack(rows[..., :_VOICES], patch), _mean(rows[..., TALKER], patch)], dim=2)


def body_width(patch: int) -> int:
    """Of `body_condition`."""
    return _VOICES * patch + REST


def face_width(patch: int) -> int:
    """Of `face_condition`."""
    return _VOICES * patch + FACE_REST


def held(key_frames: Tensor, patch: int) -> Tensor:
    """(B, K, patch F) of key poses (B, K, F): each held as long as a token lasts."""
    return key_frames.repeat(1, 1, patch)


def curve_through(key_frames: Tensor) -> Tensor:
    """(B, 25 (K - 1), F) smooth way through key poses (B, K, F), one a second (Catmull & Rom 1974)."""
    padded = torch.cat([key_frames[:, :1], key_frames, key_frames[:, -1:]], dim=1)
    before, here, after, beyond = (padded[:, k : padded.shape[1] - 3 + k, None] for k in range(4))
    t = (torch.arange(FPS, device=key_frames.device) / FPS)[:, None]
    start, end = (after - before) / 2, (beyond - here) / 2
    way = here + t * start + t**2 * (3 * (after - here) - 2 * start - end)
    way = way + t**3 * (2 * (here - after) + start + end)
    return way.flatten(1, 2)


def _mean(rows: Tensor, patch: int) -> Tensor:
    return rows.unflatten(1, (-1, patch)).mean(dim=2)

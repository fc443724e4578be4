"""Some frames of motion as one token: the embedded denoisers see fewer, wider tokens than frames, and cost less."""

from __future__ import annotations

import torch
from torch import Tensor

from avatar_app.engines.audio2photoreal.frame_conditions import CONDITION, PARTNER, TALKER

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
    """(B, T / patch, body_width(patch)) of condition rows (B, T, CONDITION): voices frame by frame, means of the rest."""
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


def _mean(rows: Tensor, patch: int) -> Tensor:
    return rows.unflatten(1, (-1, patch)).mean(dim=2)

"""From 16-kHz sound to HuBERT's 50 rows a second, in pieces of 20 s, and on to one row per video frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from avatar_app.diffusion.samplers import never_stop
from avatar_app.request import FPS, SAMPLE_RATE, Stopped
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.types import Array, ShouldStop

PIECE = 20 * SAMPLE_RATE
REACH, STRIDE = 400, 320  # samples that a row of HuBERT hears, and from row to row
SILENCE = 1e-7  # variance of a recording without sound


def frames_of(samples: int) -> int:
    """Video frames of so many samples."""
    return int(samples / SAMPLE_RATE * FPS)


def pieces(samples: int) -> list[tuple[int, int]]:
    """Ranges of samples that HuBERT hears one by one; each hears on to the next one's first row, too short ones not."""
    reaching = PIECE + REACH - STRIDE
    ranges = [(start, min(start + reaching, samples)) for start in range(0, samples, PIECE)]
    return [(start, end) for start, end in ranges if end - start >= REACH]


def rows_of(samples: int) -> int:
    """Rows that HuBERT gives for so many samples."""
    return max(0, (samples - REACH) // STRIDE + 1)


def join(parts: list[Tensor], samples: int) -> Tensor:
    """(T, C) of the pieces' rows (t, C): as many as there would be in one go, zeros where pieces fell short."""
    rows, wanted = torch.cat(parts), (samples - (REACH - STRIDE)) // STRIDE
    if len(rows) < wanted:
        rows = torch.cat([rows, rows.new_zeros(wanted - len(rows), rows.shape[1])])
    return rows[:wanted]


def at_frames(rows: Tensor, frames: int) -> Tensor:
    """(frames, C) from (T, C), T at least 1: linear in between, the first and the last row at the ends."""
    places = torch.linspace(0, len(rows) - 1, frames, dtype=torch.float64, device=rows.device)
    below = places.long().clamp(max=max(len(rows) - 2, 0))
    above = (below + 1).clamp(max=len(rows) - 1)
    share = (places - below)[:, None]
    return (rows[below] + (rows[above].double() - rows[below]) * share).to(rows.dtype)


@dataclass(frozen=True)
class Hubert:
    """Hearing (see networks) with a transformers HubertModel."""

    network: Any

    def __call__(self, samples: Array, frames: int, should_stop: ShouldStop) -> Tensor:
        """(frames, 1024)."""
        return encode(self.network, torch.from_numpy(np.ascontiguousarray(samples, np.float32)), frames, should_stop)


@dataclass(frozen=True)
class Articulation:
    """Hearing (see networks) with this project's speech encoder."""

    network: SpeechEncoder

    def __call__(self, samples: Array, frames: int, should_stop: ShouldStop) -> Tensor:
        """(frames, 26)."""
        return encode_articulation(self.network, samples, frames)


@torch.inference_mode()
def encode(model: Any, samples: Tensor, frames: int, should_stop: ShouldStop = never_stop) -> Tensor:
    """(frames, C) of a recording (n,) by a transformers HubertModel, piece by piece.

    As many rows as the recording has whole frames; further ones, of a frame that began, repeat the last.
    Raises Stopped between pieces.
    """
    wave = samples - samples.mean()
    wave = wave / (wave.square().mean() + SILENCE).sqrt()
    rows = []
    for start, end in pieces(len(wave)):
        if should_stop():
            raise Stopped
        rows.append(model(wave[None, start:end].to(model.device)).last_hidden_state[0].float())
    heard = at_frames(join(rows, len(wave)), min(frames, frames_of(len(wave))))
    return torch.cat([heard, heard[-1:].expand(frames - len(heard), -1)])

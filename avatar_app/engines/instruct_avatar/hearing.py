"""Articulation of a recording: the speech encoder listens several times, to slightly different vocal tracts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.engines.instruct_avatar.speech_encoder import SHAPES, SpeechEncoder
from avatar_app.inputs.speech_features import lifter, log_mel, speech_features, warp_bands

Array = npt.NDArray[np.float32]

TRACTS = (0.94, 1.0, 1.06)  # vocal-tract factors; the mean of their answers is better than the best of them
CEPSTRA = 32  # kept of 64: the harmonics of a high voice go, its formants stay


@torch.inference_mode()
def hear(encoder: SpeechEncoder, samples: Array, frames: int) -> Tensor:
    """(frames, 26) articulation of (n,) mono 16 kHz samples, see SpeechEncoder.articulation."""
    device = next(encoder.parameters()).device
    mel = lifter(log_mel(samples, frames), CEPSTRA)
    heard = np.stack([speech_features(warp_bands(mel, factor)) for factor in TRACTS])
    articulation = encoder.articulation(torch.from_numpy(heard).to(device)).mean(dim=0)
    articulation[:, :SHAPES] = _smooth(articulation[:, :SHAPES])
    return articulation


def _smooth(shapes: Tensor) -> Tensor:
    """(T, 7) with weights .15 .7 .15 in time: as smooth as the teacher's curves; closures are other channels."""
    padded = torch.cat([shapes[:1], shapes, shapes[-1:]])
    return 0.15 * (padded[:-2] + padded[2:]) + 0.7 * shapes

"""Articulation of a recording: the speech encoder listens several times, to slightly different vocal tracts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.engines.instruct_avatar.speech_encoder import CLOSURE, SHAPES, SpeechEncoder
from avatar_app.inputs.speech_features import lifter, log_mel, speech_features, warp_bands
from avatar_app.motion.finish import complete_closures

Array = npt.NDArray[np.float32]

TRACTS = (0.94, 1.0, 1.06)  # vocal-tract factors; the mean of their answers is better than the best of them
CEPSTRA = 32  # kept of 64: the harmonics of a high voice go, its formants stay


@torch.inference_mode()
def hear(encoder: SpeechEncoder, samples: Array, frames: int, least_closure: float = 0.25) -> Tensor:
    """(frames, 26) articulation of (n,) mono 16 kHz samples, see SpeechEncoder.articulation.

    Closures heard with at least `least_closure` are completed.
    """
    device = next(encoder.parameters()).device
    mel = lifter(log_mel(samples, frames), CEPSTRA)
    heard = np.stack([speech_features(warp_bands(mel, factor)) for factor in TRACTS])
    articulation = encoder.articulation(torch.from_numpy(heard).to(device)).mean(dim=0)
    articulation[:, :SHAPES] = _smooth(articulation[:, :SHAPES])
    whole = complete_closures(articulation[:, CLOSURE].cpu().numpy(), least_closure)
    articulation[:, CLOSURE] = torch.from_numpy(whole).to(device)
    return articulation


def _smooth(shapes: Tensor) -> Tensor:
    """(T, 7) with weights .2 .6 .2 in time: as smooth as the teacher's curves; closures are other channels."""
    padded = torch.cat([shapes[:1], shapes, shapes[-1:]])
    return 0.2 * (padded[:-2] + padded[2:]) + 0.6 * shapes

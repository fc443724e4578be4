"""Articulation of a recording: the speech encoder averaged over vocal-tract lengths, joined by a phone recogniser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from avatar_app.speech.closures import agreed_closures, complete_closures
from avatar_app.speech.encoder import CLOSURE, SHAPES, TALKING, TRACKS, SpeechEncoder
from avatar_app.speech.features import lifter, log_mel, speech_features, warp_bands
from avatar_app.speech.lip_targets import TARGETS, expected_shapes
from avatar_app.speech.phone_recogniser import Heard, recognise
from avatar_app.speech.phones import VISEMES
from avatar_app.speech.wordless import voiced_share
from avatar_app.types import Array

TRACTS = (0.94, 1.0, 1.06)  # vocal-tract factors; the mean of their answers is better than the best of them
# How far shapes follow the visemes, per channel: the jaw, funnel and pucker, the others.
VISEME_WEIGHTS = (0.6, 0.8, 0.8, 0.7, 0.8, 0.7, 0.9)
RECOGNISED = 0.7  # share of the phone recogniser in the visemes
CEPSTRA = 32  # kept of 64: the harmonics of a high voice go, its formants stay


@torch.inference_mode()
def encode_articulation(encoder: SpeechEncoder, samples: Array, frames: int, least_closure: float = 0.25) -> Tensor:
    """(frames, 26) float32 articulation of (n,) mono 16 kHz samples, see SpeechEncoder.articulation.

    Where the phone recogniser is installed it has its share in the visemes and its say in the closures; without it
    closures of at least `least_closure`, 0 to 1, are completed.
    """
    device = next(encoder.parameters()).device
    with ThreadPoolExecutor(1) as beside:
        waiting = beside.submit(recognise, samples, frames)
        mel = lifter(log_mel(samples, frames), CEPSTRA)
        # One after another: together they would take three times the memory, and no less time.
        features = (torch.from_numpy(speech_features(warp_bands(mel, factor))) for factor in TRACTS)
        articulation = torch.cat([encoder.articulation(one[None].to(device)) for one in features]).mean(dim=0)
        heard = waiting.result()
    if heard is None:
        return refine(articulation, least_closure)
    return refine(_heard_twice(articulation, heard), 1.0)


def _heard_twice(articulation: Tensor, heard: Heard) -> Tensor:
    """(T, 26) articulation, in place: visemes drawn to those recognised, closures as both ears agree."""
    _silence_music(articulation, heard)
    # Only while the encoder finds talking: the recogniser finds phones in music and noise, too.
    talking, shares = articulation[:, TALKING], articulation[:, TRACKS:]
    recognised = torch.from_numpy(heard.shares).to(articulation)
    weight = RECOGNISED * talking[:, None] * recognised.sum(dim=1, keepdim=True)
    articulation[:, TRACKS:] = shares + weight * (recognised - shares)
    lips = heard.lips * talking.cpu().numpy().repeat(2)
    closure = agreed_closures(articulation[:, CLOSURE].cpu().numpy(), lips)
    articulation[:, CLOSURE] = torch.from_numpy(closure).to(articulation)
    return articulation


def _silence_music(articulation: Tensor, heard: Heard) -> None:
    """Makes silence, in place, of what is neither words nor a voice; closures stay, which shut lips anyway."""
    seen = articulation.cpu().numpy()
    share = voiced_share(seen[:, TRACKS:], seen[:, TALKING], heard.shares)
    silent = torch.zeros_like(articulation[0])
    silent[:SHAPES] = silent.new_tensor(TARGETS["SIL"][:SHAPES])
    silent[TRACKS + VISEMES.index("SIL")] = 1
    silent = silent.repeat(len(articulation), 1)
    silent[:, CLOSURE] = articulation[:, CLOSURE]
    articulation += (1 - torch.from_numpy(share).to(articulation)[:, None]) * (silent - articulation)


def refine(articulation: Tensor, least_closure: float = 0.25) -> Tensor:
    """(T, 26) articulation, in place: shapes drawn to those of the visemes, closures from `least_closure` completed."""
    articulation[:, :SHAPES] = _agreed_shapes(articulation)
    whole = complete_closures(articulation[:, CLOSURE].cpu().numpy(), least_closure)
    articulation[:, CLOSURE] = torch.from_numpy(whole).to(articulation.device)
    return articulation


def _agreed_shapes(articulation: Tensor) -> Tensor:
    """(T, 7): between the shapes that the encoder gives directly and those that its visemes lead one to expect.

    On voices unlike those of training the visemes are the surer of the two, the shapes the smoother.
    """
    shares = articulation[:, TRACKS:].cpu().numpy()
    expected = torch.from_numpy(expected_shapes(shares)[:, :SHAPES]).to(articulation)
    weights = articulation.new_tensor(VISEME_WEIGHTS)
    return (1 - weights) * _smooth(articulation[:, :SHAPES]) + weights * expected


def _smooth(shapes: Tensor) -> Tensor:
    """(T, 7) with weights 1:2:1 in time: as smooth as the teacher's curves; closures are other channels."""
    padded = torch.cat([shapes[:1], shapes, shapes[-1:]])
    return 0.25 * (padded[:-2] + padded[2:]) + 0.5 * shapes

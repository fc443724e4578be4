"""Losses of the speech encoder and the augmented articulation that the denoiser learns from."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.speech.encoder import (
    ACCENT,
    CLOSURE,
    SHAPES,
    TRACKS,
    VISEMES,
    SpeechEncoder,
    join_articulation,
)

# How much each shape channel's error counts: jaw and rounding are seen best.
_SHAPE_WEIGHTS = (2.0, 1.0, 1.0, 0.7, 1.0, 0.7, 0.7)


def encoder_losses(encoder: SpeechEncoder, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Lip curves and their velocity, gates as probabilities, viseme classes. features (B, 4T, 65)."""
    tracks, visemes = (out.float() for out in encoder(batch["features"]))
    target = batch["tracks"]
    error = (tracks[..., :SHAPES] - target[..., :SHAPES]) * tracks.new_tensor(_SHAPE_WEIGHTS).sqrt()
    # Closures are short: without the weight an encoder in doubt would leave the lips open.
    weight = 1 + 2 * target[..., CLOSURE:ACCENT]
    gates = F.binary_cross_entropy_with_logits(tracks[..., CLOSURE:ACCENT], target[..., CLOSURE:ACCENT], weight)
    return {
        "lips": 20 * (error**2).mean() + 20 * (error.diff(dim=1) ** 2).mean(),
        "gates": gates,
        "accent": 0.1 * F.mse_loss(tracks[..., ACCENT], target[..., ACCENT]),
        "visemes": 0.3 * F.cross_entropy(visemes.transpose(1, 2), batch["visemes"], label_smoothing=0.05),
    }


def true_articulation(batch: dict[str, Tensor], generator: torch.Generator | None = None) -> Tensor:
    """(B, T, 26) articulation of the synthesiser's own phones, blurred and smoothed as an encoder's would be.

    Each row is blurred in time by its own amount, its shapes scaled by 0.8-1.1, its classes mixed with the average.
    """
    shares = F.one_hot(batch["visemes"], VISEMES).float()
    whole = join_articulation(batch["tracks"], shares)
    count = len(whole)

    def uniform(low: float, high: float) -> Tensor:
        values = torch.rand(count, 1, 1, generator=generator) * (high - low) + low
        return values.to(whole.device)

    side = uniform(0.0, 0.3) * (uniform(0, 1) < 0.6)
    padded = F.pad(whole.transpose(1, 2), (1, 1), mode="replicate").transpose(1, 2)
    whole = side * (padded[:, :-2] + padded[:, 2:]) + (1 - 2 * side) * whole
    shapes = whole[..., :SHAPES] * uniform(0.8, 1.1)
    smoothing = uniform(0.0, 0.35)
    classes = (1 - smoothing) * whole[..., TRACKS:] + smoothing / VISEMES
    return torch.cat([shapes, whole[..., SHAPES:TRACKS], classes], dim=-1)

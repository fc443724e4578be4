"""How the embedded PBNet learns: what it draws is compared with the teacher by the energy score.

The published way, pbnet_training.PbnetStep, has to encode a motion frame by frame, and what is then drawn from a normal
latent trembles and does not blink. The energy score (Gneiting and Raftery 2007) asks nothing of a latent: of two draws,
the mean distance to the true motion less half of that between them is least where they are distributed as the truth.
It is taken of stretches of motion as they are, short and long, and less their own mean, each in its own size: else
where the head is would count for all.
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor, nn

from avatar_app.engines.dawn.pbnet import MotionDecoder, PbnetConfig, draw_latent

STRETCHES = 3, 10, 30, 120  # frames within which motion is compared
DRAWS = 2


class EnergyStep(nn.Module):
    """One network. While it learns, its change is in usual changes, see pbnet_training.SPREAD."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        self.decoder = MotionDecoder(config)

    def forward(self, change: Tensor, first: Tensor, audio: Tensor) -> dict[str, Tensor]:
        """Scores of true changes (N, F, values) for portraits (N, 1, values) and sound (N, F, C)."""
        count, frames = change.shape[:2]
        latent = draw_latent(self.decoder.config, DRAWS * count, frames).to(change)
        again = [part.repeat(DRAWS, 1, 1) for part in (first, audio)]
        drawn = self.decoder(*again, latent).float().unflatten(0, (DRAWS, count))
        found = {}
        for length in STRETCHES:
            parts = [stretches(motion, min(length, frames)) for motion in (drawn, change)]
            found[f"whole{length}"] = energy(*(part.flatten(-2) for part in parts))
            found[f"within{length}"] = energy(*((part - part.mean(-1, keepdim=True)).flatten(-2) for part in parts))
        return found


def stretches(motion: Tensor, length: int) -> Tensor:
    """(..., S, V, length) of motions (..., F, V), half overlapping."""
    return motion.unfold(-2, length, max(length // 2, 1))


def energy(drawn: Tensor, true: Tensor) -> Tensor:
    """The score of draws (D, N, S, C) for truths (N, S, C), in the mean, in the size of the truth."""

    def size(x: Tensor) -> Tensor:
        return (x.square().sum(-1) + 1e-8).sqrt().mean()

    pairs = combinations(range(len(drawn)), 2)
    between = torch.stack([size(drawn[a] - drawn[b]) for a, b in pairs]).mean()
    return (size(drawn - true) - 0.5 * between) / size(true).clamp(min=1e-3)

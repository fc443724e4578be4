"""How the embedded PBNet learns: what it draws is compared with the teacher by the energy score.

The published way, pbnet_training.PbnetStep, has to encode a motion frame by frame, and what is then drawn from a normal
latent trembles and does not blink. The energy score (Gneiting and Raftery 2007) asks nothing of a latent: of two draws,
the mean distance to the true motion less half of that between them is least where they are distributed as the truth.
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.pbnet import MotionDecoder, PbnetConfig, draw_latent

STRETCHES = 6, 24, 120  # frames over which motions are compared as a whole
SPEED = 4.0  # times the change from frame to frame counts as much as where it is
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
        drawn = described(self.decoder(*again, latent).float()).unflatten(0, (DRAWS, count))
        true = described(change)
        return {f"energy{length}": energy(drawn, true, min(length, frames)) for length in STRETCHES}


def described(motion: Tensor) -> Tensor:
    """(N, F, 2 V) of motions (N, F, V): where they are and how fast."""
    return torch.cat([motion, SPEED * F.pad(motion.diff(dim=1), (0, 0, 1, 0))], dim=-1)


def energy(drawn: Tensor, true: Tensor, length: int) -> Tensor:
    """The score of draws (D, N, F, C) for a truth (N, F, C) over stretches of so many frames, in the mean."""
    step = max(length // 2, 1)

    def apart(one: Tensor, other: Tensor) -> Tensor:
        parts = (one - other).unfold(-2, length, step)
        return (parts.square().mean(dim=(-2, -1)) + 1e-6).sqrt().mean()

    pairs = list(combinations(range(len(drawn)), 2))
    between = torch.stack([apart(drawn[a], drawn[b]) for a, b in pairs]).mean()
    return apart(drawn, true.expand_as(drawn)) - 0.5 * between

"""A judge of latent codes: whether a generator's mapping could have made them (Tov et al. 2021, e4e)."""

from __future__ import annotations

from itertools import chain

from torch import Tensor, nn

LEAK = 0.2


class LatentCodesDiscriminator(nn.Module):
    """Four linear layers; as published it is there and weighs nothing in training."""

    def __init__(self, style: int = 512, layers: int = 4) -> None:
        super().__init__()
        hidden = ((nn.Linear(style, style), nn.LeakyReLU(LEAK)) for _ in range(layers - 1))
        self.mlp = nn.Sequential(*chain.from_iterable(hidden), nn.Linear(style, 1))

    def forward(self, codes: Tensor) -> Tensor:
        """(..., style) to (..., 1): larger for codes that look as if the mapping had made them."""
        verdict: Tensor = self.mlp(codes)
        return verdict

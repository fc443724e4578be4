"""Speech encoder: dilated gated convolutions from log-mel features to articulation, what lips and jaw do.

The denoiser gets this articulation and no spectrum. It is trained on synthesised voices alone, so everything that
tells one voice from another has to be lost here; and the encoder can be improved without touching the denoiser.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SHAPES = 7  # lip channels of lip_targets.CHANNELS
CLOSURE, TUCK, TALKING, ACCENT = SHAPES, SHAPES + 1, SHAPES + 2, SHAPES + 3
TRACKS = SHAPES + 4
VISEMES = 15
ARTICULATION = TRACKS + VISEMES


class SpeechEncoder(nn.Module):
    """(B, 4T, 65) features at 100 Hz to articulation at 25 Hz and viseme classes at 50 Hz."""

    def __init__(self, features: int, width: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv1d(features, width, 5, padding=2),
            nn.SiLU(),
            nn.Conv1d(width, width, 4, stride=2, padding=1),
        )
        self.layers = nn.ModuleList(_GatedLayer(width, dilation) for dilation in dilations)
        self.norm = nn.LayerNorm(width)
        self.visemes = nn.Linear(width, VISEMES)
        self.tracks = nn.Conv1d(width, TRACKS, 4, stride=2, padding=1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Raw read-outs: tracks (B, T, 11), gates as logits, and viseme logits (B, 2T, 15)."""
        h = self.stem(features.transpose(1, 2))
        for layer in self.layers:
            h = layer(h)
        h = self.norm(h.transpose(1, 2))
        return self.tracks(h.transpose(1, 2)).transpose(1, 2), self.visemes(h)

    def articulation(self, features: Tensor) -> Tensor:
        """(B, T, 26): lip shape, closure, tuck, talking (0 to 1), accent (about -2 to 2), viseme shares (sum 1)."""
        tracks, visemes = self(features)
        return join_articulation(
            torch.cat([tracks[..., :SHAPES], tracks[..., CLOSURE:ACCENT].sigmoid(), tracks[..., ACCENT:]], dim=-1),
            visemes.softmax(dim=-1),
        )


def join_articulation(tracks: Tensor, visemes: Tensor) -> Tensor:
    """(B, T, 26) from tracks (B, T, 11) and viseme shares (B, 2T, 15), two of which are one frame's."""
    return torch.cat([tracks, visemes.unflatten(1, (-1, 2)).mean(dim=2)], dim=-1)


class _GatedLayer(nn.Module):
    """A gated residual convolution, kernel 3."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(1, width)
        self.conv = nn.Conv1d(width, 2 * width, 3, padding=dilation, dilation=dilation)
        self.drop = nn.Dropout1d(0.1)
        self.out = nn.Conv1d(width, width, 1)

    def forward(self, h: Tensor) -> Tensor:
        return h + self.out(self.drop(F.glu(self.conv(F.silu(self.norm(h))), dim=1)))

"""The style encoder of DiffPoseTalk (Sun et al. 2024): four seconds of somebody's motion to a style vector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import InputError

WINDOW = 100  # frames at 25 fps: what the encoder was trained on
STYLE = 128  # numbers of a style vector
LONGEST = 600  # rows of the table of positions


@dataclass(frozen=True)
class StyleConfig:
    """Architecture. channels: 54 for FLAME with head, 51 without, 58 for this project's own motion.

    constant_position: the published encoders add one and the same row of the table of positions, the one whose index
    is the number of frames, to every frame, so that the order of frames does not matter to them and their number does.
    True reproduces that, for published weights only; False gives every frame its own row.
    """

    channels: int = 54
    width: int = STYLE
    layers: int = 4
    heads: int = 4
    feed_forward: int = 512
    dropout: float = 0.1
    constant_position: bool = True

    @classmethod
    def of(cls, state: Mapping[str, Tensor], heads: int = 4) -> StyleConfig:
        """The architecture that published weights belong to; InputError when they are no style encoder's."""
        try:
            width, channels = state["motion_proj.weight"].shape
            feed_forward = state["transformer.layers.0.linear1.weight"].shape[0]
        except (KeyError, ValueError) as error:
            raise InputError("These are not the weights of a DiffPoseTalk style encoder.") from error
        layers = 1 + max(int(name.split(".")[2]) for name in state if name.startswith("transformer.layers."))
        return cls(channels, width, layers, heads, feed_forward)


EMBEDDED = StyleConfig(channels=len(CHANNEL_NAMES), constant_position=False)  # the one trained by this project


def position_table(rows: int, width: int) -> Tensor:
    """(rows, width) sines in even and cosines in odd columns (Vaswani et al. 2017)."""
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angle = torch.arange(rows)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


class StyleEncoder(nn.Module):
    """Normalised motion (N, L, channels) float32 to style (N, width) float32, not of unit length; L is usually 100."""

    positions: Tensor

    def __init__(self, config: StyleConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or StyleConfig()
        self.motion_proj = nn.Linear(config.channels, config.width)
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, config.feed_forward, config.dropout, activation="gelu", batch_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)
        self.dropout = nn.Dropout(config.dropout)
        self.register_buffer("positions", position_table(LONGEST, config.width), persistent=False)

    def forward(self, motion: Tensor) -> Tensor:
        """Raises InputError for another number of channels or more than 599 frames."""
        frames, channels = motion.shape[1:]
        if channels != self.config.channels:
            raise InputError(f"This style encoder reads motion of {self.config.channels} channels; got {channels}.")
        if not 0 < frames < LONGEST:
            raise InputError(f"A style is read from 1 to {LONGEST - 1} frames at a time; got {frames}.")
        rows = self.positions[frames] if self.config.constant_position else self.positions[:frames]
        tokens = self.dropout(self.motion_proj(motion) + rows)
        style: Tensor = self.transformer(tokens).mean(dim=1)
        return style


def load_published(state: Mapping[str, Tensor]) -> StyleEncoder:
    """The encoder with published weights (the "encoder" of their checkpoint), ready to use; InputError for others."""
    model = StyleEncoder(StyleConfig.of(state))
    try:
        model.load_state_dict(dict(state))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise InputError(f"These are not the weights of a DiffPoseTalk style encoder ({reason}).") from error
    return model.eval()

"""The style encoder of DiffPoseTalk (Sun et al. 2024): four seconds of somebody's motion to a style vector."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from avatar_app.engines.diffposetalk.config import FLAME_EXPRESSION, modern_args
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import FPS, InputError

WINDOW = 100  # frames at 25 fps: what the encoder was trained on
STYLE = 128  # numbers of a style vector
LONGEST = 600  # rows of the table of positions


@dataclass(frozen=True)
class StyleConfig:
    """Architecture. channels: 54 for FLAME with head, 51 without, 58 for this project's own motion.

    window: frames that it reads at a time. constant_position: the published encoders add one and the same row of the
    table of positions, the one whose index is the number of frames, to every frame, so that the order of frames does
    not matter to them and their number does. True reproduces that, for published weights only; False gives every frame
    its own row.
    """

    channels: int = 54
    width: int = STYLE
    layers: int = 4
    heads: int = 4
    feed_forward: int = 512
    dropout: float = 0.1
    constant_position: bool = True
    window: int = WINDOW

    @classmethod
    def from_args(cls, args: Mapping[str, Any]) -> StyleConfig:
        """From the options stored in a published checkpoint; older names are understood.

        The weights alone are not enough: those of four and of six heads have the same shapes. Raises ValueError for
        an option that is missing or impossible, and for another frame rate.
        """
        told = {"n_motions": WINDOW, "fps": FPS} | modern_args(args)
        for name in ("feature_dim", "n_heads", "n_layers", "mlp_ratio", "n_motions", "fps"):
            if type(told.get(name)) is not int or told[name] < 1:
                raise ValueError(f"the option {name} must be a whole number, it is {told.get(name, 'absent')}")
        width, heads, window = told["feature_dim"], told["n_heads"], told["n_motions"]
        if width % heads:
            raise ValueError(f"{width} features cannot be shared among {heads} heads")
        if window >= LONGEST or told["fps"] != FPS:
            raise ValueError(f"it reads {window} frames at {told['fps']} fps")
        return cls(
            channels=FLAME_EXPRESSION + (1 if told.get("no_head_pose") else 4),
            width=width,
            layers=told["n_layers"],
            heads=heads,
            feed_forward=told["mlp_ratio"] * width,
            window=window,
        )


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


def build_style_encoder(
    state: Mapping[str, Tensor], args: Mapping[str, Any], name: str = "the style encoder"
) -> StyleEncoder:
    """The encoder of a published checkpoint, ready to use. state: its "encoder". args: its options. name: for errors.

    Raises InputError for weights of something else, or of another architecture than the options say.
    """
    try:
        model = StyleEncoder(StyleConfig.from_args(args))
        expected, given = ({key: tuple(value.shape) for key, value in s.items()} for s in (model.state_dict(), state))
        for key in sorted(expected.keys() | given.keys()):
            if expected.get(key) != given.get(key):
                sizes = f"{expected.get(key, 'absent')}, it is {given.get(key, 'absent')}"
                raise ValueError(f"by its own options {key} should be {sizes}")
    except ValueError as error:
        raise InputError(
            f"{name} is no style encoder of DiffPoseTalk ({error}): use what its owners publish."
        ) from error
    model.load_state_dict(dict(state))
    return model.eval()

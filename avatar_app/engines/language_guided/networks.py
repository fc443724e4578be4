"""What the engine runs of one generator."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor, nn

from avatar_app.engines.language_guided.generator import Generator
from avatar_app.engines.language_guided.inversion_encoder import InversionEncoder
from avatar_app.engines.language_guided.motion_model import MotionModel
from avatar_app.engines.language_guided.words import Words

Kept = TypeVar("Kept", bound="Frozen")


@dataclass(frozen=True, kw_only=True)
class Frozen:
    """What stays as it is while motion is learned.

    mean, spread: (style,) of w. encoder: None where none of this generator is installed. encoder_mean: (1 or L, style)
    that belongs to its codes.
    """

    generator: Generator
    mean: Tensor
    spread: Tensor
    words: Words
    encoder: InversionEncoder | None = None
    encoder_mean: Tensor | None = None

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """All networks."""
        more = () if self.encoder is None else (self.encoder,)
        return self.generator, self.words.network, *more

    @property
    def memory(self) -> int:
        """Bytes of the weights."""
        return sum(p.numel() * p.element_size() for part in self.parts for p in part.parameters())

    def to(self: Kept, device: torch.device) -> Kept:
        """The same on a device."""
        for part in self.parts:
            part.to(device)
        encoder_mean = None if self.encoder_mean is None else self.encoder_mean.to(device)
        return replace(self, mean=self.mean.to(device), spread=self.spread.to(device), encoder_mean=encoder_mean)


@dataclass(frozen=True, kw_only=True)
class Networks(Frozen):
    """With a motion model."""

    motion: MotionModel

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """All networks."""
        return *super().parts, self.motion

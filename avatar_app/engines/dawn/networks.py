"""What the engine runs, whoever trained it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from avatar_app.engines.dawn.denoiser import FlowDenoiser
from avatar_app.engines.dawn.face_place import FaceEncoder
from avatar_app.engines.dawn.pbnet import MotionDecoder
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.types import Array, ShouldStop


class Hearing(Protocol):
    """A network with all that turns a recording into what the others are told."""

    @property
    def network(self) -> nn.Module:
        """Its weights."""
        ...

    def __call__(self, samples: Array, frames: int, should_stop: ShouldStop) -> Tensor:
        """(frames, C) of 16-kHz sound (n,). Raises Stopped once should_stop() is true."""
        ...


@dataclass(frozen=True)
class Networks:
    """Everything of one resolution, ready to be run."""

    hearing: Hearing
    denoiser: FlowDenoiser
    renderer: FrameRenderer
    face: FaceEncoder
    pose: MotionDecoder
    blink: MotionDecoder

    @property
    def parts(self) -> tuple[nn.Module, ...]:
        """All networks."""
        return self.hearing.network, self.denoiser, self.renderer, self.face, self.pose, self.blink

    @property
    def memory(self) -> int:
        """Bytes of the weights."""
        return sum(p.numel() * p.element_size() for part in self.parts for p in part.parameters())

    def to(self, device: torch.device) -> Networks:
        """Itself, moved."""
        for part in self.parts:
            part.to(device)
        return self

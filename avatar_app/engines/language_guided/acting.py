"""What a take does: how far along the path of motion codes every frame is, and what that adds to the face's codes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.language_guided.generator import FixedNoise, Generator, GeneratorConfig
from avatar_app.engines.language_guided.motion_model import MotionModel
from avatar_app.engines.language_guided.recurrent import first_hidden, step_sizes
from avatar_app.request import FPS
from avatar_app.types import Array

DECAY = "linear"  # as published for frames that are shown
STRENGTHS_DIFFER = 0.15  # of takes: standard deviation of the logarithm


@dataclass(frozen=True)
class Take:
    """codes: (P, width) along the path. places: (F,) where on it the frames are. noise: of every layer.

    rest: (1, L, style) of the face before it moves. strength: of what is added.
    """

    codes: Tensor
    places: Array
    rest: Tensor
    strength: float
    noise: list[Tensor]

    def __len__(self) -> int:
        """Frames."""
        return len(self.places)

    def at(self, model: MotionModel, frames: slice) -> Tensor:
        """See codes_at."""
        return codes_at(model, self, frames)


@dataclass(frozen=True)
class Way:
    """Where one wish leads: codes (P, width) along its path, and how far along each frame is: there (T,) float32, 1 at
    full size, negative the other way."""

    codes: Tensor
    there: Array


@dataclass(frozen=True)
class Acts:
    """A take of several wishes at their own times; rest, noise as in Take.

    generator: the portrait's own. reach: how long a change in W+ may be: where it never was, it draws no face.
    """

    ways: tuple[Way, ...]
    rest: Tensor
    noise: list[Tensor]
    frames: int
    generator: Generator
    reach: float

    def __len__(self) -> int:
        """Frames."""
        return self.frames

    def at(self, model: MotionModel, frames: slice) -> Tensor:
        """W+ (n, L, style) of some frames: what all ways add to the face at rest."""
        count = len(range(*frames.indices(self.frames)))
        total = torch.zeros_like(self.rest).repeat(count, 1, 1)
        for way in self.ways:
            there = torch.from_numpy(way.there[frames]).to(total.device)
            if there.any():
                change = change_at(model, way.codes, (len(way.codes) - 1) * there.abs().clamp(max=1))
                total = total + (there.sign() * there.abs().clamp(min=1))[:, None, None] * change
        long = total.flatten(1).norm(dim=1).clamp(min=1e-6)
        return self.rest + (self.reach / long).clamp(max=1)[:, None, None] * total


def path_frames(frames: int, seconds: float | None, loop: bool) -> int:
    """How many frames the way takes: `seconds`, or the whole clip; half of it where the way back is shown, too."""
    most = frames // 2 + 1 if loop else frames
    return max(2, most if seconds is None else min(most, round(seconds * FPS) + 1))


def places_of(frames: int, path: int, loop: bool) -> Array:
    """(F,) from 0 to path - 1, slow at both ends: there, and then held; or there and back, so often that the first
    frame may follow the last one."""
    at, last = np.arange(frames), path - 1
    turns = np.minimum(at, last) / last
    if loop:
        turns = 2 * max(1, round(frames / (2 * last))) * at / frames
    return (last * (1 - np.cos(math.pi * turns)) / 2).astype(np.float32)


def draw_path(model: MotionModel, text: Tensor, image: Tensor | None, path: int, random: torch.Generator,
              variation: float) -> Tensor:  # fmt: skip
    """(path, width) motion codes. text, image: (1, width). variation: of the first hidden state, 1 is as published."""
    hidden = variation * first_hidden(1, model.config.recurrent, random)
    steps = step_sizes(path, DECAY)
    codes: Tensor = model.codes(text, image, steps.to(text.device), hidden.to(text.device))
    return codes[0]


def strength_of(random: torch.Generator, variation: float) -> float:
    """What a take's strength is multiplied with, drawn after its path."""
    return math.exp(STRENGTHS_DIFFER * variation * float(torch.randn((), generator=random)))


def noise_for(fixed: list[Tensor], config: GeneratorConfig, seed: int, variation: float) -> list[Tensor]:
    """The generator's noise, turned toward a seed's own: not at all at a variation of 0, all the way at 2."""
    turn = variation * math.pi / 4
    own = FixedNoise(config, seed).layers()
    return [math.cos(turn) * a + math.sin(turn) * b.to(a.device) for a, b in zip(fixed, own, strict=True)]


def codes_at(model: MotionModel, take: Take, frames: slice) -> Tensor:
    """W+ (n, L, style) of some frames.

    The mapper looks at the direction of a motion code only, so that published motion jumps to nearly all of itself in
    frame 1. Here what it says is weighed by how far along the way the code has come: the first and the last frame are
    the published ones, and between them nothing jumps.
    """
    at = torch.from_numpy(take.places[frames]).to(take.codes.device)
    return take.rest + take.strength * change_at(model, take.codes, at)


def change_at(model: MotionModel, codes: Tensor, at: Tensor) -> Tensor:
    """What places (n,) along a path of codes (P, width) add to W+: (n, L, style)."""
    before = at.long().clamp(max=len(codes) - 2)
    code = torch.lerp(codes[before], codes[before + 1], (at - before)[:, None])
    mapper = model.mapper.t_mapper
    change: Tensor = mapper(code) - mapper(torch.zeros_like(code[:1]))
    share = code.norm(dim=1) / codes[-1].norm().clamp(min=1e-12)
    return share[:, None, None] * change

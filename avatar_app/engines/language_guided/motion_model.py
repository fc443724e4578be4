"""Words and picture to the codes of every frame (Language-Guided Face Animation, Hang et al. 2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.layers import EqualLinear, PixelNorm
from avatar_app.engines.language_guided.recurrent import LatentRecurrent


@dataclass(frozen=True)
class MotionConfig:
    """Architecture. embedding: numbers of a sentence or picture. latents, style: of the generator's W+."""

    latents: int = 18
    embedding: int = 1024
    recurrent: int = 384
    mapper: int = 1024
    style: int = 512

    @classmethod
    def from_checkpoint(cls, state: Mapping[str, Tensor], style: int = 512) -> MotionConfig:
        """From the shapes of its tensors; `style` is the generator's, which they do not tell.

        Raises KeyError for a missing tensor, ValueError where the codes do not come out in whole rows.
        """
        recurrent, embedding = state["rnn.fc1.weight"].shape
        numbers, mapper = state["mapper.t_mapper.3.weight"].shape
        if numbers % style:
            raise ValueError(f"{numbers} numbers do not make rows of {style}")
        return cls(numbers // style, embedding, recurrent, mapper, style)


class Mapper(nn.Sequential):
    """A code to an offset in W+. Its first layer removes the code's length, so only the direction matters."""

    def __init__(self, config: MotionConfig) -> None:
        widths = (config.embedding, config.mapper, config.mapper, config.latents * config.style)
        super().__init__(PixelNorm(), *(EqualLinear(before, after, active=True) for before, after in pairwise(widths)))
        self.rows = config.latents

    def forward(self, code: Tensor) -> Tensor:
        """(N, embedding) to (N, latents, style)."""
        out = code
        for layer in self:
            out = layer(out)
        return out.view(len(out), self.rows, -1)


class Mappers(nn.Module):
    """One for pictures, one for motion codes."""

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        self.v_mapper = Mapper(config)
        self.t_mapper = Mapper(config)


class MotionModel(nn.Module):
    """All of the published motion model but CLIP, under its published names without "module."."""

    def __init__(self, config: MotionConfig) -> None:
        super().__init__()
        self.config = config
        self.mapper = Mappers(config)
        self.rnn = LatentRecurrent(config.embedding, config.recurrent)

    def codes(self, text: Tensor, image: Tensor | None, steps: Tensor, hidden: Tensor) -> Tensor:
        """Motion codes (B, T, embedding), zeros at frame 0.

        text, image: (B, embedding) of any length. steps: (T - 1,). hidden: (B, recurrent). image: None for a face that
        the generator makes up; no gradients flow into it.
        """
        start = F.normalize(text)
        if image is not None:
            start = start + F.normalize(image).detach()
        codes: Tensor = self.rnn(start, steps, hidden)
        return codes

    def offsets(self, text: Tensor, image: Tensor | None, steps: Tensor, hidden: Tensor) -> Tensor:
        """Offsets in W+ (B, T, latents, style) of `codes`. Those of frame 0 are a learned constant, not zeros."""
        codes = self.codes(text, image, steps, hidden)
        offsets: Tensor = self.mapper.t_mapper(codes.flatten(0, 1))
        return offsets.view(*codes.shape[:2], *offsets.shape[1:])

    def image_offset(self, image: Tensor) -> Tensor:
        """(B, embedding) of any length to the offset in W+ that the picture adds to all frames (B, latents, style)."""
        offset: Tensor = self.mapper.v_mapper(F.normalize(image))
        return offset

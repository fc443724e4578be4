"""A2V-FDM, DAWN's denoiser: all frames' flow and occlusion at once, from a portrait, sound, head pose and blinks.

A U-Net over pictures with attention over time (Ho et al. 2022, video diffusion). What does not change from one
diffusion step to the next is computed once per clip: the first convolution's share of the portrait, and what the
cross-attentions see of every frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.frame_layers import (
    CROSS_HEADS,
    CROSS_WIDTH,
    PUBLISHED_HEADS,
    Added,
    ConditionedBlock,
    CrossMemory,
    FrameConv,
    FrameUp,
    Heads,
    LinearAttention,
    Named,
    PixelAttention,
    PixelTimeAttention,
    PlainBlock,
)
from avatar_app.engines.dawn.time_attention import Block, RelativeBias

PREFIX = "denoise_fn."  # of its tensors in a published checkpoint
# Stored with published checkpoints and never used: the last blocks are told nothing.
UNUSED = ("final_conv.0.cross_attn_", "occlusion_map.0.cross_attn_")
LATENT = 3  # grid x, grid y, twice the occlusion less one
BUCKETS, MAX_DISTANCE = 32, 32
LEVELS = (1, 2, 4, 8)


@dataclass(frozen=True)
class DenoiserConfig:
    """width: channels at the latent's full size. window: frames that a frame sees before it, and after it.

    portrait, mask: channels of the encoded picture and of the encoded place of the face in it. audio, pose, eyes:
    values per frame. heads: of attention to pixels and to time. cross_heads: of attention to what is told.
    predicts: the noise in a latent clip, or the clean one. The defaults are the published model's.
    """

    width: int = 64
    portrait: int = 256
    mask: int = 16
    audio: int = 1024
    pose: int = 6
    eyes: int = 2
    window: int = 40
    heads: Heads = PUBLISHED_HEADS
    cross_heads: int = CROSS_HEADS
    predicts: Literal["noise", "flow"] = "noise"

    @property
    def of_flow(self) -> bool:
        """Whether it predicts clean flow, and knows flow, pose and eyes as latents.py says."""
        return self.predicts == "flow"


@dataclass(frozen=True)
class Told:
    """What the denoiser is told of clips, ready to be used at every step.

    start: (clips, width, h, w) of the portrait after the first convolution. memories: of each block, of F frames.
    """

    start: Tensor
    memories: tuple[tuple[CrossMemory, ...], ...]


class Sinusoid(nn.Module):
    """Sines, then cosines, of a diffusion step."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.pairs = width // 2

    def forward(self, step: Tensor) -> Tensor:
        """(N, width) of (N,)."""
        rates = torch.exp(torch.arange(self.pairs, device=step.device) * (-math.log(10_000) / (self.pairs - 1)))
        angles = step[:, None].float() * rates
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


class FlowDenoiser(nn.Module):
    """Predicts the noise in latent clips, or the clean ones."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width, heads = config.width, config.heads
        widths = [width, *(width * level for level in LEVELS)]
        pairs = list(pairwise(widths))
        self.time_rel_pos_bias = RelativeBias(BUCKETS, heads.count, MAX_DISTANCE)
        self.init_conv = FrameConv(LATENT + config.portrait + config.mask, width, 7, padding=3)
        self.init_temporal_attn = Added(width, Named(PixelTimeAttention(width, heads)))
        self.time_mlp = nn.Sequential(
            Sinusoid(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, 4 * width)
        )
        last = len(pairs) - 1
        self.downs = nn.ModuleList(
            self._level(a, b, FrameConv(b, b, 4, stride=2, padding=1) if i < last else nn.Identity())
            for i, (a, b) in enumerate(pairs)
        )
        middle = widths[-1]
        self.mid_block1, self.mid_block2 = self._block(middle, middle), self._block(middle, middle)
        self.mid_spatial_attn = Added(middle, Named(PixelAttention(middle, heads)))
        self.mid_temporal_attn = Added(middle, Named(PixelTimeAttention(middle, heads)))
        self.ups = nn.ModuleList(
            self._level(2 * b, a, FrameUp(a) if i < last else nn.Identity()) for i, (a, b) in enumerate(reversed(pairs))
        )
        self.final_conv, self.occlusion_map = (
            nn.Sequential(PlainBlock(2 * width, width), FrameConv(width, outputs, 1)) for outputs in (2, 1)
        )

    @classmethod
    def like(cls, state: Mapping[str, Tensor], **more: Any) -> FlowDenoiser:
        """An untrained one with the sizes of a checkpoint; raises KeyError when tensors are missing.

        more: what weights do not tell, `window` and `predicts`, if not as published.
        """
        first = state["init_conv.weight"]
        audio, pose, eyes = (state[f"downs.0.0.{name}_mlp.1.weight"].shape[1] for name in ("audio", "pose", "eye"))
        mask, count = DenoiserConfig.mask, state["time_rel_pos_bias.relative_attention_bias.weight"].shape[1]
        heads = Heads(count, len(state["init_temporal_attn.fn.fn.fn.to_qkv.weight"]) // (3 * count))
        cross = len(state["downs.0.0.cross_attn_aud.to_q.weight"]) // CROSS_WIDTH
        shape = len(first), first.shape[1] - LATENT - mask, mask, audio, pose, eyes
        return cls(DenoiserConfig(*shape, heads=heads, cross_heads=cross, **more))

    def _block(self, inputs: int, outputs: int) -> ConditionedBlock:
        config = self.config
        told = config.audio, config.pose, config.eyes
        return ConditionedBlock(inputs, outputs, 4 * config.width, *told, config.cross_heads)

    def _level(self, inputs: int, outputs: int, resize: nn.Module) -> nn.ModuleList:
        space = Added(outputs, LinearAttention(outputs, self.config.heads))
        time = Added(outputs, Named(PixelTimeAttention(outputs, self.config.heads)))
        return nn.ModuleList([self._block(inputs, outputs), self._block(outputs, outputs), space, time, resize])

    def _blocks(self) -> list[ConditionedBlock]:
        """In the order in which they are used."""
        levels = [*self.downs, (self.mid_block1, self.mid_block2), *self.ups]
        return [cast(ConditionedBlock, level[i]) for level in levels for i in (0, 1)]  # type: ignore[index]

    def tell(self, portrait: Tensor, mask: Tensor, condition: Tensor) -> Told:
        """portrait: (clips, C, h, w). mask: (clips, 16, h, w). condition: (clips, F, audio | pose | eyes)."""
        config = self.config
        constant = torch.cat([portrait, mask], dim=1)
        start = F.conv2d(constant, self.init_conv.weight[:, LATENT:, 0], self.init_conv.bias, padding=3)
        parts = condition.flatten(0, 1).split([config.audio, config.pose, config.eyes], dim=-1)
        return Told(start, tuple(block.remember(*parts) for block in self._blocks()))

    def forward(self, latent: Tensor, step: Tensor, told: Told) -> Tensor:
        """The noise in latents (clips, 3, F, h, w) at diffusion steps (clips,), int from 0 on; h, w divisible by 8."""
        clips, _, frames = latent.shape[:3]
        views = self.time_rel_pos_bias.blocks(frames, self.config.window)
        x = F.conv2d(latent.transpose(1, 2).flatten(0, 1), self.init_conv.weight[:, :LATENT, 0], padding=3)
        x = x + told.start.repeat_interleave(frames, dim=0)
        first = x
        x = self._run(self.init_temporal_attn(x, views, clips), clips, self.time_mlp(step), views, iter(told.memories))
        x = torch.cat([x, first], dim=1)
        outs = []
        for head in (self.final_conv, self.occlusion_map):
            outs.append(head[1](head[0](x, clips)))
        return torch.cat(outs, dim=1).unflatten(0, (clips, frames)).transpose(1, 2)

    def _run(
        self, x: Tensor, clips: int, time: Tensor, views: list[Block], memories: Iterator[tuple[CrossMemory, ...]]
    ) -> Tensor:
        """Down and up the U-Net."""

        def level(x: Tensor, layers: nn.ModuleList) -> Tensor:
            for layer in cast("list[ConditionedBlock]", list(layers)[:2]):
                x = layer.told(x, clips, time, next(memories))
            out: Tensor = layers[3](layers[2](x), views, clips)
            return out

        skips = []
        for layers in cast("list[nn.ModuleList]", list(self.downs)):
            x = level(x, layers)
            skips.append(x)
            x = layers[4](x)
        x = self.mid_spatial_attn(self.mid_block1.told(x, clips, time, next(memories)))
        x = self.mid_block2.told(self.mid_temporal_attn(x, views, clips), clips, time, next(memories))
        for layers in cast("list[nn.ModuleList]", list(self.ups)):
            x = layers[4](level(torch.cat([x, skips.pop()], dim=1), layers))
        return x

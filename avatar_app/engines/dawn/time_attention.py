"""Attention over the frames of a clip within a window, in blocks: memory grows with frames, not with their square.

Rotary positions (Su et al. 2021) on neighbouring pairs of channels, and a learned bias per bucket of distance (Raffel
et al. 2020, T5). A block of query frames meets just the keys that its window reaches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

THETA = 10_000.0
BLOCK = 40  # query frames at once


class Rotary(nn.Module):
    """Turns the first channels of queries and keys; frequencies (width / 2,) are stored with every published layer."""

    freqs: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("freqs", THETA ** (-torch.arange(0, width, 2).float() / width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., F, d) with each pair among the first `width` channels turned by its frame's angle."""
        angles = torch.arange(x.shape[-2], device=x.device, dtype=torch.float32)[:, None] * self.freqs
        cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
        width = 2 * len(self.freqs)
        even, odd = x[..., 0:width:2], x[..., 1:width:2]
        turned = torch.stack([even * cos - odd * sin, odd * cos + even * sin], dim=-1).flatten(-2)
        return torch.cat([turned, x[..., width:]], dim=-1) if width < x.shape[-1] else turned


@dataclass(frozen=True)
class Block:
    """Some query frames, the key frames that they see, and what is added to the logits (heads, queries, keys)."""

    queries: slice
    keys: slice
    bias: Tensor


class RelativeBias(nn.Module):
    """A bias per head and bucket of distance; the nearest distances have buckets of their own."""

    def __init__(self, buckets: int, heads: int, max_distance: int) -> None:
        super().__init__()
        self.relative_attention_bias = nn.Embedding(buckets, heads)
        self.max_distance = max_distance

    def forward(self, offsets: Tensor) -> Tensor:
        """(heads, ...) of offsets (...), key frame less query frame."""
        buckets = buckets_of(offsets, self.relative_attention_bias.num_embeddings, self.max_distance)
        out: Tensor = self.relative_attention_bias(buckets)
        return out.movedim(-1, 0)

    def blocks(self, frames: int, window: int, size: int = BLOCK) -> list[Block]:
        """All frames in blocks; those with the same view share one bias."""
        device = self.relative_attention_bias.weight.device
        known: dict[tuple[int, int, int], Tensor] = {}
        made = []
        for start in range(0, frames, size):
            end = min(start + size, frames)
            low, high = max(0, start - window), min(frames, end + window)
            view = start - low, end - start, high - start
            if view not in known:
                queries, keys = torch.arange(start, end, device=device), torch.arange(low, high, device=device)
                offsets = keys - queries[:, None]
                known[view] = self(offsets).masked_fill(offsets.abs() > window, -math.inf)
            made.append(Block(slice(start, end), slice(low, high), known[view]))
        return made


def buckets_of(offsets: Tensor, buckets: int, max_distance: int) -> Tensor:
    """T5's bidirectional buckets of offsets, key frame less query frame; int64 of the same shape.

    max_distance: from there on all share one bucket; above buckets / 4.
    """
    half = buckets // 2
    exact = half // 2
    distance = offsets.abs()
    far = (distance.clamp(min=1).float() / exact).log() / math.log(max_distance / exact) * (half - exact)
    far = (exact + far.long()).clamp(max=half - 1)
    return torch.where(distance < exact, distance, far) + half * (offsets > 0)


def attend(queries: Tensor, keys: Tensor, values: Tensor, blocks: list[Block]) -> Tensor:
    """(N, heads, F, d) each; the logits are scaled by d ** -0.5."""
    parts = []
    for block in blocks:
        seen = block.bias.to(queries.dtype)[None]
        some = queries[:, :, block.queries], keys[:, :, block.keys], values[:, :, block.keys]
        parts.append(F.scaled_dot_product_attention(*some, attn_mask=seen))
    return torch.cat(parts, dim=2) if len(parts) > 1 else parts[0]


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(N, F, heads * d) to (N, heads, F, d)."""
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


class TimeAttention(nn.Module):
    """Every frame attends to those in its window. turned: channels of a head that rotary positions turn."""

    def __init__(self, width: int, heads: int, head_width: int, turned: int) -> None:
        super().__init__()
        self.heads = heads
        self.rotary_emb = Rotary(turned)
        self.to_qkv = nn.Linear(width, 3 * heads * head_width, bias=False)
        self.to_out = nn.Linear(heads * head_width, width, bias=False)

    def forward(self, x: Tensor, blocks: list[Block]) -> Tensor:
        """(N, F, width) to the same."""
        queries, keys, values = (split_heads(part, self.heads) for part in self.to_qkv(x).chunk(3, dim=-1))
        out = attend(self.rotary_emb(queries), self.rotary_emb(keys), values, blocks)
        result: Tensor = self.to_out(out.transpose(1, 2).flatten(2))
        return result

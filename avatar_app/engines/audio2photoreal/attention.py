"""Attention with rotary positions, FiLM, and the layers that all networks of Audio2Photoreal are built of.

Rotary positions (Su et al. 2021) turn the whole token before the projections, in queries and keys only. Names of
parameters are those of the published checkpoints. Keys and values are made apart from the queries, so that what does
not change from step to step is projected once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

THETA = 10_000.0


@dataclass(frozen=True)
class Turn:
    """Cosines and sines (L, D / 2) of the angles by which the tokens at L positions are turned."""

    cos: Tensor
    sin: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """(B, L, D) with each pair of neighbouring channels turned."""
        even, odd = x[..., 0::2], x[..., 1::2]
        return torch.stack([even * self.cos - odd * self.sin, odd * self.cos + even * self.sin], dim=-1).flatten(-2)


class Rotary(nn.Module):
    """Angles of positions; its frequencies (D / 2,) are stored with every layer of a published checkpoint."""

    freqs: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("freqs", THETA ** (-torch.arange(0, width, 2).float() / width))

    def forward(self, count: int, start: int = 0) -> Turn:
        """The turn of `count` tokens from position `start` on."""
        positions = torch.arange(start, start + count, device=self.freqs.device, dtype=torch.float32)
        angles = positions[:, None] * self.freqs
        return Turn(angles.cos(), angles.sin())


@dataclass(frozen=True)
class KeysValues:
    """(B or 1, heads, N, D / heads) each; a batch of 1 serves every sample."""

    keys: Tensor
    values: Tensor

    def followed_by(self, other: KeysValues) -> KeysValues:
        """These tokens, then those of `other`."""
        batch = max(len(self.keys), len(other.keys))
        pairs = ((self.keys, other.keys), (self.values, other.values))
        keys, values = (torch.cat([part.expand(batch, -1, -1, -1) for part in pair], dim=2) for pair in pairs)
        return KeysValues(keys, values)


class Attention(nn.Module):
    """Multi-head attention with the parameters of nn.MultiheadAttention."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)
        nn.init.zeros_(self.out_proj.bias)

    def keys_values(self, turned: Tensor, tokens: Tensor) -> KeysValues:
        """Of tokens (B, N, D): keys from the turned ones, values from them as they are."""
        _, key, value = self.in_proj_weight.chunk(3)
        _, key_bias, value_bias = self.in_proj_bias.chunk(3)
        return KeysValues(
            self._heads(F.linear(turned, key, key_bias)), self._heads(F.linear(tokens, value, value_bias))
        )

    def forward(self, turned: Tensor, memory: KeysValues, causal: bool = False) -> Tensor:
        """(B, L, D) of turned queries (B, L, D). causal: query i sees the first N - L + i + 1 tokens of the memory."""
        width = turned.shape[-1]
        queries = self._heads(F.linear(turned, self.in_proj_weight[:width], self.in_proj_bias[:width]))
        keys, values = (t.expand(len(turned), -1, -1, -1) for t in (memory.keys, memory.values))
        seen = None
        if causal and turned.shape[1] > 1:
            shape = turned.shape[1], keys.shape[2]
            seen = torch.ones(shape, dtype=torch.bool, device=turned.device).tril(shape[1] - shape[0])
        attended = F.scaled_dot_product_attention(queries, keys, values, attn_mask=seen)
        out: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return out

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class FiLM(nn.Module):
    """Feature-wise modulation (Perez et al. 2018): (scale + 1) x + shift, both from a vector per sample."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Mish(), nn.Linear(width, 2 * width))

    def forward(self, x: Tensor, vector: Tensor) -> Tensor:
        """(B, L, D) modulated by (B or 1, D)."""
        scale, shift = self.block(vector)[:, None].chunk(2, dim=-1)
        out: Tensor = (scale + 1) * x + shift
        return out


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward part, each after a norm."""

    def __init__(self, width: int, heads: int, hidden: int, rotary: Rotary, dropout: float = 0.1) -> None:
        super().__init__()
        self.self_attn = Attention(width, heads)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.rotary, self.dropout = rotary, nn.Dropout(dropout)

    def forward(self, x: Tensor, turn: Turn) -> Tensor:
        """(B, N, D) to the same."""
        y = self.norm1(x)
        turned = turn(y)
        x = x + self.dropout(self.self_attn(turned, self.self_attn.keys_values(turned, y)))
        y = self.linear2(self.dropout(F.gelu(self.linear1(self.norm2(x)))))
        out: Tensor = x + self.dropout(y)
        return out


@dataclass(frozen=True)
class LayerMemory:
    """What one decoder layer attends to besides the motion itself. key_frames: None in layers without them."""

    tokens: KeysValues
    key_frames: KeysValues | None = None


class DecoderLayer(nn.Module):
    """Attention to the sequence itself, to the memory and, if asked for, to key frames; FiLM after each part."""

    def __init__(
        self, width: int, heads: int, hidden: int, rotary: Rotary, key_frames: bool = False, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.self_attn, self.multihead_attn = Attention(width, heads), Attention(width, heads)
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.film1, self.film2, self.film3 = (FiLM(width) for _ in range(3))
        if key_frames:
            self.multihead_attn2 = Attention(width, heads)
            self.norm2a, self.film2a = nn.LayerNorm(width), FiLM(width)
        self.rotary, self.dropout = rotary, nn.Dropout(dropout)

    def forward(
        self, x: Tensor, turn: Turn, film: Tensor, memory: LayerMemory, before: KeysValues | None, causal: bool
    ) -> tuple[Tensor, KeysValues]:
        """(B, L, D) to the same, and the sequence's own keys and values so far.

        turn: of x's positions. film: (B or 1, D). before: what an earlier call returned, when x goes on from there.
        """
        y = self.norm1(x)
        turned = turn(y)
        own = self.self_attn.keys_values(turned, y)
        own = own if before is None else before.followed_by(own)
        x = x + self.film1(self.dropout(self.self_attn(turned, own, causal)), film)
        y = self.multihead_attn(turn(self.norm2(x)), memory.tokens)
        x = x + self.film2(self.dropout(y), film)
        if memory.key_frames is not None:
            y = self.multihead_attn2(turn(self.norm2a(x)), memory.key_frames)
            x = x + self.film2a(self.dropout(y), film)
        y = self.linear2(self.dropout(F.gelu(self.linear1(self.norm3(x)))))
        return x + self.film3(self.dropout(y), film), own


class DecoderStack(nn.Module):
    """Decoder layers one after another."""

    def __init__(self, layers: list[DecoderLayer]) -> None:
        super().__init__()
        self.stack = nn.ModuleList(layers)

    @property
    def layers(self) -> list[DecoderLayer]:
        """In their order."""
        return cast("list[DecoderLayer]", list(self.stack))

    def forward(self, x: Tensor, turn: Turn, film: Tensor, memory: list[LayerMemory], causal: bool = False) -> Tensor:
        """(B, L, D) of a whole sequence."""
        for layer, seen in zip(self.layers, memory, strict=True):
            x, _ = layer(x, turn, film, seen, None, causal)
        return x

    def go_on(
        self, x: Tensor, turn: Turn, film: Tensor, memory: list[LayerMemory], before: list[KeysValues] | None
    ) -> tuple[Tensor, list[KeysValues]]:
        """The next tokens (B, L, D) of a causal sequence whose earlier keys and values are `before`; the new ones."""
        made = []
        earlier: Sequence[KeysValues | None] = before or [None] * len(self.stack)
        for layer, seen, own in zip(self.layers, memory, earlier, strict=True):
            x, keys_values = layer(x, turn, film, seen, own, True)
            made.append(keys_values)
        return x, made

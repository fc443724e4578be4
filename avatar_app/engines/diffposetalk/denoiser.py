"""The denoising network: a transformer decoder with cross-attention to the voice, frame by frame.

Two ways to one result. `forward` is the published computation. `predict` is the same function for one window: where
motion frame i may attend to audio frame i alone, attention is a linear map of that frame, whatever the query. It is
computed once per window, and so are the keys and values that the person's token attends to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.diffposetalk.config import ModelConfig

POSITIONS = 600  # rows of the sinusoidal table that may stand in for learned positions


class SinusoidalTable(nn.Module):
    """`pe` (1, rows, width): sines in even columns, cosines in odd ones."""

    pe: Tensor

    def __init__(self, rows: int, width: int) -> None:
        super().__init__()
        angles = torch.arange(rows)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
        table = torch.zeros(1, rows, width)
        table[0, :, 0::2], table[0, :, 1::2] = angles.sin(), angles.cos()
        self.register_buffer("pe", table)


def alignment_mask(frames: int, width: int) -> Tensor:
    """(1 + frames, frames) bool, True where attention is blocked. Row 0, the person's token, sees all frames."""
    blocked = torch.zeros(1 + frames, frames, dtype=torch.bool)
    if width > 0:
        index = torch.arange(frames)
        blocked[1:] = (index[:, None] - index).abs() >= width
    return blocked


@dataclass(frozen=True)
class LayerMemory:
    """Cross-attention of one layer: what it adds to the motion rows, `motion` (B, M, D), and what the person's token
    attends to, keys and values (B, heads, M, D / heads)."""

    motion: Tensor
    keys: Tensor
    values: Tensor


@dataclass(frozen=True)
class WindowMemory:
    """All of a window that no denoising step changes. person: (B, 1, D). prev: (B, P, d). indicator: (B, L)."""

    layers: tuple[LayerMemory, ...]
    person: Tensor
    prev_motion: Tensor
    indicator: Tensor | None


class DenoisingNet(nn.Module):
    """Predicts clean motion of the previous and the current frames."""

    alignment_mask: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width, frames = config.feature_dim, config.n_prev_motions + config.n_motions
        self.TE = SinusoidalTable(config.n_diff_steps + 1, width)
        if config.learned_positions:
            self.PE: nn.Parameter | SinusoidalTable = nn.Parameter(torch.randn(1, 1 + frames, width))
        else:
            self.PE = SinusoidalTable(POSITIONS, width)
        self.diff_step_map = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.person_proj = nn.Linear(config.d_shape + config.d_style, width)
        self.feature_proj = nn.Linear(config.d_motion + int(config.use_indicator), width)
        layer = nn.TransformerDecoderLayer(
            width, config.n_heads, config.mlp_ratio * width, config.dropout, activation="gelu", batch_first=True
        )
        self.transformer = nn.TransformerDecoder(layer, config.n_layers)
        self.motion_dec = nn.Sequential(nn.Linear(width, width // 2), nn.GELU(), nn.Linear(width // 2, config.d_motion))
        self.register_buffer("alignment_mask", alignment_mask(frames, config.align_mask_width))

    def forward(
        self,
        motion: Tensor,
        audio: Tensor,
        person: Tensor,
        prev_motion: Tensor,
        prev_audio: Tensor,
        step: Tensor,
        indicator: Tensor | None = None,
    ) -> Tensor:
        """(N, P + L, d) prediction, the published way.

        motion: (N, L, d) noisy. audio: (N, L, D). person: (N, 1, shape + style). prev_motion: (N, P, d).
        prev_audio: (N, P, D). step: (N,) int, 1 to T. indicator: (N, L) 1 on real, 0 on padded frames.
        """
        x = self._tokens(motion, self.person_proj(person), prev_motion, step, indicator)
        memory = torch.cat([prev_audio, audio], dim=1)
        x = self.transformer(x, memory, memory_mask=self.alignment_mask)
        return self.motion_dec(x[:, 1:])

    def prepare(
        self,
        audio: Tensor,
        person: Tensor,
        prev_motion: Tensor,
        prev_audio: Tensor,
        indicator: Tensor | None = None,
        rows: Tensor | None = None,
    ) -> WindowMemory:
        """What `predict` needs of a window. rows: (B,) which of the A audio rows each of the B rows attends to."""
        if self.config.align_mask_width != 1:
            raise ValueError("only a model whose frames attend to one frame of audio each can be prepared; use forward")
        memory = torch.cat([prev_audio, audio], dim=1)
        layers = tuple(_layer_memory(layer.multihead_attn, memory, rows) for layer in self.transformer.layers)
        return WindowMemory(layers, self.person_proj(person), prev_motion, indicator)

    def predict(self, motion: Tensor, step: Tensor, window: WindowMemory, current_only: bool = False) -> Tensor:
        """The same as `forward`; with `current_only` (N, L, d) without the previous frames, which saves their part."""
        x = self._tokens(motion, window.person, window.prev_motion, step, window.indicator)
        last = len(window.layers) - 1
        skipped = 1 + (self.config.n_prev_motions if current_only else 0)
        for i, (layer, memory) in enumerate(zip(self.transformer.layers, window.layers, strict=True)):
            x = _aligned_layer(layer, x, memory, skipped if i == last else 0)
        return self.motion_dec(x)

    def _tokens(
        self, motion: Tensor, person: Tensor, prev_motion: Tensor, step: Tensor, indicator: Tensor | None
    ) -> Tensor:
        """(N, 1 + P + L, D) the transformer's input; the person's token also carries the step."""
        person = person + self.diff_step_map(self.TE.pe[0, step])[:, None]
        frames = torch.cat([prev_motion, motion], dim=1)
        if self.config.use_indicator:
            real = torch.ones_like(motion[..., 0]) if indicator is None else indicator.to(motion)
            flags = torch.cat([torch.zeros_like(prev_motion[..., 0]), real], dim=1)
            frames = torch.cat([frames, flags[..., None]], dim=-1)
        tokens = self.feature_proj(frames)
        if self.config.person_in_frames:
            tokens = tokens + person
        x = torch.cat([person, tokens], dim=1)
        if isinstance(self.PE, SinusoidalTable):
            return x + self.PE.pe[:, x.shape[1]]  # published quirk: one row, that of the token count, for all tokens
        return x + self.PE


def _heads(x: Tensor, count: int) -> Tensor:
    """(B, M, D) -> (B, count, M, D / count)."""
    return x.unflatten(-1, (count, -1)).transpose(1, 2)


def _layer_memory(attention: nn.MultiheadAttention, memory: Tensor, rows: Tensor | None) -> LayerMemory:
    """Cross-attention as far as it does not depend on the query. memory: (A, M, D)."""
    _, key_weight, value_weight = attention.in_proj_weight.chunk(3)
    _, key_bias, value_bias = attention.in_proj_bias.chunk(3)
    keys = F.linear(memory, key_weight, key_bias)
    values = F.linear(memory, value_weight, value_bias)
    motion = attention.out_proj(values)
    if rows is not None:
        motion, keys, values = motion[rows], keys[rows], values[rows]
    return LayerMemory(motion, _heads(keys, attention.num_heads), _heads(values, attention.num_heads))


def _aligned_layer(layer: nn.TransformerDecoderLayer, x: Tensor, memory: LayerMemory, skipped: int) -> Tensor:
    """One post-norm decoder layer; row 0 of x is the person. The first `skipped` rows are not computed."""
    queries = x[:, skipped:]
    x = layer.norm1(queries + layer.dropout1(_self_attention(layer.self_attn, queries, x)))
    motion = memory.motion[:, max(0, skipped - 1) :]
    if skipped == 0:
        motion = torch.cat([_person_attention(layer.multihead_attn, x[:, :1], memory), motion], dim=1)
    x = layer.norm2(x + layer.dropout2(motion))
    return layer.norm3(x + layer.dropout3(layer.linear2(layer.dropout(F.gelu(layer.linear1(x))))))


def _self_attention(attention: nn.MultiheadAttention, queries: Tensor, x: Tensor) -> Tensor:
    """Attention of `queries`, the last rows of x (B, M, D), to all of x."""
    heads, width = attention.num_heads, attention.embed_dim
    if queries.shape[1] == x.shape[1]:
        q, k, v = F.linear(x, attention.in_proj_weight, attention.in_proj_bias).chunk(3, dim=-1)
    else:
        q = F.linear(queries, attention.in_proj_weight[:width], attention.in_proj_bias[:width])
        k, v = F.linear(x, attention.in_proj_weight[width:], attention.in_proj_bias[width:]).chunk(2, dim=-1)
    out = _attend(attention, _heads(q, heads), _heads(k, heads), _heads(v, heads))
    return attention.out_proj(out.transpose(1, 2).flatten(2))


def _attend(attention: nn.MultiheadAttention, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Softmax attention (B, heads, rows, width): in training by plain products, quicker to differentiate on a CPU."""
    if not attention.training:
        return F.scaled_dot_product_attention(q, k, v)
    weights = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(dim=-1)
    return F.dropout(weights, attention.dropout).to(v) @ v


def _person_attention(attention: nn.MultiheadAttention, person: Tensor, memory: LayerMemory) -> Tensor:
    """(B, 1, D): the person's token attends to every frame."""
    width = attention.embed_dim
    q = F.linear(person, attention.in_proj_weight[:width], attention.in_proj_bias[:width])
    out = _attend(attention, _heads(q, attention.num_heads), memory.keys, memory.values)
    return attention.out_proj(out.transpose(1, 2).flatten(2))

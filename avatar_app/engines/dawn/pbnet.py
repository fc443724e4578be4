"""PBNet: head pose or blinks from sound, the decoder of a conditional variational autoencoder (Petrovich et al. 2021).

Two networks of one kind are published, one for pose and one for blinks. A latent is drawn for every frame by itself;
the embedded networks smooth theirs over time, each channel as far as suits it, or heads would tremble.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.frame_layers import Named
from avatar_app.engines.dawn.renderer import count
from avatar_app.engines.dawn.time_attention import Block, RelativeBias, Rotary, TimeAttention, attend, split_heads

PREFIX = "decoder."  # of its tensors in a published checkpoint
# Stored with published checkpoints: what only training needs, and positions that nobody reads.
UNUSED = ("encoder.", "decoder.sequence_pos_encoder.")
WINDOWS = {"transformerreemb5": 200, "transformerreemb6": 100}  # frames to each side, by opt.yaml's archiname
POSE_LEAST, POSE_MOST = (-90.0, -90.0, -90.0, 0.0, 0.0, 0.0), (90.0, 90.0, 90.0, 1.0, 720.0, 1080.0)
_LAYERS = "seqTransDecoder.decoder_layers."


@dataclass(frozen=True)
class PbnetConfig:
    """values: of a frame: 6 of a pose (yaw, pitch, roll, scale, x, y) or 2 eye openings. latent: drawn per frame.

    max_distance: of the position buckets; like the window it is told by opt.yaml and not by the weights. turned:
    channels of a head that rotary positions turn. smoothing: frames over which latents are smoothed, see draw_latent;
    nothing is published. anchored: changes are those since the first frame, which is as the portrait; else only nearly.
    The defaults are the published pose network's.
    """

    values: int = 6
    width: int = 64
    layers: int = 2
    hidden: int = 128
    heads: int = 4
    head_width: int = 32
    turned: int = 4
    audio: int = 1024
    audio_width: int = 256
    latent: int = 256
    buckets: int = 128
    max_distance: int = 128
    window: int = WINDOWS["transformerreemb5"]
    smoothing: tuple[float, ...] = ()
    anchored: bool = False


class CrossAttention(nn.Module):
    """Frames attend to the memory's frames in their window."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        inner = config.heads * config.head_width
        self.heads = config.heads
        self.rotary_emb = Rotary(config.turned)
        self.to_q, self.to_k, self.to_v = (nn.Linear(config.width, inner, bias=False) for _ in range(3))
        self.to_out = nn.Linear(inner, config.width, bias=False)

    def forward(self, x: Tensor, memory: Tensor, blocks: list[Block]) -> Tensor:
        """(N, F, width) of x and memory (N, F, width)."""
        queries = self.rotary_emb(split_heads(self.to_q(x), self.heads))
        keys = self.rotary_emb(split_heads(self.to_k(memory), self.heads))
        out = attend(queries, keys, split_heads(self.to_v(memory), self.heads), blocks)
        result: Tensor = self.to_out(out.transpose(1, 2).flatten(2))
        return result


class FeedForward(nn.Module):
    """Two linear layers around a GELU."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.linear1, self.linear2 = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to the same."""
        out: Tensor = self.linear2(F.gelu(self.linear1(x)))
        return out


class DecoderLayer(nn.Module):
    """Attention to the motion, to the memory and a feed-forward part, a norm after each."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        self.self_attn = TimeAttention(config.width, config.heads, config.head_width, config.turned)
        self.multihead_attn = CrossAttention(config)
        self.ffn = FeedForward(config.width, config.hidden)
        self.layer_norm1, self.layer_norm2, self.layer_norm3 = (nn.LayerNorm(config.width) for _ in range(3))

    def forward(self, x: Tensor, memory: Tensor, own: list[Block], across: list[Block]) -> Tensor:
        """(N, F, width) to the same."""
        x = self.layer_norm1(x + self.self_attn(x, own))
        x = self.layer_norm2(x + self.multihead_attn(x, memory, across))
        out: Tensor = self.layer_norm3(x + self.ffn(x))
        return out


class Gamma(nn.Module):
    """Layer norm without a bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, 1, width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to the same."""
        return F.layer_norm(x, x.shape[-1:], self.gamma[0, 0])


class NormedAttention(Named):
    """Attention over time after a norm."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__(TimeAttention(config.width, config.heads, config.head_width, config.turned))
        self.norm = Gamma(config.width)

    def forward(self, x: Tensor, blocks: list[Block]) -> Tensor:
        """(N, F, width) to the same."""
        return super().forward(self.norm(x), blocks)


class Layers(nn.Module):
    """Decoder layers under their published name."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        self.decoder_layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))


class MotionDecoder(nn.Module):
    """The change of pose or eyes since the portrait, from the portrait's own, sound and a latent per frame."""

    def __init__(self, config: PbnetConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.firstposeEmbedding = nn.Linear(config.values, width)
        self.audioEmbedding = nn.Linear(config.audio, config.audio_width)
        self.ztimelinear = nn.Linear(width + config.latent + config.audio_width, width)
        self.init_proj = nn.Linear(width, width)
        self.time_rel_pos_bias_tgt, self.time_rel_pos_bias_mem = (
            RelativeBias(config.buckets, config.heads, config.max_distance) for _ in range(2)
        )
        self.init_temporal_attn = Named(NormedAttention(config))
        self.seqTransDecoder = Layers(config)
        self.finallayer = nn.Linear(width, config.values)

    @classmethod
    def like(
        cls,
        state: Mapping[str, Tensor],
        max_distance: int = PbnetConfig.max_distance,
        window: int = PbnetConfig.window,
        smoothing: Sequence[float] = (),
        anchored: bool = False,
    ) -> MotionDecoder:
        """An untrained one with the sizes of a checkpoint; KeyError when tensors are missing.

        max_distance, window: of opt.yaml. ValueError when max_distance cannot be that of so many buckets.
        """
        buckets, heads = state["time_rel_pos_bias_tgt.relative_attention_bias.weight"].shape
        if max_distance <= buckets // 4:
            raise ValueError(f"max_distance {max_distance} is too small for {buckets} buckets")
        width, values = state["firstposeEmbedding.weight"].shape
        audio_width, audio = state["audioEmbedding.weight"].shape
        config = PbnetConfig(
            values=values,
            width=width,
            layers=count(state, _LAYERS),
            hidden=len(state[f"{_LAYERS}0.ffn.linear1.weight"]),
            heads=heads,
            head_width=len(state[f"{_LAYERS}0.multihead_attn.to_q.weight"]) // heads,
            turned=2 * len(state[f"{_LAYERS}0.self_attn.rotary_emb.freqs"]),
            audio=audio,
            audio_width=audio_width,
            latent=state["ztimelinear.weight"].shape[1] - width - audio_width,
            buckets=buckets,
            max_distance=max_distance,
            window=window,
            smoothing=tuple(smoothing),
            anchored=anchored,
        )
        return cls(config)

    def forward(self, first: Tensor, audio: Tensor, latent: Tensor) -> Tensor:
        """(N, F, values) change since the portrait, in the network's units.

        first: (N, 1, values) of the portrait, in those units. audio: (N, F, 1024). latent: (N, F, 256), standard
        normal.
        """
        frames = audio.shape[1]
        known = self.firstposeEmbedding(first).expand(-1, frames, -1)
        memory = self.ztimelinear(torch.cat([known, latent, self.audioEmbedding(audio)], dim=-1))
        own = self.time_rel_pos_bias_tgt.blocks(frames, self.config.window)
        across = self.time_rel_pos_bias_mem.blocks(frames, self.config.window)
        x = self.init_proj(torch.zeros_like(memory))
        x = x + self.init_temporal_attn(x, own)
        for layer in cast("list[DecoderLayer]", list(self.seqTransDecoder.decoder_layers)):
            x = layer(x, memory, own, across)
        out: Tensor = self.finallayer(x)
        return out - out[:, :1] if self.config.anchored else out


def draw_latent(config: PbnetConfig, clips: int, frames: int, generator: torch.Generator | None = None) -> Tensor:
    """(clips, frames, latent) standard normal, on the CPU.

    With config.smoothing channels take turns with its widths: each is white noise under a Gaussian of so many frames'
    deviation, scaled back to unit variance.
    """
    reach = math.ceil(3 * max(config.smoothing, default=0))
    white = torch.randn(clips, frames + 2 * reach, config.latent, generator=generator)
    if not config.smoothing:
        return white
    at = torch.arange(-reach, reach + 1)
    widths = torch.tensor([config.smoothing[i % len(config.smoothing)] for i in range(config.latent)])
    kernels = torch.exp(-0.5 * (at / widths[:, None]) ** 2)
    kernels = kernels / kernels.square().sum(1, keepdim=True).sqrt()
    return F.conv1d(white.transpose(1, 2), kernels[:, None], groups=config.latent).transpose(1, 2)


def pose_to_network(pose: Tensor) -> Tensor:
    """(..., 6) yaw, pitch, roll in degrees, scale, x, y in pixels of 3DDFA's 120-pixel crop, to the network's units."""
    least, most = pose.new_tensor(POSE_LEAST), pose.new_tensor(POSE_MOST)
    return (pose - least) / (most - least)


def pose_from_network(pose: Tensor) -> Tensor:
    """The way back."""
    least, most = pose.new_tensor(POSE_LEAST), pose.new_tensor(POSE_MOST)
    return pose * (most - least) + least

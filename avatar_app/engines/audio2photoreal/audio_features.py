"""What the networks hear: tokens of both voices, and for the face also lips, which a regressor reads from the first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.audio2photoreal.config import FRAME_SAMPLES
from avatar_app.engines.audio2photoreal.wav2vec import WIDTH, VqWav2Vec, Wav2Vec, to_16k

LIP_VERTICES = 338
CHUNK = 120  # frames that the lip regressor reads at a time
LEFT_PADDING = 320  # samples of silence before a chunk, at 16 kHz
LIP_HEADS, ENCODER_LAYERS, DECODER_LAYERS, POSITIONS = 4, 2, 4, 1024


def audio_tokens(encoder: VqWav2Vec, audio: Tensor) -> Tensor:
    """(B, N, 1024) of normalised audio (B, S, 2) at 48 kHz; 20 s are 1998 tokens."""
    channels = torch.stack([to_16k(audio[..., channel]) for channel in range(2)], dim=-1)
    tokens: Tensor = encoder(channels)
    return tokens


def face_condition(tokens: Tensor, lips: Tensor) -> Tensor:
    """(B, N, 1024 + 3 V): audio tokens (B, N, 1024), beside them lip vertices (B, T, V, 3), each at its nearest."""
    frames, count = lips.shape[1], tokens.shape[1]
    # In whole numbers: interpolate(mode="nearest-exact") rounds differently from one processor to another.
    nearest = (2 * torch.arange(count, device=lips.device) + 1) * frames // (2 * count)
    return torch.cat([tokens, lips.flatten(2)[:, nearest]], dim=-1)


class PositionalEncoding(nn.Module):
    """Adds sines and cosines (Vaswani et al. 2017); the table is stored with the weights."""

    pe: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        angles = torch.arange(POSITIONS)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
        self.register_buffer("pe", torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1))

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, width)."""
        return x + self.pe[: x.shape[1]]


class _SelfAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.self_attn = nn.MultiheadAttention(width, LIP_HEADS, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.self_attn(x, x, x, need_weights=False)[0]
        return out


class _CrossAttention(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.cross_attn = nn.MultiheadAttention(width, LIP_HEADS, batch_first=True)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        out: Tensor = self.cross_attn(x, memory, memory, need_weights=False)[0]
        return out


class _FeedForward(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        parts = (nn.Linear(width, hidden), nn.ReLU(), nn.Identity(), nn.Linear(hidden, width))
        self.ff = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.ff(x)
        return out


class _LipEncoderLayer(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm1, self.self_attn = nn.LayerNorm(width), _SelfAttention(width)
        self.norm2, self.feedforward = nn.LayerNorm(width), _FeedForward(width, hidden)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.self_attn(self.norm1(x))
        out: Tensor = x + self.feedforward(self.norm2(x))
        return out


class _LipDecoderLayer(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm1, self.self_attn = nn.LayerNorm(width), _SelfAttention(width)
        self.norm2, self.cross_attn = nn.LayerNorm(width), _CrossAttention(width)
        self.norm3, self.feedforward = nn.LayerNorm(width), _FeedForward(width, hidden)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        x = x + self.self_attn(self.norm1(x))
        x = x + self.cross_attn(self.norm2(x), memory)
        out: Tensor = x + self.feedforward(self.norm3(x))
        return out


class RegressionTransformer(nn.Module):
    """From audio features (B, N, width) to one vector per frame (B, T, width), without a mask."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.cond_positional_encoding = PositionalEncoding(width)
        self.target_positional_encoding = PositionalEncoding(width)
        self.transformer_encoder = nn.ModuleList(_LipEncoderLayer(width, hidden) for _ in range(ENCODER_LAYERS))
        self.transformer_decoder = nn.ModuleList(_LipDecoderLayer(width, hidden) for _ in range(DECODER_LAYERS))

    def forward(self, features: Tensor, frames: int) -> Tensor:
        """See the class."""
        memory = self.cond_positional_encoding(features)
        for layer in self.transformer_encoder:
            memory = layer(memory)
        x = self.target_positional_encoding(features.new_zeros(len(features), frames, features.shape[-1]))
        for layer in self.transformer_decoder:
            x = layer(x, memory)
        return x


class _AudioEncoder(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.wav2vec_model = Wav2Vec(width)

    def forward(self, sound: Tensor) -> Tensor:
        out: Tensor = self.wav2vec_model(F.pad(to_16k(sound), (LEFT_PADDING, 0)))
        return out


@dataclass(frozen=True)
class LipConfig:
    """Sizes of the lip regressor."""

    width: int = WIDTH
    hidden: int = 1024


class LipRegressor(nn.Module):
    """Lip vertices of a voice, from chunks of 4 s that know nothing of each other."""

    def __init__(self, config: LipConfig | None = None) -> None:
        super().__init__()
        config = config or LipConfig()
        self.audio_encoder = _AudioEncoder(config.width)
        self.regression_model = RegressionTransformer(config.width, config.hidden)
        self.project_output = nn.Linear(config.width, 3 * LIP_VERTICES)

    def vertices(self, features: Tensor, frames: int) -> Tensor:
        """(B, frames, 338, 3) of one chunk's audio features (B, N, width)."""
        out: Tensor = self.project_output(self.regression_model(features, frames)).unflatten(-1, (LIP_VERTICES, 3))
        return out

    def forward(self, voice: Tensor) -> Tensor:
        """(B, T, 338, 3) of a normalised voice (B, 1600 T) at 48 kHz; what is left of a frame at its end is dropped."""
        size, end = CHUNK * FRAME_SAMPLES, voice.shape[1] // FRAME_SAMPLES * FRAME_SAMPLES
        parts = []
        for start in range(0, end, size):
            sound = voice[:, start : min(start + size, end)]
            parts.append(self.vertices(self.audio_encoder(sound), sound.shape[1] // FRAME_SAMPLES))
        return torch.cat(parts, dim=1)

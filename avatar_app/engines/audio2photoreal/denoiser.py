"""The diffusion denoisers of face codes and of body poses: a transformer with FiLM that predicts the clean motion."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.audio2photoreal.attention import (
    DecoderLayer,
    DecoderStack,
    EncoderLayer,
    KeysValues,
    LayerMemory,
    Rotary,
)
from avatar_app.engines.audio2photoreal.config import DenoiserConfig

TIME_TOKENS = 2
DILATIONS = (1, 2, 3, 1, 2, 3)  # of the output convolutions, kernel 3
LEAK = 0.2
NEIGHBOURS = 9  # audio tokens that an aligned frame sees directly


@dataclass(frozen=True)
class Memory:
    """Encoded conditions: all that does not depend on the step or the noisy motion. A batch of 1 serves all samples.

    hidden: (B or 1, D) pooled audio. layers: keys and values for each layer. tokens: of audio. frames: (B or 1, T, D)
    added to the motion, of aligned models.
    """

    hidden: Tensor
    layers: tuple[LayerMemory, ...]
    tokens: int
    frames: Tensor | None = None


class SinusoidalPosEmb(nn.Module):
    """(B,) steps to (B, width): sines, then cosines."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, t: Tensor) -> Tensor:
        """See the class."""
        half = self.width // 2
        rates = torch.exp(torch.arange(half, device=t.device) * -(math.log(10_000) / (half - 1)))
        angles = t[:, None].float() * rates
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


def pooled_projection(width: int) -> nn.Sequential:
    """From the mean of the tokens to the vector of FiLM."""
    return nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))


def choose(keep: Tensor | None, given: Tensor, null: Tensor) -> Tensor:
    """Rows of `given` (B, ...) where keep (B,) is true, else `null` (1, ...); all rows when keep is None."""
    if keep is None:
        return given
    return torch.where(keep.view(-1, *[1] * (given.ndim - 1)), given, null)


class FrameConditions(nn.Module):
    """What an aligned model adds to every frame: its audio token with its neighbours, and the key poses around it."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        width = config.latent
        self.audio = nn.Conv1d(config.condition, width, NEIGHBOURS, padding=NEIGHBOURS // 2)
        self.null_audio = nn.Parameter(torch.zeros(1, 1, width))
        self.keyed = config.key_frames > 0
        if self.keyed:
            self.pose = nn.Linear(config.features + 2, width)
            self.null_pose = nn.Parameter(torch.zeros(1, 1, width))

    def forward(
        self,
        features: Tensor,
        key_frames: Tensor | None,
        keep_audio: Tensor | None = None,
        keep_key_frames: Tensor | None = None,
    ) -> Tensor:
        """(B, T, D) of audio tokens (B, T, condition) and key frames (B, K, features); see FiLMTransformer.encode."""
        out = choose(keep_audio, self.audio(features.transpose(1, 2)).transpose(1, 2), self.null_audio)
        if not self.keyed:
            return out
        if key_frames is None:
            return out + self.null_pose
        return out + choose(keep_key_frames, self.pose(between(key_frames, features.shape[1])), self.null_pose)

    def nothing(self) -> Tensor:
        """(1, 1, D) of the unguided branch."""
        return self.null_audio + self.null_pose if self.keyed else self.null_audio


def between(key_frames: Tensor, frames: int) -> Tensor:
    """(B, T, F + 2) poses on the straight way between key frames (B, K, F), and the phase, a circle from key to key.

    The last key frame stands at T.
    """
    way = F.interpolate(key_frames.transpose(1, 2), frames + 1, mode="linear", align_corners=True)[..., :-1]
    turns = torch.arange(frames, device=way.device) * ((key_frames.shape[1] - 1) / frames) * (2 * math.pi)
    phase = torch.stack([turns.sin(), turns.cos()]).to(way).expand(len(way), -1, -1)
    return torch.cat([way, phase], dim=1).transpose(1, 2)


class FiLMTransformer(nn.Module):
    """Predicts clean motion (B, T, features) from noisy motion, step and conditions."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width, rotary = config.latent, Rotary(config.latent)
        self.null_cond_embed = nn.Parameter(torch.randn(1, config.tokens, width))
        self.null_cond_hidden = nn.Parameter(torch.randn(1, width))
        self.rotary = rotary
        self.time_mlp = nn.Sequential(SinusoidalPosEmb(width), nn.Linear(width, 4 * width), nn.Mish())
        self.to_time_cond = nn.Sequential(nn.Linear(4 * width, width))
        self.to_time_tokens = nn.Sequential(nn.Linear(4 * width, TIME_TOKENS * width))
        self.norm_cond = nn.LayerNorm(width)
        self.input_projection = nn.Linear(config.features, width)
        sizes = (width, config.heads, config.hidden, rotary)
        if config.encoder_layers:
            self.cond_encoder = nn.ModuleList(
                EncoderLayer(*sizes, dropout=config.dropout) for _ in range(config.encoder_layers)
            )
        self.cond_projection = nn.Linear(config.condition, width)
        self.non_attn_cond_projection = pooled_projection(width)
        if config.key_frames:
            self.null_pose_embed = nn.Parameter(torch.randn(1, config.key_frames, width))
            self.frame_cond_projection = nn.Linear(config.features, width)
            self.frame_norm_cond = nn.LayerNorm(width)
        keyed = config.key_frames > 0
        self.seqTransDecoder = DecoderStack(
            [DecoderLayer(*sizes, key_frames=keyed, dropout=config.dropout) for _ in range(config.layers)]
        )
        self.final_layer = nn.Linear(width, config.features)
        if config.output_convs:
            self._add_output_convs()
        if config.aligned:
            self.frame_conditions = FrameConditions(config)

    def _add_output_convs(self) -> None:
        n, inner = self.config.features, self.config.output_convs
        channels = [n, inner, *[n] * (len(DILATIONS) - 1)]
        self.post_pose_layers = nn.ModuleList(
            nn.Conv1d(a, b, 3, dilation=dilation)
            for a, b, dilation in zip(channels[:-1], channels[1:], DILATIONS, strict=True)
        )
        self.final_conv = nn.Conv1d(n, n, 1)

    def encode(
        self,
        features: Tensor,
        key_frames: Tensor | None = None,
        keep_audio: Tensor | None = None,
        keep_key_frames: Tensor | None = None,
    ) -> Memory:
        """Conditions for any number of steps.

        features: (B, N, condition), N up to config.tokens. key_frames: (B, K, features) normalised, zeros where there
        are none, which are attended to all the same. keep_audio, keep_key_frames: (B,) bool, None keeps all.
        """
        turn = self.rotary(features.shape[1])
        tokens = self.cond_projection(features)
        if self.config.encoder_layers:
            for layer in self.cond_encoder:
                tokens = layer(tokens, turn)
        tokens = choose(keep_audio, tokens, self.null_cond_embed[:, : features.shape[1]])
        hidden = choose(keep_audio, self.non_attn_cond_projection(tokens.mean(dim=1)), self.null_cond_hidden)
        poses = None
        frames = None
        if self.config.aligned:
            frames = self.frame_conditions(features, key_frames, keep_audio, keep_key_frames)
        if key_frames is not None and self.config.key_frames:
            poses = self.frame_norm_cond(self.frame_cond_projection(key_frames))
            poses = choose(keep_key_frames, poses, self.null_pose_embed[:, : key_frames.shape[1]])
        return self._memory(hidden, tokens, poses, frames)

    def encode_nothing(self, tokens: int, key_frames: int = 0) -> Memory:
        """The conditions of the unguided branch, batch 1, for so many audio tokens and key frames."""
        poses = self.null_pose_embed[:, :key_frames] if self.config.key_frames else None
        frames = self.frame_conditions.nothing() if self.config.aligned else None
        return self._memory(self.null_cond_hidden, self.null_cond_embed[:, :tokens], poses, frames)

    def _memory(self, hidden: Tensor, tokens: Tensor, poses: Tensor | None, frames: Tensor | None) -> Memory:
        tokens = self.norm_cond(tokens)
        turned = self.rotary(tokens.shape[1])(tokens)
        layers = []
        for layer in self.seqTransDecoder.layers:
            keyed: KeysValues | None = None
            if poses is not None:
                keyed = layer.multihead_attn2.keys_values(self.rotary(poses.shape[1])(poses), poses)
            layers.append(LayerMemory(layer.multihead_attn.keys_values(turned, tokens), keyed))
        return Memory(hidden, tuple(layers), tokens.shape[1], frames)

    def forward(self, x: Tensor, t: Tensor, memory: Memory) -> Tensor:
        """Clean motion (B, T, features). t: (B,) or (1,) steps 0 to 999 of training."""
        t_hidden = self.time_mlp(t)
        film = self.to_time_cond(t_hidden) + memory.hidden
        time = self.norm_cond(self.to_time_tokens(t_hidden).unflatten(-1, (TIME_TOKENS, -1)))
        turned = self.rotary(TIME_TOKENS, memory.tokens)(time)
        layers = [
            LayerMemory(seen.tokens.followed_by(layer.multihead_attn.keys_values(turned, time)), seen.key_frames)
            for layer, seen in zip(self.seqTransDecoder.layers, memory.layers, strict=True)
        ]
        frames = self.input_projection(x)
        frames = frames if memory.frames is None else frames + memory.frames
        y = self.seqTransDecoder(frames, self.rotary(x.shape[1]), film, layers)
        y = self.final_layer(y)
        if self.config.output_convs:
            y = self.final_conv(self.run_output_convs(y.transpose(1, 2))).transpose(1, 2)
        out: Tensor = y
        return out

    def run_output_convs(self, y: Tensor) -> Tensor:
        """(B, features, T) smoothed by looking back; a layer whose width fits is averaged with what it was given."""
        y = F.pad(y, (2 * sum(DILATIONS), 0))
        for conv in self.post_pose_layers:
            z = F.leaky_relu(conv(y), LEAK)
            y = (z + y[..., -z.shape[-1] :]) / 2 if z.shape[1] == y.shape[1] else z
        return y

"""The denoiser: conformer blocks over face motion, after GAIA (He et al. 2023) and InstructAvatar (Wang et al. 2024).

Speech is added in every block; the portrait's resting expression and the talker's habits modulate every block; two
zero-initialised gated
branches carry the instruction: emotion as a vector per frame, motion as tokens with a time span. Unlike the original
both branches act at once, each with its own gain. The network predicts x0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.inputs import Inputs
from avatar_app.motion.gestures import BEAT
from avatar_app.motion.talker import VECTOR
from avatar_app.request import FPS
from avatar_app.speech.encoder import ARTICULATION, SpeechEncoder


class _SpeechFront(nn.Module):
    """(B, T, 26) articulation to (B, T, width), with a look at the neighbouring frames."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.in_proj = nn.Conv1d(ARTICULATION, config.width, 5, padding=2)
        self.out_proj = nn.Conv1d(config.width, config.width, 5, padding=2)

    def forward(self, articulation: Tensor) -> Tensor:
        return self.out_proj(F.silu(self.in_proj(articulation.transpose(1, 2)))).transpose(1, 2)


def _rotary(frames: int, size: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """cos, sin (T, size) of rotary position embedding (Su et al. 2021)."""
    rates = 1.0 / 1000 ** (torch.arange(0, size, 2, device=device) / size)
    angles = torch.arange(frames, device=device)[:, None] * rates[None]
    angles = torch.cat([angles, angles], dim=1)
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return (x * cos + torch.cat([-second, first], dim=-1) * sin).to(x.dtype)


class _LocalAttention(nn.Module):
    """Multi-head self-attention over +-span frames."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)

    def forward(self, h: Tensor, mask: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
        batch, frames, width = h.shape
        q, k, v = self.qkv(h).view(batch, frames, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = _rotate(q, *rotary), _rotate(k, *rotary)
        if self.training:  # the fused kernel's backward pass is five times slower than this on CPUs
            scores = (q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])).masked_fill(~mask, -1e4)
            out = scores.float().softmax(dim=-1).to(v.dtype) @ v
        else:
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(out.transpose(1, 2).reshape(batch, frames, width))


class _Convolution(nn.Module):
    """The conformer's convolution module (Gulati et al. 2020), with LayerNorm for batch independence."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.in_proj = nn.Linear(width, 2 * width)
        self.depthwise = nn.Conv1d(width, width, config.kernel, padding=config.kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, h: Tensor) -> Tensor:
        h = F.glu(self.in_proj(h), dim=-1)
        h = self.depthwise(h.transpose(1, 2)).transpose(1, 2)
        return self.out_proj(F.silu(self.norm(h)))


TIME_FEATURES = 7


def cue_times(spans: Tensor, frames: int) -> tuple[Tensor, Tensor]:
    """How every frame stands to every cue: features (B, T, K, 7) in [-1, 1], and visible (B, T, K) bool.

    The last two are the phase of a gesture that repeats every BEAT seconds, as nods do, and fits its span.
    """
    t = (torch.arange(frames, device=spans.device) + 0.5) / FPS
    since = t[None, :, None] - spans[:, None, :, 0]
    left = spans[:, None, :, 1] - t[None, :, None]
    inside = ((since >= 0) & (left >= 0)).to(spans.dtype)
    features = [
        torch.tanh(since / 0.4),
        torch.tanh(left / 0.4),
        torch.tanh(since / 2),
        torch.tanh(left / 2),
        inside,
    ]
    length = (spans[..., 1] - spans[..., 0]).clamp(min=1e-3)
    beats = (length / BEAT).round().clamp(min=1)
    phase = 2 * math.pi * (beats / length)[:, None] * since
    features += [torch.sin(phase) * inside, (1 - torch.cos(phase)) / 2 * inside]
    return torch.stack(features, dim=-1), (since > -0.4) & (left > -0.8)


class _MotionBranch(nn.Module):
    """Cross-attention from frames to cues, biased by time; a silent extra token takes the rest of the attention."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.heads, width = config.heads, config.width
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.time_bias = nn.Sequential(nn.Linear(TIME_FEATURES, 24), nn.SiLU(), nn.Linear(24, config.heads))
        self.time_value = nn.Linear(TIME_FEATURES, width // config.heads)
        self.time_scale = nn.Linear(TIME_FEATURES, width // config.heads, bias=False)
        nn.init.zeros_(self.time_scale.weight)
        self.gate = nn.Linear(width, width, bias=False)  # without bias: no cue must mean no change
        nn.init.zeros_(self.gate.weight)

    def forward(self, h: Tensor, tokens: Tensor, times: Tensor, visible: Tensor | None) -> Tensor:
        """visible: (B, T, K), None where no cue is near any frame: the silent token takes it all."""
        batch, frames, width = h.shape
        size = width // self.heads
        if visible is None:
            return self.gate(self.time_value.bias.repeat(self.heads))
        q = self.query(h).view(batch, frames, self.heads, size)
        k, v = self.key_value(tokens).view(batch, -1, 2, self.heads, size).unbind(2)
        scores = torch.einsum("bthd,bkhd->btkh", q, k) / math.sqrt(size) + self.time_bias(times)
        scores = scores.masked_fill(~visible[..., None], -1e4).float()
        weights = torch.cat([scores, torch.zeros_like(scores[:, :, :1])], dim=2).softmax(dim=2)[:, :, :-1].to(v.dtype)
        out = torch.einsum("btkh,bkhd->bthd", weights, v)
        timing = torch.einsum("btkh,btkf->bthf", weights, times.to(v.dtype))
        out = out * (1 + self.time_scale(timing)) + self.time_value(timing)
        return self.gate(out.reshape(batch, frames, width))


class _Block(nn.Module):
    """Half feed-forward, + speech, attention, convolution, + emotion, + motion cues, half feed-forward."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.width
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(5))
        self.modulate = nn.Linear(width, 2 * width)
        self.first = _feed_forward(config)
        self.speech = nn.Linear(width, width)
        self.attention = _LocalAttention(config)
        self.convolution = _Convolution(config)
        self.emotion = nn.Linear(width, width, bias=False)
        self.motion = _MotionBranch(config)
        self.second = _feed_forward(config)
        nn.init.zeros_(self.modulate.weight)
        nn.init.zeros_(self.modulate.bias)
        nn.init.zeros_(self.emotion.weight)  # zero gate: an untrained branch changes nothing

    def forward(self, h: Tensor, global_: Tensor, c: Told, speech: Tensor, emotion: Tensor) -> Tensor:
        scale, shift = self.modulate(global_)[:, None].chunk(2, dim=-1)
        h = h + 0.5 * self.first(self.norms[0](h) * (1 + scale) + shift)
        h = h + speech
        h = h + self.attention(self.norms[1](h), c.mask, c.rotary)
        h = h + self.convolution(self.norms[2](h))
        h = h + emotion
        h = h + c.motion_gain * self.motion(self.norms[3](h), c.tokens, c.times, c.visible)
        return h + 0.5 * self.second(self.norms[4](h))


def _zeroed(layer: nn.Linear) -> nn.Linear:
    """The layer with no say until it is trained."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


def _feed_forward(config: ModelConfig) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(config.width, config.feed_forward), nn.SiLU(), nn.Linear(config.feed_forward, config.width)
    )


@dataclass(frozen=True)
class Told:
    """What the denoiser makes of its inputs whatever the timestep: once a request, not once a step.

    speech, emotion: of every block, (B, T, width). habits, colours: (B, width). visible: see `_MotionBranch`.
    """

    motion_gain: float
    speech: tuple[Tensor, ...]
    emotion: tuple[Tensor, ...]
    habits: Tensor
    colours: Tensor
    tokens: Tensor
    times: Tensor
    visible: Tensor | None
    mask: Tensor
    rotary: tuple[Tensor, Tensor]


class Denoiser(nn.Module):
    """x_t (B, T, 58) normalised motion and timestep (B,) to x0 (B, T, 58)."""

    mean: Tensor
    scale: Tensor

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        self.speech_encoder = SpeechEncoder(config.features, config.encoder_width, config.encoder_dilations)
        self.speech_front = _SpeechFront(config)
        self.null_audio = nn.Parameter(torch.zeros(ARTICULATION))  # stands for "no voice" in classifier-free guidance
        self.in_proj = nn.Linear(config.channels, width)
        self.time = nn.Sequential(nn.Linear(128, width), nn.SiLU(), nn.Linear(width, width))
        self.resting = nn.Sequential(nn.Linear(52, width), nn.SiLU(), nn.Linear(width, width))
        self.talker = nn.Sequential(nn.Linear(VECTOR, width), nn.SiLU(), _zeroed(nn.Linear(width, 2 * width)))
        self.emotion = nn.Sequential(nn.Linear(config.emotions, width, bias=False), nn.SiLU())
        self.action = nn.Embedding(config.actions + 1, width, padding_idx=config.actions)
        self.avoided = nn.Parameter(torch.randn(width) * 0.02)
        self.blocks = nn.ModuleList(_Block(config) for _ in range(config.blocks))
        self.norm = nn.LayerNorm(width)
        self.out_proj = nn.Linear(width, config.channels)
        # How far each channel of the noisy motion passes through, and how large the rest is: both follow from the noise
        # left and from how much this talker moves (a Wiener filter's gain), and are hard to learn in any other way.
        self.gains = _zeroed(nn.Linear(width, 2 * config.channels))
        # Normalisation of motion, learned from the corpus: values = normalised * scale + mean.
        self.register_buffer("mean", torch.zeros(config.channels))
        self.register_buffer("scale", torch.ones(config.channels))

    def normalise(self, values: Tensor) -> Tensor:
        """(..., 58) motion in its own units to about unit variance."""
        return (values - self.mean) / self.scale

    def denormalise(self, values: Tensor) -> Tensor:
        """Inverse of `normalise`."""
        return values * self.scale + self.mean

    def forward(self, x: Tensor, timestep: Tensor, inputs: Inputs | Told) -> Tensor:
        told = inputs if isinstance(inputs, Told) else self.told(inputs, x.shape[1])
        h = self.in_proj(x) + told.colours[:, None]
        global_ = F.silu(self.time(_time_embedding(timestep)) + told.habits)
        for block, speech, emotion in zip(self.blocks, told.speech, told.emotion, strict=True):
            h = block(h, global_, told, speech, emotion)
        kept, size = self.gains(global_)[:, None].chunk(2, dim=-1)
        return kept * x + (1 + size) * self.out_proj(self.norm(h))

    def _with_padding(self, inputs: Inputs) -> Inputs:
        """One padded cue in place of none: training always saw the motion branch, if only its padding."""
        batch = len(inputs.speech)
        return replace(
            inputs,
            actions=inputs.actions.new_full((batch, 1), self.config.actions),
            strengths=inputs.strengths.new_zeros((batch, 1)),
            spans=inputs.spans.new_zeros((batch, 1, 2)),
        )

    def told(self, inputs: Inputs, frames: int) -> Told:
        """What `forward` reads of inputs of so many frames; given in their place, it saves making it at every step."""
        if not inputs.actions.shape[1]:
            inputs = self._with_padding(inputs)
        device = inputs.speech.device
        position = torch.arange(frames, device=device)
        times, visible = cue_times(inputs.spans, frames)
        # A strength of 0 is no cue at all, so guidance without text sees exactly what training dropped.
        present = (inputs.actions < self.config.actions) & (inputs.strengths != 0)
        strength = inputs.strengths[..., None]
        tokens = self.action(inputs.actions) * (0.5 + 0.8 * strength.abs()) + (strength < 0) * self.avoided
        habits, colours = self.talker(inputs.talker).chunk(2, dim=-1)
        heard, felt = self.speech_front(inputs.speech), self.emotion(inputs.emotion)
        blocks = [block for block in self.blocks if isinstance(block, _Block)]
        return Told(
            inputs.motion_gain,
            tuple(block.speech(heard) for block in blocks),
            tuple(inputs.emotion_gain * block.emotion(felt) for block in blocks),
            self.resting(inputs.resting) + habits,
            colours,
            torch.where(strength < 0, -tokens, tokens),
            times,
            # In training every branch takes part, or its weights would have no gradient.
            visible & present[:, None] if self.training or bool(present.any()) else None,
            (position[:, None] - position[None]).abs() <= self.config.attention_span,
            _rotary(frames, self.config.width // self.config.heads, device),
        )


def _time_embedding(timestep: Tensor) -> Tensor:
    """(B,) to (B, 128) sinusoids."""
    rates = torch.exp(-math.log(10_000) * torch.arange(64, device=timestep.device) / 64)
    angles = timestep.float()[:, None] * rates[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)

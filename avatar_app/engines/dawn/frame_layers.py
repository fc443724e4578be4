"""Layers of the denoiser, which work on all frames of all clips as one batch of pictures (clips * F, C, h, w).

The published parameters are those of 3-D convolutions that are one frame deep, so they are run as 2-D ones. Only the
group norms and the attention over time look across frames; they are told how many clips there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.time_attention import Block, TimeAttention

HEADS, HEAD_WIDTH = 8, 32
GROUPS, EPSILON = 8, 1e-5
CROSS_HEADS, CROSS_WIDTH, CROSS_SCALE = 8, 8, 8.0


class FrameConv(nn.Conv3d):
    """A convolution of every frame by itself."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, padding: int = 0) -> None:
        super().__init__(inputs, outputs, (1, kernel, kernel), (1, stride, stride), (0, padding, padding))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, h, w) to (N, outputs, h', w')."""
        return F.conv2d(x, self.weight[:, :, 0], self.bias, self.stride[1:], self.padding[1:])  # type: ignore[arg-type]


class FrameUp(nn.ConvTranspose3d):
    """Twice the size, every frame by itself."""

    def __init__(self, width: int) -> None:
        super().__init__(width, width, (1, 4, 4), (1, 2, 2), (0, 1, 1))

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, width, h, w) to (N, width, 2 h, 2 w)."""
        return F.conv_transpose2d(x, self.weight[:, :, 0], self.bias, stride=2, padding=1)


class ClipNorm(nn.GroupNorm):
    """Group norm whose statistics are those of whole clips, put together from those of frames."""

    def __init__(self, width: int) -> None:
        super().__init__(GROUPS, width)

    def factors(self, x: Tensor, clips: int) -> tuple[Tensor, Tensor]:
        """(clips, C) each, a and b of a * x + b, from x (clips * F, C, h, w)."""
        variance, mean = torch.var_mean(x.unflatten(1, (self.num_groups, -1)), dim=(2, 3, 4), correction=0)
        variance, mean = (part.unflatten(0, (clips, -1)) for part in (variance, mean))
        middle = mean.mean(dim=1)
        spread = (variance + (mean - middle[:, None]) ** 2).mean(dim=1)
        each = self.num_channels // self.num_groups
        scale = (spread + self.eps).rsqrt().repeat_interleave(each, dim=1) * self.weight
        return scale, self.bias - middle.repeat_interleave(each, dim=1) * scale


class ConvBlock(nn.Module):
    """Convolution, group norm, an optional scale and shift, SiLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.proj = FrameConv(inputs, outputs, 3, padding=1)
        self.norm = ClipNorm(outputs)

    def forward(self, x: Tensor, clips: int, film: Tensor | None = None) -> Tensor:
        """(clips * F, inputs, h, w) to the same of outputs. film: (clips, 2 * outputs), scale less one and shift."""
        x = self.proj(x)
        scale, shift = self.norm.factors(x, clips)
        if film is not None:
            more, moved = film.chunk(2, dim=1)
            scale, shift = scale * (more + 1), shift * (more + 1) + moved
        frames = len(x) // clips
        scale, shift = (part.repeat_interleave(frames, dim=0)[:, :, None, None] for part in (scale, shift))
        return F.silu(x * scale + shift)


@dataclass(frozen=True)
class CrossMemory:
    """What a cross-attention sees of a frame: (clips * F, heads, 8) each. It is the same at every diffusion step.

    against: dotted with a query, the logit of the frame's key over that of the null key. gain: the frame's value less
    the null value.
    """

    against: Tensor
    gain: Tensor


class Gain(nn.Module):
    """Layer norm over channels without a bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.g = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) to the same."""
        return F.layer_norm(x, x.shape[-1:], self.g, eps=EPSILON)


class CrossAttention(nn.Module):
    """Attention of pixels to one vector per frame and to a learned null: two keys, so softmax is a sigmoid."""

    def __init__(self, inputs: int, outputs: int, heads: int = CROSS_HEADS) -> None:
        super().__init__()
        self.heads, inner = heads, heads * CROSS_WIDTH
        self.null_kv = nn.Parameter(torch.randn(2, CROSS_WIDTH))
        self.q_scale, self.k_scale = (nn.Parameter(torch.ones(CROSS_WIDTH)) for _ in range(2))
        self.norm = Gain(inputs)
        self.to_q = nn.Linear(inputs, inner, bias=False)
        self.to_kv = nn.Linear(2 * outputs, 2 * inner, bias=False)
        self.to_out = nn.Sequential(nn.Linear(inner, outputs, bias=False), Gain(outputs))

    def remember(self, vectors: Tensor) -> CrossMemory:
        """Of vectors (clips * F, 2 * outputs)."""
        keys, values = (part.unflatten(-1, (self.heads, -1)) for part in self.to_kv(vectors).chunk(2, dim=-1))
        null_key, null_value = self.null_kv
        difference = (F.normalize(keys, dim=-1) - F.normalize(null_key, dim=-1)) * self.k_scale
        return CrossMemory(CROSS_SCALE * self.q_scale * difference, values - null_value)

    def forward(self, pixels: Tensor, memory: CrossMemory) -> Tensor:
        """(N, h * w, outputs) of pixels (N, h * w, inputs), N frames."""
        queries = F.normalize(self.to_q(self.norm(pixels)).unflatten(-1, (self.heads, -1)), dim=-1)
        share = torch.einsum("nphd,nhd->nph", queries, memory.against).sigmoid()
        project = self.to_out[0].weight.unflatten(1, (self.heads, -1))  # type: ignore[operator, union-attr]
        gain = torch.einsum("ohd,nhd->nho", project, memory.gain)
        null = torch.einsum("ohd,d->o", project, self.null_kv[1])
        out: Tensor = self.to_out[1](share @ gain + null)
        return out


class PlainBlock(nn.Module):
    """Two convolutional blocks beside a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.block1, self.block2 = ConvBlock(inputs, outputs), ConvBlock(outputs, outputs)
        self.res_conv = FrameConv(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, clips: int) -> Tensor:
        """(clips * F, inputs, h, w) to the same of outputs."""
        out: Tensor = self.block2(self.block1(x, clips), clips) + self.res_conv(x)
        return out


class ConditionedBlock(PlainBlock):
    """Told the diffusion step between its convolutions, and of sound, pose and eyes by cross-attention."""

    def __init__(
        self, inputs: int, outputs: int, time: int, audio: int, pose: int, eyes: int, heads: int = CROSS_HEADS
    ) -> None:
        super().__init__(inputs, outputs)
        self.time_mlp, self.audio_mlp, self.pose_mlp, self.eye_mlp = (
            nn.Sequential(nn.SiLU(), nn.Linear(width, 2 * outputs)) for width in (time, audio, pose, eyes)
        )
        self.cross_attn_aud, self.cross_attn_pose, self.cross_attn_eye = (
            CrossAttention(inputs, outputs, heads) for _ in range(3)
        )

    def remember(self, audio: Tensor, pose: Tensor, eyes: Tensor) -> tuple[CrossMemory, ...]:
        """What the cross-attentions see of frames (clips * F, width of each)."""
        return (
            self.cross_attn_pose.remember(self.pose_mlp(pose)),
            self.cross_attn_aud.remember(self.audio_mlp(audio)),
            self.cross_attn_eye.remember(self.eye_mlp(eyes)),
        )

    def told(self, x: Tensor, clips: int, time: Tensor, memory: tuple[CrossMemory, ...]) -> Tensor:
        """(clips * F, inputs, h, w) to the same of outputs. time: (clips, width of the step's embedding)."""
        y = self.block1(x, clips, self.time_mlp(time))
        pixels = x.flatten(2).transpose(1, 2)
        layers = self.cross_attn_pose, self.cross_attn_aud, self.cross_attn_eye
        attended = sum(layer(pixels, seen) for layer, seen in zip(layers, memory, strict=True))
        y = y + attended.transpose(1, 2).view_as(y)  # type: ignore[union-attr]
        out: Tensor = self.block2(y, clips) + self.res_conv(x)
        return out


class PixelNorm(nn.Module):
    """Layer norm over the channels of every pixel, without a bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(1, width, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) to the same."""
        variance, mean = torch.var_mean(x, dim=1, correction=0, keepdim=True)
        return (x - mean) * (variance + EPSILON).rsqrt() * self.gamma[0, :, 0]


class Named(nn.Module):
    """A module one name deeper, as published."""

    def __init__(self, fn: nn.Module) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor, *more: Any) -> Tensor:
        """What the module says."""
        out: Tensor = self.fn(x, *more)
        return out


class Normed(Named):
    """A module after a norm."""

    def __init__(self, width: int, fn: nn.Module) -> None:
        super().__init__(fn)
        self.norm = PixelNorm(width)

    def forward(self, x: Tensor, *more: Any) -> Tensor:
        """(N, width, h, w) to the same."""
        return super().forward(self.norm(x), *more)


class Added(Named):
    """A module after a norm, added to what comes in."""

    def __init__(self, width: int, fn: nn.Module) -> None:
        super().__init__(Normed(width, fn))

    def forward(self, x: Tensor, *more: Any) -> Tensor:
        """(N, width, h, w) to the same."""
        return x + super().forward(x, *more)


@dataclass(frozen=True)
class Heads:
    """Of an attention: how many, and channels of each."""

    count: int = HEADS
    width: int = HEAD_WIDTH

    @property
    def inner(self) -> int:
        """Channels of all."""
        return self.count * self.width


PUBLISHED_HEADS = Heads()


class LinearAttention(nn.Module):
    """Attention of a frame's pixels with cost linear in their number (Shen et al. 2021)."""

    def __init__(self, width: int, heads: Heads) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Conv2d(width, 3 * heads.inner, 1, bias=False)
        self.to_out = nn.Conv2d(heads.inner, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) to the same."""
        split = self.to_qkv(x).flatten(2).unflatten(1, (3, self.heads.count, self.heads.width))
        queries, keys, values = split.unbind(1)
        context = keys.softmax(dim=-1) @ values.transpose(-1, -2)
        out = context.transpose(-1, -2) @ (queries.softmax(dim=-2) * self.heads.width**-0.5)
        result: Tensor = self.to_out(out.flatten(1, 2).unflatten(-1, x.shape[2:]))
        return result


class PixelAttention(nn.Module):
    """Full attention among a frame's pixels."""

    def __init__(self, width: int, heads: Heads) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * heads.inner, bias=False)
        self.to_out = nn.Linear(heads.inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, width, h, w) to the same."""
        split = self.to_qkv(x.flatten(2).transpose(1, 2)).unflatten(-1, (3, self.heads.count, self.heads.width))
        out = F.scaled_dot_product_attention(*(part.transpose(1, 2) for part in split.unbind(2)))
        result: Tensor = self.to_out(out.transpose(1, 2).flatten(2))
        return result.transpose(1, 2).unflatten(-1, x.shape[2:])


class PixelTimeAttention(TimeAttention):
    """Every pixel attends to itself in other frames."""

    def __init__(self, width: int, heads: Heads) -> None:
        super().__init__(width, heads.count, heads.width, heads.width)
        self.head_width = heads.width

    def forward(self, x: Tensor, blocks: list[Block], clips: int = 1) -> Tensor:
        """(clips * F, width, h, w) to the same."""
        tokens = x.unflatten(0, (clips, -1)).permute(0, 3, 4, 1, 2)
        out = super().forward(tokens.flatten(0, 2), blocks).view_as(tokens)
        return out.permute(0, 3, 4, 1, 2).flatten(0, 1)

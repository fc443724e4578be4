"""The denoiser's layers over one whole clip, some frames or some pixels at a time, with channels last.

A clip lies in one tensor (F, h * w, C) per layer that has to be kept, and is worked through in parts that fit the
cache. Group norms look at whole clips, so every convolution before one is a pass of its own that gathers statistics.
Small matrices that do not depend on pixels are multiplied into one another first, so that few passes remain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.dawn.frame_layers import (
    CROSS_WIDTH,
    EPSILON,
    GROUPS,
    Added,
    ClipNorm,
    ConditionedBlock,
    ConvBlock,
    CrossMemory,
    LinearAttention,
    Named,
    PlainBlock,
)
from avatar_app.engines.dawn.time_attention import THETA, Block


@dataclass(frozen=True)
class PartSizes:
    """Of what is worked on at once. values: of frames in one layer. tokens: pixels times frames in attention over time.

    The defaults suit a CPU's cache; a larger device wants more at once.
    """

    values: int = 2**19
    tokens: int = 2**10


def sizes_for(device: torch.device) -> PartSizes:
    """What a device works on best."""
    return PartSizes() if device.type == "cpu" else PartSizes(2**25, 2**18)


def inside(layer: Added) -> tuple[Tensor, Any]:
    """The gain of an attention's norm (C,), and the attention."""
    normed: Any = layer.fn
    attention = normed.fn
    return normed.norm.gamma.flatten(), attention.fn if isinstance(attention, Named) else attention


def parts(count: int, size: int) -> Iterator[slice]:
    """Ranges of at most `size` that cover `count`."""
    for start in range(0, count, max(1, size)):
        yield slice(start, min(start + max(1, size), count))


@dataclass(frozen=True)
class Crossing:
    """The three cross-attentions of a block as one. queries: (heads, 8, C) with the norm's gain in it.

    project: (3, C, heads / 3, 8). null, gain: (3, C) what the null value projects to, and the gain of the norm after.
    same: (heads + 3,) * 2, whether two rows are of one attention; rows are the heads of all three and their nulls.
    """

    queries: Tensor
    project: Tensor
    null: Tensor
    gain: Tensor
    same: Tensor

    @classmethod
    def of(cls, block: ConditionedBlock) -> Crossing:
        """In the order in which blocks remember."""
        layers: list[Any] = [block.cross_attn_pose, block.cross_attn_aud, block.cross_attn_eye]
        queries = torch.cat([layer.to_q.weight * layer.norm.g for layer in layers])
        project = torch.stack([layer.to_out[0].weight for layer in layers]).unflatten(2, (-1, CROSS_WIDTH))
        null = torch.stack(
            [(part * layer.null_kv[1]).sum(dim=(1, 2)) for part, layer in zip(project, layers, strict=True)]
        )
        each, kinds = layers[0].heads, torch.arange(len(layers), device=null.device)
        which = torch.cat([kinds.repeat_interleave(each), kinds])
        return cls(
            queries.unflatten(0, (-1, CROSS_WIDTH)),
            project,
            null,
            torch.stack([layer.to_out[1].g for layer in layers]),
            (which[:, None] == which).float(),
        )

    def __call__(self, x: Tensor, memories: tuple[CrossMemory, ...]) -> Tensor:
        """(f, P, out) of x (f, P, C): the sum of the three.

        The norm after an attention needs the variance over channels of a mixture of nine vectors, which is a quadratic
        form of the shares; so all three attentions and norms end in one product.
        """
        normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON)
        against, gained = (torch.cat([getattr(m, name) for m in memories], dim=1) for name in ("against", "gain"))
        lengths = F.linear(normed, self.queries.flatten(0, 1)).square_().unflatten(2, (-1, CROSS_WIDTH)).sum(dim=-1)
        logits = normed @ torch.einsum("hdc,fhd->fch", self.queries, against)
        shares = (logits * lengths.clamp_min_(1e-24).rsqrt_()).sigmoid_()
        shares = torch.cat([shares, shares.new_ones(*shares.shape[:2], len(self.null))], dim=-1)
        values = torch.einsum("kohd,fkhd->fkho", self.project, gained.unflatten(1, (len(self.null), -1)))
        rows = torch.cat([values.flatten(1, 2), self.null.expand(len(x), -1, -1)], dim=1)
        rows = rows - rows.mean(dim=-1, keepdim=True)
        exact, sure = rows.float(), shares.float()  # rounded more, a variance may fall below nothing
        spread = exact @ exact.transpose(1, 2) / rows.shape[-1] * self.same
        variance = (((sure @ spread) * sure) @ self.same).clamp_min_(0)
        gain = torch.cat([self.gain.repeat_interleave(self.project.shape[2], dim=0), self.gain])
        return (shares * (variance + EPSILON).rsqrt_().to(x.dtype)) @ (rows * gain)


@dataclass(frozen=True)
class ConvWeights:
    """A convolution of frames and the group norm after it. weight: channels last."""

    weight: Tensor
    bias: Tensor
    norm: ClipNorm

    @classmethod
    def of(cls, block: ConvBlock) -> ConvWeights:
        """With the block's weights."""
        assert block.proj.bias is not None
        weight = block.proj.weight[:, :, 0].contiguous(memory_format=torch.channels_last)
        return cls(weight, block.proj.bias, block.norm)

    def __call__(self, x: Tensor, sides: tuple[int, int]) -> Tensor:
        """(f, P, out) of (f, P, C)."""
        return convolved(x, sides, self.weight, self.bias, padding=1)


def convolved(
    x: Tensor, sides: tuple[int, int], weight: Tensor, bias: Tensor | None, transposed: bool = False, **how: int
) -> Tensor:
    """(f, P', out) of frames (f, P, C) with P pixels in rows of `sides`, height and width."""
    out = (F.conv_transpose2d if transposed else F.conv2d)(
        x.unflatten(1, sides).permute(0, 3, 1, 2), weight, bias, **how
    )
    return out.permute(0, 2, 3, 1).flatten(1, 2)


class Moments:
    """Mean and variance of a clip's groups of channels, gathered frame by frame."""

    def __init__(self) -> None:
        self.gathered: list[Tensor] = []

    def add(self, x: Tensor) -> None:
        """(f, P, C) further frames."""
        x = x.float()
        mean = x.mean(dim=1)
        variance = (x - mean[:, None]).square_().mean(dim=1).unflatten(1, (GROUPS, -1))
        mean = mean.unflatten(1, (GROUPS, -1))
        middle = mean.mean(dim=-1)
        self.gathered.append(torch.stack([middle, (variance + (mean - middle[..., None]) ** 2).mean(dim=-1)]))

    def factors(self, norm: ClipNorm, film: Tensor | None) -> tuple[Tensor, Tensor]:
        """(C,) each, a and b of a * x + b, which is the norm and then film (2 C,), scale less one and shift."""
        mean, variance = torch.cat(self.gathered, dim=1)
        middle = mean.mean(dim=0)
        spread = (variance + (mean - middle) ** 2).mean(dim=0)
        each = norm.num_channels // norm.num_groups
        scale = (spread + norm.eps).rsqrt().repeat_interleave(each) * norm.weight
        shift = norm.bias - middle.repeat_interleave(each) * scale
        if film is not None:
            more, moved = film.chunk(2)
            scale, shift = scale * (more + 1), shift * (more + 1) + moved
        return scale.to(norm.weight.dtype), shift.to(norm.weight.dtype)


@dataclass(frozen=True)
class ClipBlock:
    """A convolutional block over a clip. shortcut: (out, C) and (out,), or None where what comes in is added as is."""

    first: ConvWeights
    second: ConvWeights
    shortcut: tuple[Tensor, Tensor] | None
    cross: Crossing | None

    @classmethod
    def of(cls, block: PlainBlock) -> ClipBlock:
        """With the block's weights."""
        first, second = (ConvWeights.of(part) for part in (block.block1, block.block2))
        convolution, shortcut = block.res_conv, None
        if isinstance(convolution, torch.nn.Conv3d):
            assert convolution.bias is not None
            shortcut = convolution.weight.flatten(1), convolution.bias
        return cls(first, second, shortcut, Crossing.of(block) if isinstance(block, ConditionedBlock) else None)

    def __call__(
        self,
        stores: list[Tensor],
        sides: tuple[int, int],
        values: int,
        film: Tensor | None = None,
        memories: tuple[CrossMemory, ...] = (),
    ) -> Tensor:
        """(F, P, out) of clips (F, P, C) that are joined by channels, in three passes over parts of `values`."""
        frames, pixels, width = len(stores[0]), sides[0] * sides[1], len(self.first.bias)
        made = stores[0].new_empty(frames, pixels, width)
        inputs = sum(store.shape[2] for store in stores)
        size = values // (pixels * max(width, inputs))

        def given(part: slice) -> Tensor:
            return torch.cat([s[part] for s in stores], dim=-1) if len(stores) > 1 else stores[0][part]

        moments = Moments()
        for part in parts(frames, size):
            y = self.first(given(part), sides)
            moments.add(y)
            made[part] = y
        scale, shift = moments.factors(self.first.norm, film)
        moments = Moments()
        for part in parts(frames, size):
            y = F.silu(torch.addcmul(shift, made[part], scale), inplace=True)
            if self.cross is not None:
                seen = tuple(CrossMemory(m.against[part], m.gain[part]) for m in memories)
                y += self.cross(given(part), seen)
            y = self.second(y, sides)
            moments.add(y)
            made[part] = y
        scale, shift = moments.factors(self.second.norm, None)
        for part in parts(frames, size):
            x = given(part)
            y = F.silu(torch.addcmul(shift, made[part], scale), inplace=True)
            y += x if self.shortcut is None else F.linear(x, *self.shortcut)
            made[part] = y
        return made


def space_attention(layer: Added, x: Tensor, size: int) -> None:
    """Adds linear attention of every frame's pixels to clips (F, P, C), in parts of so many values."""
    gamma, attention = inside(layer)
    mixed = _many_mixed if x.shape[1] > x.shape[2] else _few_mixed
    for part in parts(len(x), size // (x.shape[1] * max(x.shape[2], attention.heads.inner))):
        x[part] += mixed(attention, F.layer_norm(x[part], x.shape[2:], gamma, eps=EPSILON))


def _many_mixed(attention: LinearAttention, x: Tensor) -> Tensor:
    """With more pixels than channels. Values are linear in pixels, so keys weigh the pixels themselves, and the sums
    become values and then outputs; (f, P, C)."""
    heads = attention.heads
    ask, offer, give = attention.to_qkv.weight.flatten(1).chunk(3)
    give, project = (
        weight.unflatten(0, (heads.count, -1)) for weight in (give, attention.to_out.weight.flatten(1).t())
    )
    weighed = F.linear(x, offer).softmax(dim=1).transpose(1, 2) @ x
    context = weighed.unflatten(1, (heads.count, -1)) @ give.transpose(1, 2)
    told = (context @ project * heads.width**-0.5).flatten(1, 2)
    queries = F.linear(x, ask).unflatten(2, (heads.count, -1)).softmax(dim=-1).flatten(2)
    bias: Tensor | None = attention.to_out.bias
    assert bias is not None
    return torch.baddbmm(bias, queries, told)


def _few_mixed(attention: LinearAttention, x: Tensor) -> Tensor:
    """With few pixels, as published; (f, P, C)."""
    heads = attention.heads
    split = F.linear(x, attention.to_qkv.weight.flatten(1)).unflatten(2, (3, heads.count, heads.width))
    queries, keys, values = split.permute(2, 0, 3, 1, 4).unbind(0)
    context = keys.softmax(dim=2).transpose(2, 3) @ values
    out = (queries.softmax(dim=3) * heads.width**-0.5) @ context
    return F.linear(out.transpose(1, 2).flatten(2), attention.to_out.weight.flatten(1), attention.to_out.bias)


def pixel_attention(layer: Added, x: Tensor, size: int) -> None:
    """Adds full attention of every frame's pixels to clips (F, P, C), in parts of so many values."""
    gamma, attention = inside(layer)
    for part in parts(len(x), size // (x.shape[1] * x.shape[2])):
        split = attention.to_qkv(F.layer_norm(x[part], x.shape[2:], gamma, eps=EPSILON))
        split = split.unflatten(-1, (3, attention.heads.count, attention.heads.width)).permute(2, 0, 3, 1, 4)
        out = F.scaled_dot_product_attention(*split.unbind(0))
        x[part] += attention.to_out(out.transpose(1, 2).flatten(2))


def turns(frames: int, width: int, device: torch.device) -> Tensor:
    """(F, width / 2) complex: rotary positions of neighbouring pairs of a head's channels, to multiply them by."""
    rates = THETA ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
    angles = torch.arange(frames, dtype=torch.float64)[:, None] * rates
    return torch.polar(torch.ones_like(angles), angles).to(torch.complex64).to(device)


def time_attention(layer: Added, x: Tensor, blocks: list[Block], turn: Tensor, tokens: int) -> None:
    """Adds attention of every pixel to itself in other frames to clips (F, P, C), so many tokens at once."""
    gamma, attention = inside(layer)
    for part in parts(x.shape[1], tokens // len(x)):
        split = attention.to_qkv(F.layer_norm(x[:, part], x.shape[2:], gamma, eps=EPSILON))
        split = split.unflatten(-1, (3, attention.heads, attention.head_width))
        pairs = split[:, :, :2].float().unflatten(-1, (-1, 2))
        turned = torch.view_as_real(torch.view_as_complex(pairs).mul_(turn[:, None, None, None])).flatten(-2)
        queries, keys = (each.permute(1, 2, 0, 3) for each in turned.to(x.dtype).unbind(2))
        values = split[:, :, 2].permute(1, 2, 0, 3)
        for block in blocks:
            some = queries[:, :, block.queries], keys[:, :, block.keys], values[:, :, block.keys]
            out = F.scaled_dot_product_attention(*some, attn_mask=block.bias.to(x.dtype)[None])
            x[block.queries, part] += attention.to_out(out.permute(2, 0, 1, 3).flatten(2))

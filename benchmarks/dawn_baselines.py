"""DAWN's denoiser as its authors compute it, for comparison only: all at once, or attention frame by frame.

Written from the description of both algorithms, on the weights of this project's FlowDenoiser. "dense" puts a clip
through 3-D convolutions and group norms, and every frame meets every frame. "per_frame" is the same but for attention
over time: keys and values of a frame's window are gathered for one query frame after another, which needs less memory.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.denoiser import FlowDenoiser
from avatar_app.engines.dawn.frame_layers import CROSS_SCALE, EPSILON, HEAD_WIDTH, HEADS

FAR = -1e8  # added to logits of frames that are not seen


class Baseline:
    """(3, F, h, w) and a step to the noise; see the module. portrait: (1, C, h, w), mask: (1, 16, h, w)."""

    def __init__(
        self, model: FlowDenoiser, portrait: Tensor, mask: Tensor, condition: Tensor, per_frame: bool = False
    ) -> None:
        self.model, self.per_frame, self.condition = model, per_frame, condition
        self.constant = torch.cat([portrait, mask], dim=1)

    @torch.inference_mode()
    def __call__(self, latent: Tensor, step: int) -> Tensor:
        """The noise in (3, F, h, w)."""
        model: Any = self.model
        frames = latent.shape[1]
        at = torch.arange(frames)
        offsets = at[None] - at[:, None]
        self.bias = model.time_rel_pos_bias(offsets).masked_fill(offsets.abs() > model.config.window, FAR)
        reach = torch.arange(-model.config.window, model.config.window + 1)
        self.window_bias = model.time_rel_pos_bias(reach)
        self.time = model.time_mlp(torch.tensor([step]))
        constant = self.constant[:, :, None].expand(-1, -1, frames, -1, -1)
        x = torch.cat([latent[None], constant], dim=1)
        x = F.conv3d(x, model.init_conv.weight, model.init_conv.bias, padding=(0, 3, 3))
        first = x
        x = self.over_time(model.init_temporal_attn, x)
        skips = []
        for layers in model.downs:
            x = self.level(layers, x)
            skips.append(x)
            x = resized(layers[4], x)
        x = self.block(model.mid_block1, x)
        x = self.over_pixels(model.mid_spatial_attn, x)
        x = self.over_time(model.mid_temporal_attn, x)
        x = self.block(model.mid_block2, x)
        for layers in model.ups:
            x = resized(layers[4], self.level(layers, torch.cat([x, skips.pop()], dim=1)))
        x = torch.cat([x, first], dim=1)
        heads = [(model.final_conv, self.block(model.final_conv[0], x, told=False)),
                 (model.occlusion_map, self.block(model.occlusion_map[0], x, told=False))]  # fmt: skip
        return torch.cat([F.conv3d(y, head[1].weight, head[1].bias) for head, y in heads], dim=1)[0]

    def level(self, layers: Any, x: Tensor) -> Tensor:
        """Two blocks, attention in space and over time."""
        x = self.block(layers[1], self.block(layers[0], x))
        return self.over_time(layers[3], linear_attention(layers[2], x))

    def block(self, block: Any, x: Tensor, told: bool = True) -> Tensor:
        """A residual block: group norms over whole clips, three cross-attentions to two keys."""
        y = convolved(block.block1, x)
        if told:
            more, moved = block.time_mlp(self.time)[0, :, None, None, None].chunk(2)
            y = y * (more + 1) + moved
        y = F.silu(y)
        if told:
            audio, pose, eyes = self.condition.split([1024, 6, 2], dim=-1)
            for attention, values in (
                (block.cross_attn_pose, block.pose_mlp(pose)),
                (block.cross_attn_aud, block.audio_mlp(audio)),
                (block.cross_attn_eye, block.eye_mlp(eyes)),
            ):
                y = y + crossed(attention, x, values)
        y = F.silu(convolved(block.block2, y))
        shortcut = block.res_conv
        return y + (x if isinstance(shortcut, nn.Identity) else F.conv3d(x, shortcut.weight, shortcut.bias))

    def over_time(self, layer: Any, x: Tensor) -> Tensor:
        """Attention of every pixel over frames."""
        attention = layer.fn.fn.fn
        tokens = normed(x, layer.fn.norm.gamma)[0].permute(2, 3, 1, 0).flatten(0, 1)  # (P, F, C)
        queries, keys, values = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in attention.to_qkv(tokens).chunk(3, dim=-1)
        )
        queries, keys = attention.rotary_emb(queries * HEAD_WIDTH**-0.5), attention.rotary_emb(keys)
        seen = self.windowed if self.per_frame else self.dense
        out = attention.to_out(seen(queries, keys, values).transpose(1, 2).flatten(2))
        return x + out.permute(2, 1, 0).unflatten(2, x.shape[3:])[None]

    def dense(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Every frame with every frame."""
        logits = torch.einsum("phid,phjd->phij", queries, keys) + self.bias
        return torch.einsum("phij,phjd->phid", logits.softmax(dim=-1), values)

    def windowed(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """One query frame after another with a copy of its window, padded at the ends of the clip."""
        window, frames = self.model.config.window, queries.shape[2]
        keys, values = (F.pad(part, (0, 0, window, window)) for part in (keys, values))
        outside = F.pad(torch.zeros(frames), (window, window), value=FAR)
        rows = []
        for i in range(frames):
            near, what = (part[:, :, i : i + 2 * window + 1].contiguous() for part in (keys, values))
            logits = torch.einsum("phd,phjd->phj", queries[:, :, i], near)
            logits = logits + self.window_bias + outside[i : i + 2 * window + 1]
            rows.append(torch.einsum("phj,phjd->phd", logits.softmax(dim=-1), what))
        return torch.stack(rows, dim=2)

    def over_pixels(self, layer: Any, x: Tensor) -> Tensor:
        """Attention among the pixels of every frame."""
        attention = layer.fn.fn.fn
        tokens = normed(x, layer.fn.norm.gamma)[0].permute(1, 2, 3, 0).flatten(1, 2)
        queries, keys, values = (
            part.unflatten(-1, (HEADS, -1)).transpose(1, 2) for part in attention.to_qkv(tokens).chunk(3, dim=-1)
        )
        shares = torch.einsum("fhid,fhjd->fhij", queries * HEAD_WIDTH**-0.5, keys).softmax(dim=-1)
        out = attention.to_out(torch.einsum("fhij,fhjd->fhid", shares, values).transpose(1, 2).flatten(2))
        return x + out.permute(2, 0, 1).unflatten(2, x.shape[3:])[None]


def normed(x: Tensor, gamma: Tensor) -> Tensor:
    """Layer norm over channels."""
    mean, variance = x.mean(dim=1, keepdim=True), x.var(dim=1, unbiased=False, keepdim=True)
    return (x - mean) / (variance + EPSILON).sqrt() * gamma


def convolved(part: Any, x: Tensor) -> Tensor:
    """3-D convolution and group norm over the clip."""
    y = F.conv3d(x, part.proj.weight, part.proj.bias, padding=(0, 1, 1))
    return F.group_norm(y, part.norm.num_groups, part.norm.weight, part.norm.bias, part.norm.eps)


def crossed(attention: Any, x: Tensor, told: Tensor) -> Tensor:
    """Attention of a frame's pixels to its own vector and to the null."""
    pixels = x[0].permute(1, 2, 3, 0).flatten(1, 2)  # (F, P, C)
    queries = attention.to_q(attention.norm(pixels)).unflatten(-1, (HEADS, -1)).transpose(1, 2)
    keys, values = (part.unflatten(-1, (HEADS, 1, -1)) for part in attention.to_kv(told[0]).chunk(2, dim=-1))
    null_key, null_value = (part.expand_as(keys) for part in attention.null_kv)
    keys, values = torch.cat([null_key, keys], dim=2), torch.cat([null_value, values], dim=2)
    queries = F.normalize(queries, dim=-1) * attention.q_scale
    keys = F.normalize(keys, dim=-1) * attention.k_scale
    shares = (CROSS_SCALE * torch.einsum("fhpd,fhjd->fhpj", queries, keys)).softmax(dim=-1)
    out = attention.to_out(torch.einsum("fhpj,fhjd->fhpd", shares, values).transpose(1, 2).flatten(2))
    return out.permute(2, 0, 1).unflatten(2, x.shape[3:])[None]


def linear_attention(layer: Any, x: Tensor) -> Tensor:
    """Attention with cost linear in a frame's pixels."""
    attention = layer.fn.fn
    frames = normed(x, layer.fn.norm.gamma)[0].transpose(0, 1)
    queries, keys, values = (
        part.flatten(2).unflatten(1, (HEADS, -1)) for part in attention.to_qkv(frames).chunk(3, dim=1)
    )
    queries, keys = queries.softmax(dim=-2) * HEAD_WIDTH**-0.5, keys.softmax(dim=-1)
    context = torch.einsum("fhdn,fhen->fhde", keys, values)
    out = torch.einsum("fhde,fhdn->fhen", context, queries).flatten(1, 2).unflatten(2, x.shape[3:])
    return x + attention.to_out(out).transpose(0, 1)[None]


def resized(layer: Any, x: Tensor) -> Tensor:
    """Half or twice the size, or the same."""
    if isinstance(layer, nn.Identity):
        return x
    way = F.conv_transpose3d if isinstance(layer, nn.ConvTranspose3d) else F.conv3d
    return way(x, layer.weight, layer.bias, stride=(1, 2, 2), padding=(0, 1, 1))

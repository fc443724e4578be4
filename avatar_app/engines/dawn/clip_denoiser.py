"""The denoiser as it is run: one clip at a time, with memory that holds a few feature maps of it and nothing more."""

from __future__ import annotations

from copy import deepcopy
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.clip_layers import (
    ClipBlock,
    PartSizes,
    convolved,
    parts,
    pixel_attention,
    sizes_for,
    space_attention,
    time_attention,
    turns,
)
from avatar_app.engines.dawn.denoiser import LATENT, FlowDenoiser, Told
from avatar_app.engines.dawn.frame_layers import Added, ConditionedBlock, CrossMemory, FrameConv, FrameUp, PlainBlock

Sides = tuple[int, int]


class ClipDenoiser:
    """FlowDenoiser without gradients, on the same weights: equal to it but for rounding, faster, smaller in memory.

    teller: the model as it was given, which tells it. model: the same in `dtype`, in which everything but norms'
    statistics is computed.
    """

    def __init__(self, model: FlowDenoiser, sizes: PartSizes | None = None, dtype: torch.dtype = torch.float32) -> None:
        self.teller = model
        self.dtype = dtype
        self.model = model = model if dtype == torch.float32 else deepcopy(model).to(dtype)
        self.sizes = sizes or sizes_for(model.init_conv.weight.device)
        blocks = [block for block in model.modules() if isinstance(block, PlainBlock)]
        self.blocks = {id(block): ClipBlock.of(block) for block in blocks}
        self.start = model.init_conv.weight[:, :LATENT, 0].contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def __call__(self, latent: Tensor, step: int, told: Told) -> Tensor:
        """The noise in a latent clip (3, F, h, w), h and w divisible by 8, at a diffusion step.

        told: of this one clip.
        """
        given, latent, told = latent, latent.to(self.dtype), as_type(told, self.dtype)
        model, frames = self.model, latent.shape[1]
        run = _Run(self, latent, step, told)
        stores = [run.first()]
        time_attention(model.init_temporal_attn, stores[0], run.views, run.turn, self.sizes.tokens)
        stores = [run.through_levels(stores), run.first()]
        out = latent.new_empty(LATENT, frames, *latent.shape[2:])
        done = 0
        for head in (model.final_conv, model.occlusion_map):
            made = self.blocks[id(head[0])](stores, run.sides, self.sizes.values)
            last = cast(FrameConv, head[1])
            some = F.linear(made, last.weight.flatten(1), last.bias)
            out[done : done + some.shape[2]] = some.permute(2, 0, 1).unflatten(2, run.sides)
            done += some.shape[2]
        return out.to(given.dtype)


def as_type(told: Told, dtype: torch.dtype) -> Told:
    """The same in another precision."""
    if told.start.dtype == dtype:
        return told
    memories = tuple(
        tuple(CrossMemory(m.against.to(dtype), m.gain.to(dtype)) for m in block) for block in told.memories
    )
    return Told(told.start.to(dtype), memories)


class _Run:
    """One prediction on its way. sides: height and width of the present level."""

    def __init__(self, denoiser: ClipDenoiser, latent: Tensor, step: int, told: Told) -> None:
        self.denoiser, self.latent, self.told, self.sizes = denoiser, latent, told, denoiser.sizes
        model = denoiser.model
        self.sides: Sides = (latent.shape[2], latent.shape[3])
        self.views = model.time_rel_pos_bias.blocks(latent.shape[1], model.config.window)
        self.turn = turns(latent.shape[1], model.config.heads.width, latent.device)
        when = model.time_mlp[0](torch.tensor([step], device=latent.device))
        self.time = model.time_mlp[1:](when.to(latent.dtype))
        self.memories = iter(told.memories)

    def first(self) -> Tensor:
        """(F, P, width) after the first convolution."""
        width, weight = self.told.start.shape[1], self.denoiser.start
        constant = self.told.start[0].flatten(1).t()
        made = self.latent.new_empty(self.latent.shape[1], len(constant), width)
        for part in parts(len(made), self.sizes.values // (len(constant) * width)):
            x = self.latent[:, part].permute(1, 2, 3, 0).flatten(1, 2)
            made[part] = convolved(x, self.sides, weight, None, padding=3) + constant
        return made

    def through_levels(self, stores: list[Tensor]) -> Tensor:
        """Down and up the U-Net. stores: the one clip that comes in, let go of as soon as it can be."""
        model, kept = self.denoiser.model, []
        for layers in cast("list[nn.ModuleList]", list(model.downs)):
            kept.append((self.level(layers, stores), self.sides))
            stores = [self.resized(layers[4], kept[-1][0])]
        x = self.block(model.mid_block1, stores)
        pixel_attention(model.mid_spatial_attn, x, self.sizes.values)
        time_attention(model.mid_temporal_attn, x, self.views, self.turn, self.sizes.tokens)
        stores = [self.block(model.mid_block2, [x])]
        del x
        for layers in cast("list[nn.ModuleList]", list(model.ups)):
            skip, self.sides = kept.pop()
            stores.append(skip)
            del skip
            stores = [self.resized(layers[4], self.level(layers, stores))]
        return stores[0]

    def level(self, layers: nn.ModuleList, stores: list[Tensor]) -> Tensor:
        """Two blocks and both kinds of attention; empties `stores`."""
        x = self.block(cast(ConditionedBlock, layers[0]), stores)
        stores.clear()
        x = self.block(cast(ConditionedBlock, layers[1]), [x])
        space_attention(cast(Added, layers[2]), x, self.sizes.values)
        time_attention(cast(Added, layers[3]), x, self.views, self.turn, self.sizes.tokens)
        return x

    def block(self, block: ConditionedBlock, stores: list[Tensor]) -> Tensor:
        """One block, told what it is told."""
        film = block.time_mlp(self.time)[0]
        return self.denoiser.blocks[id(block)](stores, self.sides, self.sizes.values, film, next(self.memories))

    def resized(self, layer: nn.Module, x: Tensor) -> Tensor:
        """(F, P', C) at half or twice the size, or as it is."""
        if not isinstance(layer, FrameConv | FrameUp):
            return x
        height, width = self.sides
        up = isinstance(layer, FrameUp)
        self.sides = (2 * height, 2 * width) if up else (height // 2, width // 2)
        made = x.new_empty(len(x), self.sides[0] * self.sides[1], x.shape[2])
        for part in parts(len(x), self.sizes.values // (x.shape[1] * x.shape[2])):
            weight = layer.weight[:, :, 0].contiguous(memory_format=torch.channels_last)
            made[part] = convolved(x[part], (height, width), weight, layer.bias, transposed=up, stride=2, padding=1)
        return made

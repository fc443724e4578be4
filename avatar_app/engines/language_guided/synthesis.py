"""The generator's pictures on a CPU: large layers in strips of rows that stay near the processor.

What costs at 256 pixels and above, beside the products, is memory: every layer's output is tens of megabytes, and the
blur, the scales, the noise, the bias and the activation each go through all of it. Here a convolution makes a strip of
rows at a time, and one compiled pass does the rest while the strip is at hand. The function is the generator's own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided.generator import Generator
from avatar_app.engines.language_guided.layers import DEMODULATION_EPSILON, ModulatedConv, StyledConv, ToRgb
from avatar_app.engines.language_guided.resampling import GAIN, TAPS, upsample
from avatar_app.engines.language_guided.strips import activate, soften

SMALL = 32  # pixels: up to this size the generator itself draws all frames at once
STRIP = 1 << 21  # floats of a convolution's output that are made at a time: 8 MB
BLUR = np.array(TAPS, np.float32) * (2 / sum(TAPS))


@dataclass(frozen=True)
class Layer:
    """A styled convolution made ready: weight (O, I, 3, 3) or, going up, (I, O, 3, 3), with channels last in memory;
    power (O, I), sums of its squares; noise and bias (O,), with the activation's gain."""

    conv: ModulatedConv
    weight: Tensor
    power: Tensor
    noise: float
    bias: Tensor

    @classmethod
    def of(cls, styled: StyledConv) -> Layer:
        """The layer as it is now: later changes of its weights are not seen."""
        weight = styled.conv.weight[0] * styled.conv.scale
        power = weight.square().sum(dim=(2, 3))
        if styled.conv.direction == "up":
            weight = weight.transpose(0, 1)
        weight = weight.contiguous(memory_format=torch.channels_last)
        return cls(styled.conv, weight, power, float(styled.noise.weight) * GAIN, styled.activate.bias * GAIN)

    def back(self, scales: Tensor) -> Tensor:
        """(O,) what brings outputs back to unit variance, given the scales (I,) of the inputs; with the gain."""
        return GAIN * torch.rsqrt(F.linear(scales.square(), self.power) + DEMODULATION_EPSILON)


@dataclass(frozen=True)
class Crew:
    """Threads that share rows."""

    pool: ThreadPoolExecutor
    threads: int

    def share(self, work: Callable[[slice], None], rows: int) -> None:
        """Does work(part) for parts of the rows, one for each thread."""
        ends = np.linspace(0, rows, self.threads + 1).astype(int)
        parts = [slice(int(a), int(b)) for a, b in pairwise(ends) if b > a]
        for done in [self.pool.submit(work, part) for part in parts]:
            done.result()


class StripSynthesis:
    """A generator, as it is now, that draws on a CPU. To be called by one thread at a time."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        with torch.inference_mode():
            self.blocks = [(Layer.of(up), Layer.of(conv), to_rgb) for _, up, conv, to_rgb in generator.blocks()]
        self.rooms: dict[tuple[int, ...], Tensor] = {}

    @torch.inference_mode()
    def __call__(self, codes: Tensor, noise: Sequence[Tensor] | None = None, size: int | None = None) -> Tensor:
        """See Generator.forward."""
        noise = self.generator.noises.layers() if noise is None else noise
        size = min(size or self.generator.config.size, self.generator.config.size)
        features, small = self.generator.features(codes, noise, min(size, SMALL))
        if small.shape[-1] >= size:
            return small
        threads = torch.get_num_threads()
        with ThreadPoolExecutor(threads) as pool:
            crew = Crew(pool, threads)
            frames = [
                self._enlarged(
                    features[k], small[k : k + 1], codes[k], [one[k % len(one), 0] for one in noise], size, crew
                )
                for k in range(len(codes))
            ]
        return torch.cat(frames)

    def _enlarged(
        self, features: Tensor, picture: Tensor, codes: Tensor, noise: list[Tensor], size: int, crew: Crew
    ) -> Tensor:
        """One frame (1, 3, size, size) from its features (C, h, h) and picture (1, 3, h, h) at the small size."""
        first = int(math.log2(features.shape[-1])) - 2
        rows = features.permute(1, 2, 0).contiguous()
        for k, (up, conv, to_rgb) in enumerate(self.blocks[first:], start=first):
            if picture.shape[-1] >= size:
                break
            side, channels = 2 * rows.shape[0], len(conv.bias)
            scales, after = up.conv.modulation(codes[2 * k + 1]), conv.conv.modulation(codes[2 * k + 2])
            framed = self._room(side + 2, side, channels)
            _go_up(rows, up, scales, after, noise[2 * k + 1], framed, crew)
            rows = self._room(side, side, channels)
            seen = _go_on(framed, conv, after, to_rgb, codes[2 * k + 3], noise[2 * k + 2], rows, crew)
            picture = seen + upsample(picture)
        return picture

    def _room(self, *shape: int) -> Tensor:
        """Memory for features, the same for every frame: to get new memory takes longer than to fill it."""
        if shape not in self.rooms:
            self.rooms[shape] = torch.zeros(shape)
        return self.rooms[shape]


def _go_up(x: Tensor, layer: Layer, scales: Tensor, after: Tensor, noise: Tensor, out: Tensor, crew: Crew) -> None:
    """Fills out (2 H + 2, 2 W, O), between a row of zeros above and one below, from features x (H, W, I), which are
    scaled in place. after: (O,) scales of the next layer."""
    height, width = x.shape[:2]
    x.mul_(scales)
    noise, values = noise * layer.noise, [each.numpy() for each in (layer.back(scales), layer.bias, after)]
    for first, last in _strips(height, 4 * width * out.shape[2]):
        low, high = max(first - 1, 0), min(last + 1, height)
        picture = F.conv_transpose2d(_as_picture(x[low:high]), layer.weight, stride=2)
        made, row = picture[0].permute(1, 2, 0).numpy(), 2 * (first - low)
        inside, own = out[1 + 2 * first : 1 + 2 * last].numpy(), noise[2 * first : 2 * last].numpy()
        crew.share(
            lambda part, made=made, row=row, inside=inside, own=own: soften(  # type: ignore[misc]
                made, row + part.start, *values, own[part], BLUR, inside[part]
            ),
            len(inside),
        )


def _go_on(
    x: Tensor, layer: Layer, scales: Tensor, to_rgb: ToRgb, code: Tensor, noise: Tensor, out: Tensor, crew: Crew
) -> Tensor:
    """Fills out (H, W, O) from x (H + 2, W, I); returns what that adds to the picture: (1, 3, H, W)."""
    height, width = out.shape[:2]
    seen = out.new_empty(height, width, 3)
    weight = to_rgb.conv.weight[0, :, :, 0, 0] * (to_rgb.conv.scale * to_rgb.conv.modulation(code))
    noise, values = noise * layer.noise, [each.numpy() for each in (layer.back(scales), layer.bias, weight)]
    for first, last in _strips(height, width * out.shape[2]):
        made = F.conv2d(_as_picture(x[first : last + 2]), layer.weight, padding=(0, 1))[0].permute(1, 2, 0)
        rows = [made.numpy(), *(each[first:last].numpy() for each in (noise, out, seen))]
        crew.share(
            lambda part, rows=rows: activate(*(each[part] for each in rows), *values),  # type: ignore[misc]
            last - first,
        )
    return seen.permute(2, 0, 1)[None] + to_rgb.bias


def _as_picture(rows: Tensor) -> Tensor:
    """(1, C, H, W) of (H, W, C), without a copy."""
    return rows.permute(2, 0, 1)[None]


def _strips(rows: int, floats: int) -> Iterator[tuple[int, int]]:
    """First and last + 1 of so many rows together that their outputs, `floats` for each, are no more than STRIP."""
    step = max(1, STRIP // floats)
    for first in range(0, rows, step):
        yield first, min(first + step, rows)

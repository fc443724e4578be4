"""What shared weights save: frames of a StyleGAN2 against a plain version that makes a weight for every sample.

`python benchmarks/language_guided.py [--size 256] [--frames 16]` draws the same frames of an untrained generator of the
published size both ways, each in a process of its own, and a preview at an eighth and a quarter of the size. JSON:
seconds of each, their ratio, gibibytes at the peak, and the largest difference between both.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from avatar_app.engines.language_guided import layers
from avatar_app.engines.language_guided.generator import Generator, GeneratorConfig
from avatar_app.engines.language_guided.layers import DEMODULATION_EPSILON, ModulatedConv
from avatar_app.engines.language_guided.painting import MOST_AT_ONCE, PIXELS_AT_ONCE
from avatar_app.engines.language_guided.resampling import binomial_kernel
from avatar_app.engines.language_guided.synthesis import StripSynthesis

SHARED, PLAIN = "shared", "plain"
MEBI = 1 << 20
PLAIN_PIXELS = 1 << 22  # of all frames at once: 4 at 1024, all 16 at 512; more would not fit into 16 GiB
log = logging.getLogger("language_guided")


def plain_forward(self: ModulatedConv, x: Tensor, style: Tensor) -> Tensor:
    """A weight for every sample, as published: one grouped convolution over all of them (odd kernels, not down)."""
    batch, inputs, height, width = x.shape
    weight = self.scale * self.weight * self.modulation(style)[:, None, :, None, None]
    if self.demodulated:
        power = weight.square().sum(dim=(2, 3, 4), keepdim=True)
        weight = weight * torch.rsqrt(power + DEMODULATION_EPSILON)
    outputs, kernel = weight.shape[1], weight.shape[-1]
    x = x.reshape(1, batch * inputs, height, width)
    if self.direction == "up":
        turned = weight.transpose(1, 2).reshape(batch * inputs, outputs, kernel, kernel)
        out = F.conv_transpose2d(x, turned, stride=2, groups=batch)
        return plain_resampled(out.reshape(batch, outputs, *out.shape[2:]), pad=(1, 1))
    weight = weight.reshape(batch * outputs, inputs, kernel, kernel)
    out = F.conv2d(x, weight, padding=kernel // 2, groups=batch)
    return out.reshape(batch, outputs, *out.shape[2:])


def plain_resampled(x: Tensor, up: int = 1, pad: tuple[int, int] = (2, 1)) -> Tensor:
    """Zeros between the samples, then the filter over every channel as a picture of its own, as published."""
    batch, channels, height, width = x.shape
    x = x.reshape(-1, height, 1, width, 1)
    x = F.pad(x, (0, up - 1, 0, 0, 0, up - 1)).reshape(-1, 1, height * up, width * up)
    x = F.conv2d(F.pad(x, (*pad, *pad)), binomial_kernel(4)[None, None])
    return x.reshape(batch, channels, *x.shape[2:])


@torch.inference_mode()
def draw(way: str, size: int, frames: int, file: Path) -> dict[str, Any]:
    """Draws them in this process; every eighth pixel of them goes to `file`."""
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig.published(size)).eval()
    codes = torch.randn(frames, generator.config.latents, generator.config.style)
    at_once = max(1, min(frames, PLAIN_PIXELS // size**2))
    if way == PLAIN:
        ModulatedConv.forward = plain_forward  # type: ignore[method-assign]
        layers.upsample = lambda x: plain_resampled(x, up=2)
        synthesis: Callable[..., Tensor] = generator
    else:
        synthesis = StripSynthesis(generator)
        at_once = max(1, min(MOST_AT_ONCE, PIXELS_AT_ONCE // size**2))
    began = time.perf_counter()
    pictures = torch.cat([synthesis(some)[:, :, ::8, ::8] for some in codes.split(at_once)])
    figures = {"seconds": time.perf_counter() - began}
    figures["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEBI
    if way == SHARED:
        for part in (8, 4):
            began = time.perf_counter()
            synthesis(codes[:at_once], size=size // part)
            figures[f"preview at {size // part}, a frame"] = (time.perf_counter() - began) / at_once
    np.save(file, pictures.numpy())
    return figures


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--frames", type=int, default=16)
    parser.add_argument("--way", choices=(SHARED, PLAIN))
    parser.add_argument("--file", type=Path)
    wish = parser.parse_args()
    if wish.way:
        print(json.dumps(draw(wish.way, wish.size, wish.frames, wish.file)))  # noqa: T201
        return
    found, pictures = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for way in (SHARED, PLAIN):
            file = Path(folder) / f"{way}.npy"
            asked = ["--size", str(wish.size), "--frames", str(wish.frames), "--way", way, "--file", str(file)]
            told = subprocess.run([sys.executable, __file__, *asked], check=True, capture_output=True, text=True)
            found[way] = json.loads(told.stdout)
            pictures.append(np.load(file))
    ratios = {name: found[PLAIN][name] / found[SHARED][name] for name in ("seconds", "peak")}
    log.info("%s", json.dumps(found | {"ratio": ratios, "apart": float(np.abs(pictures[0] - pictures[1]).max())}))


if __name__ == "__main__":
    main()

"""How fast, how small and how true DAWN's denoiser runs, against its authors' two algorithms on the same weights.

    python benchmarks/dawn.py --json dawn.json
    python benchmarks/dawn.py --parts memory --frames 50 100

Networks have the published size and random weights: no published weights are here. One denoising step is measured and
every step takes as long, so ratios of whole clips are those of a step; nothing else is extrapolated. "speed" takes the
three in turns and reports process time, which a busy machine disturbs less than the clock. "memory" is the peak of one
step in a process of its own, less what the process held before. "solver" denoises a Gaussian whose best denoiser is
known in closed form (flows of smooth head motion around the identity), so that no training is needed: how far 6 steps
of the fast solver and 20 published steps without fresh noise are from the exact answer and from each other, in flow
and in a warped picture.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from dawn_baselines import Baseline
from torch import Tensor

from avatar_app.engines.dawn.blocks import pixel_grid, warp
from avatar_app.engines.dawn.clip_denoiser import ClipDenoiser
from avatar_app.engines.dawn.denoiser import DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.long_clips import LongDenoiser
from avatar_app.engines.dawn.sampling import denoise, denoise_fast, noise_tables

SIDE, STEP = 32, 500  # latent pixels of the 128-pixel model, and a diffusion step
SPREAD = 8.0  # deviation along each of the moves
WAYS = ("ours", "dense", "per_frame")


def step_of(way: str, frames: int) -> Callable[[], Tensor]:
    """One denoising step, ready to run: "ours", "long" (ours in windows) or a baseline."""
    torch.manual_seed(0)
    model = FlowDenoiser(DenoiserConfig()).eval().requires_grad_(False)
    portrait, mask = torch.rand(1, 256, SIDE, SIDE), torch.rand(1, 16, SIDE, SIDE)
    condition, x = torch.randn(1, frames, 1032), torch.randn(3, frames, SIDE, SIDE)
    if way in ("ours", "long"):
        with torch.inference_mode():
            told = model.tell(portrait, mask, condition)
        clip = ClipDenoiser(model)
        run = LongDenoiser(clip, lambda: False) if way == "long" else clip
        return lambda: run(x, STEP, told)
    baseline = Baseline(model, portrait, mask, condition, way == "per_frame")
    return lambda: baseline(x, STEP)


def speed(frames: int, rounds: int) -> dict[str, Any]:
    """Seconds of process time for a step, the median of rounds in which all take turns, and differences."""
    steps = {way: step_of(way, frames) for way in WAYS}
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    made: dict[str, Tensor] = {}
    for _ in range(rounds):
        for way, run in steps.items():
            began = time.process_time()
            made[way] = run()
            seconds[way].append(time.process_time() - began)
    middle = {way: statistics.median(values) for way, values in seconds.items()}
    return {
        "frames": frames,
        "cpu_seconds_per_step": middle,
        "times_faster_than": {way: middle[way] / middle["ours"] for way in WAYS[1:]},
        "differs_by": {way: float((made[way] - made["ours"]).abs().max()) for way in WAYS[1:]},
    }


def peak(way: str, frames: int) -> dict[str, Any]:
    """Megabytes that one step takes at most beyond what its inputs and weights do."""
    run = step_of(way, frames)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.process_time()
    run()
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    return {"way": way, "frames": frames, "megabytes": more, "cpu_seconds": time.process_time() - began}


def memory(ways: list[str], frames: list[int]) -> dict[str, Any]:
    """Peaks, and megabytes per frame between the shortest and the longest clip."""
    found = []
    for way in ways:
        for count in frames:
            command = [sys.executable, __file__, "--one", way, str(count)]
            found.append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    slopes = {}
    for way in ways:
        own = [one for one in found if one["way"] == way]
        if len(own) > 1:
            slopes[way] = (own[-1]["megabytes"] - own[0]["megabytes"]) / (own[-1]["frames"] - own[0]["frames"])
    return {"peaks": found, "megabytes_per_frame": slopes}


def solver(frames: int = 50, rank: int = 12) -> dict[str, float]:
    """Root mean square distances from the exact answer, in latent pixels of flow and in grey levels of a picture."""
    torch.manual_seed(0)
    grid = pixel_grid(SIDE, SIDE, torch.device("cpu")).permute(2, 0, 1)
    mean = torch.cat([grid, 0.9 * torch.ones(1, SIDE, SIDE)])[:, None].expand(-1, frames, -1, -1).double()
    moves = smooth_moves(rank, frames)
    values, vectors = SPREAD**2 * torch.ones(rank, dtype=torch.float64), moves
    bars = noise_tables()["alphas_cumprod"].double()

    def best_x0(x: Tensor, bar: float) -> Tensor:
        off = x - bar**0.5 * mean
        share = bar**0.5 * values / (bar * values + 1 - bar)
        return mean + torch.einsum("k,k,kcfhw->cfhw", share, torch.einsum("kcfhw,cfhw->k", vectors, off), vectors)

    def predict(x: Tensor, step: int) -> Tensor:
        bar = float(bars[step])
        return (x[0] - bar**0.5 * best_x0(x[0], bar))[None] / (1 - bar) ** 0.5

    noise = torch.randn(1, 3, frames, SIDE, SIDE, dtype=torch.float64)
    parts = torch.einsum("kcfhw,cfhw->k", vectors, noise[0])
    exact = mean + torch.einsum("k,k,kcfhw->cfhw", values.sqrt(), parts, vectors)
    made = {"fast, 6 steps": denoise_fast(predict, noise, 6)[0], "fast, 20 steps": denoise_fast(predict, noise, 20)[0]}
    made["published, 20 steps without fresh noise"] = denoise(predict, noise, lambda step, x: x, 20, eta=0.0)[0]
    made["published, 6 steps without fresh noise"] = denoise(predict, noise, lambda step, x: x, 6, eta=0.0)[0]
    picture = torch.nn.functional.interpolate(torch.rand(1, 3, 6, 6, dtype=torch.float64), (128, 128), mode="bicubic")
    result = {"flow moves by": rms((exact - mean)[:2]) * SIDE / 2}
    for name, flow in made.items():
        result[f"{name}: flow"] = rms((flow - exact)[:2]) * SIDE / 2
        result[f"{name}: picture"] = 255 * rms(drawn(picture, flow) - drawn(picture, exact))
    long = made["published, 20 steps without fresh noise"]
    for name in ("fast, 6 steps", "published, 6 steps without fresh noise"):
        result[f"{name} to published 20: flow"] = rms((made[name] - long)[:2]) * SIDE / 2
        result[f"{name} to published 20: picture"] = 255 * rms(drawn(picture, made[name]) - drawn(picture, long))
    result["picture changes by"] = 255 * rms(drawn(picture, exact) - drawn(picture, mean))
    return result


def smooth_moves(rank: int, frames: int) -> Tensor:
    """(rank, 3, F, h, w) orthonormal: slow waves over time of bumps in flow."""
    at = pixel_grid(SIDE, SIDE, torch.device("cpu")).double()
    found = []
    for _ in range(rank):
        middle, phase = torch.rand(2).double() - 0.5, torch.rand(2).double()
        bump = (-((at - middle) ** 2).sum(-1) / 0.3).exp()
        wave = torch.sin(torch.arange(frames) * (0.1 + 0.5 * phase[0]) + 6 * phase[1])
        way = torch.randn(3).double() * torch.tensor([1, 1, 0.02])
        found.append((way[:, None, None, None] * wave[:, None, None] * bump).flatten())
    return torch.linalg.qr(torch.stack(found, dim=1))[0].t().reshape(rank, 3, frames, SIDE, SIDE)


def drawn(picture: Tensor, flow: Tensor) -> Tensor:
    """(F, 3, 128, 128) the picture bent by flow."""
    return warp(picture.expand(flow.shape[1], -1, -1, -1), flow[:2].permute(1, 2, 3, 0))


def rms(values: Tensor) -> float:
    """Root mean square."""
    return float(values.double().square().mean().sqrt())


def main() -> None:
    """Runs what the arguments ask for and writes JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="*", default=["speed", "memory", "solver"])
    parser.add_argument("--frames", type=int, nargs="*", default=[100, 200], help="of clips in the memory part")
    parser.add_argument("--speed-frames", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--long", type=int, default=0, help="frames of a clip in windows whose memory is measured")
    parser.add_argument("--one", nargs=2, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, default=None)
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    if wanted.one is not None:
        sys.stdout.write(json.dumps(peak(wanted.one[0], int(wanted.one[1]))))
        return
    result: dict[str, Any] = {}
    parts = {
        "solver": solver,
        "memory": lambda: memory(["ours", "dense"], wanted.frames),
        "speed": lambda: speed(wanted.speed_frames, wanted.rounds),
    }
    for name, part in parts.items():
        if name in wanted.parts:
            result[name] = part()
    if wanted.long:
        result["long"] = memory(["long"], [wanted.long])["peaks"]
    text = json.dumps(result, indent=2)
    if wanted.json is not None:
        wanted.json.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()

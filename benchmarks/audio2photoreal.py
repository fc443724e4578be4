"""How fast the networks of Audio2Photoreal sample, against the published computation with the same weights.

    python benchmarks/audio2photoreal.py --seconds 8 --json audio2photoreal.json

Networks of the published sizes with random weights, random sound, 100 DDIM steps with guidance. The published
computation encodes the audio of every sample in each branch of each step and forwards the whole sequence of codes for
each token ("reference"); ours encodes once ("ours"). A step (or token) of each is measured in turns and in processor
time, so that a busy machine disturbs little; what is done once is added, the rest scaled to 100 steps or all tokens.
Tokens of the reference are measured with half of the sequence, which is their mean length.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from avatar_app.engines.audio2photoreal import published as p
from avatar_app.engines.audio2photoreal.audio_features import LipRegressor, audio_tokens, face_condition
from avatar_app.engines.audio2photoreal.config import FACE, POSE, PUBLISHED_FACE, PUBLISHED_POSE, GuideConfig
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.guide import GuideTransformer, greedy
from avatar_app.engines.audio2photoreal.reference import reference_prediction
from avatar_app.engines.audio2photoreal.sampling import encode_conditions, guided_prediction
from avatar_app.engines.audio2photoreal.wav2vec import VqWav2Vec

STEPS, FPS = 100, 30
SAMPLES = 5


@dataclass(frozen=True)
class Row:
    """Processor seconds for the whole of a task, and how far the results of one step are apart."""

    task: str
    reference: float
    ours: float
    apart: float

    @property
    def ratio(self) -> float:
        return self.reference / self.ours


@dataclass(frozen=True)
class Networks:
    """Published sizes, random weights; and random sound (1, S, 2)."""

    audio: VqWav2Vec
    lips: LipRegressor
    face: FiLMTransformer
    pose: FiLMTransformer
    guide: GuideTransformer
    sound: Tensor

    def hear(self, samples: int, with_lips: bool) -> Tensor:
        """Features of all samples' sound, each encoded by itself."""
        sound = self.sound.expand(samples, -1, -1).contiguous()
        tokens = audio_tokens(self.audio, sound)
        return face_condition(tokens, self.lips(sound[..., 0])) if with_lips else tokens


def published_sizes(seconds: int) -> Networks:
    torch.manual_seed(0)
    return Networks(
        VqWav2Vec().eval(),
        LipRegressor().eval(),
        FiLMTransformer(PUBLISHED_FACE).eval(),
        FiLMTransformer(PUBLISHED_POSE).eval(),
        GuideTransformer(GuideConfig()).eval(),
        torch.randn(1, seconds * 48_000, 2),
    )


def timed(work: Callable[[], Tensor]) -> tuple[float, Tensor]:
    started = time.process_time()
    out = work()
    return time.process_time() - started, out


def in_turns(slow: Callable[[], Tensor], fast: Callable[[], Tensor], measured: int) -> tuple[float, float, float]:
    """Median processor seconds of each, and the largest difference of what they return."""
    times: list[tuple[float, float]] = []
    apart = 0.0
    for _ in range(measured):
        (one, reference), (other, ours) = timed(slow), timed(fast)
        times.append((one, other))
        apart = max(apart, float((reference - ours).abs().max()))
    one, other = (statistics.median(column) for column in zip(*times, strict=True))
    return one, other, apart


@torch.inference_mode()
def denoising(nets: Networks, kind: str, samples: int, measured: int) -> Row:
    """One step of the face's or the body's denoiser, and what ours does once before."""
    is_face = kind == "face"
    model, width, scale = (nets.face, FACE, 10.0) if is_face else (nets.pose, POSE, 2.0)
    frames = nets.sound.shape[1] // 1600
    x, keys = torch.randn(samples, frames, width), None if is_face else torch.randn(samples, frames // FPS, POSE)
    once, conditions = time.process_time(), encode_conditions(model, nets.hear(1, is_face), keys)
    once = time.process_time() - once
    slow = reference_prediction(model, lambda: nets.hear(samples, is_face), keys, scale)
    fast = guided_prediction(model, conditions, scale)
    reference, ours, apart = in_turns(lambda: slow(x, 500), lambda: fast(x, 500), measured)
    return Row(f"{kind}, n = {samples}", STEPS * reference, once + STEPS * ours, apart)


@torch.inference_mode()
def guiding(nets: Networks, measured: int) -> Row:
    """All tokens of ours, and the reference's mean token times their number."""
    guide, seconds = nets.guide, nets.sound.shape[1] // 48_000
    started = time.process_time()
    memory = guide.encode(nets.hear(1, False))
    codes = guide.generate(memory, seconds, 1, greedy).flatten(1)
    ours = time.process_time() - started
    half = torch.cat([guide.start(1), codes[:, : codes.shape[1] // 2]], dim=1)
    slow, _, apart = in_turns(
        lambda: guide(half, guide.encode(nets.hear(1, False))), lambda: guide(half, memory), measured
    )
    return Row("guide, n = 1", slow * codes.shape[1], ours, apart)


def table(rows: list[Row], seconds: int) -> str:
    lines = [f"{seconds} s of sound, {STEPS} steps, {torch.get_num_threads()} threads, seconds of processor time", ""]
    lines += ["| task | reference | ours | times faster | largest difference |", "|---|---|---|---|---|"]
    lines += [f"| {r.task} | {r.reference:.1f} | {r.ours:.1f} | {r.ratio:.1f} | {r.apart:.1e} |" for r in rows]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8, help="of sound, 1 to 20")
    parser.add_argument("--measured", type=int, default=2, help="steps of each that are timed")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    nets = published_sizes(args.seconds)
    p.check_length(nets.face, args.seconds * 100 - 2)
    rows = [denoising(nets, "face", 1, args.measured), denoising(nets, "pose", 1, args.measured)]
    rows += [guiding(nets, args.measured), denoising(nets, "face", SAMPLES, args.measured)]
    rows += [denoising(nets, "pose", SAMPLES, args.measured)]
    sys.stdout.write(table(rows, args.seconds) + "\n")
    if args.json:
        found = {"seconds": args.seconds, "threads": torch.get_num_threads(), "rows": [asdict(row) for row in rows]}
        args.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

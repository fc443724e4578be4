"""How fast and how true the DiffPoseTalk engine samples, against the published algorithm in the same run.

    python benchmarks/diffposetalk.py --json diffposetalk.json

Speed is measured on a model of the published size with random weights, three samples, incremental guidance, one window
of 4 s: the published computation step by step ("baseline": every branch through the whole of cross-attention, all 500
steps), the same result with attention to the voice computed once ("exact"), and the solver ("fast"). Both 500-step
modes take `--measured` steps in turns, so that a busy machine disturbs them alike, and are scaled to 500. Truth is
measured on the embedded model: distance of fast samples from the mean of 500-step samples, against the distance between
two 500-step samples. Memory: peak of encoding ever longer recordings, each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from avatar_app.engines.diffposetalk.config import Guidance, ModelConfig
from avatar_app.engines.diffposetalk.engine import DiffPoseTalk
from avatar_app.engines.diffposetalk.hubert import build_audio_encoder, encode_audio
from avatar_app.engines.diffposetalk.model import DiffTalkingHead
from avatar_app.engines.diffposetalk.sampling import Steps, WindowInputs, guided_prediction, sample_window
from avatar_app.engines.diffposetalk.spec import Options
from avatar_app.engines.diffposetalk.styles import resolve_style
from avatar_app.engines.registry import load_engine
from avatar_app.face.lip_gap import gap_vector
from avatar_app.paths import ASSETS
from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.recording import load_speech

SAMPLES, STEPS = 3, 500
WINDOW = 100  # frames
VOICES = ASSETS / "voices"


def published_size() -> tuple[DiffTalkingHead, WindowInputs]:
    """The denoiser of 34.5 M parameters with random weights, and a window of random conditions for all samples."""
    config = ModelConfig(audio_model="given")  # the audio encoder is measured by itself
    model = DiffTalkingHead(config).eval()
    prev_motion, prev_audio = model.start(SAMPLES)
    audio = torch.randn(1, config.n_motions, config.feature_dim).expand(SAMPLES, -1, -1)
    shape, style = torch.randn(1, config.d_shape), torch.randn(1, config.d_style)
    real = torch.ones(SAMPLES, config.n_motions)
    return model, WindowInputs(
        audio, shape.expand(SAMPLES, -1), style.expand(SAMPLES, -1), prev_motion, prev_audio, real
    )


@torch.inference_mode()
def speed(measured: int, fast_steps: int) -> dict[str, Any]:
    """Seconds for one window of all samples in the three modes, and the largest difference of exact from baseline."""
    model, window = published_size()
    x = torch.randn(SAMPLES, model.config.n_motions, model.config.d_motion)
    began = time.perf_counter()
    exact = guided_prediction(model, window, Guidance())
    once = time.perf_counter() - began
    modes = {"baseline": guided_prediction(model, window, Guidance(), plain=True), "exact": exact}
    difference = float((modes["baseline"](x, 400) - modes["exact"](x, 400)).abs().max())
    seconds: dict[str, list[float]] = {name: [] for name in modes}
    for i in range(measured):
        for name, predict in modes.items():
            began = time.perf_counter()
            predict(x, STEPS - i)
            seconds[name].append(time.perf_counter() - began)
    total = {name: statistics.median(values) * STEPS for name, values in seconds.items()}
    total["exact"] += once
    began = time.perf_counter()
    sample_window(model, window, x, Guidance(), Steps(fast_steps), lambda step, x: x)
    total["fast"] = time.perf_counter() - began
    return {
        "seconds_per_window": total,
        "speed_up": {name: total["baseline"] / total[name] for name in ("exact", "fast")},
        "fast_steps": fast_steps,
        "exact_differs_by": difference,
    }


@torch.inference_mode()
def truth(fast_steps: int, voice: Path, style: str | None, samples: int) -> dict[str, float]:
    """Root mean square distances in lip gap (mouth widths) and in all normalised channels, on the embedded model."""
    engine = cast(DiffPoseTalk, load_engine("diffposetalk"))
    articulation = encode_articulation(engine.model.speech_encoder, load_speech(voice).samples, WINDOW)
    vector = None if style is None else torch.from_numpy(resolve_style(style))
    made = {
        name: np.stack([engine.sample_motion(articulation, vector, options, seed) for seed in range(samples)])
        for name, options in (("fast", Options(steps=fast_steps)), ("all", Options(every_step=True)))
    }
    gap = gap_vector(58)
    scale = engine.model.std.numpy()
    result = {}
    for name, view in (("lip_gap", lambda a: a @ gap), ("channels", lambda a: a / scale)):
        fast, every = view(made["fast"]), view(made["all"])
        mean = every.mean(axis=0)
        pairs = [(i, j) for i in range(samples) for j in range(i)]
        result[f"{name}: fast to the mean of all"] = rms(fast - mean)
        result[f"{name}: mean of fast to the mean of all"] = rms(fast.mean(axis=0) - mean)
        result[f"{name}: between two 500-step samples"] = float(np.mean([rms(every[i] - every[j]) for i, j in pairs]))
        result[f"{name}: between two fast samples"] = float(np.mean([rms(fast[i] - fast[j]) for i, j in pairs]))
    return result


def rms(values: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(values**2)))


@torch.inference_mode()
def encoding(seconds: float) -> dict[str, float]:
    """Time and peak memory of HuBERT base on so many seconds of noise."""
    encoder = build_audio_encoder("hubert", {}).eval()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    encode_audio(encoder, torch.randn(1, int(seconds * SAMPLE_RATE)), int(seconds * FPS))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "took": time.perf_counter() - began, "megabytes_more": peak - before}


def main() -> None:
    """Runs what the arguments ask for and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measured", type=int, default=12, help="steps of each 500-step mode that are timed")
    parser.add_argument("--fast-steps", type=int, default=20)
    parser.add_argument("--voice", type=Path, default=VOICES / "reader_woman.mp3")
    parser.add_argument("--style", default=None, help="a named style for the comparison on the embedded model")
    parser.add_argument("--samples", type=int, default=6)
    parser.add_argument("--lengths", type=float, nargs="*", default=[20, 60, 120])
    parser.add_argument("--only-encoding", type=float, default=None, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, default=None)
    wanted = parser.parse_args()
    torch.manual_seed(0)
    if wanted.only_encoding is not None:
        sys.stdout.write(json.dumps(encoding(wanted.only_encoding)))
        return
    result: dict[str, Any] = {"threads": torch.get_num_threads(), "speed": speed(wanted.measured, wanted.fast_steps)}
    result["truth"] = truth(wanted.fast_steps, wanted.voice, wanted.style, wanted.samples)
    result["encoding"] = []
    for length in wanted.lengths:
        command = [sys.executable, __file__, "--only-encoding", str(length)]
        result["encoding"].append(json.loads(subprocess.run(command, capture_output=True, check=True).stdout))
    text = json.dumps(result, indent=2)
    sys.stdout.write(text + "\n")
    if wanted.json:
        wanted.json.write_text(text + "\n")


if __name__ == "__main__":
    main()

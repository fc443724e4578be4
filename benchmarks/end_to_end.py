"""How long a whole request takes: voice, portrait and instruction in, finished MP4 files out.

    python benchmarks/end_to_end.py --repeats 3 --json end_to_end.json

Each case runs in a fresh process, `--repeats` times, the cases taking turns so that a busy machine disturbs them
alike: once cold (models load), once warm with another portrait and voice, and again with these, which the app then
knows. Reported: medians of wall and CPU seconds, seconds a stage, real-time factor (warm wall / seconds of one
sample), peak memory of the process tree, and the ratios of the warm run and of the one again to the
baseline: moviepy writing one sample's number of frames, of the same size and sound, in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
VOICES = ROOT / "assets" / "voices"
RATE, FPS = 16_000, 25
INSTRUCTION = "happy, nods gently, then looks left"
POLL = 0.05  # seconds between looks at the memory
BASELINE = "moviepy x1"


def voice(seconds: float, other: bool = False) -> npt.NDArray[np.float32]:
    """(n,) float32 at 16 kHz: the example voices, one after the other, cut to length. other: in another order."""
    from avatar_app.speech.recording import load_speech

    parts = [load_speech(path).samples for path in sorted(VOICES.glob("*.mp3"), reverse=other)]
    return np.resize(np.concatenate(parts), round(seconds * RATE))


def portrait(size: int, mirrored: bool = False) -> npt.NDArray[np.uint8]:
    """(size, size, 3): a real photograph (NASA, public domain) that scikit-image ships."""
    from PIL import Image
    from skimage import data

    picture = np.asarray(Image.fromarray(data.astronaut()).resize((size, size)))
    return np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture


def moving(size: int, frames: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Frames with a talking head's amount of motion: the upper middle sways, the rest stands still."""
    still = portrait(size)
    low, high, top = size // 4, 3 * size // 4, size // 2
    for k in range(frames):
        frame = still.copy()
        frame[:top, low:high] = np.roll(still[:top, low:high], round(4 * np.sin(k / 8)), axis=1)
        yield frame


def run_generate(
    samples: int, size: int, seconds: float, seed: int, folder: Path, joined: bool = False
) -> dict[str, float]:
    """One request as the page makes it; seconds per stage.

    Each stretch between events is counted for the stage it began in. joined: with one video of all takes, too.
    """
    from avatar_app.generate import generate
    from avatar_app.request import Request
    from avatar_app.sample import Event

    stages: dict[str, float] = {}
    last = ("inputs", time.perf_counter())

    def note(event: Event | None) -> None:
        nonlocal last
        now = time.perf_counter()
        stages[last[0]] = stages.get(last[0], 0.0) + now - last[1]
        last = (event.stage if event else last[0], now)

    request = Request(
        audio=(RATE, voice(seconds, other=seed > 0)),
        portrait=portrait(size, mirrored=seed > 0),
        instruction=INSTRUCTION,
        samples=samples,
        seed=seed,
        size=size,
        output=folder,
        side_by_side=joined,
    )
    first = time.perf_counter()
    for sample in generate(request, note):
        stages.setdefault("first sample", time.perf_counter() - first)
        if sample.video is None or not sample.video.is_file():
            raise RuntimeError(f"sample {sample.index} has no video")
    note(None)
    return stages


def run_moviepy(samples: int, size: int, seconds: float, seed: int, folder: Path) -> dict[str, float]:
    """The baseline: moviepy writes the same number of frames with the same sound."""
    from moviepy import AudioArrayClip, VideoClip

    frames = list(moving(size, round(seconds * FPS)))
    sound = np.repeat(voice(seconds)[:, None], 2, axis=1)
    for k in range(samples):
        clip = VideoClip(lambda t: frames[min(int(t * FPS + 1e-6), len(frames) - 1)], duration=seconds)
        clip = clip.with_audio(AudioArrayClip(sound, fps=RATE))
        name = str(folder / f"{k}.mp4")
        options = {"codec": "libx264", "audio_codec": "aac", "preset": "veryfast", "logger": None}
        clip.write_videofile(name, fps=FPS, temp_audiofile_path=str(folder), **options)
    return {}


def run_encode(samples: int, size: int, seconds: float, seed: int, folder: Path) -> dict[str, float]:
    """The app's own encoder on the frames that moviepy gets."""
    from avatar_app.render.video.writer import write_video
    from avatar_app.speech.recording import load_speech

    speech = load_speech((RATE, voice(seconds)))
    frames = list(moving(size, round(seconds * FPS)))
    for k in range(samples):
        name = folder / f"{k}.mp4"
        write_video(iter(frames), (size, size), name, speech, frames_total=len(frames), metadata={})
    return {}


def run_joined(samples: int, size: int, seconds: float, seed: int, folder: Path) -> dict[str, float]:
    """The same with one video of all takes side by side, as the command line makes it."""
    return run_generate(samples, size, seconds, seed, folder, joined=True)


RUNS = {"generate": run_generate, "joined": run_joined, "moviepy": run_moviepy, "encode": run_encode}


def work(case: str, options: argparse.Namespace) -> dict[str, Any]:
    """Inside the fresh process: a cold run, a warm one and one again of one case."""
    name, samples = case.rsplit(" x", 1)
    result: dict[str, Any] = {}
    for seed, temperature in enumerate(("cold", "warm", "again")):
        with tempfile.TemporaryDirectory() as folder:
            wall, cpu = time.perf_counter(), cpu_seconds()
            stages = RUNS[name](int(samples), options.size, options.seconds, seed, Path(folder))
            result[temperature] = {
                "wall_s": time.perf_counter() - wall,
                "cpu_s": cpu_seconds() - cpu,
                "stages_s": stages,
            }
    unit = 2**20 if sys.platform == "darwin" else 2**10
    usage = [resource.getrusage(who).ru_maxrss / unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return result | {"largest_process_mb": max(usage)}


def cpu_seconds() -> float:
    """User and system time of this process and its finished children."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def measure(case: str, options: argparse.Namespace) -> dict[str, Any]:
    """Runs a case in a fresh process and watches the memory of its whole tree (shared pages count twice)."""
    import psutil

    settings = ["--worker", case, "--size", str(options.size), "--seconds", str(options.seconds)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([sys.executable, __file__, *settings], stdout=out, env=environment)
        tree, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            peak = max(peak, _tree_bytes(tree))
            time.sleep(POLL)
        if process.returncode:
            raise SystemExit(f"{case} failed with exit code {process.returncode}")
        out.seek(0)
        result: dict[str, Any] = json.loads(out.read().splitlines()[-1])
    return result | {"peak_tree_mb": peak / 2**20}


def _tree_bytes(process: Any) -> int:
    import psutil

    total = 0
    try:
        for member in [process, *process.children(recursive=True)]:
            total += member.memory_info().rss
    except psutil.Error:
        pass  # a process ended while we looked
    return total


def summarise(case: str, runs: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """Medians over the repeats of a case."""

    def middle(*keys: str) -> float:
        values = []
        for run in runs:
            for key in keys:
                run = run[key]
            values.append(float(run))  # type: ignore[arg-type]
        return round(statistics.median(values), 3)

    stages = runs[0]["warm"]["stages_s"]
    return {
        "case": case,
        "cold_wall_s": middle("cold", "wall_s"),
        "warm_wall_s": middle("warm", "wall_s"),
        "again_wall_s": middle("again", "wall_s"),
        "warm_cpu_s": middle("warm", "cpu_s"),
        "rtf": round(middle("warm", "wall_s") / seconds, 3),
        "stages_s": {stage: middle("warm", "stages_s", stage) for stage in stages},
        "peak_tree_mb": round(middle("peak_tree_mb")),
        "largest_process_mb": round(middle("largest_process_mb")),
        "wall_all_s": [round(run["warm"]["wall_s"], 3) for run in runs],
    }


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as aligned text."""
    titles = f"{'case':14}{'cold s':>8}{'warm s':>8}{'cpu s':>8}{'RTF':>7}{'/base':>7}{'again':>7}{'peak MB':>9}"
    lines = [f"{titles}  stages (warm, s)"]
    for row in rows:
        stages = "  ".join(f"{stage} {value:.2f}" for stage, value in row["stages_s"].items())
        numbers = f"{row['cold_wall_s']:8.2f}{row['warm_wall_s']:8.2f}{row['warm_cpu_s']:8.2f}{row['rtf']:7.2f}"
        lines.append(
            f"{row['case']:14}{numbers}{row['ratio']:7.2f}{row['ratio_again']:7.2f}{row['peak_tree_mb']:9d}  {stages}"
        )
    return "\n".join(lines) + "\n"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--samples", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--encode-only", action="store_true", help="compare the encoders only, without a model")
    parser.add_argument("--json", type=Path, help="where to write all numbers")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    options = parse()
    if options.worker:
        sys.stdout.write("\n" + json.dumps(work(options.worker, options)) + "\n")
        return
    names = ["encode"] if options.encode_only else ["encode", "generate"]
    cases = [BASELINE] + [f"{name} x{count}" for name in names for count in options.samples]
    cases += [f"joined x{count}" for count in options.samples if count > 1 and not options.encode_only]
    runs: dict[str, list[dict[str, Any]]] = {case: [] for case in cases}
    for _ in range(options.repeats):
        for case in cases:
            runs[case].append(measure(case, options))
    rows = [summarise(case, runs[case], options.seconds) for case in cases]
    base = rows[0]["warm_wall_s"]
    for row in rows:
        row |= {
            name: round(row[f"{when}_wall_s"] / base, 3) for name, when in (("ratio", "warm"), ("ratio_again", "again"))
        }
    machine = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "python": platform.python_version()}
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "baseline": BASELINE, "rows": rows}, indent=1) + "\n")
    sys.stdout.write(table(rows) + f"baseline: {BASELINE}; {machine}\n")


if __name__ == "__main__":
    main()

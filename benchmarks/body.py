"""Time of the body's pictures: `python benchmarks/body.py [--presets robin kei] [--frames 20] [--json]`.

One core, arms and face in motion. The bar is 45 ms a frame at 512 × 512 (docs/audio2photoreal.md).
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import numpy as np

from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, NAME, relaxed
from avatar_app.render.body.figure import load_body
from avatar_app.render.body.presets import PRESETS
from avatar_app.render.body.renderer import BodyRenderer

BAR = 45.0  # milliseconds of this process's own time
CASES = (("half", (512, 512)), ("full", (512, 512)), ("half", (1080, 1080)), ("full", (608, 1080)))


def moving(frames: int) -> MotionClip:
    """A clip in which arms, head, jaw and lids move."""
    rng = np.random.default_rng(5)
    phase = np.linspace(0, 2 * np.pi, frames, dtype=np.float32)
    joints = np.tile(relaxed(), (frames, 1, 1))
    for side in "LR":
        joints[:, JOINT_INDEX[f"lowerarm01.{side}"], 0] -= 0.7 + 0.5 * np.sin(phase)
    values = np.zeros((frames, 58), np.float32)
    values[:, :52] = rng.uniform(0, 0.3, 52) * (0.5 + 0.5 * np.sin(phase))[:, None]
    values[:, 53] = 0.2 * np.sin(phase)
    return MotionClip.from_values(values, Body(joints, NAME, np.zeros((frames, 3), np.float32)))


def measure(preset: str, frames: int) -> list[dict[str, object]]:
    """Milliseconds a frame, by the clock and of processor time, in each of CASES."""
    start = time.perf_counter()
    figure = load_body(preset)
    loaded = time.perf_counter() - start
    clip, rows = moving(frames), []
    for view, size in CASES:
        renderer = BodyRenderer(figure, view, size)
        next(renderer.clip_frames(clip))  # compiles
        clock, used = time.perf_counter(), time.process_time()
        drawn = sum(1 for _ in renderer.clip_frames(clip))
        wall, used = (time.perf_counter() - clock) / drawn * 1000, (time.process_time() - used) / drawn * 1000
        rows.append({"preset": preset, "view": view, "size": list(size), "ms": round(wall, 1), "cpu_ms": round(used, 1),
                     "triangles": len(figure.triangles), "load_s": round(loaded, 2)})  # fmt: skip
    return rows


def main() -> None:
    """Prints a table or JSON; exit 1 when a frame at 512 × 512 takes longer than the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presets", nargs="+", default=["robin"], choices=list(PRESETS))
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rows = [row for preset in given.presets for row in measure(preset, given.frames)]
    if given.json:
        sys.stdout.write(json.dumps(rows) + "\n")
    else:
        for row in rows:
            sys.stdout.write("  ".join(f"{name} {value}" for name, value in row.items()) + "\n")
    slow = [row for row in rows if row["size"] == [512, 512] and float(str(row["cpu_ms"])) > BAR]
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()

"""What each engine takes on this machine: until it is loaded, for one take and for four, and of memory.

    python benchmarks/hardware.py hardware.json [--seconds 10] [--size 512] [--engines NAME...]

Each engine works in a fresh process: it is imported and loaded, makes a take of a second that does not count, then one
take and four. Told are seconds of the wall and of the processors for each second of a take, which hardly depend on what
else the machine does, the same as multiples of what encoding one such take alone took in the same run, and the most
memory that the process and its children held. Beside hardware.json it writes hardware.md, the table.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from end_to_end import INSTRUCTION, POLL, RATE, ROOT, cpu_seconds, portrait, run_encode, voice

COUNTS = (1, 4)  # takes
ENCODE = "encoding alone"
log = logging.getLogger("hardware")


def work(case: str, asked: argparse.Namespace) -> dict[str, Any]:
    """Inside the fresh process."""
    if case == ENCODE:
        with tempfile.TemporaryDirectory() as folder:
            return {"takes_1": _timed(lambda: run_encode(1, asked.size, asked.seconds, 0, Path(folder)), asked.seconds)}
    import torch

    from avatar_app.devices import pick_device
    from avatar_app.engines import registry

    registry.load_engine(case)
    told: dict[str, Any] = {"start_s": round(time.time() - asked.began, 2), "device": str(pick_device())}
    if pick_device().type == "cuda":
        told["device"] = torch.cuda.get_device_name()
    make(case, 1, 1.0, asked.size)
    for count in COUNTS:
        told[f"takes_{count}"] = _timed(lambda count=count: make(case, count, asked.seconds, asked.size), asked.seconds)
    if torch.cuda.is_available():
        told["gpu_mb"] = round(torch.cuda.max_memory_allocated() / 2**20)
    return told


def make(engine: str, count: int, seconds: float, size: int) -> None:
    """Takes from a request to finished files."""
    from avatar_app.engines import registry
    from avatar_app.generate import generate
    from avatar_app.request import Request

    reads = registry.find_spec(engine).reads
    given: dict[str, Any] = {"audio": (RATE, voice(seconds))} if "audio" in reads else {"duration": seconds}
    with tempfile.TemporaryDirectory() as folder:
        request = Request(
            portrait=portrait(size), instruction=INSTRUCTION, engine=engine, samples=count, size=size,
            output=Path(folder) / "takes", **given,
        )  # fmt: skip
        if sum(1 for _ in generate(request)) != count:
            raise RuntimeError(f"{engine} made fewer than {count} takes")


def _timed(what: Any, seconds: float) -> dict[str, float]:
    wall, cpu = time.perf_counter(), cpu_seconds()
    what()
    took = time.perf_counter() - wall, cpu_seconds() - cpu
    return {"wall": round(took[0] / seconds, 3), "cpu": round(took[1] / seconds, 3)}


def measure(case: str, asked: argparse.Namespace) -> dict[str, Any]:
    """A case in a process of its own, whose memory is watched; what hinders it, where it cannot be."""
    import psutil

    settings = ["--worker", case, "--seconds", str(asked.seconds), "--size", str(asked.size)]
    line = [sys.executable, __file__, "-", *settings, "--began", str(time.time())]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as wrong:
        process = subprocess.Popen(line, stdout=said, stderr=wrong, env=os.environ | {"PYTHONPATH": str(ROOT)})
        own, peak = psutil.Process(process.pid), 0
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):  # a process ended while we looked
                peak = max(peak, sum(one.memory_info().rss for one in (own, *own.children(recursive=True))))
            time.sleep(POLL)
        for file in (said, wrong):
            file.seek(0)
        if process.returncode:
            return {"case": case, "hindered": wrong.read().decode().strip().splitlines()[-1][:200]}
        told: dict[str, Any] = json.loads(said.read().splitlines()[-1])
    return {"case": case, **told, "peak_mb": round(peak / 2**20)}


def table(rows: list[dict[str, Any]], asked: argparse.Namespace) -> str:
    """As markdown."""
    base = next(row for row in rows if row["case"] == ENCODE)["takes_1"]["cpu"]
    lines = [
        f"Takes of {asked.seconds:g} s at {asked.size} x {asked.size}; {os.cpu_count()} cores, load "
        f"{os.getloadavg()[1]:.1f}, {time.strftime('%d %B %Y')}. Seconds for each second of a take, wall / processors, "
        f"and in brackets processors as multiples of encoding alone ({base:.3f}).",
        "",
        "| engine | loaded after | one take | four takes | most memory | on a GPU |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        if row["case"] == ENCODE:
            continue
        if "hindered" in row:
            lines.append(f"| {row['case']} | not measured: {row['hindered']} | | | | |")
            continue
        takes = [_words(row[f"takes_{count}"], base) for count in COUNTS]
        gpu = f"these are of {row['device']}, {row['gpu_mb']} MB" if "gpu_mb" in row else "not measured"
        lines.append(f"| {row['case']} | {row['start_s']:.1f} s | {' | '.join(takes)} | {row['peak_mb']} MB | {gpu} |")
    return "\n".join(lines) + "\n"


def _words(took: dict[str, float], base: float) -> str:
    return f"{took['wall']:.2f} / {took['cpu']:.2f} ({took['cpu'] / base:.1f})"


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--engines", nargs="+")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--began", type=float, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        told = work(asked.worker, asked)
        sys.stdout.write("\n" + json.dumps(told) + "\n")
        return
    from avatar_app.engines import registry

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rows = []
    for case in (ENCODE, *(asked.engines or registry.specs())):
        rows.append(measure(case, asked))
        log.info("%s", json.dumps(rows[-1]))
    machine = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    asked.output.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2) + "\n")
    asked.output.with_suffix(".md").write_text(table(rows, asked))
    log.info("%s", table(rows, asked))


if __name__ == "__main__":
    main()

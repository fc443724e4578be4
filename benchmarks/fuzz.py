"""Damaged files through the decoders that the page and the command line use.

`python benchmarks/fuzz.py OUT [--cases 5200] [--seed 0]` draws damaged wav, mp3, mp4, webm, png, jpg, webp, heic, npz,
glb, safetensors and json files (see mutations.py) and reads each as the app would: the result must be one, or an
InputError that is one sentence; in less than PATIENCE seconds; without growth of this process, and with less than
MEMORY in it and in an ffmpeg at any moment. What breaks that is kept in OUT; OUT/fuzz.json has the figures. Exits with
1 if anything did.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from mutations import Seeds, make_seeds, mutated

from avatar_app.request import InputError

PATIENCE = 20.0  # seconds
GROWTH, MEMORY = 200, 2000  # MB
LOOK = 0.02  # seconds between two looks at memory
Reader = Callable[[Path], Any]


@dataclass(frozen=True)
class Case:
    """One damaged file as one reader took it. outcome: "read", "refused", or what is wrong with it."""

    name: str
    reader: str
    seconds: float
    outcome: str

    @property
    def found(self) -> bool:
        """Whether something is wrong."""
        return self.outcome not in ("read", "refused")


def readers() -> dict[str, list[Reader]]:
    """What reads files of each kind in the app."""
    from avatar_app.batch.manifest import read_rows, request_of
    from avatar_app.inputs.instruction.plan import read_plan
    from avatar_app.inputs.portrait.picture import read_picture
    from avatar_app.inputs.portrait.portrait import load_portrait
    from avatar_app.motion.export.npz import load_motion
    from avatar_app.settings import read_settings
    from avatar_app.speech.recording import load_speech
    from avatar_app.styles import extract, open_style
    from avatar_app.ui.store import read as read_record
    from avatar_app.weights import load_safetensors

    def plan(path: Path) -> Any:
        return read_plan(path.read_bytes().decode(errors="replace"))

    def manifest(path: Path) -> Any:
        rows = path.with_name("rows.jsonl")
        rows.write_bytes(path.read_bytes())
        return [request_of(row, path.parent) for row in read_rows(rows)]

    def record(path: Path) -> Any:
        (path.parent / "record.json").write_bytes(path.read_bytes())
        return read_record(path.parent)

    sound, film = [load_speech], [load_speech, read_settings, extract]
    picture = [read_picture, read_picture, read_picture, load_portrait]
    found = {"wav": sound, "mp3": sound, "mp4": film, "webm": film}
    found |= dict.fromkeys(("png", "jpg", "webp", "heic"), picture)
    found |= {"npz": [load_motion, open_style], "glb": [load_motion, read_picture, read_settings]}
    return {**found, "safetensors": [load_safetensors], "json": [read_settings, plan, manifest, record]}


def run(cases: int, seed: int, folder: Path, kinds: tuple[str, ...] = ()) -> Iterator[tuple[Case, bytes]]:
    """Reads so many damaged files, one after another, kinds in turn; yields what came of each, and its content."""
    known, seeds = readers(), make_seeds()
    for k in range(cases):
        rng = random.Random(f"{seed}-{k}")
        ending = (kinds or tuple(seeds))[k % len(kinds or seeds)]
        yield read_one(f"{seed}-{k}.{ending}", rng.choice(known[ending]), seeds, rng, folder)


def read_one(name: str, reader: Reader, seeds: Seeds, rng: random.Random, folder: Path) -> tuple[Case, bytes]:
    """One of them."""
    content = mutated(seeds, name.rpartition(".")[2], rng)
    path = folder / name
    path.write_bytes(content)
    began = time.perf_counter()
    try:
        reader(path)
        outcome = "read"
    except InputError as error:
        outcome = "refused" if is_sentence(str(error)) else f"no sentence: {error!s:.300}"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        outcome = f"{type(error).__name__}: {error!s:.200} ({Path(last.filename).name}:{last.lineno})"
    finally:
        path.unlink()
    seconds = time.perf_counter() - began
    if seconds > PATIENCE and outcome in ("read", "refused"):
        outcome = f"took {seconds:.0f} s"
    return Case(name, getattr(reader, "__name__", "?"), seconds, outcome), content


@dataclass
class Memory(threading.Thread):
    """The most, in MB, that this process and any ffmpeg of it held at a time."""

    here: float = 0.0
    ffmpeg: float = 0.0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        process = psutil.Process()
        while True:
            self.here = max(self.here, process.memory_info().rss / 1e6)
            for child in process.children():
                with contextlib.suppress(psutil.Error):
                    # Before it becomes ffmpeg a child looks as large as its parent.
                    if "ffmpeg" in child.name():
                        self.ffmpeg = max(self.ffmpeg, child.memory_info().rss / 1e6)
            time.sleep(LOOK)

    def __hash__(self) -> int:
        return id(self)


def is_sentence(words: str) -> bool:
    """One line that a person can read."""
    return 10 < len(words) < 500 and words.endswith(".") and words.isprintable()


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--cases", type=int, default=5200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", default=[])
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    asked.output.mkdir(parents=True, exist_ok=True)
    counts: Counter[str] = Counter()
    found: list[dict[str, Any]] = []
    slowest, first, here, memory = (0.0, ""), 0.0, psutil.Process(), Memory()
    memory.start()
    for k, (case, content) in enumerate(run(asked.cases, asked.seed, asked.output, tuple(asked.kinds))):
        counts[case.outcome if not case.found else "found"] += 1
        slowest = max(slowest, (round(case.seconds, 2), f"{case.name} {case.reader}"))
        if case.found:
            (asked.output / case.name).write_bytes(content)
            found.append(vars(case))
        if k == max(50, asked.cases // 10):  # everything is loaded by then
            gc.collect()
            first = here.memory_info().rss / 1e6
        if k % 500 == 499:
            logging.error("%d read, %d found, %.0f MB", k + 1, len(found), here.memory_info().rss / 1e6)
    gc.collect()
    growth = here.memory_info().rss / 1e6 - first
    told = {"cases": asked.cases, "seed": asked.seed, **counts, "slowest": slowest, "growth_mb": round(growth),
            "most_mb": round(memory.here), "most_ffmpeg_mb": round(memory.ffmpeg), "cases_found": found}  # fmt: skip
    (asked.output / "fuzz.json").write_text(json.dumps(told, indent=2) + "\n")
    logging.error("%s", json.dumps({name: value for name, value in told.items() if name != "cases_found"}))
    return int(bool(found) or growth > GROWTH or max(memory.here, memory.ffmpeg) > MEMORY)


if __name__ == "__main__":
    raise SystemExit(main())

"""`avatar_app evaluate liveliness FOLDER`: films of people beside takes of their own portraits and voices."""

from __future__ import annotations

import logging
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app import ffmpeg
from avatar_app.generate import generate
from avatar_app.motion.film_liveliness import film_curves, film_liveliness
from avatar_app.motion.film_tracking import LONGEST
from avatar_app.motion.liveliness import Liveliness
from avatar_app.motion.liveliness_table import WORDS, Summary, closeness, summarise
from avatar_app.request import InputError, Request
from avatar_app.training.films import ENDINGS, named_films

log = logging.getLogger(__name__)

SEEDS = 2  # takes of a film
SIZE = 512  # pixels of the takes
# What a take must get right to look alive, each from one or more measures.
HEADLINES: dict[str, tuple[str, ...]] = {
    "lips": ("lip_pairs",),
    "mouth gap": ("gap",),
    "rounding": ("pucker_p95",),
    "lips shut": ("lips_shut",),
    "brow": ("brow",),
    "head": ("head",),
    "head speed": ("speed",),
    "head translation": ("move_x", "move_y", "move_z"),
    "gaze shifts": ("gaze_shifts",),
    "blinks": ("blinks",),
}


@dataclass(frozen=True)
class Talker:
    """Figures of one film, and of every take of its first frame and its sound."""

    film: Liveliness
    takes: tuple[Liveliness, ...]


def evaluate(folder: Path, seeds: int = SEEDS, size: int = SIZE) -> dict[str, Any]:
    """Figures of the films in a folder and of `seeds` takes of each, all read by the same tracker.

    Every film is a talker of its own; two minutes of it are looked at. A film without a face or a sound is left out and
    named. Films drawn by this project measure the tracker, not the takes. Raises InputError when no film can be used.
    """
    films = list(named_films(folder)) if folder.is_dir() else []
    if not films:
        raise InputError(f"There are no films in {folder}: give a folder of {', '.join(sorted(ENDINGS))} files.")
    talkers, left_out = [], {}
    for _, path in films:
        try:
            talkers.append(_talker(path, seeds, size))
            log.info("%s: measured", path.name)
        except InputError as error:
            left_out[path.name] = str(error)
            log.info("%s left out: %s", path.name, error)
    if not talkers:
        raise InputError(f"No film in {folder} can be used: {next(iter(left_out.values()))}")
    return report(talkers) | {"left_out": left_out}


def _talker(path: Path, seeds: int, size: int) -> Talker:
    film = film_liveliness(film_curves(path))
    with tempfile.TemporaryDirectory() as work:
        request = Request(
            audio=path,
            audio_to=LONGEST,
            portrait=first_frame(path, Path(work) / "portrait.png"),
            samples=seeds,
            size=size,
            output=Path(work) / "takes",
        )
        videos = [sample.video for sample in generate(request) if sample.video is not None]
        return Talker(film, tuple(film_liveliness(film_curves(video)) for video in videos))


def first_frame(film: Path, picture: Path) -> Path:
    """Writes a film's first frame; InputError when there is none."""
    run = subprocess.run(ffmpeg.command(*ffmpeg.source(film), "-frames:v", "1", str(picture)), capture_output=True)
    if run.returncode or not picture.is_file():
        raise InputError(f"{film.name!r} has no picture that can be read ({ffmpeg.last_line(run.stderr)}).")
    return picture


def report(talkers: Iterable[Talker]) -> dict[str, Any]:
    """Medians and percentiles over talkers, real and ours; see `lines` for a table of it.

    closeness: 1 - |ours - real| / real of the medians. ratio: ours / real. A talker's takes count each, as talkers do.
    """
    talkers = list(talkers)
    real = summarise([talker.film for talker in talkers])
    ours = summarise([take for talker in talkers for take in talker.takes])
    measures = {name: _beside(real[name], ours[name]) for name in WORDS}
    return {
        "films": len(talkers),
        "takes": sum(len(talker.takes) for talker in talkers),
        "closeness": {name: _headline(parts, measures, "closeness") for name, parts in HEADLINES.items()},
        "ratio": {name: _headline(parts, measures, "ratio") for name, parts in HEADLINES.items()},
        "measures": measures,
    }


def _beside(real: Summary, ours: Summary) -> dict[str, Any]:
    return {
        "real": _plain(asdict(real)),
        "ours": _plain(asdict(ours)),
        "closeness": _number(closeness(ours.p50, real.p50)),
        "ratio": _number(ours.p50 / real.p50 if real.p50 else float("nan")),
    }


def _headline(parts: tuple[str, ...], measures: dict[str, Any], key: str) -> float | None:
    known = [measures[part][key] for part in parts if measures[part][key] is not None]
    return _number(float(np.mean(known))) if known else None


def _plain(values: dict[str, float]) -> dict[str, float | None]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> float | None:
    """For JSON, which knows no nan."""
    return round(value, 4) if np.isfinite(value) else None


def lines(figures: dict[str, Any]) -> list[str]:
    """The report as a table of text."""
    rows = [f"{figures['films']} films, {figures['takes']} takes", f"{'':20} closeness  ours/real"]
    for name, value in figures["closeness"].items():
        rows.append(f"{name:20} {_shown(value):>9}  {_shown(figures['ratio'][name]):>9}")
    rows += ["", f"{'':44} {'real':>24} {'ours':>24} closeness  spread real|ours"]
    for name, row in figures["measures"].items():
        label = ", ".join(filter(None, WORDS[name]))
        real, ours = row["real"], row["ours"]
        rows.append(
            f"{label:44} {_range(real):>24} {_range(ours):>24} {_shown(row['closeness']):>9}  "
            f"{_shown(real['sigma'])}|{_shown(ours['sigma'])}"
        )
    return rows


def _range(row: dict[str, float | None]) -> str:
    return f"{_shown(row['p50'])} [{_shown(row['p10'])} to {_shown(row['p90'])}]"


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"

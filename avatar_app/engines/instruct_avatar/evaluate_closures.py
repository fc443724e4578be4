"""Closures of the lips against labels made by hand, which owe nothing to any ear of the product."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.evaluate_lips import closures_hit, share, shut_frames
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.request import FPS, InputError
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.alignment import Recording

LABELS = "closures.csv"
TOLERANCE = 0.08  # seconds around a closure, f, v or pause in which the middle of a shut frame is explained
OPEN = {"n": "TDNL", "k": "KGNGH", "th": "TH"}  # classes that an ear takes for closures most
Flags = npt.NDArray[np.bool_]


def read_closures(folder: Path) -> dict[str, list[Phone]]:
    """{file: its closures} of `folder`/closures.csv (file, phone, start, end; seconds); {} where there is none.

    Raises InputError for a table that cannot be read.
    """
    if not (folder / LABELS).is_file():
        return {}
    closures: dict[str, list[Phone]] = {}
    with (folder / LABELS).open(newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                closure = Phone(float(row["start"]), float(row["end"]), "PBM")
                closures.setdefault(row["file"], []).append(closure)
            except (KeyError, TypeError, ValueError) as error:
                wanted = "it needs the columns file, phone, start and end, with times in seconds"
                raise InputError(f"Line {number} of {LABELS} cannot be read: {wanted}.") from error
    return closures


def closures_on(
    engine: InstructAvatar, recordings: list[Recording], closures: dict[str, list[Phone]]
) -> dict[str, Any]:
    """Recall, false closures a second of talk and how often lips are shut at n, k and th, on labelled recordings.

    The recordings' phones, aligned, say only where f, v, pauses, n, k and th are.
    """
    hits: list[bool] = []
    false, seconds = 0, 0.0
    shut_at: dict[str, list[bool]] = {name: [] for name in OPEN}
    for recording in (r for r in recordings if r.name in closures):
        labelled = closures[recording.name]
        shut = shut_frames(motion_samples(engine, recording.speech, None, 1)[0])
        explained, talk = explained_frames(labelled, recording.phones, len(shut))
        hits += closures_hit(shut, tuple(labelled))
        false += false_closures(shut, explained, talk)
        seconds += talk.sum() / FPS
        for name, viseme in OPEN.items():
            said = _covered([p for p in recording.phones if p.viseme == viseme], len(shut), 0.0)
            shut_at[name] += list(shut[said & ~explained])
    return {
        "closures": len(hits),
        "closure_recall": share(hits),
        "false_closures_per_second": round(false / seconds, 3) if seconds else float("nan"),
        "frames_shut_at": {name: share(frames) for name, frames in shut_at.items()},
    }


def explained_frames(labelled: list[Phone], phones: tuple[Phone, ...], frames: int) -> tuple[Flags, Flags]:
    """(T,) where lips may be shut: closures, f, v, pauses and a little around them; (T,) where somebody talks."""
    may_shut = [*labelled, *(phone for phone in phones if phone.viseme in ("FV", "SIL"))]
    talk = _covered([phone for phone in phones if phone.viseme != "SIL"], frames, 0.0)
    return _covered(may_shut, frames, TOLERANCE), talk


def false_closures(shut: Flags, explained: Flags, talk: Flags) -> int:
    """How many runs of shut frames lie in talk and have no explained frame."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    runs = (slice(first, last) for first, last in edges.reshape(-1, 2))
    return sum(bool(talk[run].any() and not explained[run].any()) for run in runs)


def _covered(phones: list[Phone], frames: int, around: float) -> Flags:
    """(T,) frames whose middle lies in one of the phones, or within `around` seconds of it."""
    middle = (np.arange(frames) + 0.5) / FPS
    covered = np.zeros(frames, bool)
    for phone in phones:
        covered |= (middle >= phone.start - around) & (middle <= phone.end + around)
    return covered

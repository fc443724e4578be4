"""Data preparation: films of people talking, tracked, smoothed, cut to their sound and split by person."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from avatar_app.motion.film_tracking import track_video
from avatar_app.request import InputError
from avatar_app.speech.recording import load_speech
from avatar_app.training.motion_lmdb import PER_FRAME, SEGMENT, MotionLmdbWriter, Recording, split_by_person

log = logging.getLogger(__name__)

ENDINGS = {".mp4", ".mov", ".webm", ".mkv", ".avi", ".m4v", ".flv"}
HELD = 0.1  # of all persons, for validation and for test each


def prepare(films: Path, output: Path, seed: int = 0, on_film: Callable[[str, str], None] | None = None) -> list[str]:
    """Tracks every film under `films` into the LMDB data set `output`, and returns its clips, PERSON/VVV.

    Films in FOLDER/ are of one person called FOLDER; those beside it are of a person each, named as the file. Films
    that are there already are not tracked again, so that a stopped run goes on. A film that cannot be used is left out;
    on_film(name, what became of it) tells. Raises InputError when no film was usable.
    """
    found = list(named_films(films))
    if not found:
        raise InputError(f"There are no films in {films}: give a folder of {', '.join(sorted(ENDINGS))} files.")
    with MotionLmdbWriter(output) as writer:
        for clip, path in found:
            try:
                said = "was there" if clip in writer else _add(writer, clip, path)
            except InputError as error:
                said = f"left out: {error}"
            log.info("%s: %s", path.name, said)
            if on_film is not None:
                on_film(path.name, said)
        clips = writer.clips()
        writer.write_lists(split_by_person(clips, HELD, seed))
    if not clips:
        raise InputError(f"No film in {films} could be used: each must show one face that talks for 4 s or more.")
    return clips


def named_films(folder: Path) -> Iterator[tuple[str, Path]]:
    """PERSON/VVV and path of every film in a folder and in its folders, in alphabetical order."""
    counts: dict[str, int] = {}
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file()):
        owner = path.stem if path.parent == folder else path.relative_to(folder).parts[0]
        person = re.sub(r"[^\w-]+", "_", owner)
        counts[person] = counts.get(person, -1) + 1
        yield f"{person}/{counts[person]:03d}", path


def _add(writer: MotionLmdbWriter, clip: str, path: Path) -> str:
    speech, motion = load_speech(path), track_video(path).values()
    frames = min(len(motion), len(speech.samples) // PER_FRAME)
    if frames < SEGMENT:
        raise InputError(f"{path.name} has {frames / 25:.1f} s of face and voice; 4 s are needed.")
    audio = np.asarray(speech.samples[: frames * PER_FRAME], np.float32)
    writer.add(Recording(clip, audio, {"motion": motion[:frames]}))
    return f"{frames} frames"

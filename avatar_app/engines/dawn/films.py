"""Films of talking heads as DAWN learns from them: the face's square of every frame, what is heard, head and lids.

Data sets as they come (HDTF, CREMA-D) are folders of films; see docs/dawn.md.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from avatar_app.diffusion.samplers import never_stop
from avatar_app.engines.dawn.flow_clips import told_of
from avatar_app.engines.dawn.initial_state import POINTS, eye_openings, face_square
from avatar_app.engines.dawn.networks import Hearing
from avatar_app.engines.dawn.shards import write_shard
from avatar_app.inputs.portrait.framing import resample
from avatar_app.motion.film_tracking import FACE, film_faces
from avatar_app.motion.landmark_motion import motion_of
from avatar_app.request import FPS, InputError
from avatar_app.speech.recording import load_speech
from avatar_app.training.films import named_films
from avatar_app.types import Array, Image

SHORTEST = 48  # frames
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Film:
    """Of F frames at 25 fps. frames: (F, R, R, 3) uint8, the same square of each. box: (6,) of the first frame's face,
    see InitialState. audio: (F, C) float16. pose: (F, 6) and eyes: (F, 2) float32, less those of the first frame."""

    frames: Image
    box: Array
    audio: Array
    pose: Array
    eyes: Array


def read_film(path: Path, resolution: int, hearing: Hearing) -> Film:
    """The one face of a film with sound, its first two minutes; InputError as of film_faces and load_speech."""
    speech = load_speech(path)
    pictures, marks = film_faces(path, FPS)
    count = min(len(marks), int(len(speech.samples) / 16_000 * FPS))
    if count < SHORTEST:
        raise InputError(f"{path.name} has {count / FPS:.1f} s of face and voice; {SHORTEST / FPS:.1f} s are needed.")
    points = marks[:count, list(POINTS)]
    left, top, side = face_square(np.median(points, axis=0), FACE, FACE)
    part = np.s_[top : top + side, left : left + side]
    cut = [resample(picture[part], (resolution, resolution)) for picture in islice(pictures, count)]
    first = (points[0, :, :2] - [left, top]) * resolution / side
    edges = first.min(0), first.max(0)
    box = np.array([edges[0][0], edges[1][0], edges[0][1], edges[1][1], resolution, resolution], np.float32)
    motion = motion_of(marks[:count], FPS).values()
    pose, eyes = told_of(motion, motion[0, :52], eye_openings(points[0]))
    heard = hearing(speech.samples[: count * 16_000 // FPS], count, never_stop).cpu().numpy()
    return Film(np.stack(cut), box, heard.astype(np.float16), pose - pose[0], eyes)


def build_films(folder: Path, films: Path, resolution: int, hearing: Hearing) -> list[Path]:
    """A shard for each film in a folder and its folders; those that exist are kept, films of no use left out.

    Raises InputError when none is of use.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for name, path in named_films(films):
        shard = folder / f"film_{name.replace('/', '_')}.safetensors"
        if not shard.exists():
            try:
                write_shard(shard, read_film(path, resolution, hearing))
            except InputError as error:
                log.warning("%s is left out: %s", path.name, error)
                continue
            log.info("%s made", shard.name)
        made.append(shard)
    if not made:
        raise InputError(f"No film in {films} can be learned from: each must show one face that talks for 2 s or more.")
    return made


def load_film(path: Path) -> Film:
    """Raises InputError for a file that is no shard of a film."""
    try:
        return Film(**load_file(path))
    except TypeError as error:
        raise InputError(f"{path} holds no film: delete it, and make it anew.") from error

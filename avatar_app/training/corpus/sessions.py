"""Sessions of a voice, with features and phones, in shards of safetensors.

A shard holds phones and not what lips do for them: lip tracks are made when the corpus is read, so that a corpus
outlives the teacher's rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from avatar_app.request import FPS, InputError
from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.training.teacher.coarticulation import LipTracks, lip_tracks, stress_of

VARIANTS = 2  # recordings of each session through different rooms and microphones
Wave = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Session:
    """A stretch of T frames of one voice with pauses.

    mel: (VARIANTS, 4T, 64) float16 log-mel power at 100 Hz. phones: in order. stress: of each phone, see `stress_of`.
    visemes: (2T,) uint8, class of every 20 ms.
    """

    mel: npt.NDArray[np.float16]
    frames: int
    phones: tuple[Phone, ...]
    stress: tuple[float, ...]
    visemes: npt.NDArray[np.uint8]

    @cached_property
    def tracks(self) -> LipTracks:
        """T frames of lips by the teacher's rules of today."""
        return lip_tracks(self.phones, list(self.stress), self.frames)


def labelled(mel: npt.NDArray[np.float16], phones: tuple[Phone, ...], samples: Wave, frames: int) -> Session:
    """A session of `frames` frames of the (n,) 16 kHz sound that was said in these phones."""
    return Session(mel, frames, phones, tuple(stress_of(phones, samples)), viseme_classes(phones, 2 * frames, 2 * FPS))


def viseme_classes(phones: tuple[Phone, ...], count: int, rate: float) -> npt.NDArray[np.uint8]:
    """(count,) class in the middle of each step of 1 / rate seconds; silence where no phone is."""
    classes = np.full(count, VISEMES.index("SIL"), np.uint8)
    for phone in phones:
        classes[max(0, round(phone.start * rate)) : round(phone.end * rate)] = VISEMES.index(phone.viseme)
    return classes


def speaking(tracks: LipTracks) -> npt.NDArray[np.bool_]:
    """(T,) whether a frame is speech; pauses shorter than 0.3 s count as speech (the face keeps talking)."""
    talking = tracks.viseme != VISEMES.index("SIL")
    gap, limit = 0, round(0.3 * FPS)
    for i, spoken in enumerate(talking.copy()):
        if spoken:
            if 0 < gap < limit and i > gap:
                talking[i - gap : i] = True
            gap = 0
        else:
            gap += 1
    return talking


def write_shard(path: Path, sessions: list[Session]) -> None:
    """Writes sessions, whole or not at all."""
    phones = [phone for session in sessions for phone in session.phones]
    arrays = {
        "frames": np.array([session.frames for session in sessions], np.int64),
        "mel": np.concatenate([session.mel for session in sessions], axis=1),
        "visemes": np.concatenate([session.visemes for session in sessions]),
        "phone_counts": np.array([len(session.phones) for session in sessions], np.int64),
        "phone_times": np.array([(p.start, p.end) for p in phones], np.float64).reshape(-1, 2),
        "phone_visemes": np.array([VISEMES.index(p.viseme) for p in phones], np.uint8),
        "stress": np.array([amount for session in sessions for amount in session.stress], np.float32),
    }
    partial = path.with_suffix(".partial")
    # safetensors writes memory as it lies: a transposed array would come back scrambled.
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, partial)
    partial.replace(path)


def read_shard(path: Path) -> list[Session]:
    """The sessions of one shard. Raises InputError for one of an older version, which holds no phones."""
    arrays = load_file(path)
    if "phone_times" not in arrays:
        raise InputError(
            f"{path} was made by an older version: delete it and make the corpus anew with --build-corpus."
        )
    sessions: list[Session] = []
    frame = phone = 0
    for frames, count in zip(arrays["frames"].tolist(), arrays["phone_counts"].tolist(), strict=True):
        part = slice(phone, phone + count)
        rows = zip(arrays["phone_times"][part].tolist(), arrays["phone_visemes"][part].tolist(), strict=True)
        sessions.append(
            Session(
                mel=arrays["mel"][:, 4 * frame : 4 * (frame + frames)],
                frames=frames,
                phones=tuple(Phone(start, end, VISEMES[viseme]) for (start, end), viseme in rows),
                stress=tuple(arrays["stress"][part].tolist()),
                visemes=arrays["visemes"][2 * frame : 2 * (frame + frames)],
            )
        )
        frame, phone = frame + frames, phone + count
    return sessions


def read_corpus(folder: Path) -> list[Session]:
    """Every session of every shard, in order."""
    return [session for path in sorted(folder.glob("shard_*.safetensors")) for session in read_shard(path)]

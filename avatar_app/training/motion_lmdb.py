"""Data sets of speech with motion in DiffPoseTalk's LMDB layout, for training on films of people.

`metadata` holds {"seg_len": 100}, `PERSON/VVV/metadata` {"n_frames": n}, and `PERSON/VVV/SSS` a stretch of seg_len
frames: {"audio": FLAC bytes, 16 kHz, 16 bit, mono, "coef": {name: (n, d) float32}}. Published data sets hold the FLAME
coefficients shape, exp and pose; this project's own hold motion, (n, 58) MotionClip.values. Beside the data lie
keys.txt, train.txt, val.txt and test.txt with one `PERSON/VVV` a line, no person in two of the last three.

The values are pickles, which can run code. They are read with numpy arrays and plain values admitted and all else
refused, unless the owner of the data says that it is trusted.
"""

from __future__ import annotations

import io
import pickle
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app import ffmpeg
from avatar_app.request import FPS, SAMPLE_RATE, InputError
from avatar_app.types import Array

SEGMENT = 100  # frames
PER_FRAME = SAMPLE_RATE // FPS  # samples
MAP_BYTES = 1 << 40  # address space, not disk
SPLITS = ("train", "val", "test")
# What pickles of numpy arrays name, in numpy 1 and 2.
_ADMITTED = {
    ("_codecs", "encode"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
}


@dataclass(frozen=True)
class Recording:
    """One film of somebody talking. clip: PERSON/VVV. audio: (640 T,) float32 in [-1, 1], 16 kHz. coef: each (T, d)."""

    clip: str
    audio: Array
    coef: Mapping[str, Array]

    def __len__(self) -> int:
        return len(next(iter(self.coef.values())))


class MotionLmdb:
    """Reads such a data set; a context manager. trust: unpickle anything, for data whose makers you know.

    Raises InputError where there is none, where lmdb is not installed, and at values that are no arrays.
    """

    def __init__(self, folder: Path, trust: bool = False) -> None:
        if not (folder / "data.mdb").is_file():
            raise InputError(f"There is no LMDB data set in {folder}: name the folder with its data.mdb.")
        self.folder, self.trust = folder, trust
        self._base = _lmdb().open(str(folder), readonly=True, lock=False, readahead=False)
        self.seg_len = int(self._value("metadata")["seg_len"])

    def __enter__(self) -> MotionLmdb:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def clips(self, split: str | None = None) -> list[str]:
        """PERSON/VVV of every recording, or of one of SPLITS."""
        path = self.folder / f"{split or 'keys'}.txt"
        if not path.is_file():
            raise InputError(f"The data set in {self.folder} has no {path.name}.")
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]

    def frames(self, clip: str) -> int:
        """How many frames a recording has."""
        return int(self._value(f"{clip}/metadata")["n_frames"])

    def read(self, clip: str, start: int = 0, frames: int | None = None, sound: bool = True) -> Recording:
        """Frames `start` to `start + frames` of a recording; only the stretches they lie in are unpacked.

        Without `sound` the audio is empty, which saves most of the time. Raises ValueError beyond the end.
        """
        total = self.frames(clip)
        stop = total if frames is None else start + frames
        if not 0 <= start < stop <= total:
            raise ValueError(f"frames {start} to {stop} were asked of {total}")
        first, last = start // self.seg_len, (stop - 1) // self.seg_len
        parts = [self._value(f"{clip}/{index:03d}") for index in range(first, last + 1)]
        inside = slice(start - first * self.seg_len, stop - first * self.seg_len)
        coef = {name: np.concatenate([part["coef"][name] for part in parts])[inside] for name in parts[0]["coef"]}
        audio = np.zeros(0, np.float32)
        if sound:
            audio = np.concatenate([unpack_flac(part["audio"]) for part in parts])
            audio = audio[inside.start * PER_FRAME : inside.stop * PER_FRAME]
        return Recording(clip, audio, coef)

    def _value(self, key: str) -> Any:
        with self._base.begin() as transaction:
            raw = transaction.get(key.encode())
        if raw is None:
            raise InputError(f"The data set in {self.folder} has no {key!r}: it is incomplete or of another layout.")
        return pickle.loads(raw) if self.trust else loads_arrays(raw)  # noqa: S301 - only where the owner says so


class MotionLmdbWriter:
    """Adds recordings to a data set, one after another; a context manager. What is there already stays."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._base = _lmdb().open(str(folder), map_size=MAP_BYTES)
        with self._base.begin(write=True) as transaction:
            transaction.put(b"metadata", pickle.dumps({"seg_len": SEGMENT}))

    def __enter__(self) -> MotionLmdbWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def __contains__(self, clip: str) -> bool:
        with self._base.begin() as transaction:
            return transaction.get(f"{clip}/metadata".encode()) is not None

    def add(self, recording: Recording) -> None:
        """Writes a recording, all of it or nothing. Raises ValueError when sound and motion differ in length."""
        total = len(recording)
        lengths = {name: len(values) for name, values in recording.coef.items()}
        if len(recording.audio) != total * PER_FRAME or set(lengths.values()) != {total}:
            raise ValueError(f"{len(recording.audio)} samples do not go with {lengths} frames")
        with self._base.begin(write=True) as transaction:
            for index, start in enumerate(range(0, total, SEGMENT)):
                stop = min(start + SEGMENT, total)
                value = {
                    "audio": pack_flac(recording.audio[start * PER_FRAME : stop * PER_FRAME]),
                    "coef": {name: values[start:stop].astype(np.float32) for name, values in recording.coef.items()},
                }
                transaction.put(f"{recording.clip}/{index:03d}".encode(), pickle.dumps(value))
            transaction.put(f"{recording.clip}/metadata".encode(), pickle.dumps({"n_frames": total}))

    def clips(self) -> list[str]:
        """PERSON/VVV of everything in the data set."""
        with self._base.begin() as transaction:
            keys = [bytes(key).decode() for key in transaction.cursor().iternext(values=False)]
        return [key.removesuffix("/metadata") for key in keys if key.endswith("/metadata")]

    def write_lists(self, splits: Mapping[str, list[str]]) -> None:
        """Writes keys.txt and one list for each split."""
        for name, clips in {"keys": self.clips(), **splits}.items():
            (self.folder / f"{name}.txt").write_text("".join(f"{clip}\n" for clip in clips), encoding="utf-8")


def split_by_person(clips: list[str], held: float, seed: int) -> dict[str, list[str]]:
    """Clips for training, validation and test; `held` of all persons, but at least one, for each of the last two.

    With fewer than three persons all is for training.
    """
    persons = sorted({clip.split("/")[0] for clip in clips})
    np.random.default_rng(seed).shuffle(persons)
    count = max(1, round(held * len(persons))) if len(persons) > 2 else 0
    chosen = {"val": set(persons[:count]), "test": set(persons[count : 2 * count]), "train": set(persons[2 * count :])}
    return {name: [clip for clip in clips if clip.split("/")[0] in chosen[name]] for name in SPLITS}


def motion_windows(data: MotionLmdb, split: str, frames: int) -> Iterator[tuple[str, Array]]:
    """Every recording of a split that is long enough: its name and (T, 58) motion; InputError for FLAME data sets."""
    for clip in data.clips(split):
        if data.frames(clip) >= frames:
            coef = data.read(clip, sound=False).coef
            if "motion" not in coef:
                raise InputError(
                    f"{clip} holds {', '.join(coef)}, not this project's motion: it cannot be learned from."
                )
            yield clip, coef["motion"]


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise InputError(
                f"The data set holds {module}.{name}, which is no array: read it only if you trust its makers."
            )
        return super().find_class(module, name)


def loads_arrays(raw: bytes) -> Any:
    """Unpickles dictionaries, lists, numbers, strings, bytes and numpy arrays; InputError for anything else."""
    try:
        return _ArraysOnly(io.BytesIO(raw)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError, ValueError, TypeError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"A value of the data set is damaged ({error}).") from error


def pack_flac(audio: Array) -> bytes:
    """FLAC, 16 kHz, 16 bit, mono, of (n,) float32 in [-1, 1]."""
    pcm = (np.clip(audio, -1, 1) * 32767).round().astype("<i2").tobytes()
    with tempfile.TemporaryDirectory() as folder:  # a pipe's header could not tell the length, which many readers need
        path = Path(folder) / "sound.flac"
        _ffmpeg(["-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0", str(path)], pcm)
        return path.read_bytes()


def unpack_flac(data: bytes) -> Array:
    """(n,) float32 in [-1, 1] of 16 kHz FLAC; InputError when it is damaged."""
    pcm = _ffmpeg(["-f", "flac", "-i", "pipe:0", "-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "pipe:1"], data)
    return np.frombuffer(pcm, "<i2").astype(np.float32) / 32767


def _ffmpeg(arguments: list[str], data: bytes) -> bytes:
    command = [argument for argument in ffmpeg.command(*arguments) if argument != "-nostdin"]
    run = subprocess.run(command, input=data, capture_output=True)
    if run.returncode:
        raise InputError(f"The sound of the data set is damaged ({ffmpeg.last_line(run.stderr)}).")
    return run.stdout


def _lmdb() -> Any:
    try:
        import lmdb
    except ImportError as error:
        raise InputError("LMDB data sets need lmdb: run `pip install -r requirements-training.txt`.") from error
    return lmdb

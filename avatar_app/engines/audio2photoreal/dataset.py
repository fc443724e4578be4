"""One person's recordings in the published layout, and training batches of crops.

A folder holds data_stats.pth and, per scene, sceneNN_audio.wav (48 kHz, the person and the partner),
sceneNN_body_pose.npy (T, 104), sceneNN_face_expression.npy (T, 256) and sceneNN_missing_face_frames.npy (indices).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from scipy.io import wavfile
from torch import Tensor

from avatar_app.engines.audio2photoreal.config import FACE, FRAME_SAMPLES, KEY_FRAME_EVERY, POSE
from avatar_app.engines.audio2photoreal.normalisation import Statistics, wrap
from avatar_app.request import InputError

log = logging.getLogger(__name__)
Kind = Literal["face", "pose"]
RATE = 48_000  # Hz
TEST, VALIDATION = 4, 2  # scenes at the end of the list
WRAPPED_PEOPLE = ("PXB184", "RLW104")
STATISTICS_FILE = "data_stats.pth"
_PARTS = ("audio.wav", "body_pose.npy", "face_expression.npy", "missing_face_frames.npy")


@dataclass(frozen=True)
class Recording:
    """Raw data of T frames. audio: (T K, 2). pose: (T, 104) radians. face: (T, 256). tracked: (T,) bool."""

    audio: Tensor
    pose: Tensor
    face: Tensor
    tracked: Tensor

    @property
    def frames(self) -> int:
        """T."""
        return len(self.pose)

    def cut(self, start: int, frames: int) -> Recording:
        """That part."""
        rate, end = len(self.audio) // self.frames, start + frames
        audio = self.audio[start * rate : end * rate]
        return Recording(audio, self.pose[start:end], self.face[start:end], self.tracked[start:end])


@dataclass(frozen=True)
class Batch:
    """B crops, normalised, zeros after their ends. S: frames of the longest that is allowed, K: samples of a frame.

    motion: (B, S, F). audio: (B, S K, 2). mask: (B, S) bool, valid frames. tracked: (B, S) float, 0 where the face was
    lost, for poses the mask. lengths: (B,) frames. key_frames: (B, ceil(S / 30), 104) poses, with their mask, of poses.
    """

    motion: Tensor
    audio: Tensor
    mask: Tensor
    tracked: Tensor
    lengths: Tensor
    key_frames: Tensor | None = None
    key_frame_mask: Tensor | None = None

    def tensors(self) -> dict[str, Tensor]:
        """By name, without what is None."""
        return {name: value for name, value in vars(self).items() if value is not None}


def make_batch(crops: Sequence[Recording], kind: Kind, statistics: Statistics, most: int) -> Batch:
    """Crops of up to `most` frames as a training batch. Frames without a face are zeroed after normalising."""
    rate = len(crops[0].audio) // crops[0].frames
    motion = [_motion(crop, kind, statistics) for crop in crops]
    lengths = torch.tensor([crop.frames for crop in crops])
    mask = torch.arange(most) < lengths[:, None]
    tracked = mask.float() if kind == "pose" else _padded([crop.tracked.float() for crop in crops], most)
    key_frames = key_frame_mask = None
    if kind == "pose":
        key_frames = _padded([poses[::KEY_FRAME_EVERY] for poses in motion], -(-most // KEY_FRAME_EVERY))
        key_frame_mask = mask[:, ::KEY_FRAME_EVERY]
    audio = _padded([statistics.normalise_audio(crop.audio) for crop in crops], most * rate)
    return Batch(_padded(motion, most), audio, mask, tracked, lengths, key_frames, key_frame_mask)


def _motion(crop: Recording, kind: Kind, statistics: Statistics) -> Tensor:
    if kind == "pose":
        return statistics.normalise_pose(crop.pose)
    return statistics.normalise_face(crop.face) * crop.tracked[:, None]


def _padded(rows: list[Tensor], length: int) -> Tensor:
    out = rows[0].new_zeros(len(rows), length, *rows[0].shape[1:])
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


def published_sequence(item: int, lengths: Sequence[int]) -> int:
    """Which sequence the published loader reads for item number `item`; item 0 reads the last one."""
    ends = np.cumsum([0, *lengths])
    return (int(np.searchsorted(ends, item, side="left")) - 1) % len(lengths)


@dataclass(frozen=True)
class Scene:
    """Files of one scene, read when they are needed."""

    folder: Path
    name: str
    wrapped: bool

    @cached_property
    def frames(self) -> int:
        """Frames that all files have."""
        sound, pose, face, _ = self._files
        return min(len(sound) // FRAME_SAMPLES, len(pose), len(face))

    @cached_property
    def _files(self) -> tuple[Any, Any, Any, npt.NDArray[Any]]:
        rate, sound = _read_wave(self._path("audio.wav"))
        if rate != RATE or sound.ndim != 2 or sound.shape[1] != 2:
            channels = 1 if sound.ndim == 1 else sound.shape[1]
            raise InputError(
                f"{self._path('audio.wav')} has {channels} channel(s) at {rate} Hz: "
                "it should have two, the person and the partner, at 48000 Hz."
            )
        arrays = [_read_array(self._path(part)) for part in _PARTS[1:]]
        for array, width, part in zip(arrays, (POSE, FACE), _PARTS[1:3], strict=False):
            if array.ndim != 2 or array.shape[1] != width:
                raise InputError(f"{self._path(part)} should be frames of {width} values; its shape is {array.shape}.")
        return sound, arrays[0], arrays[1], arrays[2]

    def _path(self, part: str) -> Path:
        return self.folder / f"{self.name}_{part}"

    def read(self, start: int = 0, frames: int | None = None) -> Recording:
        """A part of the scene, raw."""
        sound, pose, face, missing = self._files
        end = self.frames if frames is None else start + frames
        samples = np.array(sound[start * FRAME_SAMPLES : end * FRAME_SAMPLES])
        if samples.dtype.kind in "iu":
            samples = samples / float(np.iinfo(samples.dtype).max + 1)
        tracked = np.ones(self.frames, bool)
        lost = missing.astype(np.int64).ravel()
        tracked[lost[(lost >= 0) & (lost < self.frames)]] = False
        angles = torch.from_numpy(np.array(pose[start:end], np.float32))
        return Recording(
            torch.from_numpy(samples.astype(np.float32)),
            wrap(angles) if self.wrapped else angles,
            torch.from_numpy(np.array(face[start:end], np.float32)),
            torch.from_numpy(tracked[start:end].copy()),
        )


def _read_wave(path: Path) -> tuple[int, npt.NDArray[Any]]:
    try:
        rate, sound = wavfile.read(path, mmap=True)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable WAV file ({error}).") from error
    return rate, sound


def _read_array(path: Path) -> npt.NDArray[Any]:
    try:
        array: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is not a readable array of numbers ({error}).") from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{path} holds {array.dtype}, not numbers.")
    return array


@dataclass(frozen=True)
class Dataset:
    """Scenes of one person by split, and their statistics."""

    train: tuple[Scene, ...]
    validation: tuple[Scene, ...]
    test: tuple[Scene, ...]
    statistics: Statistics

    @classmethod
    def open(cls, folder: Path, wrapped: bool | None = None) -> Dataset:
        """Finds the scenes; the last four are for testing, the two before for validation.

        wrapped: whether joint angle 3 turns past pi; None tells it from the folder's name. Raises InputError when there
        are no more than six scenes, or one lacks a file.
        """
        names = sorted(path.name.removesuffix("_audio.wav") for path in folder.glob("*_audio.wav"))
        if len(names) <= TEST + VALIDATION:
            raise InputError(
                f"{folder} holds {len(names)} scenes (sceneNN_audio.wav ...); a data set needs at least "
                f"{TEST + VALIDATION + 1}, the last {TEST + VALIDATION} of which are not learned from."
            )
        for name in names:
            if lacking := [part for part in _PARTS if not (folder / f"{name}_{part}").is_file()]:
                raise InputError(f"{name} in {folder} lacks {' and '.join(f'{name}_{part}' for part in lacking)}.")
        if wrapped is None:
            wrapped = folder.resolve().name in WRAPPED_PEOPLE
        scenes = tuple(Scene(folder, name, wrapped) for name in names)
        return cls(
            scenes[: -TEST - VALIDATION],
            scenes[-TEST - VALIDATION : -TEST],
            scenes[-TEST:],
            Statistics.load(folder / STATISTICS_FILE),
        )


def random_crops(scenes: Sequence[Scene], least: int, most: int, rng: np.random.Generator) -> Iterator[Recording]:
    """Endless crops of `least` to `most` frames, scenes by their lengths. InputError when no scene is long enough."""
    usable = [scene for scene in scenes if scene.frames >= least]
    if not usable:
        raise InputError(f"No scene to learn from has {least} frames or more.")
    shares = np.array([scene.frames for scene in usable], np.float64)
    while True:
        scene = usable[int(rng.choice(len(usable), p=shares / shares.sum()))]
        frames = int(rng.integers(least, min(most, scene.frames) + 1))
        yield scene.read(int(rng.integers(0, scene.frames - frames + 1)), frames)


def batches(
    scenes: Sequence[Scene],
    kind: Kind,
    statistics: Statistics,
    size: int,
    limits: tuple[int, int],
    rng: np.random.Generator,
) -> Iterator[Batch]:
    """Endless batches. limits: least and most frames of a crop."""
    crops = random_crops(scenes, *limits, rng)
    while True:
        yield make_batch([next(crops) for _ in range(size)], kind, statistics, limits[1])

"""What the embedded networks learn from: all conversations in the units of coded motion, as files that are mapped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file

from avatar_app.engines.audio2photoreal import conversations
from avatar_app.engines.audio2photoreal.body_acting import MANNERS
from avatar_app.engines.audio2photoreal.body_coding import RAW, BodyCoding
from avatar_app.engines.audio2photoreal.frame_conditions import ACTIONS
from avatar_app.face.body_actions import BODY_NAMES
from avatar_app.request import InputError
from avatar_app.training.teacher.body.kinematics import Floats

UNITS = "units.safetensors"


@dataclass(frozen=True)
class Talks:
    """All conversations, N of FRAMES frames, float16: face (N, T, 58), body (N, T, FEATURES), condition (N, T, C)."""

    face: Floats
    body: Floats
    condition: Floats

    def __len__(self) -> int:
        return len(self.face)


def read_talks(folder: Path, units: Path) -> Talks:
    """Conversations of `folder` in the units of a file, which is made of them when it is not there."""
    places = [units.with_name(f"{name}.npy") for name in ("face", "body", "condition")]
    if units.exists() and all(place.exists() for place in places):
        return Talks(*(np.load(place, mmap_mode="r", allow_pickle=False) for place in places))
    shards = list(conversations.read_shards(folder))
    if not shards:
        raise InputError(f"There are no conversations in {folder}: make some with --build-corpus HOURS.")
    face, raw, condition = (np.concatenate([s[name] for s in shards]) for name in ("face", "body", "condition"))
    if not units.exists():
        _measure(face, raw, units)
    tensors = load_file(units)
    coding = BodyCoding.of({n.removeprefix("body_"): v for n, v in tensors.items() if n.startswith("body_")})
    body = np.stack([coding.encode(one.astype(np.float32)).astype(np.float16) for one in raw])
    face = ((face - tensors["face_mean"].numpy()) / tensors["face_scale"].numpy()).astype(np.float16)
    for place, values in zip(places, (face, body, condition), strict=True):
        np.save(place, values)
    return Talks(face, body, condition)


def told_rows(talks: Talks) -> npt.NDArray[np.bool_]:
    """(N,) whether somebody in a conversation is told a body action that body_acting.py makes."""
    acted = [ACTIONS.start + k for k, name in enumerate(BODY_NAMES) if name not in MANNERS]
    return np.array([bool(np.any(one[:, acted] != 0)) for one in talks.condition])


def _measure(face: Floats, raw: Floats, units: Path) -> None:
    """Writes means and deviations of motion, those of rare channels raised so that they do not explode."""
    values = face[:, ::5].reshape(-1, face.shape[2]).astype(np.float64)
    scale = np.maximum(values.std(axis=0), np.where(np.arange(values.shape[1]) < 52, 0.09, 0.004))
    coding = BodyCoding.fitted(raw[:, ::5].reshape(-1, RAW).astype(np.float64))
    told = {f"body_{name}": torch.from_numpy(v) for name, v in coding.tensors().items()}
    told |= {"face_mean": torch.from_numpy(values.mean(axis=0)).float(), "face_scale": torch.from_numpy(scale).float()}
    save_file(told, units)

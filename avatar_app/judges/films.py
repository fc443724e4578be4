"""What the judging networks see in films of one talking head: features for FID and FVD, and LSE."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from avatar_app.inputs.portrait.framing import resample
from avatar_app.judges.frechet import frechet_distance
from avatar_app.judges.given import Judges
from avatar_app.judges.i3d import CLIP
from avatar_app.judges.syncnet import SIDE, compared, face_crop
from avatar_app.motion.film_tracking import film_faces
from avatar_app.request import FPS
from avatar_app.types import Array, Image

LOOKED_AT = 128  # pixels of the square around the face, as the paper's smaller model draws it
LONGEST = 750  # frames of a film
BATCH = 8


@dataclass(frozen=True)
class Judged:
    """Of one film. pictures: (T, 2048), clips: (N, 400), or None; sync: (LSE-D, LSE-C), or None."""

    pictures: Array | None
    clips: Array | None
    sync: tuple[float, float] | None


def judged(path: Path, samples: Array | None, judges: Judges) -> Judged:
    """The first half minute of a film, 25 frames a second. samples: (n,) its sound at 16 kHz, for SyncNet.

    Raises InputError for a film without one face.
    """
    small, lips = _looks(path, with_lips=judges.syncnet is not None and samples is not None)
    pictures = clips = None
    if judges.inception is not None:
        pictures = _features(judges.inception, torch.from_numpy(small).permute(0, 3, 1, 2))
    if judges.i3d is not None and len(small) >= CLIP:
        whole = small[: len(small) // CLIP * CLIP].reshape(-1, CLIP, *small.shape[1:])
        clips = _features(judges.i3d, torch.from_numpy(whole).permute(0, 4, 1, 2, 3))
    sync = None
    if judges.syncnet is not None and samples is not None:
        sync = compared(judges.syncnet, lips, samples)
    return Judged(pictures, clips, sync)


def distances(films: list[Judged], reference: list[Judged]) -> dict[str, float]:
    """FID and FVD16 of films against others; one that has too little to look at is left out."""
    found = {}
    for name, seen in (("fid", "pictures"), ("fvd16", "clips")):
        one, other = (_joined(seen, some) for some in (films, reference))
        if min(len(one), len(other)) > 1:
            found[name] = frechet_distance(one, other)
    return found


def _joined(seen: str, films: list[Judged]) -> Array:
    found = [rows for film in films if (rows := getattr(film, seen)) is not None]
    return np.concatenate(found) if found else np.empty((0, 1), np.float32)


def _looks(path: Path, with_lips: bool) -> tuple[Image, Image]:
    """(T, LOOKED_AT, LOOKED_AT, 3) of the square around the face, (T, SIDE, SIDE, 3) of what SyncNet looks at."""
    frames, marks = film_faces(path, FPS)
    small, lips = [], []
    for frame, points in zip(frames, marks[:LONGEST], strict=False):
        small.append(resample(frame, (LOOKED_AT, LOOKED_AT)))
        if with_lips:
            low, high = points[:, :2].min(0), points[:, :2].max(0)
            rows, columns = face_crop((low[0], low[1], high[0], high[1]))
            lips.append(cv2.resize(frame[rows, columns], (SIDE, SIDE)))
    return np.stack(small), np.stack(lips) if lips else np.empty((0, SIDE, SIDE, 3), np.uint8)


@torch.inference_mode()
def _features(network: nn.Module, inputs: Tensor) -> Array:
    device = next(network.parameters()).device
    found: Array = torch.cat([network(part.to(device)).cpu() for part in inputs.split(BATCH)]).numpy()
    return found

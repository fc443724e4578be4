"""Speaking styles: vectors in small files, read from motion or from a film, named, mixed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import uniform_filter1d
from torch import Tensor

from avatar_app.engines.diffposetalk.paths import find_style, named_styles, shipped_folder
from avatar_app.engines.diffposetalk.style_encoder import EMBEDDED, STYLE, WINDOW, StyleEncoder
from avatar_app.files import atomic_write
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import load_motion
from avatar_app.motion.film_tracking import track_video
from avatar_app.npz import DAMAGE, unpacked_bytes
from avatar_app.request import FPS, InputError
from avatar_app.types import Array, OnStep, ShouldStop
from avatar_app.weights import load_safetensors

VERSION = "embedded-1"  # of the encoder: vectors of another one mean something else
STEP = WINDOW // 2  # frames between the stretches of a longer clip
CALM = 3  # frames over which the tracker's trembling is averaged out
TALKING = 0.015  # deviation of the jaw then; films of still photos had 0.000 to 0.014, talkers from 0.04
MAX_BYTES = 1 << 20  # of a style file, which is less than 2 kB
PLACE = slice(55, 58)


@dataclass(frozen=True)
class Style:
    """vector: (128,) float32, of length about 11. name: what people call it. version: of the encoder it is from."""

    vector: Array
    name: str
    version: str = VERSION


def resolve_style(style: str | Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None) -> Array:
    """(128,) float32 of a named style, a style file, a motion file (.npz) or a film of somebody talking.

    on_step, should_stop: see tracking.track_video; a film takes about as long as it lasts. Raises InputError for what
    is none of them, is shorter than 4 s, or belongs to another encoder.
    """
    path = find_style(style)
    if path is None:
        names = ", ".join(named_styles()) or "none"
        raise InputError(f"There is no style {str(style)!r}: give a file, or one of the named styles ({names}).")
    return read_file(path, on_step, should_stop)


def open_style(style: str | Path) -> Style:
    """A named style, or one kept in a file; a clip's style is extracted. InputError for anything else."""
    named = named_styles()
    if str(style) in named:
        return load_style(named[str(style)])
    return Style(resolve_style(style), Path(style).name.split(".")[0])


def read_file(path: Path, on_step: OnStep | None = None, should_stop: ShouldStop | None = None) -> Array:
    """resolve_style of a file, whatever its name."""
    if path.suffix.lower() == ".npz":
        return load_style(path).vector if _holds_style(path) else _style_of_talker(load_motion(path), path.name)
    return _style_of_talker(track_video(path, on_step, should_stop), path.name)


def _style_of_talker(clip: MotionClip, name: str) -> Array:
    """read_style, for a clip in which somebody talks; InputError for a still picture's film."""
    jaw = uniform_filter1d(clip.channel("jawOpen"), CALM, mode="nearest")
    most = max(float(jaw[start : start + WINDOW].std()) for start in range(0, max(1, len(jaw) - WINDOW + 1), STEP))
    if len(clip) >= WINDOW and most < TALKING:
        raise InputError(f"Nobody talks in {name!r} (the mouth hardly moves): choose a film of somebody talking.")
    return read_style(clip)


def read_style(clip: MotionClip) -> Array:
    """(128,) float32: how the person in the clip speaks, the mean over its stretches of 4 s.

    The place of the head is left out: it tells of the camera. Raises InputError for less than 4 s.
    """
    if len(clip) < WINDOW:
        raise InputError(f"The clip lasts {clip.duration:.1f} s: a speaking style needs at least {WINDOW / FPS:g} s.")
    encoder, mean, std = load_encoder(shipped_folder())
    starts = [*range(0, len(clip) - WINDOW, STEP), len(clip) - WINDOW]
    motion = (torch.from_numpy(clip.values()) - mean) / std
    motion[:, PLACE] = 0
    with torch.no_grad():
        vectors = encoder(torch.stack([motion[start : start + WINDOW] for start in starts]))
    return blend(vectors.numpy(), np.full(len(starts), 1 / len(starts)))


def blend(vectors: Array, weights: Array) -> Array:
    """(128,) float32 weighted mean of (N, 128) styles, as long as they are: a mean alone would be a weaker style."""
    mixed = weights @ vectors
    usual = float(weights @ np.linalg.norm(vectors, axis=1))
    return (mixed * usual / max(float(np.linalg.norm(mixed)), 1e-6)).astype(np.float32)


def mix(first: Style, second: Style, weight: float, name: str = "") -> Style:
    """From `first` (weight 0) to `second` (weight 1). Raises InputError for other weights."""
    if not 0 <= weight <= 1:
        raise InputError(f"The weight of the second style must be from 0 to 1; got {weight:g}.")
    vector = blend(np.stack([first.vector, second.vector]), np.array([1 - weight, weight]))
    return replace(first, vector=vector, name=name or f"{first.name} + {second.name}")


def save_style(style: Style, path: str | Path) -> None:
    """npz: style (128,) float32, name and version str."""
    with atomic_write(path) as file:
        np.savez(file, style=style.vector, name=np.array(style.name), version=np.array(style.version))


def load_style(path: Path) -> Style:
    """Reads what save_style wrote, never unpickling; InputError for anything else, and for another encoder's style."""
    try:
        if unpacked_bytes(path) > MAX_BYTES:
            raise ValueError("it is too large")
        with np.load(path, allow_pickle=False) as file:
            vector, name, version = file["style"], str(file["name"]), str(file["version"])
    except DAMAGE as error:
        raise InputError(
            f"{path.name!r} is not a style file that can be read: make one with `style extract`."
        ) from error
    if version != VERSION:
        raise InputError(f"{path.name!r} holds a style of {version!r}; this model reads {VERSION!r}: extract it again.")
    if vector.shape != (STYLE,) or vector.dtype.kind != "f" or not np.isfinite(vector).all():
        raise InputError(f"The style in {path.name!r} must be {STYLE} numbers; got {vector.shape}.")
    return Style(vector.astype(np.float32), name, version)


@lru_cache(maxsize=2)
def load_encoder(folder: Path) -> tuple[StyleEncoder, Tensor, Tensor]:
    """The embedded style encoder of `folder`, ready to use, with mean and std (58,) of the motion it reads."""
    state = load_safetensors(folder / "style_encoder.safetensors")
    stats = load_safetensors(folder / "stats.safetensors")
    encoder = StyleEncoder(EMBEDDED)
    try:
        encoder.load_state_dict({name: value.float() for name, value in state.items()})
    except RuntimeError as error:
        raise InputError(f"The style encoder in {folder} is of another version: fetch the repository again.") from error
    return encoder.eval().requires_grad_(False), stats["mean"], stats["std"]


def _holds_style(path: Path) -> bool:
    """Whether an npz file is a style file; others are taken for motion."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return "style" in file
    except DAMAGE:
        return False

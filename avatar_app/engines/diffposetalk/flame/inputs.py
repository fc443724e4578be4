"""What the published models are given besides a voice: a face's form and a speaking style, from people's own files."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.engines.diffposetalk.checkpoint import load_style_encoder
from avatar_app.engines.diffposetalk.coefficients import POSE, Statistics, encode_motion
from avatar_app.engines.diffposetalk.config import FLAME_EXPRESSION, ModelConfig
from avatar_app.engines.diffposetalk.style_encoder import StyleEncoder
from avatar_app.engines.diffposetalk.styles import blend
from avatar_app.files import file_exists
from avatar_app.npz import DAMAGE, unpacked_bytes
from avatar_app.request import FPS, InputError

MAX_BYTES = 64 << 20  # unpacked; ten minutes of coefficients are 10 MB


@dataclass(frozen=True)
class StyleReader:
    """The installed style encoder with the statistics of the coefficients that it was trained on."""

    encoder: StyleEncoder
    statistics: Statistics

    @classmethod
    def load(cls, folder: Path, statistics: Statistics) -> StyleReader:
        """The installed one; InputError says who offers it."""
        return cls(load_style_encoder(folder), statistics)

    @torch.inference_mode()
    def read(self, exp: Tensor, pose: Tensor) -> Tensor:
        """(style,) of exp (T, 50) and pose (T, 6): the mean over overlapping windows, 4 s in every published encoder.

        Raises InputError for less than one window.
        """
        window, head = self.encoder.config.window, self.encoder.config.channels == FLAME_EXPRESSION + 4
        if len(exp) < window:
            raise InputError(
                f"The coefficients last {len(exp) / FPS:.1f} s: a speaking style needs at least {window / FPS:g} s "
                f"({window} frames at {FPS} fps); give a longer clip."
            )
        motion = encode_motion(exp, pose, self.statistics, head)
        starts = [*range(0, len(motion) - window, max(1, window // 2)), len(motion) - window]
        vectors = self.encoder(torch.stack([motion[start : start + window] for start in starts]))
        return torch.from_numpy(blend(vectors.numpy(), np.full(len(starts), 1 / len(starts))))


def read_style(path: Path, config: ModelConfig, folder: Path, statistics: Statistics) -> Tensor:
    """(style,) float32 from a style vector (.npy) or from FLAME coefficients of 4 s or more (.npz with exp and pose).

    Raises InputError for a model that knows no style, and for files that hold neither.
    """
    if not config.d_style:
        raise InputError("The installed denoiser was trained without styles: leave the style out.")
    if path.suffix.lower() == ".npz":
        style = StyleReader.load(folder, statistics).read(*read_coefficients(path))
    else:
        style = torch.from_numpy(_numbers(path, _open(path), path.name).reshape(-1))
    if style.shape != (config.d_style,):
        raise InputError(f"The style in {path.name} must be {config.d_style} numbers; it has {len(style)}.")
    return style


def read_coefficients(path: Path) -> tuple[Tensor, Tensor]:
    """exp (T, 50) and pose (T, 6, radians: head axis-angle, jaw axis-angle) float32 of an .npz file at 25 fps."""
    arrays = _open(path)
    if not isinstance(arrays, Mapping) or not {"exp", "pose"} <= set(arrays):
        raise InputError(f"{path.name} holds no FLAME motion: give an .npz file with `exp` and `pose`.")
    exp, pose = (_numbers(path, arrays[name], name) for name in ("exp", "pose"))
    exp, pose = (values.reshape(-1, values.shape[-1]) for values in (exp, pose))
    if exp.shape[1] != FLAME_EXPRESSION or pose.shape[1] != POSE or len(exp) != len(pose):
        raise InputError(
            f"{path.name} must hold {FLAME_EXPRESSION} expression and {POSE} pose values per frame, for equally many "
            f"frames; got exp {exp.shape} and pose {pose.shape}: cut or convert them."
        )
    return torch.from_numpy(exp), torch.from_numpy(pose)


def _open(path: Path) -> Any:
    """An array, or a dict of the arrays of an .npz file; never unpickling."""
    if not file_exists(path):
        raise InputError(f"There is no file {path.name!r}: please check its name and place.")
    try:
        if zipfile.is_zipfile(path) and unpacked_bytes(path) > MAX_BYTES:
            raise ValueError("it is too large")
        loaded = np.load(path, allow_pickle=False)
        return loaded if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except DAMAGE as error:
        raise InputError(f"{path.name} is not a file of numbers that can be read ({error}): give another.") from error


def _numbers(path: Path, values: Any, name: str) -> npt.NDArray[np.float32]:
    if not isinstance(values, np.ndarray) or values.ndim == 0 or values.dtype.kind not in "iuf":
        raise InputError(f"{path.name} must hold an array of numbers: give a style vector or FLAME coefficients.")
    if not values.size or not np.isfinite(values).all():
        raise InputError(f"The values of {name} in {path.name} are empty, NaN or infinite: please export them again.")
    return np.ascontiguousarray(values, np.float32)

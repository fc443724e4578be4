"""FLAME coefficients and the motion vector that the published models work on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from avatar_app.engines.diffposetalk.config import FLAME_EXPRESSION, FLAME_SHAPE
from avatar_app.npz import DAMAGE
from avatar_app.request import InputError

POSE = 6  # radians: global axis-angle 3, jaw axis-angle 3
WIDTHS = {"shape": FLAME_SHAPE, "exp": FLAME_EXPRESSION, "pose": POSE}
NEED = "stats_train.npz of the published data set (github.com/DiffPoseTalk/DiffPoseTalk)"


@dataclass(frozen=True)
class Statistics:
    """Mean and mean within-clip deviation of each coefficient: shape (100,), exp (50,), pose (6,) float32."""

    shape_mean: Tensor
    shape_std: Tensor
    exp_mean: Tensor
    exp_std: Tensor
    pose_mean: Tensor
    pose_std: Tensor

    def __post_init__(self) -> None:
        for name, width in WIDTHS.items():
            for part in ("mean", "std"):
                value = getattr(self, f"{name}_{part}")
                if value.shape != (width,):
                    raise InputError(
                        f"The statistics must hold {width} values of {name}_{part}; these hold {_counted(value)}: "
                        f"use {NEED}{_FEWER if name == 'shape' else ''}."
                    )
                if not torch.isfinite(value).all() or (part == "std" and not (value > 0).all()):
                    raise InputError(f"The statistics of {name} are not usable numbers: use {NEED}.")

    @classmethod
    def load(cls, path: Path) -> Statistics:
        """From stats_train.npz; InputError names what is missing or has another size."""
        names = [f"{name}_{part}" for name in WIDTHS for part in ("mean", "std")]
        try:
            with np.load(path, allow_pickle=False) as file:
                missing = [name for name in names if name not in file]
                if missing:
                    raise InputError(f"{path.name} lacks {', '.join(missing)}: use {NEED}.")
                return cls(*(torch.from_numpy(file[name].astype(np.float32).reshape(-1)) for name in names))
        except (OSError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"{path.name} is not a readable npz file ({error}): use {NEED}.") from error


_FEWER = " (its 100 shape coefficients; other trackers give 50 or 300)"


@dataclass(frozen=True)
class Coefficients:
    """FLAME motion of N takes: exp (N, T, 50), pose (N, T, 6) radians, shape (N, T, 100)."""

    exp: Tensor
    pose: Tensor
    shape: Tensor


def _counted(value: Tensor) -> str:
    return "x".join(str(size) for size in value.shape)


def encode_motion(exp: Tensor, pose: Tensor, stats: Statistics | None, head: bool) -> Tensor:
    """(..., 54 or 51) of exp (..., 50) and pose (..., 6), z-scored unless stats is None; without the jaw's y and z."""
    if stats is not None:
        exp = (exp - stats.exp_mean) / stats.exp_std
        pose = (pose - stats.pose_mean) / stats.pose_std
    return torch.cat([exp, pose[..., 0 if head else 3 : 4]], dim=-1)


def decode_motion(motion: Tensor, stats: Statistics | None) -> tuple[Tensor, Tensor]:
    """exp (..., 50) and pose (..., 6) of (..., 54 or 51).

    The jaw's y and z are zero in z-scored space, which makes them the data set's mean. Without head channels the head
    rotation is zero.
    """
    exp, pose = motion[..., :FLAME_EXPRESSION], motion[..., FLAME_EXPRESSION:]
    head = pose.shape[-1] == 4
    none = torch.zeros_like(pose[..., :1])
    pose = torch.cat([pose if head else torch.cat([none] * 3 + [pose], dim=-1), none, none], dim=-1)
    if stats is not None:
        exp = exp * stats.exp_std + stats.exp_mean
        pose = pose * stats.pose_std + stats.pose_mean
    if not head:
        pose = torch.cat([torch.zeros_like(pose[..., :3]), pose[..., 3:]], dim=-1)
    return exp, pose


def normalise_shape(shape: Tensor, stats: Statistics | None) -> Tensor:
    """(..., 100) z-scored; InputError for another number of coefficients."""
    if shape.shape[-1] != FLAME_SHAPE:
        raise InputError(
            f"A face's form is {FLAME_SHAPE} FLAME shape coefficients; these are {shape.shape[-1]}: "
            "give the first 100 of a MICA or DECA fit, padded with zeros if there are fewer."
        )
    return shape if stats is None else (shape - stats.shape_mean) / stats.shape_std


def load_shape(path: Path) -> Tensor:
    """(100,) float32 from a .npy file, or from `shape` of an .npz file (its first row when there are several)."""
    try:
        loaded = np.load(path, allow_pickle=False)
        values = loaded if isinstance(loaded, np.ndarray) else loaded["shape"]
        if not values.ndim or not values.size or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
            raise ValueError("they must be finite numbers")
    except DAMAGE as error:
        raise InputError(
            f"{path.name} holds no shape coefficients ({error}): give .npy, or .npz with `shape`."
        ) from error
    shape = torch.from_numpy(values.reshape(-1, values.shape[-1])[0].astype(np.float32))
    normalise_shape(shape, None)
    return shape

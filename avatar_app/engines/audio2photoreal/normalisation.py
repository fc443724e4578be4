"""Statistics of one person's recordings, and the z-scores made with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from avatar_app.engines.audio2photoreal.config import FACE, POSE
from avatar_app.request import InputError
from avatar_app.weights import load_safetensors, load_torch

WRAPPED = 3  # joint angle that two of the people turn past pi
_NAMES = ("pose_mean", "pose_std", "code_mean", "code_std", "audio_mean", "audio_std_flat")
_WIDTHS = {"pose_mean": POSE, "pose_std": POSE, "code_mean": FACE, "code_std": FACE}
_WIDTHS |= {"audio_mean": 2, "audio_std_flat": 1}


@dataclass(frozen=True)
class Statistics:
    """Means and deviations: of joint angles (104,), face codes (256,) and audio (2,), (1,). float64 or float32."""

    pose_mean: Tensor
    pose_std: Tensor
    code_mean: Tensor
    code_std: Tensor
    audio_mean: Tensor
    audio_std_flat: Tensor

    @classmethod
    def of(cls, values: Mapping[str, Any], name: str, check_widths: bool = True) -> Statistics:
        """From arrays by their published names; others are ignored. InputError when one is missing or has no sense."""
        tensors = {}
        for key in _NAMES:
            if key not in values:
                raise InputError(f"{name} lacks {key}: use the data_stats.pth of the person's data set.")
            array = np.atleast_1d(np.asarray(values[key]))
            if array.dtype.kind != "f" or (check_widths and array.shape != (_WIDTHS[key],)):
                raise InputError(f"{key} in {name} should be {_WIDTHS[key]} numbers: use the published data_stats.pth.")
            tensors[key] = torch.from_numpy(array.copy())
        if any(not torch.isfinite(t).all() for t in tensors.values()) or any(
            (tensors[key] <= 0).any() for key in ("pose_std", "code_std", "audio_std_flat")
        ):
            raise InputError(f"{name} holds deviations that are not above 0: use the published data_stats.pth.")
        return cls(**tensors)

    @classmethod
    def load(cls, path: Path) -> Statistics:
        """From the published data_stats.pth, read without executing anything, or from .safetensors; or InputError."""
        if path.suffix == ".safetensors":
            return cls.of({key: value.numpy() for key, value in load_safetensors(path).items()}, path.name)
        content = load_torch(path, numpy_classes())
        if not isinstance(content, dict):
            raise InputError(f"{path.name} holds no statistics: use the data_stats.pth of the person's data set.")
        return cls.of(content, path.name)

    def normalise_pose(self, pose: Tensor) -> Tensor:
        """(..., 104) radians to z-scores, float32."""
        return ((pose - self.pose_mean) / self.pose_std).float()

    def denormalise_pose(self, pose: Tensor) -> Tensor:
        """Inverse of normalise_pose, in the statistics' precision."""
        return pose * self.pose_std + self.pose_mean

    def normalise_face(self, codes: Tensor) -> Tensor:
        """(..., 256) face codes to z-scores, float32."""
        return ((codes - self.code_mean) / self.code_std).float()

    def denormalise_face(self, codes: Tensor) -> Tensor:
        """Inverse of normalise_face, in the statistics' precision."""
        return codes * self.code_std + self.code_mean

    def normalise_audio(self, audio: Tensor) -> Tensor:
        """(..., 2) samples: each channel less its mean, both divided by one deviation, float32."""
        return ((audio - self.audio_mean) / self.audio_std_flat).float()


def numpy_classes() -> list[Any]:
    """What an array in a torch file is made of, under the names of numpy 1 and 2; load_torch lets only this in."""
    rebuild = np.zeros(0).__reduce__()[0]
    scalar = np.float64(0).__reduce__()[0]
    named: list[Any] = [np.ndarray, np.dtype]
    named += [type(np.dtype(kind)) for kind in ("?", "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")]
    for core in ("numpy.core", "numpy._core"):
        named += [(rebuild, f"{core}.multiarray._reconstruct"), (scalar, f"{core}.multiarray.scalar")]
    return named


def scale_voice(voice: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A recording (S,) divided by its highest sample, as the published demo does; silence stays as it is.

    Not by the largest magnitude: a voice that swings further down than up ends below -1.
    """
    peak = voice.max(initial=0.0)
    return voice / peak if peak > 0 else voice


def wrap(pose: Tensor) -> Tensor:
    """Poses (..., 104) with the angle WRAPPED in [0, 2 pi), as the recordings of PXB184 and RLW104 are read."""
    wrapped = pose.clone()
    wrapped[..., WRAPPED] = torch.remainder(pose[..., WRAPPED], 2 * torch.pi)
    return wrapped

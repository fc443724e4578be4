"""Body motion as arrays of a motion file, and back at 25 fps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation, Slerp

from avatar_app.motion.clip import Body
from avatar_app.request import FPS, InputError
from avatar_app.types import Array

NAMES = ("body_joints", "body_root", "body_skeleton")


def body_arrays(body: Body | None) -> dict[str, npt.NDArray[Any]]:
    """body_joints (T, J, 3) radians, body_root (T, 3) metres, body_skeleton; nothing for None."""
    if body is None:
        return {}
    parts = (body.joints.astype(np.float32), body.root.astype(np.float32), np.array(body.skeleton))
    return dict(zip(NAMES, parts, strict=True))


def read_body(name: str, arrays: Mapping[str, npt.NDArray[Any]], frames: int, fps: float) -> Body | None:
    """The body of a file's arrays, resampled to 25 fps; None where it has none. InputError for one that is no body."""
    present = [part for part in NAMES if part in arrays]
    if not present:
        return None
    if len(present) < len(NAMES):
        raise InputError(f"The body motion in {name!r} needs {', '.join(NAMES)}; it has only {', '.join(present)}.")
    joints, root, skeleton = (arrays[part] for part in NAMES)
    fits = joints.ndim == 3 and joints.shape[::2] == (frames, 3) and root.shape == (frames, 3)
    if not fits or skeleton.dtype.kind != "U" or any(a.dtype.kind != "f" for a in (joints, root)):
        raise InputError(
            f"The body motion in {name!r} must be ({frames}, joints, 3) and its root ({frames}, 3); "
            f"got {joints.shape} and {root.shape}."
        )
    if not (np.isfinite(joints).all() and np.isfinite(root).all()):
        raise InputError(f"The body motion in {name!r} contains NaN or infinite numbers: please export it again.")
    return Body(_rotations_at_25_fps(joints, fps), str(skeleton), at_25_fps(root, fps))


def at_25_fps(values: npt.NDArray[Any], fps: float) -> Array:
    """(T, C) at `fps` -> (ceil(T / fps * 25), C), linear between frames, the last one held."""
    if fps == FPS:
        return values.astype(np.float32)
    moments, given = _moments(len(values), fps), np.arange(len(values))
    return np.stack([np.interp(moments, given, column) for column in values.T], axis=1).astype(np.float32)


def _rotations_at_25_fps(joints: npt.NDArray[Any], fps: float) -> Array:
    """(T, J, 3) axis-angle, on the shortest way between two frames: angles may wrap, rotations do not."""
    if fps == FPS or len(joints) < 2:
        return joints.astype(np.float32) if fps == FPS else np.repeat(joints, len(_moments(1, fps)), 0)
    moments = np.minimum(_moments(len(joints), fps), len(joints) - 1)
    given = np.arange(len(joints))
    if not joints.shape[1]:
        return np.zeros((len(moments), 0, 3), np.float32)
    turned = [Slerp(given, Rotation.from_rotvec(row))(moments).as_rotvec() for row in joints.transpose(1, 0, 2)]
    return np.stack(turned, axis=1).astype(np.float32)


def _moments(frames: int, fps: float) -> npt.NDArray[np.float64]:
    """Places of the frames at 25 fps, counted in given frames."""
    return np.arange(math.ceil(frames / fps * FPS - 1e-6)) * (fps / FPS)

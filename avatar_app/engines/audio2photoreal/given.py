"""Motion that is given instead of made: of the face or of the body, from files as this engine writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from avatar_app.engines.audio2photoreal.config import FACE, POSE
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.npz import MAX_BYTES, load_motion
from avatar_app.motion.skeleton import NAME as SKELETON
from avatar_app.npz import DAMAGE, unpacked_bytes
from avatar_app.request import InputError
from avatar_app.types import Array
from avatar_app.weights import load_safetensors

Part = Literal["body_pose", "face_expression"]
WIDTHS: dict[Part, int] = {"body_pose": POSE, "face_expression": FACE}
WORDS: dict[Part, str] = {"body_pose": "pose codes", "face_expression": "face codes"}


def given_face(path: Path, frames: int) -> Array:
    """(frames, 58) of the face and head in a motion file; InputError for one of another length."""
    return _of_length(load_motion(path), path, frames, "face codes").values()


def given_body(path: Path, frames: int) -> Body:
    """The body in a motion file; InputError where there is none, for another skeleton and another length."""
    body = _of_length(load_motion(path), path, frames, "pose codes").body
    if body is None or body.skeleton != SKELETON:
        found = "no body" if body is None else f"a body of the skeleton {body.skeleton!r}"
        raise InputError(f"The pose codes {path.name!r} hold {found}: give a sample_K.motion.npz of this engine.")
    return body


def _of_length(clip: MotionClip, path: Path, frames: int, what: str) -> MotionClip:
    _check_length(path, what, len(clip), frames)
    return clip


def given_codes(path: Path, part: Part, frames: int) -> Array:
    """(frames, 104 or 256) float32 of a sample_K.codes.npz, or of a .safetensors with the same names.

    Raises InputError for files without that part, for other shapes and lengths, and for what is not finite.
    """
    what, width = WORDS[part], WIDTHS[part]
    values = _array(path, part)
    if values.ndim != 2 or values.shape[1] != width or values.dtype.kind != "f":
        raise InputError(
            f"The {what} in {path.name!r} should be frames of {width} fractions; "
            f"they are {values.dtype} of the shape {values.shape}."
        )
    _check_length(path, what, len(values), frames)
    if not np.isfinite(values).all():
        raise InputError(f"The {what} in {path.name!r} contain NaN or infinite numbers: please write them again.")
    return np.asarray(values, np.float32)


def _array(path: Path, part: Part) -> npt.NDArray[Any]:
    """The named array, never unpickled."""
    if path.suffix == ".safetensors":
        found = {name: tensor.float().numpy() for name, tensor in load_safetensors(path).items() if name == part}
        array = found.get(part)
    else:
        try:
            if unpacked_bytes(path) > MAX_BYTES:
                raise InputError(f"{path.name!r} unpacks to more than {MAX_BYTES >> 20} MB: it holds no codes.")
            with np.load(path, allow_pickle=False) as file:
                array = file.get(part)
        except InputError:
            raise
        except DAMAGE as error:
            raise InputError(f"{path.name!r} cannot be read as codes: give a sample_K.codes.npz.") from error
    if array is None:
        raise InputError(f"{path.name!r} holds no {part}: give a sample_K.codes.npz of this engine.")
    return array


def _check_length(path: Path, what: str, found: int, frames: int) -> None:
    if found != frames:
        raise InputError(
            f"The {what} in {path.name!r} have {found} frames and this voice takes {frames}: "
            "give codes that were made for it."
        )

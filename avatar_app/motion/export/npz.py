"""Motion in this project's own files (.motion.npz), and read from them and their kin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.files import atomic_write, file_exists
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.body import NAMES, at_25_fps, body_arrays, read_body
from avatar_app.npz import DAMAGE, save_marked, unpacked_bytes
from avatar_app.request import FPS, MAX_SECONDS, InputError
from avatar_app.types import Array

MAX_BYTES = 64 * 2**20  # unpacked; ten minutes at 240 fps are 33 MB
RATES = (1.0, 240.0)  # frames per second of files we read


def save_motion(clip: MotionClip, path: str | Path) -> None:
    """npz: fps int, names (58,) str, values (T, 58) float32 of `clip.values()`; see body.body_arrays for the body."""
    with atomic_write(path) as file:  # an open file, so that numpy does not add ".npz" to the name
        save_marked(
            file,
            fps=np.int64(FPS),
            names=np.array(CHANNEL_NAMES),
            values=clip.values().astype(np.float32),
            **body_arrays(clip.body),
        )


def load_motion(path: str | Path) -> MotionClip:
    """Reads what save_motion wrote, and kin: any order of names, absent channels (0), other rates (to 25).

    Raises InputError for files that are no motion: damaged, pickled, without names or values, not finite,
    over ten minutes.
    """
    path = Path(path)
    if not file_exists(path):
        raise InputError(f"There is no motion file {path.name!r}: please check its name and place.")
    arrays = _read(path)
    fps, values = _check(path.name, arrays)
    columns = {str(name): column for column, name in enumerate(arrays["names"])}
    known = [name for name in CHANNEL_NAMES if name in columns]
    if not known:
        raise InputError(f"{path.name!r} has no channel that is known here, such as jawOpen or head_rotation_y.")
    ordered = np.zeros((len(values), len(CHANNEL_NAMES)), np.float32)
    ordered[:, [CHANNEL_NAMES.index(name) for name in known]] = values[:, [columns[name] for name in known]]
    body = read_body(path.name, arrays, len(values), fps)
    return MotionClip.from_values(at_25_fps(ordered, fps), body)


def _read(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The arrays of an npz file, never unpickling."""
    help_text = "please choose a .motion.npz file made by this app"
    try:
        if unpacked_bytes(path) > MAX_BYTES:
            raise InputError(f"{path.name!r} unpacks to more than {MAX_BYTES >> 20} MB: {help_text}.")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("fps", "names", "values", *NAMES) if name in file}
    except InputError:
        raise
    except DAMAGE as error:
        raise InputError(f"{path.name!r} is not a motion file that can be read: {help_text}.") from error
    missing = [name for name in ("fps", "names", "values") if name not in arrays]
    if missing:
        raise InputError(f"{path.name!r} lacks {' and '.join(missing)}: {help_text}.")
    return arrays


def _check(name: str, arrays: dict[str, npt.NDArray[Any]]) -> tuple[float, Array]:
    """(frames per second, (T, C) float32) of arrays that make sense together."""
    fps, names, values = arrays["fps"], arrays["names"], arrays["values"]
    if fps.size != 1 or fps.dtype.kind not in "iuf" or not RATES[0] <= float(fps.item()) <= RATES[1]:
        raise InputError(f"The frame rate in {name!r} must be from {RATES[0]:g} to {RATES[1]:g}; got {fps}.")
    if names.ndim != 1 or names.dtype.kind != "U" or len(set(names.tolist())) != len(names):
        raise InputError(f"The channel names in {name!r} must be a list of different words; got {names.shape}.")
    if values.ndim != 2 or values.shape[1] != len(names) or not len(values) or values.dtype.kind not in "iuf":
        raise InputError(
            f"The values in {name!r} must be numbers of the shape (frames, {len(names)}); got {values.shape}."
        )
    if not np.isfinite(values).all():
        raise InputError(f"The values in {name!r} contain NaN or infinite numbers: please export it again.")
    rate = float(fps.item())
    if len(values) / rate > MAX_SECONDS + 1 / FPS:
        raise InputError(f"The motion in {name!r} is longer than {MAX_SECONDS / 60:g} minutes: please cut it.")
    return rate, values.astype(np.float32)

"""The output folder: what is in it, how it is begun, and the result.json that tells how everything was made."""

from __future__ import annotations

import json
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from avatar_app import __version__
from avatar_app.request import MAX_SAMPLES, InputError, Request

SIDE_BY_SIDE = "side_by_side.mp4"
RESULT = "result.json"
TOLD_VERSIONS = ("torch", "diffusers", "transformers", "mediapipe", "numpy", "imageio-ffmpeg")


def video_name(index: int, ending: str = ".mp4") -> str:
    """File name of take `index`, which starts at 1."""
    return f"sample_{index}{ending}"


def motion_name(index: int) -> str:
    """File name of the motion of take `index`, which starts at 1."""
    return f"sample_{index}.motion.npz"


def model_name(index: int) -> str:
    """File name of the animated 3-D head of take `index`, which starts at 1."""
    return f"sample_{index}.glb"


def videos_of(index: int) -> list[str]:
    """File names that the video of a take may have."""
    return [video_name(index, ending) for ending in (".mp4", ".webm", ".mov")]


def _ours() -> list[str]:
    names = [name for k in range(1, MAX_SAMPLES + 1) for name in (*videos_of(k), motion_name(k), model_name(k))]
    return [*names, SIDE_BY_SIDE, RESULT]


def check_folder(request: Request) -> None:
    """Raises InputError when the output folder is a file or holds results that may not be overwritten."""
    if request.output is None:
        return
    folder = Path(request.output)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"The output must be a folder; {folder} is a file: choose another name.")
    if not request.force and any((folder / name).exists() for name in _ours()):
        raise InputError(f"{folder} already holds results: choose another folder, or overwrite them with --force.")


def open_folder(request: Request) -> Path:
    """Makes the output folder (a fresh temporary one when none was named) and removes overwritten results."""
    if request.output is None:
        return Path(tempfile.mkdtemp(prefix="avatar_app_"))
    folder = Path(request.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _ours():
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"Cannot write to {folder} ({error.strerror}): choose another output folder.") from error
    return folder


def versions() -> dict[str, str]:
    """Versions of this app and of the libraries that decide a result."""
    found = {"avatar_app": __version__}
    for name in TOLD_VERSIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def write_result(folder: Path, result: dict[str, Any]) -> None:
    """Writes result.json."""
    (folder / RESULT).write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

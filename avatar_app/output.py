"""The output folder: what is in it, how it is begun, and the result.json that tells how everything was made."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any

from avatar_app import __version__
from avatar_app.files import (
    atomic_write,
    check_writable,
    file_exists,
    folder_exists,
    fresh_folder,
    write_errors_told,
)
from avatar_app.provenance import mark
from avatar_app.request import InputError, Request

SIDE_BY_SIDE = "side_by_side.mp4"
RESULT = "result.json"
SAMPLE = re.compile(r"sample_\d+\..+")  # every file of a sample: video, motion, attachments
TOLD_VERSIONS = ("torch", "diffusers", "transformers", "mediapipe", "numpy", "imageio-ffmpeg")


def video_name(index: int, ending: str = ".mp4") -> str:
    """File name of sample `index`, which starts at 1."""
    return f"sample_{index}{ending}"


def motion_name(index: int) -> str:
    """File name of the motion of sample `index`, which starts at 1."""
    return f"sample_{index}.motion.npz"


def is_result(name: str) -> bool:
    """Whether a file of this name is a result of a request."""
    return name in (SIDE_BY_SIDE, RESULT) or SAMPLE.fullmatch(name) is not None


def check_folder(request: Request) -> None:
    """Raises InputError when the output folder is a file or holds results that may not be overwritten."""
    if request.output is None:
        return
    folder = Path(request.output)
    if file_exists(folder):
        raise InputError(f"The output must be a folder; {folder} is a file: choose another name.")
    if not request.force and _results_in(folder):
        raise InputError(f"{folder} already holds results: choose another folder, or overwrite them with --force.")


def open_folder(request: Request) -> Path:
    """Makes the output folder (a fresh temporary one when none was named) and removes overwritten results.

    Raises InputError where it cannot be written to.
    """
    if request.output is None:
        return fresh_folder()
    folder = Path(request.output)
    check_writable(folder)
    with write_errors_told(folder):
        for path in _results_in(folder):
            path.unlink(missing_ok=True)
    return folder


def _results_in(folder: Path) -> list[Path]:
    """Files that a run wrote: those with plain names, and those that its result.json tells of."""
    if not folder_exists(folder):
        return []
    told = _told_in(folder)
    return [path for path in folder.iterdir() if is_result(path.name) or path.name in told]


def _told_in(folder: Path) -> set[str]:
    """Names of the files that the result.json of a folder tells of; none where it cannot be read."""
    try:
        result = json.loads((folder / RESULT).read_bytes())
        rows = [[row["video"], row["motion"], *row["attachments"]] for row in result["samples"]]
        return {str(name) for name in (result.get("side_by_side"), *chain(*rows)) if name}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return set()


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
    """Writes result.json, marked as AI-generated. Raises InputError where it cannot be written."""
    text = json.dumps({"provenance": mark(), **result}, indent=2, ensure_ascii=False) + "\n"
    with atomic_write(folder / RESULT) as file:
        # Half of a surrogate pair, as broken clipboards send it, is no character; "?" stands for it.
        file.write(text.encode(errors="replace"))

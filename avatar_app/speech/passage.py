"""A passage of a recording or of a video's soundtrack: moviepy finds it without decoding what lies before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app import ffmpeg
from avatar_app.files import file_exists
from avatar_app.request import MAX_SECONDS, InputError

RATE = 44_100  # Hz of the cut


def cut_passage(path: Path, start: float, end: float | None) -> tuple[int, npt.NDArray[np.float32]]:
    """(rate, (n, 2) float32) from `start` to `end` seconds of a sound or video file; None is its end.

    An `end` after the recording is its end. Raises InputError when the passage lies outside or the file has no sound.
    """
    if not file_exists(path):
        raise InputError(f"There is no sound file {path.name!r}: please check its name and place.")
    found, _ = ffmpeg.streams(path)
    if not any(stream.kind == "audio" for stream in found):
        raise InputError(f"{path.name!r} has no sound: choose a recording or a video with a soundtrack.")
    with _open(path) as clip:
        if start >= clip.duration:
            raise InputError(
                f"The passage starts at {start:g} s, but {path.name!r} lasts {clip.duration:.1f} s: start earlier."
            )
        last = min(clip.duration, start + MAX_SECONDS + 1, *([] if end is None else [end]))
        part: Any = clip.subclipped(start, last)
        chunks = list(part.iter_chunks(chunksize=RATE, fps=RATE))
    return RATE, np.concatenate(chunks).astype(np.float32)


def _open(path: Path) -> Any:
    """The sound as a moviepy clip, which is a context manager."""
    try:
        from moviepy import AudioFileClip  # half a second, and only passages need it
    except OSError as error:
        raise InputError(f"moviepy cannot cut passages ({error}): unset the variable FFMPEG_BINARY.") from error
    # Recordings of browsers do not say how long they are: then moviepy must decode them to know.
    unknown = ffmpeg.seconds(path) is None
    try:
        return AudioFileClip(str(path.absolute()), decode_file=unknown)  # a bare name with a colon would be a protocol
    except (OSError, KeyError, ValueError) as error:
        raise InputError(f"The sound in {path.name!r} cannot be cut: please save it as wav or mp3.") from error

"""Sound files and soundtracks of videos, or a passage of them, as samples: the one decoder of voices."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avatar_app import ffmpeg
from avatar_app.files import file_exists, folder_exists
from avatar_app.request import MAX_SECONDS, InputError
from avatar_app.speech.loudness import Samples, voice_in

SOUNDTRACK_RATE = 48_000  # Hz; files above it are brought down, nobody hears the difference
DECODE_SECONDS = 180  # patience with ffmpeg
MOST_TRACKS = 8  # that are listened to
MEASURE_RATE = 4_000  # Hz at which a whole sound is decoded only to know its length


@dataclass(frozen=True)
class Decoded:
    """samples: (n,) or (n, 2) float32 at rate Hz. floating: kept as floats in the file, which may be above full scale.

    notes: sentences for a person.
    """

    rate: int
    samples: Samples
    floating: bool = False
    notes: tuple[str, ...] = ()


def decode(path: Path, start: float = 0.0, end: float | None = None) -> Decoded:
    """What a file sounds like from `start` to `end` seconds; None, or what lies after it, is its end.

    Of several tracks the first one that speaks. Stops just above the length limit. Raises InputError for what cannot be
    read and for a passage after the end of the sound.
    """
    if folder_exists(path):
        raise InputError(f"The voice must be a sound file; {path.name!r} is a folder: please choose a file in it.")
    if not file_exists(path):
        raise InputError(f"There is no sound file {path.name!r}: please check its name and place.")
    if path.stat().st_size == 0:
        raise InputError(f"The sound file {path.name!r} is empty: please record or upload it again.")
    try:
        return _speaking_track(path, _tracks(path), start, end)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"Reading {path.name!r} took longer than {DECODE_SECONDS} s: please save it as wav or mp3."
        ) from error


def _tracks(path: Path) -> list[ffmpeg.Stream]:
    found, reason = ffmpeg.streams(path)
    voices = [stream for stream in found if stream.kind == "audio"]
    if not voices and found:
        raise InputError(f"{path.name!r} is a video without sound: please choose one with a voice.")
    if not voices:
        raise InputError(
            f"{path.name!r} is not a sound file that can be read ({reason}): "
            "please give wav, flac, mp3, m4a, ogg or webm."
        )
    return voices


def _speaking_track(path: Path, tracks: list[ffmpeg.Stream], start: float, end: float | None) -> Decoded:
    """The first track in which somebody speaks; the first of all where nobody does, or it is the only one."""
    first = _decode_track(path, 0, tracks[0], start, end)
    if len(tracks) == 1 or _speaks(first):
        return first
    for number, track in enumerate(tracks[1:MOST_TRACKS], start=1):
        try:
            other = _decode_track(path, number, track, start, end)
        except InputError:  # this one has no sound there, or cannot be decoded
            continue
        if _speaks(other):
            note = f"Nobody speaks in the first of {len(tracks)} sound tracks: number {number + 1} is used."
            return Decoded(other.rate, other.samples, other.floating, (*other.notes, note))
    return first


def _speaks(decoded: Decoded) -> bool:
    long_enough = len(decoded.samples) > 0.1 * decoded.rate
    return (
        long_enough and bool(np.isfinite(decoded.samples).all()) and not voice_in(decoded.samples, decoded.rate).silent
    )


def _decode_track(path: Path, number: int, track: ffmpeg.Stream, start: float, end: float | None) -> Decoded:
    rate, channels = min(int(track.rate), SOUNDTRACK_RATE), min(track.channels, 2)
    seconds = MAX_SECONDS + 1 if end is None else min(end - start, MAX_SECONDS + 1)
    # Behind the input, so that what lies before is decoded and left out: seeking needs an index, and guesses without.
    passage = ["-ss", f"{start:.6f}"] if start > 0 else []
    run = _run(path, number, [*passage, "-t", f"{seconds:.6f}", "-ar", str(rate), "-ac", str(channels), "-f", "f32le"])
    sound = np.frombuffer(run.stdout, np.float32)
    if run.returncode and not len(sound):
        raise InputError(
            f"The sound in {path.name!r} could not be decoded ({ffmpeg.last_line(run.stderr)}): "
            "please save it as wav or mp3 and try again."
        )
    if start > 0 and not len(sound):
        length = len(_run(path, number, ["-ar", str(MEASURE_RATE), "-ac", "1", "-f", "u8"]).stdout) / MEASURE_RATE
        raise InputError(
            f"The passage starts at {start:g} s, but the sound of {path.name!r} lasts {length:.1f} s: start earlier."
        )
    # ffmpeg decodes around what is broken and ends well, but complains.
    notes = ("Parts of the sound file are damaged; the rest of it is used.",) if run.stderr.strip() else ()
    return Decoded(rate, sound if channels == 1 else sound.reshape(-1, 2), track.codec.startswith("pcm_f"), notes)


def _run(path: Path, number: int, arguments: list[str]) -> subprocess.CompletedProcess[bytes]:
    line = ffmpeg.command(*ffmpeg.source(path), "-map", f"0:a:{number}", *arguments, "pipe:1")
    return subprocess.run(line, capture_output=True, timeout=DECODE_SECONDS)

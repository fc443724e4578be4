"""Speech: any recording, file or array, as the 16 kHz mono that engines hear, beside the sound as it came."""

from __future__ import annotations

import logging
import math
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app import ffmpeg
from avatar_app.files import file_exists, folder_exists
from avatar_app.request import FPS, MAX_SECONDS, MIN_SECONDS, SAMPLE_RATE, Audio, InputError
from avatar_app.speech.passage import cut_passage

Samples = npt.NDArray[np.float32]
log = logging.getLogger(__name__)

RATES = (2_000, 384_000)  # Hz, of arrays
SOUNDTRACK_RATE = 48_000  # Hz; files above it are brought down, nobody hears the difference
DECODE_SECONDS = 180  # patience with ffmpeg

TARGET_LEVEL = 0.1  # RMS of speaking, -20 dBFS
MAX_GAIN = 32.0  # 30 dB
SILENCE = 1e-3  # RMS, -60 dBFS: below it nothing was said
HUM = 1e-2  # RMS, -40 dBFS: below it a sound that never changes is the room, not a voice
CHANGE = 2.0  # a frame this many times above the floor counts as sound
WINDOW, HOP = 400, 160  # samples: 25 ms every 10 ms
CLIP_LEVEL, CLIP_RUN, CLIP_SHARE = 0.98, 3, 1e-4


@dataclass(frozen=True)
class Speech:
    """A voice.

    samples: (n,) float32 mono in [-1, 1], 16 kHz, no DC, speech level brought to -20 dBFS.
    original: (m,) or (m, 2) float32 in [-1, 1] at original_rate Hz, untouched, for the soundtrack.
    notes: sentences for a person (clipped, silent, ...).
    silent: nobody speaks; engines render a listening face.
    """

    samples: Samples
    original: Samples
    original_rate: int
    notes: tuple[str, ...] = ()
    silent: bool = False

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def frames(self) -> int:
        """ceil(duration * 25), in whole numbers so that rounding cannot add a frame."""
        return -(-len(self.samples) * FPS // SAMPLE_RATE)


def load_speech(audio: Audio, start: float = 0.0, end: float | None = None) -> Speech:
    """Reads a sound file, the soundtrack of a video file, or (rate in Hz, samples (n,) or (n, channels)).

    start, end: seconds of the passage to use; None is the end of the recording.
    Integers are taken as full scale of their type, floats as [-1, 1]. The same input gives the same numbers.
    Raises InputError, with one sentence, for anything that is not 0.3 s to 10 min of finite sound.
    """
    if isinstance(audio, str | Path) and (start > 0 or end is not None):
        rate, original, notes = _from_array(*cut_passage(Path(audio), start, end))
    elif isinstance(audio, str | Path):
        rate, original, notes = _decode(Path(audio))
    elif isinstance(audio, tuple | list) and len(audio) == 2:
        rate, original, notes = _from_array(audio[0], audio[1])
        original = original[round(start * rate) : None if end is None else round(end * rate)]
    else:
        raise InputError(
            f"The voice must be a sound file or a pair (rate, samples); got {type(audio).__name__}: "
            "please give a wav, flac, mp3, m4a, ogg or webm file."
        )
    _check(original, rate)
    mono = original if original.ndim == 1 else original.mean(axis=1, dtype=np.float32)
    samples = _resample(mono - np.float32(mono.mean(dtype=np.float64)), rate)
    level, silent = _speech_level(samples)
    if silent:
        notes.append("Nobody speaks in this recording, so the face only listens; was the microphone muted?")
    else:
        samples = np.clip(samples * np.float32(min(TARGET_LEVEL / level, MAX_GAIN)), -1.0, 1.0)
    notes += _quality_notes(original, level, silent)
    log.info(
        "speech: %.2f s, %d Hz, level %.1f dBFS",
        len(samples) / SAMPLE_RATE,
        rate,
        20 * math.log10(level + 1e-9),
    )
    return Speech(samples.astype(np.float32), original, rate, tuple(notes), silent)


def silence(seconds: float) -> Speech:
    """A silent voice of `seconds`, for requests that only have an instruction."""
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise InputError(f"The duration must be from {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds; got {seconds:g}.")
    zeros = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    return Speech(zeros, zeros, SAMPLE_RATE, silent=True)


def _decode(path: Path) -> tuple[int, Samples, list[str]]:
    """File -> (rate, (n,) or (n, 2) float32, notes). Stops decoding just above the length limit."""
    if folder_exists(path):
        raise InputError(f"The voice must be a sound file; {path.name!r} is a folder: please choose a file in it.")
    if not file_exists(path):
        raise InputError(f"There is no sound file {path.name!r}: please check its name and place.")
    if path.stat().st_size == 0:
        raise InputError(f"The sound file {path.name!r} is empty: please record or upload it again.")
    try:
        return _decode_stream(path)
    except subprocess.TimeoutExpired as error:
        raise InputError(
            f"Reading {path.name!r} took longer than {DECODE_SECONDS} s: please save it as wav or mp3."
        ) from error


def _decode_stream(path: Path) -> tuple[int, Samples, list[str]]:
    found, reason = ffmpeg.streams(path)
    voices = [stream for stream in found if stream.kind == "audio"]
    if not voices and found:
        raise InputError(f"{path.name!r} is a video without sound: please choose one with a voice.")
    if not voices:
        raise InputError(
            f"{path.name!r} is not a sound file that can be read ({reason}): "
            "please give wav, flac, mp3, m4a, ogg or webm."
        )
    rate, channels = min(int(voices[0].rate), SOUNDTRACK_RATE), min(voices[0].channels, 2)
    arguments = ["-map", "0:a:0", "-t", str(MAX_SECONDS + 1), "-ar", str(rate), "-ac", str(channels)]
    run = subprocess.run(
        ffmpeg.command(*ffmpeg.source(path), *arguments, "-f", "f32le", "pipe:1"),
        capture_output=True,
        timeout=DECODE_SECONDS,
    )
    sound = np.frombuffer(run.stdout, np.float32)
    if run.returncode and not len(sound):
        raise InputError(
            f"The sound in {path.name!r} could not be decoded ({ffmpeg.last_line(run.stderr)}): "
            "please save it as wav or mp3 and try again."
        )
    # ffmpeg decodes around what is broken and ends well, but complains.
    notes = ["Parts of the sound file are damaged; the rest of it is used."] if run.stderr.strip() else []
    return rate, sound if channels == 1 else sound.reshape(-1, 2), notes


def _from_array(rate: Any, values: Any) -> tuple[int, Samples, list[str]]:
    """(rate, array) -> (rate, (n,) or (n, 2) float32, notes)."""
    whole = isinstance(rate, int | float | np.integer | np.floating) and not isinstance(rate, bool)
    if not whole or not RATES[0] <= rate <= RATES[1] or int(rate) != rate:
        raise InputError(f"The sample rate must be a whole number from {RATES[0]} to {RATES[1]} Hz; got {rate!r}.")
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[0] <= 2 < array.shape[1]:
        array = array.T  # (channels, n), the other common order; two samples would be no recording
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2) or (array.ndim == 2 and not 1 <= array.shape[1] <= 64):
        raise InputError(f"The samples must have the shape (n,) or (n, channels); got {array.shape}.")
    if array.dtype.kind not in "iuf":
        raise InputError(f"The samples must be whole or floating-point numbers; got {array.dtype}.")
    _check_length(len(array), int(rate))
    sound, notes = _full_scale(array), []
    if sound.ndim == 2 and sound.shape[1] > 2:
        sound = sound.mean(axis=1)
    peak = float(np.abs(sound).max())
    if array.dtype.kind == "f" and math.isfinite(peak) and peak > 2.0:
        sound = sound / np.float32(peak)
        notes = [f"The samples went up to {peak:.4g} instead of 1, so they were scaled down."]
    return int(rate), np.ascontiguousarray(sound, np.float32), notes


def _full_scale(array: npt.NDArray[Any]) -> Samples:
    """Whole numbers as fractions of their type's range; floats as they are."""
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    half = 2.0 ** (8 * array.dtype.itemsize - 1)
    offset = half if array.dtype.kind == "u" else 0.0
    return ((array.astype(np.float64) - offset) / half).astype(np.float32)


def _check_length(count: int, rate: int) -> None:
    if count == 0:
        raise InputError("The recording has no samples in it: please record or upload it again.")
    seconds = count / rate
    if seconds < MIN_SECONDS:
        raise InputError(f"The voice must last at least {MIN_SECONDS:g} s; this one lasts {seconds:.2f} s.")
    if seconds > MAX_SECONDS:
        raise InputError(f"The voice may last at most {MAX_SECONDS / 60:g} minutes; this one is longer: please cut it.")


def _check(original: Samples, rate: int) -> None:
    _check_length(len(original), rate)
    if not np.isfinite(original).all():
        raise InputError("The recording contains values that are not numbers (NaN or infinite): please save it again.")


def _resample(mono: Samples, rate: int) -> Samples:
    """(m,) at `rate` -> (n,) at 16 kHz, polyphase with an anti-aliasing Kaiser window."""
    if rate == SAMPLE_RATE:
        return mono
    from scipy.signal import resample_poly  # loads scipy.stats, which few processes need

    common = math.gcd(rate, SAMPLE_RATE)
    resampled: Samples = resample_poly(mono, SAMPLE_RATE // common, rate // common).astype(np.float32)
    return resampled


def _speech_level(samples: Samples) -> tuple[float, bool]:
    """(RMS of the speaking parts, whether there are none), from 25 ms frames.

    The 80th percentile of the frames that stand out from the floor (10th percentile): neither pauses nor one
    slammed door move it, as they would move a mean or a peak.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    rms = np.sqrt(np.einsum("ij,ij->i", windows, windows) / WINDOW)
    active = rms[rms > max(CHANGE * float(np.percentile(rms, 10)), SILENCE)]
    level = float(np.percentile(active if len(active) else rms, 80))
    return level, level < SILENCE or (not len(active) and level < HUM)


def _quality_notes(original: Samples, level: float, silent: bool) -> list[str]:
    """What a person should know about the recording."""
    share = clipped_share(original)
    notes = []
    if share > CLIP_SHARE:
        notes.append(f"The recording is clipped ({100 * share:.2g} % of it): record further from the microphone.")
    if not silent and level * MAX_GAIN < TARGET_LEVEL:
        notes.append("The voice is very quiet: record closer to the microphone for better lips.")
    return notes


def clipped_share(sound: Samples) -> float:
    """Fraction of samples above full scale, or on a flat top of three or more equal values near it."""
    channel = sound if sound.ndim == 1 else sound.reshape(len(sound), -1)[:, int(np.abs(sound).max(axis=0).argmax())]
    high = np.abs(channel) >= CLIP_LEVEL
    flat = high[1:-1] & (channel[1:-1] == channel[:-2]) & (channel[1:-1] == channel[2:])
    tops = np.zeros(len(channel), bool)
    for shift in range(CLIP_RUN):
        tops[shift : shift + len(flat)] |= flat
    return float(np.mean(tops | (np.abs(channel) > 1.0 + 1e-6)))

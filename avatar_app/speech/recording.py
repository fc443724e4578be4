"""Speech: any recording, file or array, as the 16 kHz mono that engines hear, beside the sound as it came."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.request import FPS, MAX_SECONDS, MIN_SECONDS, SAMPLE_RATE, Audio, InputError
from avatar_app.speech.decoding import Decoded, decode
from avatar_app.speech.loudness import SILENCE, Samples, Voice, clipped_share, voice_in

log = logging.getLogger(__name__)

RATES = (2_000, 384_000)  # Hz, of arrays

TARGET_LEVEL = 0.1  # RMS of speaking, -20 dBFS
MAX_GAIN, MAX_FAINT_GAIN = 32.0, 2_000.0  # 30 dB; and of voices below the noise of rooms, which have none beside them
LOUD = 1.12  # 1 dB above full scale, from which on it is told; lossy formats swing so far by themselves
CLIP_SHARE = 1e-4


@dataclass(frozen=True)
class Speech:
    """A voice.

    samples: (n,) float32 mono in [-1, 1], 16 kHz, no DC, speech level brought to -20 dBFS.
    original: (m,) or (m, 2) float32 in [-1, 1] at original_rate Hz, as it came, for the soundtrack.
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
    decoded = _read(audio, start, end)
    original, rate, notes = decoded.samples, decoded.rate, list(decoded.notes)
    _check(original, rate)
    # Floats may lie above full scale; lossy formats swing above it where the recording was clipped.
    clipped = 0.0 if decoded.floating else clipped_share(original)
    original = _levelled(original, notes)
    voice = voice_in(original, rate)
    samples = voice.samples
    notes += [voice.note] if voice.note else []
    if voice.silent:
        what = "passage" if start > 0 or end is not None else "recording"
        notes.append(f"Nobody speaks in this {what}, so the face only listens; was the microphone muted?")
    else:
        most = MAX_GAIN if voice.level >= SILENCE else MAX_FAINT_GAIN
        samples = np.clip(samples * np.float32(min(TARGET_LEVEL / voice.level, most)), -1.0, 1.0)
    notes += _quality_notes(max(clipped, clipped_share(original)), voice)
    log.info(
        "speech: %.2f s, %d Hz, level %.1f dBFS",
        len(samples) / SAMPLE_RATE,
        rate,
        20 * math.log10(voice.level + 1e-9),
    )
    return Speech(samples.astype(np.float32), original, rate, tuple(notes), voice.silent)


def _read(audio: Audio, start: float, end: float | None) -> Decoded:
    """The passage, as it is in a file or an array."""
    if isinstance(audio, str | Path):
        return decode(Path(audio), start, end)
    if isinstance(audio, tuple | list) and len(audio) == 2:
        rate, whole = _from_array(audio[0], audio[1])
        return Decoded(rate, whole[round(start * rate) : None if end is None else round(end * rate)], floating=True)
    raise InputError(
        f"The voice must be a sound file or a pair (rate, samples); got {type(audio).__name__}: "
        "please give a wav, flac, mp3, m4a, ogg or webm file."
    )


def _levelled(original: Samples, notes: list[str]) -> Samples:
    """The sound without anything above full scale, which a soundtrack would cut off: made softer as a whole."""
    peak = float(np.abs(original).max())
    if peak <= 1.0:
        return original
    if peak > LOUD:
        notes.append(f"The samples went up to {peak:.4g} instead of 1, so they were scaled down.")
    return (original / np.float32(peak)).astype(np.float32)


def silence(seconds: float) -> Speech:
    """A silent voice of `seconds`, for requests that only have an instruction."""
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise InputError(f"The duration must be from {MIN_SECONDS:g} to {MAX_SECONDS:g} seconds; got {seconds:g}.")
    zeros = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    return Speech(zeros, zeros, SAMPLE_RATE, silent=True)


def _from_array(rate: Any, values: Any) -> tuple[int, Samples]:
    """(rate, array) -> (rate, (n,) or (n, 2) float32)."""
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
    sound = _full_scale(array)
    if sound.ndim == 2 and sound.shape[1] > 2:
        sound = sound.mean(axis=1)
    return int(rate), np.ascontiguousarray(sound, np.float32)


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


def _quality_notes(clipped: float, voice: Voice) -> list[str]:
    """What a person should know about the recording."""
    notes = []
    if clipped > CLIP_SHARE:
        notes.append(f"The recording is clipped ({100 * clipped:.2g} % of it): record further from the microphone.")
    if not voice.silent and voice.level * MAX_GAIN < TARGET_LEVEL:
        notes.append("The voice is very quiet: record closer to the microphone for better lips.")
    return notes

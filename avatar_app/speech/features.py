"""Speech features: log-mel frames at 100 Hz, normalised so that level, microphone and room change them little."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.fft import dct, idct
from scipy.ndimage import uniform_filter1d
from transformers.audio_utils import mel_filter_bank, spectrogram, window_function

from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.types import Array

MELS = 64
HOP = 160  # samples: 100 frames per second, four per video frame
WINDOW = 400  # samples, 25 ms
FRAMES_PER_VIDEO_FRAME = SAMPLE_RATE // (HOP * FPS)
STRETCH = 3000  # rows made at a time: spectra take a hundred times as much memory as what is kept of them
CHANNELS = MELS + 1  # log-mel bands and the frame's level
ENERGY_FLOOR = -13.0  # natural-log power of a frame at about -56 dB re full scale: below it nobody speaks
DYNAMIC_RANGE = 11.0  # nats kept below the speech level, about 48 dB
CHANGE = 1.0  # nats, mean over the bands within 0.2 s: what changes less is held, and counts less in the channel mean
CALM_FRAMES = 60.0  # weight, in frames, of the average voice in the channel mean of short recordings


@lru_cache(maxsize=1)
def _filters() -> npt.NDArray[np.float64]:
    filters: npt.NDArray[np.float64] = mel_filter_bank(
        num_frequency_bins=257,
        num_mel_filters=MELS,
        min_frequency=60.0,
        max_frequency=7600.0,
        sampling_rate=SAMPLE_RATE,
        norm="slaney",
        mel_scale="slaney",
    )
    return filters


@lru_cache(maxsize=1)
def _average_voice() -> Array:
    """(64,) log-mel of the corpus's speech relative to its level: the channel mean that short clips lean on."""
    bands = np.arange(MELS, dtype=np.float32)
    return (-1.0 - 7.0 * (1.0 - np.exp(-bands / 14.0))).astype(np.float32)


def log_mel(samples: Array, frames: int) -> Array:
    """(4 * frames, 64) float32 natural-log mel power of (n,) mono 16 kHz samples, cut or padded with silence.

    Row j is centred on j * 10 ms.
    """
    wanted = frames * FRAMES_PER_VIDEO_FRAME
    padded = np.zeros(wanted * HOP, np.float32)
    count = min(len(samples), len(padded))
    padded[:count] = samples[:count]
    padded = np.pad(padded, WINDOW // 2, mode="reflect")
    rows = np.empty((wanted, MELS), np.float32)
    for first in range(0, wanted, STRETCH):
        last = min(first + STRETCH, wanted)
        rows[first:last] = np.log(_power(padded[first * HOP : (last - 1) * HOP + WINDOW]).T)
    return rows


def _power(samples: Array) -> npt.NDArray[np.float64]:
    """(64, n) mel power of the n windows that lie in the samples."""
    power: npt.NDArray[np.float64] = spectrogram(
        samples,
        window_function(WINDOW, "hann"),
        frame_length=WINDOW,
        hop_length=HOP,
        fft_length=512,
        power=2.0,
        center=False,
        mel_filters=_filters(),
        mel_floor=1e-12,
    )
    return power


def speech_level(mel: Array) -> float:
    """The level of the talker: 95th percentile of the frames' log power, never below the floor."""
    return max(float(np.percentile(_energy(mel), 95)), ENERGY_FLOOR) if len(mel) else ENERGY_FLOOR


def _energy(mel: Array) -> Array:
    top = mel.max(axis=1, keepdims=True)
    return (top[:, 0] + np.log(np.exp(mel - top).mean(axis=1))).astype(np.float32)


def speech_features(mel: Array) -> Array:
    """(4T, 65) float32, about zero mean and unit variance: level and channel removed, frame level appended.

    Gain changes nothing (down to ENERGY_FLOOR), a fixed equaliser little: the mean spectrum of the louder frames is
    subtracted (cepstral-mean-normalisation in the log-mel domain). Frames count by how much changes around them: a
    vowel that is held for seconds would be its own mean and vanish, while speech changes all the time.
    """
    level = speech_level(mel)
    relative = np.maximum(mel - level, -DYNAMIC_RANGE)
    energy = np.maximum(_energy(mel) - level, -DYNAMIC_RANGE)
    weight = _change(relative) / (1.0 + np.exp(-(energy + 3.0) / 0.7))
    prior = _average_voice()
    mean = (weight @ relative + CALM_FRAMES * prior) / (weight.sum() + CALM_FRAMES)
    return np.concatenate([(relative - mean) / 2.5, energy[:, None] / 3.0 + 1.0], axis=1).astype(np.float32)


def _change(relative: Array) -> Array:
    """(n,) from 0, where the spectrum stays the same from 0.1 s before to 0.1 s after a frame, to 1."""
    if not len(relative):
        return np.zeros(0, np.float32)
    smooth, row = uniform_filter1d(relative, 5, axis=0), np.arange(len(relative))
    before, after = smooth[np.maximum(row - 10, 0)], smooth[np.minimum(row + 10, len(row) - 1)]
    return np.asarray(np.minimum(np.abs(after - before).mean(axis=1) / CHANGE, 1.0), np.float32)


def warp_bands(mel: Array, factor: float) -> Array:
    """(n, 64) of a vocal tract `factor` times as short: bands below a knee move alike, those above bend back."""
    top, knee = MELS - 1, 48.0
    bands = np.arange(MELS, dtype=np.float32)
    bent = top - (top - bands) * (top - knee * factor) / (top - knee)
    source = np.where(bands < knee, bands * factor, bent)
    low = np.clip(source.astype(np.int64), 0, top - 1)
    part = (source - low).astype(np.float32)
    return (mel[:, low] * (1 - part) + mel[:, low + 1] * part).astype(np.float32)


def lifter(mel: Array, kept: int) -> Array:
    """(n, 64) with only the first `kept` cepstral coefficients left: the envelope without its harmonics."""
    coefficients = dct(mel, axis=1, norm="ortho")
    coefficients[:, kept:] = 0
    return np.asarray(idct(coefficients, axis=1, norm="ortho"), np.float32)

"""Loudness of a voice: how loud it speaks and whether it does, the channel it is in, and what clipping took of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from avatar_app.request import SAMPLE_RATE

Samples = npt.NDArray[np.float32]

SILENCE = 1e-3  # RMS, -60 dBFS: below it only what stands out clearly was said
FAINT = 6e-5  # RMS, -84 dBFS: below it nothing was; 16 bits end there
HUM = 1e-2  # RMS, -40 dBFS: below it a sound that never changes is the room, not a voice
CHANGE = 2.0  # a frame this many times above the floor counts as sound
CLEAR, CLEAR_SHARE = 8.0, 0.05  # and below SILENCE, this many times, in so many of the frames
WINDOW, HOP = 400, 160  # samples: 25 ms every 10 ms
CANCELLED = 0.25  # of a channel's RMS that the mean of both has where they are each other's opposite
CLIP_LEVEL, CLIP_RUN = 0.98, 3


@dataclass(frozen=True)
class Voice:
    """samples: (n,) float32 mono, 16 kHz, no DC. level: RMS of speaking. silent: nobody speaks. note: for a person."""

    samples: Samples
    level: float
    silent: bool
    note: str = ""


def voice_in(sound: Samples, rate: int) -> Voice:
    """The voice in (n,) or (n, 2): of both channels, or of the one that speaks where both together do not."""
    if sound.ndim == 1:
        return _heard(sound, rate)
    mixed = sound.mean(axis=1, dtype=np.float32)
    both, loudest = _heard(mixed, rate), float(_rms(sound, axis=0).max())
    cancelled = float(_rms(mixed)) < CANCELLED * loudest
    if not both.silent and not cancelled:
        return both
    sides = [_heard(np.ascontiguousarray(side), rate) for side in sound.T]
    best = max((0, 1), key=lambda side: (not sides[side].silent, sides[side].level))
    if sides[best].silent:
        return both
    name = ("left", "right")[best]
    why = "The two channels cancel each other out (one is inverted)" if cancelled else "Only one of two channels speaks"
    voice = sides[best]
    return Voice(voice.samples, voice.level, False, f"{why}: the {name} one alone is heard.")


def _heard(mono: Samples, rate: int) -> Voice:
    samples = resample(mono - np.float32(mono.mean(dtype=np.float64)), rate)
    return Voice(samples, *speech_level(samples))


def resample(mono: Samples, rate: int) -> Samples:
    """(m,) at `rate` -> (n,) at 16 kHz, polyphase with an anti-aliasing Kaiser window."""
    if rate == SAMPLE_RATE:
        return mono
    from scipy.signal import resample_poly  # loads scipy.stats, which few processes need

    common = math.gcd(rate, SAMPLE_RATE)
    resampled: Samples = resample_poly(mono, SAMPLE_RATE // common, rate // common).astype(np.float32)
    return resampled


def speech_level(samples: Samples) -> tuple[float, bool]:
    """(RMS of the speaking parts, whether there are none), from 25 ms frames.

    The 80th percentile of the frames that stand out from the floor (10th percentile): neither pauses nor one
    slammed door move it, as they would move a mean or a peak.
    """
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    rms = np.sqrt(np.einsum("ij,ij->i", windows, windows) / WINDOW)
    floor = float(np.percentile(rms, 10))
    active = rms[rms > max(CHANGE * floor, SILENCE)]
    if not len(active):
        clear = rms[rms > max(CLEAR * floor, FAINT)]
        if len(clear) >= CLEAR_SHARE * len(rms):
            return float(np.percentile(clear, 80)), False
    level = float(np.percentile(active if len(active) else rms, 80))
    return level, level < SILENCE or (not len(active) and level < HUM)


def clipped_share(sound: Samples) -> float:
    """Fraction of samples above full scale, or on a flat top of three or more equal values near it."""
    channel = sound if sound.ndim == 1 else sound.reshape(len(sound), -1)[:, int(np.abs(sound).max(axis=0).argmax())]
    high = np.abs(channel) >= CLIP_LEVEL
    flat = high[1:-1] & (channel[1:-1] == channel[:-2]) & (channel[1:-1] == channel[2:])
    tops = np.zeros(len(channel), bool)
    for shift in range(CLIP_RUN):
        tops[shift : shift + len(flat)] |= flat
    return float(np.mean(tops | (np.abs(channel) > 1.0 + 1e-6)))


def _rms(sound: Samples, axis: int | None = None) -> npt.NDArray[np.float64]:
    return np.asarray(np.sqrt(np.mean(np.square(sound, dtype=np.float64), axis=axis)))

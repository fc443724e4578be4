"""When somebody laughs: bursts of one and the same voiced sound in an even rhythm, with little between them.

Laughs come in bursts about a fifth of a second apart (Provine 2001), deeper parted than syllables and far more alike,
since no lip or tongue shapes them. What is spoken has seldom four such syllables in a row. docs/audio2photoreal.md has
what was measured.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.signal import find_peaks

from avatar_app.request import FPS
from avatar_app.speech.features import log_mel
from avatar_app.speech.prosody import DECIBEL, STEP, pitches
from avatar_app.types import Array

SONORITY, COLOUR = slice(4, 44), slice(4, 52)  # mel bands whose loudness is followed, and whose shape is compared
BURSTS = 4  # in a row
APART = 0.10, 0.30  # seconds between bursts, on average
UNEVEN = 0.18  # deviation of the logarithm of their distances
DEEP = 7.0  # dB between every two of them, at least
UNLIKE = 5.0  # dB by which their spectra differ on average, at most
VOICED = 0.5  # share of them that have a pitch, at least
WEAK = 25.0  # dB below the loud parts from which on nothing counts
NUCLEUS = 3.0, 9  # dB of a burst over what is around it, steps of 10 ms to the next one: what counts as one
BEFORE, AFTER = 0.08, 0.2  # seconds


def laughing(samples: Array, frames: int) -> Array:
    """(frames,) float32, 1 while somebody laughs in (n,) mono 16 kHz samples, else 0."""
    out = np.zeros(frames, np.float32)
    if not frames:
        return out
    mel = log_mel(samples, frames)
    loudness = uniform_filter1d(DECIBEL * np.log(np.exp(mel[:, SONORITY]).mean(axis=1) + 1e-9), 3)
    peaks = find_peaks(loudness, prominence=NUCLEUS[0], distance=NUCLEUS[1])[0]
    peaks = peaks[loudness[peaks] > np.percentile(loudness, 95) - WEAK]
    for run in _laughs(samples, mel, loudness, peaks):
        first, last = run[0] * STEP - BEFORE, run[-1] * STEP + AFTER
        out[max(0, int(first * FPS)) : int(last * FPS) + 1] = 1
    return out


def _laughs(samples: Array, mel: Array, loudness: Array, peaks: Array) -> list[Array]:
    """Every BURSTS peaks in a row that are a laugh, as steps of 10 ms."""
    if len(peaks) < BURSTS:
        return []
    colour = uniform_filter1d(mel * DECIBEL, 3, axis=0)[peaks, COLOUR]
    colour = colour - colour.mean(axis=1, keepdims=True)
    unlike = np.abs(np.diff(colour, axis=0)).mean(axis=1)
    gaps = np.diff(peaks) * STEP
    parted = [min(loudness[a], loudness[b]) - loudness[a:b].min() for a, b in itertools.pairwise(peaks)]
    voiced = pitches(samples, peaks) > 0
    found = []
    for first in range(len(peaks) - BURSTS + 1):
        between = slice(first, first + BURSTS - 1)
        here = slice(first, first + BURSTS)
        even = np.log(gaps[between]).std() <= UNEVEN and APART[0] <= gaps[between].mean() <= APART[1]
        alike = unlike[between].mean() <= UNLIKE and voiced[here].mean() >= VOICED
        if even and alike and min(parted[between]) >= DEEP:
            found.append(peaks[here])
    return found

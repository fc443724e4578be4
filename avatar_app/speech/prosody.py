"""When somebody talks, and which syllables stand out: from loudness and pitch alone, in any language."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_propagation, uniform_filter1d
from scipy.signal import find_peaks

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech.features import FRAMES_PER_VIDEO_FRAME, HOP, log_mel
from avatar_app.types import Array

Span = tuple[float, float]  # start and end, seconds

STEP = HOP / SAMPLE_RATE  # seconds, 10 ms
GROUP = 4  # mel bands that are judged together: alone, a band of noise jumps too much
ABOVE_NOISE = 2.5  # times the floor of its band: what is louder is no noise
DECIBEL = 10 / np.log(10)
TALK, TRACE = -24.0, -32.0  # dB re the loud syllables: surely talk, and how far down it goes on from there
NOTHING = -99.0  # dB
SILENT = 1e-9  # power over the noise: below it nobody speaks
LEAST_OVER_NOISE = 3.0  # dB of the loud syllables over the floor: with less, nothing but noise was recorded
LEAST_TALK = 0.08  # seconds; shorter talk is a click
LEAST_GAP, NOISY_GAP = 0.25, 0.32  # seconds; shorter gaps are stops, and where noise hides the weak ends of words
NOISY = 24.0  # dB of the loud syllables over the floor: with less, weak consonants drown

PITCHES = 60.0, 400.0  # Hz
PITCH_WINDOW = 1024  # samples, 64 ms: three periods of the lowest
AT_ONCE = 256  # windows: their spectra take more memory than the recording
VOICED = 0.45  # of the autocorrelation at its start
SONORITY = slice(8, 44)  # mel bands, about 250 to 3000 Hz: where vowels are, and neither hum nor hiss
DIP, APART = 1.5, 0.1  # dB, seconds: what parts two syllables
HALF = 6.0  # dB below its nucleus, where a syllable ends
AROUND = 1.5  # seconds, sigma of what a syllable is compared with
SYLLABLES = 3  # fewer cannot be compared
WEIGHTS = 1.0, 0.8, 0.8  # of loudness, pitch and length, in standard deviations
STRESS_APART = 0.6  # seconds
STANDS_OUT = 1.2  # of the weighted sum, whose standard deviation is about 1.5


@dataclass(frozen=True)
class Loudness:
    """A recording in steps of 10 ms.

    mel: (n, 64) log-mel power. decibels: (n,) over the noise, re the loud syllables. headroom: of these over the
    noise, dB.
    """

    mel: Array
    decibels: Array
    headroom: float


def measure(samples: Array) -> Loudness:
    """Of (n,) mono 16 kHz samples. Steady noise of any spectrum is taken off; where no more is left, all is NOTHING."""
    mel = log_mel(samples, -(-len(samples) // (HOP * FRAMES_PER_VIDEO_FRAME)))[: len(samples) // HOP]
    if len(mel) < LEAST_TALK / STEP:
        return Loudness(mel, np.full(len(mel), NOTHING, np.float32), 0.0)
    power = np.exp(mel.reshape(len(mel), -1, GROUP)).mean(axis=2)
    floor = np.percentile(uniform_filter1d(power, 5, axis=0), 10, axis=0)
    over = np.maximum(uniform_filter1d(power, 3, axis=0) - ABOVE_NOISE * floor, 0).sum(axis=1)
    loud = float(np.percentile(over, 95))
    headroom = DECIBEL * float(np.log((loud + 1e-12) / (floor.sum() + 1e-12)))
    if loud < SILENT or headroom < LEAST_OVER_NOISE:
        return Loudness(mel, np.full(len(mel), NOTHING, np.float32), headroom)
    return Loudness(mel, (DECIBEL * np.log(over / loud + 1e-9)).astype(np.float32), headroom)


def talk(loudness: Loudness) -> list[Span]:
    """Stretches of talk, seconds, in order."""
    above = loudness.decibels > TRACE
    active = binary_propagation(loudness.decibels > TALK, mask=above)
    active = _without(active, True, LEAST_TALK)
    active = _without(active, False, LEAST_GAP if loudness.headroom > NOISY else NOISY_GAP)
    return [(first * STEP, last * STEP) for first, last in _runs(active)]


def _without(active: Array, kind: bool, least: float) -> Array:
    """The same with runs of `kind` that are shorter than `least` seconds turned over; gaps at the edges stay."""
    result = active.copy()
    for first, last in _runs(active == kind):
        inner = kind or (first > 0 and last < len(active))
        if inner and (last - first) * STEP < least:
            result[first:last] = not kind
    return result


def _runs(mask: Array) -> list[tuple[int, int]]:
    """First and past-the-last index of every run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def stresses(samples: Array, loudness: Loudness, spans: list[Span]) -> list[float]:
    """Middles of the syllables that stand out in loudness, pitch and length, seconds, in order, STRESS_APART at least.

    samples: (n,) mono 16 kHz. spans: of talk. Every syllable is compared with those around it.
    """
    sound = uniform_filter1d(DECIBEL * np.log(np.exp(loudness.mel[:, SONORITY]).mean(axis=1) + 1e-9), 5)
    peaks = find_peaks(sound, prominence=DIP, distance=round(APART / STEP))[0]
    peaks = peaks[np.array([any(start <= peak * STEP <= end for start, end in spans) for peak in peaks], bool)]
    pitch = pitches(samples, peaks)
    if (pitch > 0).sum() >= SYLLABLES:
        peaks, pitch = peaks[pitch > 0], pitch[pitch > 0]
    else:
        pitch = np.full(len(peaks), PITCHES[0], np.float32)  # whispered: loudness and length tell
    if len(peaks) < SYLLABLES:
        return []
    lengths = np.array([_length(sound, peak) for peak in peaks], np.float32)
    times, prominence = peaks * STEP, _prominence(peaks * STEP, sound[peaks], np.log2(pitch), np.log(lengths))
    chosen: list[int] = []
    for index in np.argsort(-prominence):
        if prominence[index] > STANDS_OUT and all(abs(times[index] - times[k]) >= STRESS_APART for k in chosen):
            chosen.append(int(index))
    return [float(time) for time in sorted(times[chosen])]


def _prominence(times: Array, *features: Array) -> Array:
    """(k,) how far syllables at (k,) seconds stand out from those around them: WEIGHTS of (k,) features."""
    weight = np.exp(-0.5 * ((times[:, None] - times) / AROUND) ** 2)
    weight /= weight.sum(axis=1, keepdims=True)
    above = np.stack(features) - np.stack(features) @ weight.T
    prominence: Array = np.asarray(WEIGHTS) @ (above / (above.std(axis=1, keepdims=True) + 1e-6))
    return prominence


def _length(sound: Array, peak: int) -> int:
    """Steps around a peak in which it is at most HALF dB weaker."""
    weak = np.flatnonzero(sound < sound[peak] - HALF)
    before, after = weak[weak < peak], weak[weak > peak]
    return int((after[0] if len(after) else len(sound)) - (before[-1] if len(before) else -1)) - 1


def pitches(samples: Array, steps: Array) -> Array:
    """(k,) Hz around the 10 ms steps (k,), 0 where there is no pitch: the first high peak of the autocorrelation."""
    padded = np.pad(samples, PITCH_WINDOW)
    starts = np.asarray(steps, np.int64) * HOP + PITCH_WINDOW - PITCH_WINDOW // 2
    parts = [_pitches(padded, starts[first : first + AT_ONCE]) for first in range(0, len(starts), AT_ONCE)]
    return np.concatenate([np.zeros(0, np.float32), *parts])


def _pitches(padded: Array, starts: npt.NDArray[np.int64]) -> Array:
    """(k,) Hz of the windows of samples that begin at (k,)."""
    frames = padded[starts[:, None] + np.arange(PITCH_WINDOW)] * np.hanning(PITCH_WINDOW)
    spectrum = np.abs(np.fft.rfft(frames, 2 * PITCH_WINDOW, axis=1)) ** 2
    spectrum[:, round(1000 * 2 * PITCH_WINDOW / SAMPLE_RATE) :] = 0
    window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(PITCH_WINDOW), 2 * PITCH_WINDOW)) ** 2)
    shortest, longest = round(SAMPLE_RATE / PITCHES[1]), round(SAMPLE_RATE / PITCHES[0])
    alike = np.fft.irfft(spectrum, axis=1)
    alike = alike[:, : longest + 1] / (alike[:, :1] + 1e-12) / (window[: longest + 1] / window[0])
    found = np.zeros(len(starts), np.float32)
    for row, curve in enumerate(alike):
        best = curve[shortest:].max()
        lags = find_peaks(curve, height=max(VOICED, 0.9 * best))[0]
        lags = lags[lags >= shortest]
        found[row] = SAMPLE_RATE / lags[0] if len(lags) else 0
    return found

"""Sound without speech, for which lips stay as they are: quiet, noise, knocks, and all kinds of music."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

from avatar_app.request import SAMPLE_RATE
from avatar_app.training.corpus.augment import Wave, coloured_noise

_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 6, 7, 10))
_BELL = ((0.56, 1.0), (0.92, 0.7), (1.19, 0.6), (1.71, 0.5), (2.0, 0.6), (2.74, 0.4), (3.76, 0.25), (4.07, 0.2))
Rng = np.random.Generator


def nonspeech(count: int, rng: Rng, kind: float | None = None) -> Wave:
    """(count,) sound without speech. `kind` from 0 to 1: quiet, noise, knocks and breaths, then half of it music."""
    kind = rng.random() if kind is None else kind
    quiet = coloured_noise(count, rng) * np.float32(10 ** rng.uniform(-5, -2.5))
    if kind < 0.15:
        return quiet * np.float32(rng.random() < 0.7)
    if kind < 0.3:
        return (coloured_noise(count, rng) * 10 ** rng.uniform(-2.5, -1.0)).astype(np.float32)
    if kind >= 0.5:
        return quiet + music(count, rng) * np.float32(10 ** rng.uniform(-1.3, 0))
    sound = quiet.astype(np.float64)
    for _ in range(max(1, int(count / SAMPLE_RATE / 2.5))):  # breaths and knocks
        start, length = int(rng.integers(0, count)), int(rng.uniform(0.02, 0.7) * SAMPLE_RATE)
        burst = coloured_noise(length, rng) * np.hanning(length) * rng.uniform(0.01, 0.1)
        sound[start : start + length] += burst[: count - start]
    return sound.astype(np.float32)


def music(count: int, rng: Rng) -> Wave:
    """(count,) one to three parts over a common beat and scale, peak 0.5."""
    beat = float(rng.uniform(0.22, 0.7))
    root, scale = 220 * 2 ** float(rng.uniform(-1.3, 0.8)), _SCALES[int(rng.integers(len(_SCALES)))]
    sound = np.zeros(count)
    for part in rng.choice(5, size=int(rng.choice([1, 2, 3], p=[0.45, 0.35, 0.2])), replace=False):
        sound += (_chords, _arpeggio, _melody, _bells, _drums)[int(part)](count, beat, root, scale, rng)
    if rng.random() < 0.5:
        tail = rng.standard_normal(int(rng.uniform(0.1, 1.0) * SAMPLE_RATE))
        tail *= np.exp(-5 * np.arange(len(tail)) / len(tail)) * 0.05
        tail[0] = 1
        sound = fftconvolve(sound, tail)[:count]
    return (0.5 * sound / (np.abs(sound).max() + 1e-6)).astype(np.float32)


def _pitch(root: float, scale: tuple[int, ...], step: int) -> float:
    octave, degree = divmod(step, len(scale))
    return float(root * 2 ** (octave + scale[degree] / 12))


def _instrument(rng: Rng) -> Callable[[float, int], Wave]:
    """A way to play (pitch, samples): strings, organ, plucked strings, flute or brass."""
    kind, vibrato = int(rng.integers(5)), float(rng.uniform(0.002, 0.008))
    attack = float(rng.uniform(0.08, 0.3) if kind == 0 else rng.uniform(0.005, 0.05))
    decay = float(rng.uniform(1.5, 7) if kind in (1, 2) and rng.random() < 0.8 else 0.0)
    brightness = float(rng.uniform(0.6, 1.8))
    rate = float(rng.uniform(4.5, 6.5))

    def play(pitch: float, count: int) -> Wave:
        time = np.arange(count) / SAMPLE_RATE
        bend = vibrato * np.sin(2 * np.pi * rate * time) * (kind in (0, 3, 4)) * np.clip(time / 0.3, 0, 1)
        phase = 2 * np.pi * pitch * np.cumsum(1 + bend) / SAMPLE_RATE
        partials = min(40, int(7600 / pitch)) if kind in (0, 2, 4) else 6
        tone = np.zeros(count)
        for k in range(1, partials + 1):
            if kind == 1 and k in (3, 5):
                continue
            tone += np.sin(k * phase) / k**brightness * np.exp(-decay * time * (1 + 0.3 * k))
        if kind == 3:
            tone += 0.05 * rng.standard_normal(count)
        edges = np.clip(time / attack, 0, 1) * np.clip((time[-1] - time) / 0.05, 0, 1) if count else 1
        return (tone * edges).astype(np.float32)

    return play


def _placed(sound: Wave, note: Wave, start: int) -> None:
    sound[start : start + len(note)] += note[: max(0, len(sound) - start)]


def _chords(count: int, beat: float, root: float, scale: tuple[int, ...], rng: Rng) -> Wave:
    play, sound, at = _instrument(rng), np.zeros(count, np.float32), 0
    while at < count:
        length, base = int(rng.choice([1, 2, 4]) * beat * SAMPLE_RATE), int(rng.integers(-3, 5))
        for step in (0, 2, 4, *((6,) if rng.random() < 0.3 else ())):
            _placed(sound, 0.4 * play(_pitch(root, scale, base + step), length), at)
        at += length
    return sound


def _arpeggio(count: int, beat: float, root: float, scale: tuple[int, ...], rng: Rng) -> Wave:
    play, sound, at, step = _instrument(rng), np.zeros(count, np.float32), 0, 0
    base, pattern = int(rng.integers(-2, 6)), rng.integers(0, 9, int(rng.integers(3, 7)))
    length = int(beat / rng.choice([1, 2, 3]) * SAMPLE_RATE)
    while at < count:
        _placed(sound, play(_pitch(root, scale, base + int(pattern[step % len(pattern)])), int(1.2 * length)), at)
        at, step = at + length, step + 1
    return sound


def _melody(count: int, beat: float, root: float, scale: tuple[int, ...], rng: Rng) -> Wave:
    play, sound, at, step = _instrument(rng), np.zeros(count, np.float32), 0, int(rng.integers(2, 8))
    while at < count:
        length = int(beat * rng.choice([0.5, 1, 1, 2]) * SAMPLE_RATE)
        if rng.random() < 0.85:
            _placed(sound, play(_pitch(root, scale, step), length), at)
        at, step = at + length, int(np.clip(step + rng.integers(-2, 3), -3, 12))
    return sound


def _bells(count: int, beat: float, root: float, scale: tuple[int, ...], rng: Rng) -> Wave:
    sound, at = np.zeros(count, np.float32), 0
    while at < count:
        time = np.arange(int(rng.uniform(0.8, 3) * SAMPLE_RATE)) / SAMPLE_RATE
        pitch = _pitch(2 * root, scale, int(rng.integers(0, 8)))
        tones = [a * np.sin(2 * np.pi * pitch * k * time) * np.exp(-(1.5 + k) * time) for k, a in _BELL]
        _placed(sound, (0.5 * np.sum(tones, axis=0)).astype(np.float32), at)
        at += int(beat * rng.choice([1, 2, 4]) * SAMPLE_RATE)
    return sound


def _drums(count: int, beat: float, _root: float, _scale: tuple[int, ...], rng: Rng) -> Wave:
    time = np.arange(int(0.25 * SAMPLE_RATE)) / SAMPLE_RATE
    noise = rng.standard_normal(len(time))
    high = sosfilt(butter(2, 5000, "highpass", fs=SAMPLE_RATE, output="sos"), noise)
    kick = np.sin(2 * np.pi * np.cumsum(45 + 110 * np.exp(-30 * time)) / SAMPLE_RATE) * np.exp(-14 * time)
    snare = (0.6 * noise + np.sin(2 * np.pi * 190 * time)) * np.exp(-22 * time)
    hat = high * np.exp(-60 * time)
    sound, step = np.zeros(count, np.float32), int(beat / 2 * SAMPLE_RATE)
    pattern = rng.random((3, 8)) < np.array([[0.35], [0.25], [0.7]])
    for i, at in enumerate(range(0, count, step)):
        for row, (drum, level) in enumerate(((kick, 1.2), (snare, 0.6), (hat, 0.35))):
            if pattern[row, i % 8]:
                _placed(sound, (level * drum).astype(np.float32), at)
    return sound

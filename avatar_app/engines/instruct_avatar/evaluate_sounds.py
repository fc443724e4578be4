"""What the mouth does at sounds without words: silence, noise, music, breaths, a held vowel, a laugh."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.evaluate_lips import lip_gap
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.recording import load_speech
from avatar_app.training.corpus.augment import breath, coloured_noise
from avatar_app.types import Array

SECONDS = 5
SEEDS = 3  # sounds of every kind
AH = (
    (730, 80),
    (1200, 90),
    (2500, 130),
    (3400, 200),
)  # formants and bandwidths, Hz, of a man's (Peterson & Barney 1952)
OPEN = 0.05  # lip gap in mouth widths from which a mouth is open
Rng = np.random.Generator


def closed_in_silence(engine: InstructAvatar) -> dict[str, float]:
    """Mean jawOpen at sounds at which nobody speaks; the bar is 0.03."""
    opened = {"digital_silence": _mean_jaw(motion_samples(engine, None, None, 2, seconds=SECONDS))}
    for name, sound in QUIET_MOUTHS.items():
        clips = [clip for seed in range(SEEDS) for clip in _clips(engine, sound(np.random.default_rng(seed)))]
        opened[name] = _mean_jaw(clips)
    return opened


def open_at_voices(engine: InstructAvatar) -> dict[str, float]:
    """Share of the voiced time in which the mouth is open, at voices without words: a held "ah", a laugh."""
    return {
        name: round(
            float(np.mean([_share_open(engine, *make(np.random.default_rng(seed))) for seed in range(SEEDS)])), 3
        )
        for name, make in VOICES.items()
    }


def _clips(engine: InstructAvatar, sound: Array) -> list[MotionClip]:
    return motion_samples(engine, load_speech((SAMPLE_RATE, sound)), None, 1)


def _mean_jaw(clips: list[MotionClip]) -> float:
    return round(float(np.mean([clip.channel("jawOpen").mean() for clip in clips])), 4)


def _share_open(engine: InstructAvatar, sound: Array, voiced: Array) -> float:
    gap = lip_gap(_clips(engine, sound)[0])
    loud = voiced[: len(gap) * SAMPLE_RATE // FPS].reshape(-1, SAMPLE_RATE // FPS).mean(axis=1) > 0.5
    return float((gap[: len(loud)][loud] > OPEN).mean())


def _seconds(seconds: float = SECONDS) -> Array:
    return np.arange(round(seconds * SAMPLE_RATE), dtype=np.float32) / SAMPLE_RATE


def _tone(pitch: float, time: Array) -> Array:
    """Six harmonics of a plucked string."""
    waves = sum(np.sin(2 * np.pi * pitch * k * time) * np.exp(-2 * k * time) / k for k in range(1, 7))
    return np.asarray(waves, np.float32)


def _played(times: Array, chords: list[list[float]], rng: Rng) -> Array:
    """(n,) every chord, pitches in semitones above 110 Hz, from its time on."""
    sound = coloured_noise(SECONDS * SAMPLE_RATE, rng) * np.float32(1e-4)
    for start, chord in zip(times, chords, strict=True):
        first = round(float(start) * SAMPLE_RATE)
        time = _seconds()[: len(sound) - first]
        for pitch in chord:
            sound[first:] += 0.08 * _tone(110 * 2 ** (pitch / 12), time)
    return sound


def chords(rng: Rng) -> Array:
    """(n,) triads that change every 0.5 to 1 s."""
    times = np.arange(0, SECONDS, rng.uniform(0.5, 1.0))
    return _played(times, [[root, root + 4, root + 7] for root in rng.integers(0, 24, len(times))], rng)


def arpeggio(rng: Rng) -> Array:
    """(n,) a broken chord, four to eight notes a second."""
    times = np.arange(0, SECONDS, rng.uniform(0.12, 0.25))
    root = int(rng.integers(0, 24))
    return _played(times, [[root + (0, 4, 7, 12)[k % 4]] for k in range(len(times))], rng)


def drum(rng: Rng) -> Array:
    """(n,) a bass drum and a snare by turns."""
    sound = coloured_noise(SECONDS * SAMPLE_RATE, rng) * np.float32(1e-4)
    for k, start in enumerate(np.arange(0, SECONDS - 0.3, rng.uniform(0.25, 0.5))):
        time, first = _seconds(0.25), round(float(start) * SAMPLE_RATE)
        boom = np.sin(2 * np.pi * 90 * time * np.exp(-4 * time)) * np.exp(-14 * time)
        snare = rng.standard_normal(len(time)) * np.exp(-25 * time)
        sound[first : first + len(time)] += 0.2 * (snare if k % 2 else boom)
    return sound


def breaths(rng: Rng) -> Array:
    """(n,) four audible breaths."""
    sound = np.concatenate([np.pad(breath(rng), (0, SAMPLE_RATE)) for _ in range(4)])
    return (sound + coloured_noise(len(sound), rng) * np.float32(1e-4)).astype(np.float32)


def voice(pitch: Array, loudness: Array, rng: Rng) -> Array:
    """(n,) "ah": pulses at `pitch` Hz, (n,), through the formants of AH, with a little breath in them."""
    phase = np.cumsum(pitch / SAMPLE_RATE)
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.02 * rng.standard_normal(len(pitch))
    sound = lfilter([1.0], [1.0, -0.9], pulses)
    for centre, width in AH:
        radius = np.exp(-np.pi * width / SAMPLE_RATE)
        sound = lfilter([1.0], [1.0, -2 * radius * np.cos(2 * np.pi * centre / SAMPLE_RATE), radius**2], sound)
    return np.asarray(0.3 * loudness * sound / np.abs(sound).max(), np.float32)


def held_ah(rng: Rng) -> tuple[Array, Array]:
    """(n,) only a sung "ah" of 4 s, with half a second of quiet before and after it; (n,) 1 where it sounds."""
    time = _seconds()
    voiced = ((time > 0.5) & (time < SECONDS - 0.5)).astype(np.float32)
    pitch = rng.uniform(95, 240) * (1 + 0.01 * np.sin(2 * np.pi * 5 * time))
    return voice(pitch, voiced, rng) + coloured_noise(len(time), rng) * np.float32(1e-4), voiced


def laugh(rng: Rng) -> tuple[Array, Array]:
    """(n,) "ha ha ha", five voiced bursts a second with breath between them, falling; (n,) 1 where it is voiced."""
    time = _seconds()
    beat = (time * rng.uniform(4.2, 5.5)) % 1
    laughing = (time > 0.5) & (time % 2.5 < 2.0)
    voiced = (laughing & (beat < 0.5)).astype(np.float32)
    sound = voice(rng.uniform(150, 320) * (1 - 0.08 * (time % 2.5)), voiced, rng)
    between = rng.standard_normal(len(time)) * 0.01 * (laughing & (beat >= 0.5))
    return (sound + between + coloured_noise(len(time), rng) * 1e-4).astype(np.float32), voiced


QUIET_MOUTHS: dict[str, Callable[[Rng], Array]] = {
    "room_noise": lambda rng: coloured_noise(SECONDS * SAMPLE_RATE, rng) * np.float32(0.01),
    "loud_noise": lambda rng: coloured_noise(SECONDS * SAMPLE_RATE, rng) * np.float32(0.1),
    "breaths": breaths,
    "chords": chords,
    "arpeggio": arpeggio,
    "drum": drum,
}
VOICES: dict[str, Callable[[Rng], tuple[Array, Array]]] = {"held_ah": held_ah, "laugh": laugh}

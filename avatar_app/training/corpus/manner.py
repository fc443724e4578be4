"""Manners of speaking, by taking voices apart and putting them together again (the WORLD vocoder, Morise 2016).

Phones keep their names and move with the sound: hurried and slurred passages, lengthened vowels, singing, whisper,
laughter, and vowels or hums held for seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from avatar_app.request import SAMPLE_RATE, InputError
from avatar_app.speech.phones import VOWELS, Phone
from avatar_app.training.corpus.augment import Wave
from avatar_app.training.corpus.voices import Utterance

_STEP = 0.005  # seconds
_HELD = ("A", "A", "A", "AH", "E", "I", "O", "W_U", "PBM", "TDNL")  # open vowels most
_NOTES = (0, 2, 4, 5, 7, 9, 11, 12)


@dataclass(frozen=True)
class Parts:
    """A voice in steps of 5 ms. pitch: (n,) Hz, 0 where unvoiced. envelope, noise: (n, 513), as WORLD has them."""

    pitch: np.ndarray
    envelope: np.ndarray
    noise: np.ndarray

    def at(self, steps: np.ndarray) -> Parts:
        """The voice read at these steps, (m,) int."""
        steps = np.clip(steps, 0, len(self.pitch) - 1)
        return Parts(self.pitch[steps], self.envelope[steps], self.noise[steps])


def require_vocoder() -> None:
    """Raises InputError when pyworld is not installed."""
    if find_spec("pyworld") is None:
        raise InputError("Manners of speaking need pyworld: run `pip install -r requirements-training.txt`.")


def taken_apart(samples: Wave) -> Parts:
    """(n,) 16 kHz sound as pitch, envelope and noise."""
    import pyworld

    sound = np.ascontiguousarray(samples, np.float64)
    rough, times = pyworld.dio(sound, SAMPLE_RATE, frame_period=1000 * _STEP)
    pitch = pyworld.stonemask(sound, rough, times, SAMPLE_RATE)
    envelope = pyworld.cheaptrick(sound, pitch, times, SAMPLE_RATE)
    return Parts(pitch, envelope, pyworld.d4c(sound, pitch, times, SAMPLE_RATE))


def put_together(parts: Parts) -> Wave:
    """(n,) 16 kHz sound."""
    import pyworld

    pitch, envelope, noise = (
        np.ascontiguousarray(array, np.float64) for array in (parts.pitch, parts.envelope, parts.noise)
    )
    return np.asarray(pyworld.synthesize(pitch, envelope, noise, SAMPLE_RATE, 1000 * _STEP), np.float32)


def in_a_manner(said: Utterance, rng: np.random.Generator) -> Utterance:
    """The utterance in a random manner; three fifths of the time as it is."""
    kind = rng.random()
    if kind < 0.6 or not any(phone.viseme in VOWELS for phone in said.phones):
        return said
    if kind < 0.7:
        return hurried(said, float(rng.uniform(0.55, 0.85)))
    if kind < 0.77:
        return slurred(said, rng)
    if kind < 0.85:
        return hesitating(said, rng)
    if kind < 0.9:
        return whispered(said, rng)
    if kind < 0.96:
        return sung(said, rng)
    return laugh(said, rng)


def hurried(said: Utterance, factor: float) -> Utterance:
    """In about `factor` of the time; vowels and pauses give way more than consonants."""
    of_class = {"SIL": 0.5 * factor} | dict.fromkeys(VOWELS, factor)
    return retimed(said, [of_class.get(phone.viseme, 0.5 + 0.5 * factor) for phone in said.phones])


def slurred(said: Utterance, rng: np.random.Generator) -> Utterance:
    """Weak vowels and some t, d, n, l all but swallowed, the rest a little quick."""
    weak = {"AH": 0.8, "I": 0.3, "TDNL": 0.35, "KGNGH": 0.15}
    factors = [
        float(rng.uniform(0.15, 0.4)) if rng.random() < weak.get(phone.viseme, 0) else float(rng.uniform(0.75, 1.0))
        for phone in said.phones
    ]
    return retimed(said, factors)


def hesitating(said: Utterance, rng: np.random.Generator) -> Utterance:
    """One to three vowels or nasals drawn out to 0.3-1.2 s while the talker thinks."""
    factors = np.ones(len(said.phones))
    chosen = [i for i, p in enumerate(said.phones) if p.viseme in VOWELS and p.end - p.start > 0.04]
    for i in rng.permutation(chosen)[: int(rng.integers(1, 4))]:
        factors[i] = rng.uniform(0.3, 1.2) / (said.phones[i].end - said.phones[i].start)
    return retimed(said, np.maximum(factors, 1).tolist())


def sung(said: Utterance, rng: np.random.Generator) -> Utterance:
    """Vowels held on the notes of a scale, with vibrato."""
    factors = []
    for phone in said.phones:
        length = phone.end - phone.start
        held = float(rng.uniform(0.2, 0.9) if rng.random() < 0.85 else rng.uniform(0.9, 2.5))
        factors.append(max(1.0, held / max(length, 0.03)) if phone.viseme in VOWELS else 1.0)
    slow = _retimed_parts(said, factors)
    root = float(np.clip(np.median(slow[0].pitch[slow[0].pitch > 0]), 80, 400)) if (slow[0].pitch > 0).any() else 150.0
    pitch, time = np.zeros_like(slow[0].pitch), np.arange(len(slow[0].pitch)) * _STEP
    step = int(rng.integers(len(_NOTES)))
    for phone in slow[1]:
        if phone.viseme in VOWELS:
            step = int(np.clip(step + rng.integers(-2, 3), 0, len(_NOTES) - 1))
        pitch[round(phone.start / _STEP) : round(phone.end / _STEP) + 1] = root * 2 ** ((_NOTES[step] - 4) / 12)
    vibrato = 2 ** (rng.uniform(0.1, 0.6) * np.sin(2 * np.pi * rng.uniform(4.8, 6.5) * time) / 12)
    parts = Parts(np.where(slow[0].pitch > 0, pitch * vibrato, 0), slow[0].envelope, slow[0].noise)
    return Utterance(put_together(parts), slow[1], f"{said.voice}:sung")


def whispered(said: Utterance, rng: np.random.Generator) -> Utterance:
    """Without voice: all breath, and little of it low."""
    parts = taken_apart(said.samples)
    bands = np.arange(parts.envelope.shape[1]) * SAMPLE_RATE / 2 / (parts.envelope.shape[1] - 1)
    tilt = 10 ** (-rng.uniform(0.8, 2.0) * np.exp(-bands / rng.uniform(400, 1000)))
    breath = Parts(np.zeros_like(parts.pitch), parts.envelope * tilt, np.ones_like(parts.noise))
    return Utterance(_levelled(put_together(breath), said.samples), said.phones, f"{said.voice}:whispered")


def laugh(said: Utterance, rng: np.random.Generator) -> Utterance:
    """Bursts of one of the talker's open vowels, breath between them, falling and fading; the mouth stays open."""
    parts = taken_apart(said.samples)
    vowel, _ = _steady(said, parts, ("A", "AH", "E", "O"), rng)
    count, bursts = int(rng.uniform(0.15, 0.26) / _STEP), int(rng.integers(3, 11))
    period = count * _STEP
    voiced = np.arange(count) >= int(count * rng.uniform(0.35, 0.55))
    start = float(np.clip(_middle_pitch(parts) * rng.uniform(1.1, 1.9), 90, 600))
    pitch = np.concatenate([voiced * start * (1 - 0.035 * i) * np.linspace(1.05, 0.9, count) for i in range(bursts)])
    shape = np.concatenate([np.where(voiced, 1.0, 0.15) * np.hanning(count + 2)[1:-1] * 0.93**i for i in range(bursts)])
    many = parts.at(np.full(len(pitch), vowel))
    noise = np.where(pitch[:, None] > 0, many.noise, 1.0)
    sound = put_together(Parts(pitch, many.envelope * shape[:, None] ** 2, noise))
    phones = []
    for i in range(bursts):
        middle = i * period + float(np.argmax(voiced)) * _STEP
        phones += [Phone(i * period, middle, "AH"), Phone(middle, (i + 1) * period, "A")]
    return Utterance(_levelled(sound, said.samples), tuple(phones), f"{said.voice}:laugh")


def held(said: Utterance, rng: np.random.Generator) -> Utterance:
    """One sound of the talker held for 1-6 s on one note: mostly an open vowel, sometimes a hum."""
    parts = taken_apart(said.samples)
    names = {phone.viseme for phone in said.phones}
    name = str(rng.choice([viseme for viseme in _HELD if viseme in names] or [said.phones[0].viseme]))
    (at, name), count = _steady(said, parts, (name,), rng), int(rng.uniform(1, 6) / _STEP)
    time = np.arange(count) * _STEP
    drift = np.interp(time, np.arange(0, 8, 0.5), rng.normal(0, 0.15, 16))
    sway = rng.choice([0.0, 0.4]) * np.sin(2 * np.pi * rng.uniform(4.8, 6.5) * time)
    pitch = np.clip(_middle_pitch(parts) * rng.uniform(0.7, 1.8), 80, 700) * 2 ** ((drift + sway) / 12)
    wander = np.clip(at + np.round(np.cumsum(rng.normal(0, 0.3, count)) % 4 - 2), 0, len(parts.pitch) - 1)
    many = parts.at(wander.astype(int))
    fade = np.clip(np.minimum(time / rng.uniform(0.03, 0.3), (time[-1] - time) / rng.uniform(0.05, 0.5)), 1e-3, 1)
    sound = put_together(Parts(pitch, many.envelope * fade[:, None] ** 2, np.minimum(many.noise, 0.6)))
    return Utterance(_levelled(sound, said.samples), (Phone(0.0, count * _STEP, name),), f"{said.voice}:held")


def retimed(said: Utterance, factors: list[float]) -> Utterance:
    """Every phone lasting its factor times as long; phones of less than 12 ms are swallowed by the one before."""
    parts, phones = _retimed_parts(said, factors)
    return Utterance(put_together(parts), phones, said.voice)


def _retimed_parts(said: Utterance, factors: list[float]) -> tuple[Parts, tuple[Phone, ...]]:
    edges = np.array([said.phones[0].start, *(phone.end for phone in said.phones)])
    lengths = np.maximum(np.diff(edges), 0) * np.asarray(factors)
    moved = np.concatenate([[0.0], np.cumsum(lengths)]) + edges[0]
    count = int((moved[-1] + len(said.samples) / SAMPLE_RATE - edges[-1]) / _STEP)
    time = np.arange(count) * _STEP
    after = moved[-1] + 1e3  # behind the last phone time runs as before
    source = np.interp(time, [0.0, *moved, after], [0.0, *edges, edges[-1] + 1e3])
    phones: list[Phone] = []
    for phone, start, end in zip(said.phones, moved[:-1], moved[1:], strict=True):
        if end - start >= 0.012 or not phones:
            phones.append(Phone(float(start), float(end), phone.viseme))
        else:
            phones[-1] = Phone(phones[-1].start, float(end), phones[-1].viseme)
    return taken_apart(said.samples).at(np.round(source / _STEP).astype(int)), tuple(phones)


def _steady(said: Utterance, parts: Parts, visemes: tuple[str, ...], rng: np.random.Generator) -> tuple[int, str]:
    """The middle step of the longest of some voiced phones of these classes, or of any vowels, and its class."""

    def middle(phone: Phone) -> int:
        return min(round(0.5 * (phone.start + phone.end) / _STEP), len(parts.pitch) - 1)

    voiced = [phone for phone in said.phones if parts.pitch[middle(phone)] > 0] or list(said.phones)
    found = [p for p in voiced if p.viseme in visemes] or [p for p in voiced if p.viseme in VOWELS] or voiced
    some = [found[int(i)] for i in rng.permutation(len(found))[:4]]
    best = max(some, key=lambda phone: phone.end - phone.start)
    return middle(best), best.viseme


def _middle_pitch(parts: Parts) -> float:
    voiced = parts.pitch[parts.pitch > 0]
    return float(np.median(voiced)) if len(voiced) else 160.0


def _levelled(sound: Wave, like: Wave) -> Wave:
    level = np.sqrt(np.mean(like**2)) / (np.sqrt(np.mean(sound**2)) + 1e-6)
    return np.clip(sound * np.float32(level), -1, 1)

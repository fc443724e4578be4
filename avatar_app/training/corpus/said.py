"""Utterances kept on disk: what slow voices have said, before manner, rooms and microphones are drawn for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.training.corpus.neural_voices import (
    EnglishRules,
    Hibari,
    Kokoro,
    kokoro_folder,
    language_of,
    tokens_of_ipa,
)
from avatar_app.training.corpus.sentences import book_sentences, sentence
from avatar_app.training.corpus.voices import Espeak, Utterance

log = logging.getLogger(__name__)

UTTERANCES = 24  # a file: a stopped build loses no more
_PER_VOICE = 3  # utterances of one voice in a row
_BLENDED = 0.3  # share of talkers who are two voices mixed

Speak = Callable[[np.random.Generator], Utterance | None]


def write_said(path: Path, utterances: list[Utterance]) -> None:
    """Writes utterances, whole or not at all."""
    phones = [phone for said in utterances for phone in said.phones]
    arrays = {
        "samples": np.concatenate([(np.clip(said.samples, -1, 1) * 32767).astype(np.int16) for said in utterances]),
        "lengths": np.array([len(said.samples) for said in utterances], np.int64),
        "phone_counts": np.array([len(said.phones) for said in utterances], np.int64),
        "phone_times": np.array([(p.start, p.end) for p in phones], np.float64).reshape(-1, 2),
        "phone_visemes": np.array([VISEMES.index(p.viseme) for p in phones], np.uint8),
    }
    partial = path.with_suffix(".partial")
    save_file(arrays, partial, metadata={"voices": "\n".join(said.voice for said in utterances)})
    partial.replace(path)


def read_said(path: Path) -> list[Utterance]:
    """The utterances of one file."""
    with safe_open(path, "numpy") as file:
        voices = file.metadata()["voices"].split("\n")
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    result, sample, phone = [], 0, 0
    for voice, length, count in zip(voices, arrays["lengths"].tolist(), arrays["phone_counts"].tolist(), strict=True):
        part = slice(phone, phone + count)
        rows = zip(arrays["phone_times"][part].tolist(), arrays["phone_visemes"][part].tolist(), strict=True)
        result.append(
            Utterance(
                arrays["samples"][sample : sample + length].astype(np.float32) / 32767,
                tuple(Phone(start, end, VISEMES[viseme]) for (start, end), viseme in rows),
                voice,
            )
        )
        sample, phone = sample + length, phone + count
    return result


def say_kokoro(folder: Path, hours: float, seed: int) -> None:
    """Adds files `kokoro_*` to `folder` until there are `hours` of speech, cycling through all voices.

    Raises InputError when Kokoro is not installed.
    """
    kokoro, rules, espeak, books = Kokoro(kokoro_folder()), EnglishRules(), Espeak(), book_sentences()
    names = sorted(kokoro.voices)

    def talkers(index: int) -> Speak:
        turns = np.random.default_rng([seed, index * UTTERANCES // _PER_VOICE // len(names)]).permutation(names)
        count, begun = 0, index * UTTERANCES // _PER_VOICE

        def speak(rng: np.random.Generator) -> Utterance | None:
            nonlocal count
            talker = np.random.default_rng([seed, index, count // _PER_VOICE])  # the same for a whole turn
            voice = str(turns[(begun + count // _PER_VOICE) % len(names)])
            count += 1
            shares = {voice: 1.0}
            if talker.random() < _BLENDED:
                share = float(talker.uniform(0.3, 0.7))
                other = str(talker.choice(names))
                shares = {voice: share, other: 1 - share} if other != voice else shares
            language, speed = language_of(voice, talker), _speed(talker) * float(rng.uniform(0.93, 1.08))
            text = sentence(books, rng)
            english = language.startswith("en")
            phonemes = rules(text, language) if english else tokens_of_ipa(espeak.ipa(text, language))
            return kokoro.speak(phonemes, shares, speed, f"kokoro:{'+'.join(shares)}:{language}:{index}")

        return speak

    _fill(folder, "kokoro", hours, seed, talkers)


def say_hibari(folder: Path, hours: float, seed: int) -> None:
    """Adds files `hibari_*` to `folder` until there are `hours` of speech."""
    hibari, rules, books = Hibari(), EnglishRules(), book_sentences()

    def talkers(index: int) -> Speak:
        def speak(rng: np.random.Generator) -> Utterance | None:
            language = "en-us" if rng.random() < 0.7 else "en-gb"
            return hibari.speak(rules(sentence(books, rng), language), _speed(rng), rng)

        return speak

    _fill(folder, "hibari", hours, seed, talkers)


def _speed(rng: np.random.Generator) -> float:
    """Of speech: mostly ordinary, a quarter of the time fast, sometimes slow."""
    low, high = ((0.85, 1.2), (1.2, 1.6), (0.65, 0.85))[int(rng.choice(3, p=[0.65, 0.25, 0.1]))]
    return float(rng.uniform(low, high))


def _fill(folder: Path, kind: str, hours: float, seed: int, talkers: Callable[[int], Speak]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    seconds, index = 0.0, 0
    while seconds < hours * 3600:
        path = folder / f"{kind}_{index:03d}.safetensors"
        if not path.exists():
            speak, rng = talkers(index), np.random.default_rng([seed, index, 1])
            spoken = [utterance for _ in range(UTTERANCES) if (utterance := speak(rng)) is not None]
            write_said(path, spoken)
        seconds += sum(len(utterance.samples) for utterance in read_said(path)) / SAMPLE_RATE
        index += 1
        log.info("%s: %d files, %.2f h", kind, index, seconds / 3600)

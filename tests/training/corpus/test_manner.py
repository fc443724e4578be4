"""Manners of speaking move phones with their sound."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.voices import Utterance

pytest.importorskip("pyworld", reason="the manners of the training corpus need pyworld")

from avatar_app.training.corpus import manner


@pytest.fixture(scope="module")
def said() -> Utterance:
    """A quiet moment, then a buzz that is called a, m, a, and a quiet moment."""
    time = np.arange(16_000) / 16_000
    buzz = sum(np.sin(2 * np.pi * 140 * k * time) / k for k in range(1, 30))
    sound = (0.1 * buzz * ((time > 0.2) & (time < 0.8))).astype(np.float32)
    edges, names = (0, 0.2, 0.4, 0.5, 0.8, 1.0), ("SIL", "A", "PBM", "A", "SIL")
    phones = tuple(Phone(a, b, n) for a, b, n in zip(edges[:-1], edges[1:], names, strict=True))
    return Utterance(sound, phones, "buzz")


def loud(said: Utterance) -> tuple[float, float]:
    """First and last moment, seconds, that is loud."""
    level = np.abs(said.samples[: len(said.samples) // 160 * 160].reshape(-1, 160)).max(axis=1)
    found = np.flatnonzero(level > 0.2 * level.max()) / 100
    return float(found[0]), float(found[-1] + 0.01)


def test_hurried_speech_is_shorter_and_its_phones_are_still_where_they_sound(said: Utterance) -> None:
    quick = manner.hurried(said, 0.6)
    assert len(quick.samples) < 0.75 * len(said.samples)
    assert loud(quick) == pytest.approx((quick.phones[1].start, quick.phones[3].end), abs=0.04)


def test_hesitation_draws_vowels_out(said: Utterance) -> None:
    slow = manner.hesitating(said, np.random.default_rng(0))
    assert max(p.end - p.start for p in slow.phones if p.viseme == "A") > 0.3
    assert loud(slow)[1] == pytest.approx(slow.phones[3].end, abs=0.04)


def test_singing_holds_steady_notes(said: Utterance) -> None:
    song = manner.sung(said, np.random.default_rng(1))
    pitch = manner.taken_apart(song.samples).pitch
    vowel = song.phones[3]
    held = pitch[round((vowel.start + 0.05) * 200) : round((vowel.end - 0.05) * 200)]
    assert held.min() > 60 and held.std() / held.mean() < 0.05


def test_whisper_has_no_voice(said: Utterance) -> None:
    quiet = manner.whispered(said, np.random.default_rng(0))
    assert quiet.phones == said.phones
    whisper, voice = (np.mean(manner.taken_apart(one.samples).pitch > 0) for one in (quiet, said))
    assert whisper < 0.3 * voice


def test_a_laugh_is_open_from_end_to_end(said: Utterance) -> None:
    laugh = manner.laugh(said, np.random.default_rng(0))
    assert {phone.viseme for phone in laugh.phones} == {"A", "AH"} and len(laugh.phones) >= 6
    assert laugh.phones[-1].end == pytest.approx(len(laugh.samples) / 16_000, abs=0.02)


def test_a_held_sound_is_one_phone(said: Utterance) -> None:
    ah = manner.held(said, np.random.default_rng(0))
    assert len(ah.phones) == 1 and 1 <= len(ah.samples) / 16_000 <= 6
    assert loud(ah)[1] - loud(ah)[0] > 0.8 * ah.phones[0].end

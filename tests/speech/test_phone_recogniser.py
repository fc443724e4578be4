"""Phones that the recogniser hears, and their share in the articulation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app.engines.registry import load_engine
from avatar_app.speech import phone_recogniser
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import TALKING, TRACKS
from avatar_app.speech.phone_recogniser import EDGE, LATENCY, OVERLAP, STEP, STRETCH, Heard, recognise
from avatar_app.speech.phones import VISEMES
from avatar_app.speech.recording import load_speech
from avatar_app.types import Array

VOICE = Path(__file__).resolve().parents[2] / "assets" / "voices" / "reader_woman.mp3"
LIPS, OPEN = VISEMES.index("PBM"), VISEMES.index("A")

needs_package = pytest.mark.skipif(not phone_recogniser.available(), reason="hama is not installed for this machine")


@pytest.fixture(scope="module")
def samples() -> Array:
    return load_speech(VOICE).samples[:80_000]


def heard(samples: Array) -> Heard:
    found = recognise(samples, -(-len(samples) // 640))
    assert found is not None
    return found


@needs_package
def test_speech_has_phones_and_the_quiet_around_it_closes_no_lips(samples: Array) -> None:
    quiet = np.zeros(16_000, np.float32)
    found = heard(np.concatenate([quiet, samples, quiet]))
    total = found.shares.sum(axis=1)
    assert found.lips[:40].max() < 0.05 and found.lips[320:].max() < 0.05 and total[40:130].mean() > 0.8
    assert total.max() <= 1 + 1e-5 and (found.shares[40:130].sum(axis=0) > 1).sum() >= 8
    assert found.lips.shape == (2 * len(total),) and found.lips.max() > 0.8


@needs_package
def test_a_quieter_recording_has_the_same_phones(samples: Array) -> None:
    assert np.abs(heard(samples).shares - heard(samples * 0.05).shares).mean() < 0.01


@needs_package
def test_a_voice_is_listened_to_once_until_it_is_forgotten(samples: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    listened: list[int] = []

    def listen(session: Any, heard: Array, answers_of: Any) -> Array:
        listened.append(len(heard))
        return np.full((len(heard) // STEP, len(VISEMES)), 1 / len(VISEMES), np.float32)

    monkeypatch.setattr(phone_recogniser, "_in_stretches", listen)
    phone_recogniser.forget()
    for part in (samples, samples.copy(), samples[:40_000], samples):
        heard(part)
    assert listened == [len(samples), 40_000]
    phone_recogniser.forget()
    heard(samples)
    assert len(listened) == 3
    phone_recogniser.forget()  # what was made up here


@needs_package
def test_the_same_recording_gives_the_same_bits(samples: Array) -> None:
    whole = np.concatenate([samples, samples])  # two stretches at once
    first = heard(whole)
    phone_recogniser.forget()
    second = heard(whole)
    assert np.array_equal(first.shares, second.shares) and np.array_equal(first.lips, second.lips)


@needs_package
def test_a_long_recording_is_recognised_as_its_parts_are(samples: Array) -> None:
    repeats = int(STRETCH // 5) + 2
    alone = heard(samples).shares
    whole = heard(np.tile(samples, repeats)).shares.reshape(repeats, 125, -1)
    assert min((part.argmax(axis=1) == alone.argmax(axis=1)).mean() for part in whole) > 0.7


@needs_package
def test_in_music_without_talk_the_recogniser_has_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_engine("instruct_avatar").model.speech_encoder
    tune = (0.3 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 16_000)).astype(np.float32)
    both = encode_articulation(encoder, tune, 75)
    monkeypatch.setattr(phone_recogniser, "_session", lambda: None)
    alone = encode_articulation(encoder, tune, 75)
    assert both[:, TALKING].mean() < 0.2
    assert (both - alone)[:, TRACKS:].abs().mean() < 0.02


def test_without_the_package_the_encoder_is_used_alone(monkeypatch: pytest.MonkeyPatch, samples: Array) -> None:
    monkeypatch.setattr(phone_recogniser, "_session", lambda: None)
    assert not phone_recogniser.available() and recognise(samples, 125) is None
    articulation = encode_articulation(load_engine("instruct_avatar").model.speech_encoder, samples, 125)
    assert torch.isfinite(articulation).all() and articulation[:, TALKING].mean() > 0.5


def test_a_package_without_a_library_for_the_machine_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = pytest.importorskip("hama._engine")
    monkeypatch.setattr(engine, "available", lambda: False)
    phone_recogniser._session.cache_clear()
    assert not phone_recogniser.available()
    phone_recogniser._session.cache_clear()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[float, int, float]]]:
    """(seconds, viseme, probability) that a recogniser hears in a sound of one stretch."""
    phones: list[tuple[float, int, float]] = []

    def answers(session: Any, sound: Array) -> Array:
        found = np.zeros((-(-len(sound) // STEP), len(VISEMES)), np.float32)
        for seconds, viseme, probability in phones:
            step = round(seconds * 50) + LATENCY + round(EDGE * 50)
            if 0 <= step < len(found):
                found[step, viseme] = probability
        return found

    monkeypatch.setattr(phone_recogniser, "_session", lambda: True)
    monkeypatch.setattr(phone_recogniser, "_answers", answers)
    phone_recogniser.forget()
    yield phones
    phone_recogniser.forget()


def test_answers_come_without_their_latency(said: list[tuple[float, int, float]]) -> None:
    said.append((0.5, LIPS, 0.9))
    found = heard(np.zeros(16_000, np.float32))
    assert found.lips.argmax() == 25 and found.lips[25] == pytest.approx(0.9)
    assert found.shares[12, LIPS] > 0.9


def test_a_phone_reaches_half_way_to_the_next(said: list[tuple[float, int, float]]) -> None:
    said += [(0.4, LIPS, 0.9), (0.52, OPEN, 0.9)]
    shares = heard(np.zeros(16_000, np.float32)).shares
    assert (shares[9:11, LIPS] > 0.8).all() and (shares[12:14, OPEN] > 0.8).all()


def test_far_from_any_phone_nothing_is_heard(said: list[tuple[float, int, float]]) -> None:
    said.append((0.2, LIPS, 0.9))
    shares = heard(np.zeros(16_000, np.float32)).shares
    assert shares[5].sum() > 0.9 and shares[15:].max() < 0.01


@pytest.mark.parametrize("seconds", [0.3, STRETCH, STRETCH + 0.1, 3 * STRETCH, 61.03])
def test_stretches_cover_a_recording_and_overlap(seconds: float) -> None:
    count = round(seconds * 16_000)
    stretches = phone_recogniser._stretches(count)
    assert stretches[0][0] == 0 and stretches[-1][1] == count
    assert all(first % STEP == 0 and last - first <= (STRETCH + 0.1) * 16_000 for first, last in stretches)
    for (_, end), (start, _) in pairwise(stretches):
        assert end - start == OVERLAP * 16_000


def test_neighbouring_stretches_meet_in_the_middle_of_what_they_share() -> None:
    half = round(OVERLAP * 50) // 2
    answers = [np.full((100, 1), value, np.float32) for value in (1, 2)]
    joined = phone_recogniser._joined(answers, [0, 100 - 2 * half])[:, 0]
    assert len(joined) == 200 - 2 * half and (joined[: 100 - half] == 1).all() and (joined[100 - half :] == 2).all()

"""Phones that pocketsphinx recognises, and their share in the articulation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.engines.registry import load_engine
from avatar_app.speech import phone_recogniser
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import TALKING, TRACKS
from avatar_app.speech.phone_recogniser import EDGE, OVERLAP, STRETCH, edged, phones_of, recognised_shares
from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.speech.recording import load_speech

VOICE = Path(__file__).resolve().parents[2] / "assets" / "voices" / "reader_woman.mp3"
SILENCE = VISEMES.index("SIL")

needs_package = pytest.mark.skipif(not phone_recogniser.available(), reason="pocketsphinx is not installed")


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return load_speech(VOICE).samples[:80_000]


@needs_package
def test_speech_has_phones_and_the_quiet_around_it_has_none(samples: np.ndarray) -> None:
    quiet = np.zeros(16_000, np.float32)
    shares = recognised_shares(np.concatenate([quiet, samples, quiet]), 175)
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert shares[:20, SILENCE].mean() > 0.9 and shares[155:, SILENCE].mean() > 0.9
    assert shares[40:130, SILENCE].mean() < 0.4
    assert (shares[40:130].sum(axis=0) > 1).sum() >= 8


@needs_package
def test_a_quieter_recording_has_the_same_phones(samples: np.ndarray) -> None:
    assert np.abs(recognised_shares(samples, 125) - recognised_shares(samples * 0.05, 125)).mean() < 0.01


@needs_package
def test_a_long_recording_is_recognised_as_its_parts_are(samples: np.ndarray) -> None:
    repeats = int(STRETCH // 5) + 2
    whole = recognised_shares(np.tile(samples, repeats), 125 * repeats)
    alone = recognised_shares(samples, 125)
    same = [(part.argmax(axis=1) == alone.argmax(axis=1)).mean() for part in whole.reshape(repeats, 125, -1)]
    assert min(same) > 0.7


@needs_package
def test_in_music_without_talk_the_recogniser_has_no_share(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = load_engine("instruct_avatar").model.speech_encoder
    tune = (0.3 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 16_000)).astype(np.float32)
    both = encode_articulation(encoder, tune, 75)
    monkeypatch.setattr(phone_recogniser, "available", lambda: False)
    alone = encode_articulation(encoder, tune, 75)
    assert both[:, TALKING].mean() < 0.2
    assert (both - alone)[:, TRACKS:].abs().mean() < 0.02


def test_without_the_package_the_encoder_is_used_alone(monkeypatch: pytest.MonkeyPatch, samples: np.ndarray) -> None:
    monkeypatch.setattr(phone_recogniser, "available", lambda: False)
    assert recognised_shares(samples, 125) is None
    articulation = encode_articulation(load_engine("instruct_avatar").model.speech_encoder, samples, 125)
    assert torch.isfinite(articulation).all() and articulation[:, TALKING].mean() > 0.5


def test_times_of_phones_count_from_the_sound_inside_its_edges() -> None:
    edge = round(100 * EDGE)
    found = [("SIL", 0, edge), ("M", edge, edge + 10), ("AY", edge + 10, edge + 30)]
    found += [("UNKNOWN", edge + 30, edge + 50)]  # beyond the end of the sound
    phones = phones_of(found, 0.4)
    assert [phone.viseme for phone in phones] == ["PBM", "A", "I", "SIL"]
    assert np.allclose([(phone.start, phone.end) for phone in phones], [(0, 0.1), (0.1, 0.22), (0.22, 0.3), (0.3, 0.4)])


def test_edges_are_quiet_but_no_digital_silence() -> None:
    sound = np.frombuffer(edged(np.ones(100, np.float32)), np.int16)
    edge = round(16_000 * EDGE)
    assert len(sound) == 2 * edge + 100 and (sound[edge:-edge] == 32767).all()
    assert 0 < np.abs(sound[:edge]).max() < 100 and (sound[:edge] != 0).mean() > 0.5


@pytest.fixture
def by_stretch(monkeypatch: pytest.MonkeyPatch) -> list[list[Phone]]:
    """What a recogniser finds in one stretch after another; nothing in those that are not told."""
    found: list[list[Phone]] = []
    monkeypatch.setattr(phone_recogniser, "available", lambda: True)
    monkeypatch.setattr(phone_recogniser, "_decoder", lambda: None)
    monkeypatch.setattr(phone_recogniser, "recognise", lambda decoder, samples: found.pop(0) if found else [])
    return found


def test_neighbouring_stretches_meet_in_the_middle_of_what_they_share(by_stretch: list[list[Phone]]) -> None:
    by_stretch += [[Phone(0.0, STRETCH, "A")], [Phone(0.0, 6.0, "I")]]
    seconds = STRETCH - OVERLAP + 6
    shares = recognised_shares(np.zeros(round(16_000 * seconds), np.float32), round(25 * seconds))
    assert shares is not None
    border = 25 * (STRETCH - OVERLAP / 2)
    assert (shares[: int(border), VISEMES.index("A")] == 1).all()
    assert (shares[int(border) + 1 :, VISEMES.index("I")] == 1).all()


def test_where_no_phone_is_found_there_is_silence(by_stretch: list[list[Phone]]) -> None:
    by_stretch += [[Phone(0.4, 0.42, "PBM")]]
    shares = recognised_shares(np.zeros(16_000, np.float32), 25)
    assert shares is not None
    assert shares[10, VISEMES.index("PBM")] == pytest.approx(0.5)  # of 40 ms
    assert (np.delete(shares[:, SILENCE], 10) == 1).all() and np.allclose(shares.sum(axis=1), 1)

"""The speech encoder: what it returns, and what the shipped one finds in sounds that it was not trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.engines.registry import load_engine
from avatar_app.speech.articulation import encode_articulation
from avatar_app.speech.encoder import (
    ACCENT,
    ARTICULATION,
    CLOSURE,
    TALKING,
    TRACKS,
    SpeechEncoder,
    join_articulation,
)
from avatar_app.speech.recording import load_speech

VOICE = Path(__file__).resolve().parents[2] / "assets" / "voices" / "reader_woman.mp3"


@pytest.fixture(scope="module")
def shipped() -> SpeechEncoder:
    return load_engine("instruct_avatar").model.speech_encoder


def test_articulation_has_its_shape_and_ranges() -> None:
    torch.manual_seed(0)
    encoder = SpeechEncoder(65, 16, (1, 2)).eval()
    with torch.inference_mode():
        out = encoder.articulation(torch.randn(2, 80, 65))
    assert out.shape == (2, 20, ARTICULATION)
    assert (out[..., CLOSURE] >= 0).all() and (out[..., CLOSURE] <= 1).all()
    assert (out[..., ACCENT] > 1).any()  # no share: its range is not limited
    assert torch.allclose(out[..., TRACKS:].sum(dim=-1), torch.ones(2, 20), atol=1e-5)


def test_two_halves_of_a_frame_are_joined() -> None:
    shares = torch.zeros(1, 4, 15)
    shares[0, 0, 1] = shares[0, 1, 2] = shares[0, 2, 3] = shares[0, 3, 3] = 1
    out = join_articulation(torch.zeros(1, 2, TRACKS), shares)
    assert out[0, 0, TRACKS + 1] == 0.5 and out[0, 0, TRACKS + 2] == 0.5 and out[0, 1, TRACKS + 3] == 1


def test_talking_is_found_where_a_real_person_talks(shipped: SpeechEncoder) -> None:
    speech = load_speech(VOICE)
    quiet = np.zeros(16_000, np.float32)
    talking = encode_articulation(shipped, np.concatenate([quiet, speech.samples[:32_000], quiet]), 100)[:, TALKING]
    assert talking[5:20].mean() < 0.2 and talking[80:95].mean() < 0.2
    assert talking[30:70].mean() > 0.7


def test_silence_and_noise_are_no_speech(shipped: SpeechEncoder) -> None:
    noise = np.random.default_rng(0).normal(0, 0.02, 48_000).astype(np.float32)
    for sound in (np.zeros(48_000, np.float32), noise):
        assert encode_articulation(shipped, sound, 75)[:, TALKING].mean() < 0.2


def test_lips_shut_between_the_vowels_of_mama(shipped: SpeechEncoder) -> None:
    """A hummed m between two open buzzes, made here: no synthesizer, no talker."""
    t = np.arange(16_000) / 16_000
    source = sum(np.sin(2 * np.pi * 120 * k * t) for k in range(1, 50))
    spectrum = np.fft.rfft(source)
    f = np.fft.rfftfreq(16_000, 1 / 16_000)
    vowel = np.fft.irfft(
        spectrum * sum(np.exp(-(((f - c) / 90) ** 2)) * g for c, g in ((730, 1), (1090, 0.6), (2440, 0.2)))
    )
    hum = np.fft.irfft(spectrum * (np.exp(-(((f - 250) / 80) ** 2)) + 0.03 * np.exp(-(((f - 1100) / 200) ** 2)))) * 0.5
    inside = np.clip((t - 0.40) / 0.02, 0, 1) * np.clip((0.52 - t) / 0.02, 0, 1)
    word = (vowel * (1 - inside) + hum * inside) * np.minimum(1, np.minimum(t, 1 - t) / 0.05)
    pad = np.zeros(8_000)
    sound = np.concatenate([pad, word / np.abs(word).max() * 0.3, pad]).astype(np.float32)
    closure = encode_articulation(shipped, sound, 50)[:, CLOSURE]
    assert closure[22:26].max() > closure[16:20].max() + 0.2

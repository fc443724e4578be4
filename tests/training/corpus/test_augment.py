"""Voices changed in every way that phones' times survive."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.speech.features import lifter, log_mel, speech_features, warp_bands
from avatar_app.training.corpus.augment import breath, degrade, perturb, spec_augment


def voice(pitch: float = 120.0) -> np.ndarray:
    """A second of vowel-like buzz."""
    t = np.arange(16_000) / 16_000
    wave = sum(np.sin(2 * np.pi * pitch * k * t) / k for k in range(1, 40))
    return (0.1 * wave * (1 + np.sin(2 * np.pi * 3 * t))).astype(np.float32)


@pytest.mark.parametrize("seed", range(12))
def test_damaged_recordings_keep_their_length_and_stay_finite(seed: int) -> None:
    out = degrade(voice(), np.random.default_rng(seed))
    assert out.shape == (16_000,) and out.dtype == np.float32 and np.isfinite(out).all()
    assert (
        np.corrcoef(np.abs(out).reshape(-1, 800).mean(axis=1), np.abs(voice()).reshape(-1, 800).mean(axis=1))[0, 1]
        > 0.2
    )


@pytest.mark.parametrize("seed", range(8))
def test_perturbed_mel_keeps_shape_and_moves_no_time(seed: int) -> None:
    mel = log_mel(np.concatenate([np.zeros(16_000, np.float32), voice()]), 50)
    out = perturb(mel, np.random.default_rng(seed))
    assert out.shape == mel.shape and np.isfinite(out).all()
    energy = out.max(axis=1)
    assert energy[110:190].mean() > energy[10:90].mean()


def test_a_warp_of_one_is_no_warp() -> None:
    mel = log_mel(voice(), 25)
    assert np.allclose(warp_bands(mel, 1.0), mel, atol=1e-4)


def test_a_shorter_tract_moves_formants_up() -> None:
    mel = np.zeros((1, 64), np.float32)
    mel[0, 20] = 10.0
    assert warp_bands(mel, 0.9)[0].argmax() == 22 and warp_bands(mel, 1.1)[0].argmax() == 18


def test_the_lifter_takes_harmonics_and_leaves_the_envelope() -> None:
    bands = np.arange(64)
    envelope = np.tile(np.cos(bands / 10), (5, 1)).astype(np.float32)
    harmonics = 0.8 * np.cos(2 * np.pi * bands / 4).astype(np.float32)
    assert np.abs(lifter(envelope + harmonics, 16) - envelope)[:, 4:-4].max() < 0.2
    assert np.allclose(lifter(envelope + harmonics, 64), envelope + harmonics, atol=1e-4)


def test_hidden_features_are_zero_in_stripes() -> None:
    rng = np.random.default_rng(3)
    features = speech_features(log_mel(voice(), 25))
    changed = [spec_augment(features.copy(), rng) for _ in range(10)]
    assert any((c == 0).all(axis=0).any() for c in changed) and any((c == 0).all(axis=1).any() for c in changed)


def test_breath_is_short_and_soft() -> None:
    for seed in range(10):
        air = breath(np.random.default_rng(seed))
        assert 0.2 <= len(air) / 16_000 <= 0.6 and np.abs(air).max() < 0.3

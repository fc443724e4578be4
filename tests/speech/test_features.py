"""Speech features: the same at any loudness, finite in silence, true to time."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.speech.features import MELS, lifter, log_mel, speech_features, warp_bands


def tone(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    n = int(seconds * 16000)
    return (0.2 * rng.standard_normal(n) * np.abs(np.sin(np.arange(n) / 2000))).astype(np.float32)


def test_features_do_not_change_with_loudness() -> None:
    sound = tone(2.0)
    loud, quiet = (speech_features(log_mel(sound * gain, 50)) for gain in (1.0, 0.1))
    assert np.abs(loud - quiet).max() < 1e-3


def test_features_do_not_change_with_loudness_when_half_is_silence() -> None:
    sound = np.concatenate([tone(1.0), np.zeros(16000, np.float32), tone(1.0), np.zeros(16000, np.float32)])
    loud, quiet = (speech_features(log_mel(sound * gain, 100))[10:90] for gain in (1.0, 0.2))
    assert np.abs(loud - quiet).max() < 0.05


def test_pauses_do_not_change_the_features_of_the_speech_around_them() -> None:
    speech = tone(2.0)
    alone = speech_features(log_mel(speech, 50))
    paused = speech_features(log_mel(np.concatenate([speech, np.zeros(48000, np.float32)]), 125))[:200]
    assert np.abs(alone - paused)[:, :MELS].mean() < 0.15
    assert paused[:, :MELS].mean() == pytest.approx(0, abs=0.4)


def test_digital_silence_in_a_recording_is_no_quieter_than_a_room() -> None:
    sound = np.concatenate([tone(1.0), np.zeros(16000, np.float32)])
    features = speech_features(log_mel(sound, 50))
    assert features.min() > -5


def test_a_short_steady_vowel_does_not_vanish_in_its_own_mean() -> None:
    time = np.arange(4800) / 16000
    vowel = sum(np.sin(2 * np.pi * f * time) * g for f, g in ((700, 0.2), (1100, 0.1), (2500, 0.03)))
    features = speech_features(log_mel(vowel.astype(np.float32), 7))[4:24, :MELS]
    assert features.mean(axis=0).std() > 0.3


def test_a_vowel_held_for_seconds_keeps_its_colour() -> None:
    time = np.arange(64_000) / 16_000
    vowel = sum(np.sin(2 * np.pi * f * time) * g for f, g in ((700, 0.2), (1100, 0.1), (2500, 0.03)))
    features = speech_features(log_mel(vowel.astype(np.float32), 100))[40:360, :MELS]
    assert features.mean(axis=0).std() > 0.5


def test_silence_has_finite_and_quiet_features() -> None:
    features = speech_features(log_mel(np.zeros(16000, np.float32), 25))
    assert features.shape == (100, 65)
    assert np.isfinite(features).all() and (features[:, 64] < -1).all()


def test_features_row_lies_where_its_sound_is() -> None:
    sound = np.zeros(32000, np.float32)
    sound[16000] = 0.5
    energy = speech_features(log_mel(sound, 50))[:, 64]
    assert energy.argmax() == 100


def test_a_sound_is_cut_or_padded_to_its_frames() -> None:
    assert log_mel(tone(2.0), 10).shape == log_mel(tone(0.1), 10).shape == (40, MELS)


def test_another_vocal_tract_keeps_the_highest_band_in_its_place() -> None:
    mel = np.random.default_rng(0).normal(size=(5, MELS)).astype(np.float32)
    for factor in (0.9, 1.1):
        warped = warp_bands(mel, factor)
        assert np.allclose(warped[:, 0], mel[:, 0]) and np.allclose(warped[:, -1], mel[:, -1], atol=1e-5)
        assert np.allclose(warped[:, 20], mel[:, round(20 * factor)], atol=1e-5)
    assert np.allclose(warp_bands(mel, 1.0), mel, atol=1e-4)


def test_liftering_keeps_the_envelope_and_takes_the_harmonics() -> None:
    bands = np.arange(MELS)
    envelope, harmonics = np.cos(bands / MELS * 6)[None], 0.5 * np.cos(np.pi * bands)[None]
    kept = lifter((envelope + harmonics).astype(np.float32), 32)
    assert np.abs(kept - envelope)[:, 4:-4].max() < 0.1


def test_long_recordings_give_the_rows_of_their_parts() -> None:
    sound = np.random.default_rng(2).normal(0, 0.1, 32 * 16_000).astype(np.float32)
    whole, part = log_mel(sound, 800), log_mel(sound[29 * 16_000 :], 75)
    assert whole.shape == (3200, MELS)
    assert np.allclose(whole[2910:3190], part[10:290], atol=1e-5)  # a stretch ends at row 3000

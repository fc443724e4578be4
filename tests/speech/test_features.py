"""Speech features: the same at any loudness, finite in silence, true to time."""

from __future__ import annotations

import numpy as np

from avatar_app.speech.features import log_mel, speech_features


def tone(seconds: float) -> np.ndarray:
    rng = np.random.default_rng(0)
    n = int(seconds * 16000)
    return (0.2 * rng.standard_normal(n) * np.abs(np.sin(np.arange(n) / 2000))).astype(np.float32)


def test_features_do_not_change_with_loudness() -> None:
    sound = tone(2.0)
    loud, quiet = (speech_features(log_mel(sound * gain, 50)) for gain in (1.0, 0.1))
    assert np.abs(loud - quiet).max() < 1e-3


def test_silence_has_finite_and_quiet_features() -> None:
    features = speech_features(log_mel(np.zeros(16000, np.float32), 25))
    assert features.shape == (100, 65)
    assert np.isfinite(features).all() and (features[:, 64] < -1).all()


def test_features_row_lies_where_its_sound_is() -> None:
    sound = np.zeros(32000, np.float32)
    sound[16000:16400] = 0.5
    energy = speech_features(log_mel(sound, 50))[:, 64]
    assert 99 <= energy.argmax() <= 103

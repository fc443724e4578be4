"""Sound without a voice: of the wished length, of many kinds, never too loud."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.training.corpus.nonspeech import music, nonspeech


@pytest.mark.parametrize("kind", [0.1, 0.2, 0.4, 0.6, 0.9])
def test_sounds_without_speech_have_their_length(kind: float) -> None:
    sound = nonspeech(8_000, np.random.default_rng(0), kind)
    assert sound.shape == (8_000,) and np.isfinite(sound).all()


@pytest.mark.parametrize("seed", range(12))
def test_music_sounds_and_stays_within_its_peak(seed: int) -> None:
    sound = music(48_000, np.random.default_rng(seed))
    assert sound.shape == (48_000,) and sound.dtype == np.float32
    assert np.abs(sound).max() == pytest.approx(0.5, abs=1e-3) and sound.std() > 1e-3


def test_no_two_pieces_of_music_are_alike() -> None:
    one, other = (music(32_000, np.random.default_rng(seed)) for seed in (1, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.5

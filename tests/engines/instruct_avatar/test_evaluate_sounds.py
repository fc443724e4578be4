"""Sounds without words that the evaluation plays: what they are made of, and that measures see what mouths do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from avatar_app.engines.instruct_avatar import evaluate_sounds as sounds
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.generate import generate
from avatar_app.motion.clip import MotionClip
from avatar_app.request import SAMPLE_RATE, Request
from avatar_app.speech import phone_recogniser
from avatar_app.types import Array


@pytest.mark.parametrize("name", list(sounds.QUIET_MOUTHS))
def test_sounds_are_audible_unclipped_and_another_for_every_seed(name: str) -> None:
    first, again, other = (sounds.QUIET_MOUTHS[name](np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.isfinite(first).all() and 1e-3 < np.abs(first).max() < 1
    assert np.array_equal(first, again) and (len(first) != len(other) or not np.array_equal(first, other))


@pytest.mark.parametrize("name", list(sounds.VOICES))
def test_voices_sound_where_they_are_said_to(name: str) -> None:
    sound, voiced = sounds.VOICES[name](np.random.default_rng(0))
    inside, outside = (np.sqrt(np.mean(sound[voiced == flag] ** 2)) for flag in (1, 0))
    assert inside > 5 * outside and np.abs(sound).max() < 1


def test_an_ah_has_the_formants_of_an_open_vowel() -> None:
    sound, _ = sounds.held_ah(np.random.default_rng(0))
    power = np.abs(np.fft.rfft(sound[16_000:64_000])) ** 2
    hertz = np.fft.rfftfreq(48_000, 1 / 16_000)
    first, gap, third = (
        power[(hertz > low) & (hertz < high)].mean() for low, high in ((600, 850), (1700, 2100), (2350, 2650))
    )
    assert first > 20 * gap and third > gap


@pytest.mark.parametrize(("jaw", "share"), [(0.4, 1.0), (0.0, 0.0)])
def test_the_share_of_voice_with_an_open_mouth_is_measured(
    monkeypatch: pytest.MonkeyPatch, jaw: float, share: float
) -> None:
    def clips(engine: None, sound: Array) -> list[MotionClip]:
        values = np.zeros((len(sound) // 640, 58), np.float32)
        values[:, CHANNEL_NAMES.index("jawOpen")] = jaw
        return [MotionClip.from_values(values)]

    monkeypatch.setattr(sounds, "_clips", clips)
    assert sounds.open_at_voices(None) == {"held_ah": share, "laugh": share}  # type: ignore[arg-type]


@pytest.mark.skipif(not phone_recogniser.available(), reason="the second ear is not installed")
def test_a_tune_keeps_the_mouth_shut_and_an_ah_opens_it(tmp_path: Path) -> None:
    def jaw(sound: Array) -> float:
        wavfile.write(tmp_path / "sound.wav", SAMPLE_RATE, (sound * 32767).astype(np.int16))
        (sample,) = generate(Request(audio=tmp_path / "sound.wav", samples=1, motion_only=True))
        assert sample.motion is not None
        return float(sample.motion.channel("jawOpen").mean())

    assert jaw(sounds.arpeggio(np.random.default_rng(0))) < 0.03
    assert jaw(sounds.held_ah(np.random.default_rng(0))[0]) > 0.1

"""Laughs are heard, speech and single sounds are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech.laughter import laughing
from avatar_app.speech.recording import load_speech
from avatar_app.types import Array

VOICES = Path(__file__).resolve().parents[2] / "assets" / "voices"


def bursts(rate: float, unlike: float = 0.0, pitch: float = 190.0, seconds: float = 4.0) -> Array:
    """From the first second to the third, so many vowels a second; unlike: how far each next one is another."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    number = np.floor((time - 1) * rate)
    tilt = 1 + unlike * (number % 3)
    tone = sum(np.sin(2 * np.pi * pitch * k * time) * k ** (-tilt) for k in range(1, 15))
    shape = np.clip(np.sin(2 * np.pi * rate * (time - 1)), 0, None) ** 2 * ((time > 1) & (time < 3))
    noise = 1e-4 * np.random.default_rng(0).standard_normal(len(time))
    return np.asarray(0.1 * shape * tone + noise, np.float32)


@pytest.mark.parametrize("rate", [4.0, 5.0, 6.5])
def test_a_laugh_is_heard_where_it_is(rate: float) -> None:
    found = laughing(bursts(rate), 100)
    assert found.shape == (100,) and found.dtype == np.float32
    assert found[30:70].mean() > 0.9 and not found[:20].any() and not found[85:].any()


def test_slow_calls_changing_vowels_and_a_held_one_are_no_laugh() -> None:
    assert not laughing(bursts(2.0), 100).any()
    assert not laughing(bursts(5.0, unlike=1.0), 100).any()
    time = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    assert not laughing(np.sin(2 * np.pi * 200 * time).astype(np.float32), 100).any()
    assert not laughing(np.zeros(SAMPLE_RATE, np.float32), 25).any() and not len(laughing(np.zeros(0), 0))


@pytest.mark.parametrize("name", ["reader_man.mp3", "reader_woman.mp3"])
def test_reading_aloud_is_no_laugh(name: str) -> None:
    speech = load_speech(VOICES / name)
    assert not laughing(speech.samples, speech.frames).any()

"""What counts as a voice: words, a held vowel, a laugh; not music."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.speech.phones import VISEMES
from avatar_app.speech.wordless import voiced_share
from avatar_app.types import Array

FRAMES = 100


def shares(likeliest: float) -> Array:
    """(T, 15): one class as likely as told, the others alike."""
    values = np.full((FRAMES, len(VISEMES)), (1 - likeliest) / (len(VISEMES) - 1), np.float32)
    values[:, VISEMES.index("A")] = likeliest
    return values


@pytest.mark.parametrize(
    ("encoder", "talking", "recogniser", "kept"),
    [
        (0.6, 1.0, 0.75, 1),  # speech
        (0.2, 1.0, 0.75, 1),  # speech in a language that the encoder does not know
        (0.8, 0.95, 0.35, 1),  # a held vowel: the recogniser names anything
        (0.2, 1.0, 0.35, 0),  # a broken chord
        (0.8, 0.3, 0.35, 0),  # chords: hardly anybody there
    ],
)
def test_words_and_voices_are_kept_and_music_is_not(
    encoder: float, talking: float, recogniser: float, kept: int
) -> None:
    share = voiced_share(shares(encoder), np.full(FRAMES, talking, np.float32), shares(recogniser))
    assert share.min() > 0.99 if kept else share.max() < 0.01


def test_speech_after_music_is_kept_from_its_first_words() -> None:
    talking = np.ones(FRAMES, np.float32)
    recogniser = np.where(np.arange(FRAMES)[:, None] < 50, shares(0.35), shares(0.8))
    share = voiced_share(shares(0.2), talking, recogniser)
    assert share[:30].max() < 0.1 and share[58:].min() > 0.95


def test_silence_is_no_error() -> None:
    assert np.isfinite(voiced_share(shares(1.0), np.zeros(FRAMES, np.float32), shares(0.0))).all()

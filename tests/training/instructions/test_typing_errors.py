"""Typing errors change a text, but not what it says."""

from __future__ import annotations

import random
import re

from avatar_app.training.instructions.typing_errors import gibberish, misspell


def test_sides_and_short_words_keep_their_meaning() -> None:
    rng = random.Random(1)
    for _ in range(2000):
        text = misspell("turn your head to the left", rng)
        assert not re.search("rig|rite", text), text


def test_most_texts_change_and_stay_alike() -> None:
    rng = random.Random(2)
    text = "please raise your eyebrows and smile"
    texts = [misspell(text, rng) for _ in range(500)]
    assert sum(t != text for t in texts) > 480
    assert len(set(texts)) > 200
    assert all(abs(len(t) - len(text)) <= 12 for t in texts)


def test_gibberish_always_has_a_letter_or_digit() -> None:
    rng = random.Random(3)
    assert all(any(c.isalnum() for c in gibberish(rng)) for _ in range(1000))

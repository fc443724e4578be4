"""Emojis and smileys become words."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.symbols import signs_to_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nod 🙂", "nod, smile"),
        ("😠", "angry"),
        ("👍🏽", "nod"),
        ("☹️ then 😀", "sad then, happy"),
        ("say it :)", "say it, smile"),
        ("mouth: open", "mouth: open"),
        ("0:02 (looks up)", "0:02 (looks up)"),
        ("plain words", "plain words"),
    ],
)
def test_signs_are_read_as_words(text: str, words: str) -> None:
    assert signs_to_words(text) == words

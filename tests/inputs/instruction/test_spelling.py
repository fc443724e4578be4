"""Typing errors are mended toward the words of instructions, and other words are left alone."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.spelling import distance, mended

COMMON = (
    "smile", "happy", "head", "your", "eyes", "nod", "left", "right", "blink", "tongue", "eyebrows", "surprised",
    "raise", "should", "laughing", "wink", "stretched",
)  # fmt: skip
WORDS = {word: rank for rank, word in enumerate(COMMON)}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("smlie", "smile"),
        ("she shuld be hapy", "she should be happy"),
        ("stick out your tounge", "stick out your tongue"),
        ("raise ur eyborws", "raise your eyebrows"),
        ("suprised", "surprised"),
        ("laghing", "laughing"),
        ("streched", "stretched"),
        ("Nodd", "nod"),
        ("the lion smiles", "the lion smiles"),
        ("SMILE, please", "SMILE, please"),
        ("she liones", "she liones"),
        ("don't", "don't"),
        ("Zxqwv grmbl", "Zxqwv grmbl"),
        ("", ""),
    ],
)
def test_errors_are_mended(text: str, meant: str) -> None:
    assert mended(text, WORDS, {"lion", "smiles", "stick", "please"}) == meant


@pytest.mark.parametrize(
    ("a", "b", "errors"),
    [("smile", "smlie", 1), ("smile", "smile", 0), ("nod", "nodd", 1), ("", "ab", 2), ("abc", "xyz", 3)],
)
def test_distance_counts_errors(a: str, b: str, errors: int) -> None:
    assert distance(a, b) == errors

"""Explicit strengths and what grows or fades."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.intensity import ramp_of, strength_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("the tiniest trace of a grin", 0.15),
        ("a hint of sadness", 0.2),
        ("barely frown", 0.2),
        ("ever so slightly amused", 0.2),
        ("a bit sad", 0.35),
        ("kind of angry", 0.35),
        ("not too happy", 0.35),
        ("40 % sad", 0.4),
        ("nod at 30 percent", 0.3),
        ("frown 0.3", 0.3),
        ("frown 4/10", 0.4),
        ("half a smile", 0.5),
        ("moderately sad, please", 0.6),
        ("a nod, not small, not big", 0.6),
        ("really proud", 0.85),
        ("very proud", 1.0),
        ("a wide grin", 1.0),
        ("extremely bored", 1.2),
        ("open your mouth as wide as you can", 1.2),
        ("angry, no half measures", 1.2),
        ("eyes far right", 1.2),
        ("turn all the way left", 1.2),
        ("100 % sad", 1.2),
    ],
)
def test_strengths_that_are_said(text: str, value: float) -> None:
    assert strength_of(text) == pytest.approx(value)


@pytest.mark.parametrize(
    "text",
    [
        "smile",
        "a little later frown",
        "first half sad",
        "smile at 0.5 s",
        "50% in she frowns",
        "for the first 30 % nod",
        "halfway through nod",
        "what kind of man",
        "sad rather than angry",
        "touch your nose",
        "hard to say",
    ],
)
def test_times_and_other_words_are_no_strengths(text: str) -> None:
    assert strength_of(text) is None


@pytest.mark.parametrize(
    ("text", "ramp"),
    [
        ("frown more and more", (0.2, 1.0)),
        ("gradually get angry", (0.2, 1.0)),
        ("a wider and wider grin", (0.2, 1.0)),
        ("the grin fades", (1.0, 0.1)),
        ("slowly stop smiling", (1.0, 0.1)),
        ("less and less happy", (1.0, 0.1)),
        ("frown", None),
    ],
)
def test_what_grows_and_what_fades(text: str, ramp: tuple[float, float] | None) -> None:
    assert ramp_of(text) == ramp

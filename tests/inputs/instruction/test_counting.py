"""Counts and the words that they belong to."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.counting import counts_of
from avatar_app.inputs.instruction.timing import split_clauses


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blink twice", (("blink twice", 2),)),
        ("shake your head four times", (("shake your head four times", 4),)),
        ("blinkk 5 tiems", (("blinkk 5 tiems", 5),)),
        ("frown and blink twice", (("blink twice", 2),)),
        ("2x nod", (("2x nod", 2),)),
        ("nod x4", (("nod x4", 4),)),
        ("one slow nod", (("one slow nod", 1),)),
        ("a single blink", (("a single blink", 1),)),
        ("double nod", (("double nod", 2),)),
        ("two firm nods and a wink", (("two firm nods", 2), ("a wink", 1))),
        ("wink with your right eye, only once", (("wink with your right eye, only once", 1),)),
        ("nod a couple of times", (("nod a couple of times", 2),)),
        ("nod 2 times & blink 4 times", (("nod 2 times", 2), ("blink 4 times", 4))),
    ],
)
def test_counts_stay_with_their_words(text: str, expected: tuple[tuple[str, int], ...]) -> None:
    assert counts_of(text) == expected


@pytest.mark.parametrize(
    "text", ["nod", "raise one eyebrow", "smile at once", "once you are there", "the second time", "look at two people"]
)
def test_other_numbers_are_no_counts(text: str) -> None:
    assert counts_of(text) == ()


def test_a_clause_has_a_count_where_it_holds_one() -> None:
    assert [c.count for c in split_clauses("blink three times, then nod twice; smile; one nod and two blinks")] == [
        3,
        2,
        None,
        None,
    ]

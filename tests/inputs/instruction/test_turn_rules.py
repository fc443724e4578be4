"""Turns of speech that change what a direction asks for, and words that only look like numbers."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.rewording import reword
from avatar_app.inputs.instruction.timing import split_clauses


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("can she not blink so much", "do not blink"),
        ("hardly a muscle moves", "keep the head still"),
        ("1. sigh 2. nod", "sigh, then nod"),
        ("0-4 SAD   4-10 HAPPY", "0-4 s SAD   4-10 s HAPPY"),
        ("for 3-4 people", "for 3-4 people"),
        ("big side eye", "big suspicious look to the left"),
    ],
)
def test_what_is_meant_is_said_plainly(text: str, plain: str) -> None:
    assert reword(text) == plain


@pytest.mark.parametrize("text", ["carry on as before", "smile for as long as you like", "come in as if tired"])
def test_as_is_no_second(text: str) -> None:
    assert all(clause.when.start is None and clause.when.length is None for clause in split_clauses(text))

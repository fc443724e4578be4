"""What is wanted is set apart from what is not, and both hold at the same time."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.timing import place, split_clauses


@pytest.mark.parametrize(
    ("text", "wanted", "avoided"),
    [
        ("don't turn right, turn left", "turn left", "don't turn right"),
        ("not bored, I meant tired", "tired", "not bored"),
        ("don't smile; frown instead", "frown", "don't smile"),
        ("Don't nod. Shake your head instead.", "Shake your head", "Don't nod"),
        ("she isn't sad, she's just tired", "she's just tired", "she isn't sad"),
        ("calm rather than happy", "calm", "not happy"),
        ("blink instead of nodding", "blink", "no nodding"),
        ("instead of blinking, nod", "nod", "no blinking"),
        ("frown, no, make that a smile", "a smile", "don't frown"),
        ("Make him frown. No, make that a grin.", "a grin", "don't frown"),
        ("happy, minus the smile", "happy", "no smile"),
    ],
)
def test_oppositions_are_two_clauses_at_the_same_time(text: str, wanted: str, avoided: str) -> None:
    clauses = split_clauses(text)
    assert [(c.text, c.beside) for c in clauses] == [(wanted, False), (avoided, True)]
    first, second = place(clauses, 8.0, lambda clause: False)
    assert (first.start, first.end) == (second.start, second.end) == (0.0, 8.0)


@pytest.mark.parametrize(
    "text", ["don't nod, blink or smile", "don't frown, nod, blink", "dont stop nodding", "not too sad", "do not blink"]
)
def test_lists_and_plain_negations_stay_whole(text: str) -> None:
    assert [c.text for c in split_clauses(text)] == [text]


def test_what_the_next_sentence_refuses_is_not_wanted() -> None:
    first, second = split_clauses("The first take had him smirking and blinking. None of that, please. Be calm")
    assert (first.text, second.text) == ("no smirking, no blinking", "Be calm")


def test_a_correction_keeps_the_time_of_what_it_corrects() -> None:
    placed = place(split_clauses("at 3 s don't look up, look down"), 8.0, lambda clause: False)
    assert [(p.start, p.end) for p in placed] == [(3.0, 8.0), (3.0, 8.0)]

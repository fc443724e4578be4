"""Times and words of sequence, without any model."""

from __future__ import annotations

from itertools import pairwise

import pytest

from avatar_app.inputs.instruction.timing import When, place, seconds, split_clauses


def laid_out(text: str, duration: float = 10.0) -> list[tuple[str, float, float]]:
    clauses = split_clauses(text)
    placed = place(clauses, duration, brief=lambda clause: clause.text.startswith("nod"))
    return [(clauses[p.index].text, round(p.start, 2), round(p.end, 2)) for p in placed]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smile", [("smile", 0, 10)]),
        ("0-2s: smile; then look left", [("smile", 0, 2), ("look left", 2, 10)]),
        ("smile, then wink, and finally frown", [("smile", 0, 3.33), ("wink", 3.33, 6.67), ("frown", 6.67, 10)]),
        ("smile then frown", [("smile", 0, 4), ("frown", 4, 10)]),
        ("at 3 seconds nod", [("nod", 3, 5)]),
        ("at 3 seconds smile", [("smile", 3, 10)]),
        ("from 1 to 2.5 s look up, then smile", [("look up", 1, 2.5), ("smile", 2.5, 10)]),
        ("after two seconds, turn left", [("turn left", 2, 10)]),
        ("smile for the first two seconds", [("smile", 0, 2)]),
        ("in the last second, wink", [("wink", 9, 10)]),
        ("first surprised then smile at the end", [("surprised", 0, 8), ("smile", 8, 10)]),
        ("smile at 2 s, nod at 4 s and wink at 6 s", [("smile", 2, 4), ("nod", 4, 6), ("wink", 6, 10)]),
        ("smile for 2 seconds, then frown", [("smile", 0, 2), ("frown", 2, 10)]),
        ("smile until 3 s, then frown", [("smile", 0, 3), ("frown", 3, 10)]),
        ("smile. 2 seconds later wink", [("smile", 0, 2), ("wink", 2, 10)]),
        ("at 3 s smile, then after 2 s wink", [("smile", 3, 5), ("wink", 5, 10)]),
        ("[0-2] smile [2-4] frown", [("smile", 0, 2), ("frown", 2, 4)]),
        ("0:01-0:03 smile", [("smile", 1, 3)]),
        ("smile before turning left", [("smile", 0, 4), ("turning left", 4, 10)]),
        ("turn left after smiling", [("smiling", 0, 4), ("turn left", 4, 10)]),
        ("1s: wink, 3s: shake your head", [("wink", 1, 3), ("shake your head", 3, 10)]),
        ("smile for 500 ms, wink for half a second", [("smile", 0, 0.5), ("wink", 0.5, 1)]),
        ("halfway through look down", [("look down", 5, 10)]),
        ("at 12 seconds wink", [("wink", 12, 12)]),
        ("in the initial 3 seconds smile", [("smile", 0, 3)]),
        ("in the opening 3 seconds smile", [("smile", 0, 3)]),
        ("at 2 s and smile", [("smile", 2, 10)]),
        ("before turning left, smile", [("smile", 0, 4), ("turning left", 4, 10)]),
        ("after smiling, turn left", [("smiling", 0, 4), ("turn left", 4, 10)]),
        ("at 2 s, for 1 s, smile", [("smile", 2, 3)]),
        ("smile, then frown for 2 seconds", [("smile", 0, 8), ("frown", 8, 10)]),
        ("4-6s: wink; 0-2s: smile", [("smile", 0, 2), ("wink", 4, 6)]),
        ("smile\nwink", [("smile", 0, 4), ("wink", 4, 10)]),
        ("raise your brows and nod at 3 s", [("raise your brows and nod", 3, 10)]),
    ],
)
def test_clauses_are_laid_out_in_time(text: str, expected: list[tuple[str, float, float]]) -> None:
    assert laid_out(text) == expected


@pytest.mark.parametrize("text", ["nod three times", "smile at 50%", "raise one eyebrow", "wink at the second camera"])
def test_numbers_that_are_no_times_stay_in_the_text(text: str) -> None:
    assert laid_out(text) == [(text, 0, 10)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5 s", 1.5),
        ("two seconds", 2),
        ("0:03", 3),
        ("1:02", 62),
        ("500 ms", 0.5),
        ("half a second", 0.5),
        ("one and a half seconds", 1.5),
        ("second 4", 4),
        ("2 min", 120),
        ("2 m", 120),
        ("1,5 sec", 1.5),
        ("250milliseconds", 0.25),
    ],
)
def test_spoken_and_written_times(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


def test_a_range_has_one_unit() -> None:
    assert laid_out("from 1 to 2 minutes smile", 300.0) == [("smile", 60, 120)]


def test_of_two_statements_about_a_time_the_first_wins() -> None:
    assert When(start=1.0).merged(When(start=2.0, end=3.0)) == When(start=1.0, end=3.0)


def test_throughout_is_marked_and_takes_no_step() -> None:
    clauses = split_clauses("smile throughout, wink at 3 s")
    assert [(c.text, c.when.whole) for c in clauses] == [("smile", True), ("wink", False)]


@pytest.mark.parametrize("text", ["", "   ", "...", "\n\n", "then", ", ;"])
def test_nothing_said_gives_no_clause(text: str) -> None:
    assert split_clauses(text) == []


def test_segments_never_overlap_when_only_sequence_words_are_given() -> None:
    for duration in (0.3, 2.0, 7.0, 600.0):
        placed = laid_out("smile, then nod, then wink; look up. frown and then laugh", duration)
        assert len(placed) == 6
        assert all(abs(a[2] - b[1]) < 0.02 for a, b in pairwise(placed))
        assert placed[-1][2] == pytest.approx(duration)

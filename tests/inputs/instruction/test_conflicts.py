"""Wishes that contradict each other: the later one counts, for as long as both hold, and that is told."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.conflicts import settle
from avatar_app.inputs.instruction.timeline import Segment

Step = tuple[float, float, dict[str, float]]


def step(start: float, end: float, **actions: float) -> Segment:
    return Segment(start, end, " ".join(actions), {}, actions)


def settled(*segments: Segment) -> tuple[list[Step], list[str]]:
    left, notes = settle(list(segments))
    return [(s.start, s.end, s.actions) for s in left], notes


def test_wishes_that_go_together_stay_as_they_are() -> None:
    given = step(0, 4, smile=0.65), step(2, 4, nod=0.65), step(4, 6, look_left=0.65)
    assert settle(list(given)) == (list(given), [])


@pytest.mark.parametrize(
    ("first", "second"), [("turn_left", "turn_right"), ("whisper", "shout"), ("smile", "mouth_frown")]
)
def test_the_later_of_two_opposites_counts_while_it_lasts(first: str, second: str) -> None:
    left, notes = settled(step(0, 6, **{first: 0.65}), step(2, 4, **{second: 0.65}))
    assert left == [(0, 2, {first: 0.65}), (2, 4, {}), (4, 6, {first: 0.65}), (2, 4, {second: 0.65})]
    assert notes == [f"'{first}' and '{second}' contradict each other: the later one counts."]


@pytest.mark.parametrize(("before", "after"), [(0.65, -1.0), (-1.0, 0.65)])
def test_of_asked_for_and_forbidden_the_later_one_counts(before: float, after: float) -> None:
    left, notes = settled(step(0, 4, smile=before), step(2, 4, smile=after))
    assert left == [(0, 2, {"smile": before}), (2, 4, {}), (2, 4, {"smile": after})]
    assert notes == [], "the same words are no contradiction to tell"


def test_a_contradiction_between_other_words_is_told_in_both() -> None:
    first, second = Segment(0, 4, "smile", {}, {"smile": 0.65}), Segment(2, 4, "stop that", {}, {"smile": -1.0})
    assert settle([first, second])[1] == ["'smile' and 'stop that' contradict each other: the later one counts."]


def test_forbidding_one_side_and_asking_for_the_other_is_no_contradiction() -> None:
    left, notes = settled(step(0, 4, look_left=-1.0), step(0, 4, look_right=0.65))
    assert left == [(0, 4, {"look_left": -1.0}), (0, 4, {"look_right": 0.65})] and notes == []


def test_opposites_one_after_the_other_are_no_contradiction() -> None:
    assert settled(step(0, 2, turn_left=0.65), step(2, 4, turn_right=0.65))[1] == []


def test_opposites_of_one_step_and_moves_of_a_still_head_are_told() -> None:
    _, notes = settled(step(0, 4, look_left=0.65, look_right=0.65), step(4, 8, stay_still=0.65, nod=0.65))
    assert ["two opposites at once" in notes[0], "kept still but for what moves it (nod)" in notes[1]] == [True, True]

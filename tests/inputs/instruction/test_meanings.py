"""What the parts of a clause add to it: strengths, counts, prohibitions and doubts, with answers that are told."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction import understanding
from avatar_app.inputs.instruction.meanings import Meaning, understand_clauses
from avatar_app.inputs.instruction.structure import Clause
from avatar_app.inputs.instruction.understanding import ParsedInstruction

ANSWERS = {
    "smile": {"smile": 0.65},
    "do not smile": {"smile": -1.0},
    "smile and do not smile": {"smile": 0.65},
    "do not look left": {"look_left": -1.0},
    "look right": {"look_right": 0.65},
    "do not look left and look right": {"look_left": -1.0, "look_right": -1.0},
    "do not wink with the left eye": {"wink_left": -1.0},
    "do not wink": {"wink_left": -1.0, "wink_right": -1.0},
    "the left eye": {"wink_left": 0.65},
    "a slight smile": {"smile": 0.35},
    "a huge frown": {"mouth_frown": 1.0},
    "a slight smile and a huge frown": {"smile": 0.65, "mouth_frown": 0.65},
    "nod": {"nod": 0.65},
    "nod and smile": {"nod": 0.65, "smile": 0.65},
}


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(text: str) -> ParsedInstruction:
        guesses = (("happy", 0.3), ("raise_brows", 0.2), ("neutral", 0.1)) if text == "go bananas" else ()
        return ParsedInstruction({}, ANSWERS.get(text, {}), guesses=guesses)

    monkeypatch.setattr(understanding, "understand", lambda texts: [answer(text) for text in texts])


def meant(text: str, **more: object) -> Meaning:
    (found,) = understand_clauses([Clause(text, **more)])  # type: ignore[arg-type]
    return found


def test_of_asked_for_and_forbidden_in_one_clause_the_later_counts_and_is_told() -> None:
    found = meant("smile and do not smile")
    assert found.meaning.actions == {"smile": -1.0} and "asks for and forbids the same (smile)" in found.notes[0]


def test_a_part_of_its_own_is_heard_where_the_whole_is_taken_for_forbidden() -> None:
    found = meant("do not look left and look right")
    assert found.meaning.actions == {"look_left": -1.0, "turn_left": -1.0, "look_right": 0.65} and found.notes == ()


def test_what_only_says_with_what_turns_no_prohibition_round() -> None:
    found = meant("do not wink with the left eye")
    assert found.meaning.actions == {"wink_left": -1.0} and found.notes == ()


def test_each_part_has_its_own_strength() -> None:
    actions = meant("a slight smile and a huge frown").meaning.actions
    assert actions["smile"] < 0.5 < 0.9 < actions["mouth_frown"]


def test_counts_go_to_the_gesture_that_they_stand_with() -> None:
    assert meant("nod and smile", counts=(("nod", 2),)).counts == {"nod": 2}
    assert meant("nod and smile", counts=(("nod and smile", 2),)).counts == {"nod": 2}
    assert meant("smile", counts=(("smile", 3),)).counts == {"smile": 3}


def test_what_is_not_sure_is_asked_about() -> None:
    found = meant("go bananas")
    assert found.not_understood == ("go bananas",)
    assert found.notes == ("Not sure what 'go bananas' asks for: did you mean happy, raise the eyebrows or neutral?",)


def test_gestures_alone_are_brief() -> None:
    assert meant("nod").gestures_only and not meant("nod and smile").gestures_only

"""What no portrait can show is told."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.impossible import impossible
from avatar_app.inputs.instruction.reading import read_instruction


@pytest.mark.parametrize(
    "text",
    [
        "a single tear, please",
        "tears rolling down his face",
        "turn bright red with shame",
        "she walks off and comes back",
        "zoom in on the eyes",
        "blushing and giggling",
        "cross your eyes",
        "sips her tea",
        "jazz hands and a smile",
        "he covers his face with both hands",
        "clenches her fists",
    ],
)
def test_what_cannot_be_shown_is_told(text: str) -> None:
    assert len(impossible(text)) == 1
    assert any(note.startswith("Not shown: ") for note in read_instruction(text, 5.0).notes)


@pytest.mark.parametrize(
    "text",
    [
        "close to tears",
        "moved to tears",
        "jump for joy",
        "run the words together",
        "cross with the children",
        "nod twice",
        "a weight off her shoulders",
        "he glances over his shoulder",
        "dead on her feet",
    ],
)
def test_figures_of_speech_are_no_such_wishes(text: str) -> None:
    assert impossible(text) == ()


@pytest.mark.parametrize("text", ["*folds his arms* Well, I never.", "(she walks off) I said no! (frowns)"])
def test_what_cannot_be_shown_of_stage_directions_is_told(text: str) -> None:
    assert any(note.startswith("Not shown: ") for note in read_instruction(text, 5.0).notes)


def test_what_a_dialogue_only_speaks_of_is_not_told() -> None:
    assert read_instruction("(smiles) Oh, you walk off every time! (nods)", 5.0).notes == ()


def test_hands_are_told_once() -> None:
    assert len(impossible("waves his hand")) == 0  # body_words.py knows of waving
    assert impossible("clenches her fists", bodily=True) == ()


def test_a_reading_that_is_not_sure_is_told() -> None:
    made = read_instruction("he doesn't trust this person", 5.0)
    unsure = [step for step in made.plan if step.confidence < 0.8]
    assert bool(unsure) == any("which is not sure" in note for note in made.notes)

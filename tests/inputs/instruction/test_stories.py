"""Stories: what happens in turn without a word of order, and deeds by what a face shows of them."""

import time

import pytest

from avatar_app.inputs.instruction.deeds import plain_deeds
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.rewording import reword


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("eyes only: up, left, down", "looks up, then looks left, then looks down"),
        ("joy turning to rage", "joy, then rage"),
        ("he nods until something makes him laugh", "he nods, then something makes him laugh"),
        ("scans the court from right to left", "looks right, then looks left"),
        ("once she's yawned she smiles", "yawn, then she smiles"),
        ("three moods: glum, cross and merry", "glum, then cross, then merry"),
    ],
)
def test_stories_are_put_in_order(text: str, plain: str) -> None:
    assert " ".join(reword(text).split()) == plain


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("wakes with a start", "opens the eyes wide, surprised"),
        ("she notices a parrot and laughs", "she raises the eyebrows and laughs"),
        ("the phone rings", "is surprised"),
        ("nod twice", "nod twice"),
    ],
)
def test_deeds_show_on_faces(text: str, plain: str) -> None:
    assert plain_deeds(text) == plain


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("look down at a card, look back up and be delighted", ["look_down", "happy"]),
        ("Captain asleep at his desk. Wakes up with a jolt. Beams.", ["close_eyes", "surprised", "smile"]),
        ("blink twice, sigh, roll your eyes", ["blink", "sigh", "roll_eyes"]),
        ("[turns head L] [beat] [sighs]", ["turn_left", "sigh"]),
        ("Scared of what's outside, relieved it's the postman.", ["fearful", "relieved"]),
        ("from baffled to ah! now I see!", ["confused", "surprised"]),
        ("(nods) You there? (the smile fades; now he is afraid)", ["nod", "fearful"]),
    ],
)
def test_what_cannot_be_at_once_comes_in_turn(text: str, order: list[str]) -> None:
    begins = {step.what: step.start for step in reversed(read_instruction(text, 10.0).plan)}
    starts = [begins[name] for name in order]
    assert starts == sorted(set(starts))


def test_what_is_wanted_together_stays_together() -> None:
    steps = read_instruction("smile and raise the eyebrows, eyes wide", 10.0).plan
    assert {(step.start, step.end) for step in steps} == {(0.0, 10.0)}


def test_long_texts_are_read_in_time() -> None:
    begun = time.process_time()
    for text in ("smile and look to the left ", "starts happy but then ", "left - ", "nobody knows before this "):
        reword(text * 40)
    assert time.process_time() - begun < 3.0

"""What an instruction asks of arms and hands is read where a body is shown, and told where none is."""

from __future__ import annotations

import pytest

from avatar_app.face.body_actions import BODY_NAMES
from avatar_app.face.wishes import BODY_ONLY, kind_of, words_for
from avatar_app.inputs.instruction.body_words import body_words, unable
from avatar_app.inputs.instruction.reading import read_instruction

SAID = {
    "wave": "wave goodbye",
    "shrug": "she shrugs",
    "arms_crossed": "with your arms crossed",
    "point_at_viewer": "point at the camera",
    "point_at_self": "points to himself",
    "hand_on_heart": "a hand on his heart",
    "thumbs_up": "thumbs up!",
    "palms_up": "palms up",
    "open_arms": "spread your arms wide",
    "clap": "clap",
    "count_on_fingers": "count on your fingers",
    "hands_clasped": "hands folded",
    "hands_on_hips": "hands on hips",
    "hand_at_chin": "strokes his chin",
    "lean_left": "lean to the left",
    "lean_right": "leans right",
    "bow": "take a bow",
    "hands_still": "keep your hands still",
    "gesture_more": "talks with his hands",
}


@pytest.mark.parametrize("name", sorted(BODY_ONLY))
def test_every_action_of_the_body_can_be_asked_for_and_is_said_back(name: str) -> None:
    assert body_words(SAID[name]).wanted == {name: 0.65}
    plan = read_instruction(SAID[name], 6.0, bodily=True).plan
    assert name in [step.what for step in plan]
    assert words_for(name) in " ".join(read_instruction(SAID[name], 6.0, bodily=True).describe())


def test_names_are_those_of_the_body() -> None:
    assert set(BODY_NAMES) >= BODY_ONLY and kind_of("wave") == "repeated" and kind_of("arms_crossed") == "held"


def test_times_counts_and_prohibitions_hold_for_hands_too() -> None:
    plan = {s.what: s for s in read_instruction("happy, wave twice at 3 s, and no clapping", 8.0, bodily=True).plan}
    assert plan["wave"].start == 3.0 and plan["wave"].count == 2
    assert plan["clap"].strength == -1 and plan["happy"].start == 0.0


def test_a_face_alone_tells_what_it_has_no_hands_for() -> None:
    made = read_instruction("smile and wave", 6.0)
    assert [step.what for step in made.plan] == ["smile"]
    assert any(note.startswith("Not shown: 'wave'") for note in made.notes)
    assert not any("wave" in note for note in read_instruction("smile and wave", 6.0, bodily=True).notes)


@pytest.mark.parametrize("text", ["walk over to the door", "sit down", "she kneels", "take a step closer and dance"])
def test_what_planted_feet_cannot_do_is_told(text: str) -> None:
    assert unable(text) and any(n.startswith("Not done: ") for n in read_instruction(text, 5.0, bodily=True).notes)


@pytest.mark.parametrize("text", ["nod and smile", "like a bow tie salesman", "raise your brows"])
def test_other_words_ask_for_no_hands(text: str) -> None:
    assert not body_words(text).wanted


def test_a_hand_waves_at_the_end_and_nothing_is_left_over() -> None:
    made = read_instruction("excited, point at the camera at 1 s, shrug at the end", 8.0, bodily=True)
    spans = {step.what: (step.start, step.end) for step in made.plan}
    assert spans["shrug"] == (6.0, 8.0) and spans["point_at_viewer"][0] == 1.0
    assert not made.not_understood and not made.notes

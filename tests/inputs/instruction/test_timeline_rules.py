"""What a timeline makes of meanings and times, with meanings that are told instead of read by the model."""

from __future__ import annotations

import re

import pytest

from avatar_app.inputs.instruction import understanding
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.timeline import Segment, Timeline
from avatar_app.inputs.instruction.understanding import ParsedInstruction

NAMED = {
    "happy": ({"happy": 0.65}, {}),
    "sad": ({"sad": 0.65}, {}),
    "no sad": ({"sad": -1.0}, {}),
    "no happy": ({"happy": -1.0}, {}),
    "smile": ({}, {"smile": 0.65}),
    "no smile": ({}, {"smile": -1.0}),
    "no blink": ({}, {"blink": -1.0}),
    "mumble": ({}, {"mumble": 0.65}),
    "left": ({}, {"turn_left": 0.65}),
    "nod": ({}, {"nod": 0.65}),
    "wink": ({}, {"wink_left": 0.65}),
    "wink and other": ({"sad": 0.65}, {"wink_left": 0.65, "wink_right": 0.65}),
    "wink and one two three four five six": ({}, {"nod": 0.65}),
    "smile and lids": ({}, {"smile": 0.65, "widen_eyes": 0.65}),
    "happy and other": ({"happy": 0.65, "sad": 0.65}, {}),
}
Step = tuple[float, float, dict[str, float]]


def understood(text: str) -> ParsedInstruction:
    """Of "A and B" and "A, B" whatever A and B mean, unless the whole is told."""
    parts = [text] if text in NAMED else re.split(r", ?| and ", text)
    told = [NAMED[part] for part in parts if part in NAMED]
    emotions = {name: value for named, _ in told for name, value in named.items()}
    return ParsedInstruction(emotions, {n: v for _, named in told for n, v in named.items()}, neutral=text == "rest")


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(understanding, "understand", lambda texts: [understood(text) for text in texts])


def steps(text: str, duration: float = 12.0) -> list[Step]:
    return [(s.start, s.end, {**s.emotions, **s.actions}) for s in read_instruction(text, duration).segments]


def named(text: str) -> list[set[str]]:
    return [set(values) for _, _, values in steps(text)]


def test_a_prohibition_holds_throughout_only_in_a_sentence_of_its_own() -> None:
    assert named("happy. no blink. then sad") == [{"happy", "blink"}, {"sad", "blink"}]
    assert named("happy, then no blink, then sad") == [{"happy"}, {"happy", "blink"}, {"sad"}]
    assert steps("no blink") == [(0.0, 12.0, {"blink": -1.0})]


def test_a_manner_of_speaking_in_a_sentence_of_its_own_holds_throughout() -> None:
    assert named("happy; sad. mumble.") == [{"happy", "mumble"}, {"sad", "mumble"}]


def test_what_is_avoided_from_one_step_on_is_no_longer_carried() -> None:
    assert [values.get("happy") for _, _, values in steps("happy; no happy; left")] == [0.65, -1.0, None]


def test_only_what_is_wanted_is_carried_to_the_next_step() -> None:
    assert named("happy and no sad; left") == [{"happy", "sad"}, {"happy", "turn_left"}]


def test_an_emotion_ends_with_neutral_and_with_another_one() -> None:
    assert named("happy; left; rest; nod; sad") == [{"happy"}, {"happy", "turn_left"}, set(), {"nod"}, {"sad"}]


def test_a_step_keeps_its_own_words_against_those_that_hold_throughout() -> None:
    made = steps("0-4s: smile; 6-8s: happy. no smile throughout. sad throughout")
    assert [(start, end) for start, end, _ in made] == [(0, 4), (4, 6), (6, 8), (8, 12)]
    assert [values.get("smile") for _, _, values in made] == [0.65, -1.0, -1.0, -1.0]
    assert [sorted({"happy", "sad"} & set(values)) for _, _, values in made] == [
        ["sad"],
        ["sad"],
        ["happy", "sad"],
        ["sad"],
    ]


def test_what_holds_throughout_fills_no_gap_inside_overlapping_steps() -> None:
    made = steps("0-8s: smile; 2-4s: left; 6-8s: nod. no blink throughout")
    assert [(start, end) for start, end, _ in made] == [(0, 8), (2, 4), (6, 8), (8, 12)]


@pytest.mark.parametrize(("text", "end"), [("at 3 s nod", 5.0), ("at 3 s smile", 12.0), ("at 3 s nod and smile", 12.0)])
def test_only_a_gesture_alone_is_over_quickly(text: str, end: float) -> None:
    assert steps(text)[0][:2] == (3.0, end)


def test_a_short_step_that_names_nothing_continues_the_one_before_it() -> None:
    assert named("wink, then other") == [{"wink_left"}, {"sad", "wink_right"}]
    assert steps("happy, then other")[1][2] == {"sad": 0.65}


@pytest.mark.parametrize("text", ["one two three four five six", "rest"])
def test_a_long_step_or_a_neutral_one_continues_nothing(text: str) -> None:
    monologue = read_instruction(f"wink, then {text}", 12.0).segments[1]
    assert monologue.actions == {}


def test_steps_shorter_than_a_frame_and_after_the_end_are_left_out() -> None:
    timeline = read_instruction("1-1.01s: nod; 2-4s: smile; 20-22s: left", 12.0)
    assert [list(segment.actions) for segment in timeline.segments] == [["smile"]]
    late, short = timeline.notes
    assert "'left' starts at 20 s" in late and "'nod'" in short


def test_parts_that_only_mean_something_together_are_understood() -> None:
    assert read_instruction("smile and lids", 12.0).not_understood == ()
    assert read_instruction("smile and juggle", 12.0).not_understood == ("juggle",)


def test_what_is_not_understood_of_a_sentence_that_holds_throughout_is_told() -> None:
    assert read_instruction("happy. no blink, juggle. sad", 12.0).not_understood == ("juggle",)


def test_parts_without_meaning_are_told_once_each() -> None:
    timeline = read_instruction("nod, juggle; smile, juggle; sing a very long and quite unknown song", 12.0)
    assert timeline.not_understood == ("juggle", "sing a very long and quite unknown song")


@pytest.mark.parametrize(
    ("segments", "asked"),
    [
        ((), False),
        ((Segment(0, 2, "", {"happy": 0.65}, {}),), True),
        ((Segment(0, 2, "", {}, {"nod": 0.65}),), True),
        ((Segment(8, 9, "", {"happy": 0.65}, {}),), False),
    ],
    ids=["nothing", "an emotion", "an action", "an emotion after the end"],
)
def test_asking_for_something_takes_an_action_or_an_emotion_that_shows(
    segments: tuple[Segment, ...], asked: bool
) -> None:
    assert Timeline(segments, 10.0).asks_for_something(50) is asked

"""Instructions as people type them, from text to timeline, with the shipped model."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest

from avatar_app.face.facs import ACTION_NAMES, EMOTION_NAMES
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.timeline import Segment, Timeline


def test_an_empty_instruction_loads_nothing() -> None:
    code = (
        "import sys; from avatar_app.inputs.instruction.reading import read_instruction; "
        "assert read_instruction('  ', 5.0).segments == (); "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_emotion_and_action_together() -> None:
    (segment,) = read_instruction("Talk happily while nodding, but don't blink", 6.0).segments
    assert set(segment.emotions) == {"happy"} and segment.actions["nod"] > 0
    assert segment.actions["blink"] == -1.0
    assert (segment.start, segment.end) == (0.0, 6.0)


def test_steps_follow_each_other_and_actions_stay_in_theirs() -> None:
    timeline = read_instruction(
        "first raise your eyebrows, then turn your head left, and finally wink with your right eye", 9.0
    )
    assert [list(s.actions) for s in timeline.segments] == [["raise_brows"], ["turn_left"], ["wink_right"]]
    assert [(s.start, s.end) for s in timeline.segments] == [(0.0, 3.0), (3.0, 6.0), (6.0, 9.0)]


def test_an_emotion_lasts_until_another_or_neutral_is_named() -> None:
    timeline = read_instruction("be sad; nod; look surprised; look left; neutral; look up", 12.0)
    assert [set(s.emotions) for s in timeline.segments] == [
        {"sad"},
        {"sad"},
        {"surprised"},
        {"surprised"},
        set(),
        set(),
    ]


def test_explicit_times_are_kept() -> None:
    timeline = read_instruction("0-2s: smile; then look left. At 5 seconds, nod.", 8.0)
    assert [(s.start, s.end, list(s.actions)) for s in timeline.segments] == [
        (0.0, 2.0, ["smile"]),
        (2.0, 5.0, ["look_left"]),
        (5.0, 7.0, ["nod"]),
    ]


def test_prohibitions_in_a_sentence_of_their_own_hold_throughout() -> None:
    timeline = read_instruction("Look angry. Do not blink. Then look happy.", 8.0)
    assert [s.actions.get("blink") for s in timeline.segments] == [-1.0, -1.0]
    assert [set(s.emotions) for s in timeline.segments] == [{"angry"}, {"happy"}]


def test_throughout_fills_the_gaps() -> None:
    timeline = read_instruction("smile throughout, nod at 3 s", 8.0)
    assert [(s.start, s.end, set(s.actions)) for s in timeline.segments] == [
        (0.0, 3.0, {"smile"}),
        (3.0, 5.0, {"smile", "nod"}),
        (5.0, 8.0, {"smile"}),
    ]


def test_what_means_nothing_for_a_face_is_reported_word_for_word() -> None:
    timeline = read_instruction("smile, juggle three balls and nod", 5.0)
    assert timeline.not_understood == ("juggle three balls",)
    assert set(timeline.segments[0].actions) == {"smile", "nod"}
    assert "Not understood: 'juggle three balls'" in timeline.describe()


@pytest.mark.parametrize("text", ["talk naturally", "please look at the camera", "neutral"])
def test_neutral_requests_are_understood_as_such(text: str) -> None:
    timeline = read_instruction(text, 5.0)
    assert timeline.not_understood == () and timeline.tokens() == []
    assert not timeline.emotion_curve(125).any()


def test_parts_that_only_mean_something_together_are_not_reported() -> None:
    timeline = read_instruction("raise your eyebrows and lids", 5.0)
    assert timeline.not_understood == ()
    assert set(timeline.segments[0].actions) == {"raise_brows", "widen_eyes"}


def test_a_step_after_the_end_is_said_to_be_left_out() -> None:
    timeline = read_instruction("smile, at 20 seconds nod", 5.0)
    assert [list(s.actions) for s in timeline.segments] == [["smile"]]
    assert "after the end of the recording" in timeline.notes[0] and timeline.notes[0] in timeline.describe()


def test_describe_speaks_plainly() -> None:
    segment = Segment(0.0, 4.0, "", {"happy": 0.65, "sad": -1.0}, {"nod": 0.35, "turn_left": 1.0})
    assert Timeline((segment,), 4.0).describe() == [
        "0.0-4.0 s: happy (medium), nod (light), turn the head left (strong), not: sad"
    ]


def test_curve_and_tokens_say_the_same_as_the_segments() -> None:
    segments = (
        Segment(0.0, 1.0, "", {"happy": 1.0}, {"nod": 0.35}),
        Segment(1.0, 2.0, "", {"sad": 0.65}, {"blink": -1.0}),
    )
    timeline = Timeline(segments, 2.0)
    curve = timeline.emotion_curve(50)
    assert curve.shape == (50, len(EMOTION_NAMES)) and curve.dtype == np.float32
    assert (curve[:25, EMOTION_NAMES.index("happy")] == 1.0).all() and not curve[
        25:, EMOTION_NAMES.index("happy")
    ].any()
    assert np.allclose(curve[25:, EMOTION_NAMES.index("sad")], 0.65)
    assert [asked[:4] for asked in timeline.tokens()] == [
        (ACTION_NAMES.index("nod"), 0.35, 0.0, 1.0),
        (ACTION_NAMES.index("blink"), -1.0, 1.0, 2.0),
    ]


def test_the_longest_instruction_is_read_quickly() -> None:
    text = "smile, then nod, look left and raise your eyebrows; "
    read_instruction(text, 5.0)
    started = time.process_time()
    timeline = read_instruction((text * 10)[:500], 30.0)
    assert time.process_time() - started < 1.5 and len(timeline.segments) > 15


@pytest.mark.parametrize(
    "text", ["!!!", "😀😀", "0-0s: smile", "at : nod", "((", "\\d+", "a" * 500, "漢字", "then then then"]
)
def test_odd_text_never_fails(text: str) -> None:
    timeline = read_instruction(text, 3.0)
    assert all(0 <= s.start < s.end <= 3.0 for s in timeline.segments)
    assert isinstance(timeline.describe(), list)

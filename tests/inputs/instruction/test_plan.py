"""Plans as people and programs edit them: read, refused in one sentence, and given back unchanged."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.face.facs import ACTION_NAMES, EMOTION_NAMES
from avatar_app.inputs.instruction.plan import MAX_STEPS, PlanStep, plan_as_json, read_plan
from avatar_app.inputs.instruction.reading import read_instruction, timeline_for
from avatar_app.inputs.instruction.timeline import Segment, Timeline, timeline_of
from avatar_app.request import InputError, Request

NOD = {"start": 1, "end": 3, "what": "nod"}
hundredths = st.integers(0, 100).map(lambda k: k / 100)
steps = st.builds(
    lambda start, length, what, strength, count, grows, **more: PlanStep(
        start, round(start + length + 0.05, 2), what, strength, count, grows=grows, **more
    ),
    st.integers(0, 900).map(lambda k: k / 100),
    hundredths,
    st.sampled_from(EMOTION_NAMES + ACTION_NAMES),
    st.sampled_from([-1.0, 0.35, 0.65, 1.0, 1.5]),
    st.sampled_from([None, 1, 2, 7]),
    st.sampled_from([(1.0, 1.0), (0.2, 1.0), (1.0, 0.0)]),
    words=st.text(max_size=20),
    confidence=hundredths,
    slow=st.booleans(),
    loose=st.booleans(),
)


@given(st.lists(steps, max_size=6))
def test_a_plan_survives_json(plan: list[PlanStep]) -> None:
    text = json.dumps(plan_as_json(plan))
    assert read_plan(text) == tuple(sorted(plan, key=lambda step: step.start)) == read_plan(plan)


@given(st.lists(steps, max_size=6))
def test_a_timeline_of_a_plan_has_the_feelings_and_actions_of_that_plan(plan: list[PlanStep]) -> None:
    first = timeline_of(read_plan(plan), 10.0)
    again = timeline_of(read_plan(plan_as_json(first.plan)), 10.0)
    assert again.tokens() == first.tokens()
    np.testing.assert_array_equal(again.emotion_curve(250), first.emotion_curve(250))


@pytest.mark.parametrize(
    "text",
    [
        "happy, nods gently, then looks left",
        "start neutral, get angry, end up laughing",
        "in the first third sad, then happy and nod twice. do not blink",
        "gradually smile, then every 2 seconds nod",
        "nod slowly throughout. smile, then frown",
    ],
)
def test_what_an_instruction_is_taken_to_mean_is_what_its_plan_means(text: str) -> None:
    read = read_instruction(text, 7.31)
    back = timeline_for(Request(plan=json.dumps(read.told()["plan"])), 7.31)
    assert back.tokens() == read.tokens() and read.plan
    np.testing.assert_array_equal(back.emotion_curve(183), read.emotion_curve(183))


def test_what_is_as_usual_is_left_out() -> None:
    usual, special = plan_as_json([PlanStep(0, 1, "nod"), PlanStep(0.123, 1, "nod", count=2, slow=True, loose=True)])
    assert set(usual) == {"start", "end", "what", "strength", "words", "confidence"}
    assert (special["start"], special["count"], special["slow"], special["loose"]) == (0.12, 2, True, True)


def test_fields_may_be_left_out_and_steps_come_in_order() -> None:
    later, first = read_plan([{**NOD, "start": 2}, {**NOD, "what": "happy", "strength": -0.3}])[::-1]
    assert (first.what, first.strength, first.wanted) == ("happy", -1.0, False)
    assert (later.start, later.strength, later.count, later.confidence) == (2.0, 0.65, None, 1.0)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("[{", "line 1 cannot be read"),
        ("[" * 100_000, "must be JSON"),
        (f"[{'9' * 5000}]", "must be JSON"),
        ('{"start": 1}', "must be a list of steps"),
        (7, "got int"),
        ([7], "Step 1 of the plan must be an object"),
        ([NOD, {**NOD, "what": "juggle"}], "Step 2 of the plan asks for 'juggle'"),
        ([{**NOD, "what": ["nod"]}], "no emotion or action"),
        ([{**NOD, "why": 1}], "has no field 'why'"),
        ([{**NOD, 3: 1, "why": 1}], "has no field '3'"),
        ([{"what": "nod", "end": 1}], "start must be a number from 0"),
        ([{**NOD, "start": 4}], "must end after it starts; it goes from 4 to 3 s"),
        ([{**NOD, "end": 1}], "must end after it starts"),
        ([{**NOD, "start": -1}], "start must be a number from 0"),
        ([{**NOD, "end": math.nan}], "end must be a number"),
        ('[{"start": 0, "end": NaN, "what": "nod"}]', "end must be a number"),
        ([{**NOD, "end": 10**400}], "end must be a number"),
        ([{**NOD, "start": True}], "start must be a number"),
        ([{**NOD, "start": "1"}], "start must be a number"),
        ([{**NOD, "strength": 2}], "strength must be a number from -1 to 1.5; got 2"),
        ([{**NOD, "count": 0}], "count must be a number from 1"),
        ([{**NOD, "count": 2.5}], "count must be a whole number; got 2.5"),
        ([{**NOD, "confidence": 7}], "confidence must be a number from 0 to 1"),
        ([{**NOD, "grows": 1}], "grows must be two factors"),
        ([{**NOD, "grows": [0.5, "x"]}], "grows must be a number"),
        ([{**NOD, "slow": "no"}], "true or false"),
        ([{**NOD, "words": 3}], "words a text"),
        ([NOD] * (MAX_STEPS + 1), "at most 200 steps; this one has 201"),
    ],
)
def test_a_bad_plan_is_refused_in_one_sentence(plan: Any, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read_plan(plan)
    said = str(caught.value)
    assert words in said and said.endswith(".") and "\n" not in said and len(said) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
rows = st.fixed_dictionaries(
    {}, optional={key: json_values | st.sampled_from(["nod", 1, 2.5]) for key in PlanStep.__dataclass_fields__}
)


@given(st.lists(rows, max_size=3) | json_values | st.text(max_size=20))
def test_whatever_comes_is_read_or_refused(plan: Any) -> None:
    try:
        read = read_plan(plan)
    except InputError:
        return
    assert all(0 <= step.start < step.end and -1 <= step.strength <= 1.5 for step in read)


def test_what_starts_after_the_end_is_told_and_the_rest_is_cut() -> None:
    late = {**NOD, "start": 20, "end": 21}
    made = timeline_for(Request(plan=[{**NOD, "end": 99}, late]), 6.0)
    assert [(step.what, step.start, step.end) for step in made.plan] == [("nod", 1.0, 6.0)]
    assert made.notes == ("Not done: 'nod' of the plan starts at 20 s, after the end of the recording (6.0 s).",)


def test_a_plan_goes_before_the_words_and_an_empty_one_asks_for_nothing() -> None:
    assert timeline_for(Request(plan=[NOD], instruction="smile"), 6.0).describe() == ["1.0-3.0 s: nod (medium)"]
    assert timeline_for(Request(plan="[]", instruction="smile"), 6.0).segments == ()
    assert timeline_for(Request(plan="", instruction="smile"), 6.0).describe() == ["0.0-6.0 s: smile (medium)"]


def test_a_wish_that_goes_on_is_one_step_of_the_plan() -> None:
    made = Timeline(
        (
            Segment(0, 2, "happy, nod", {"happy": 0.65}, {"nod": 0.65}),
            Segment(2, 4, "smile", {"happy": 0.65}, {"smile": 0.65}),
            Segment(4, 6, "sad", {"sad": 0.65}, {"smile": 1.0}),
        ),
        6.0,
    )
    assert [(s.what, s.start, s.end) for s in made.plan] == [
        ("happy", 0, 4),
        ("nod", 0, 2),
        ("smile", 2, 4),
        ("sad", 4, 6),
        ("smile", 4, 6),
    ]
    assert made.plan[0].words == "happy, nod; smile"


def test_counted_wishes_are_never_merged_nor_multiplied() -> None:
    counted = Segment(0, 2, "nod", {}, {"nod": 0.65}, counts={"nod": 2}, grows=(0.2, 1.0))
    made = Timeline((counted, Segment(2, 4, "nod", {}, {"nod": 0.65}, counts={"nod": 2})), 4.0)
    assert [asked.times for asked in made.tokens()] == [2, 2]


def test_what_grows_comes_as_a_row_each_stronger() -> None:
    made = timeline_of([PlanStep(0, 4, "smile", 1.0, grows=(0.2, 1.0)), PlanStep(0, 4, "happy", grows=(1.0, 0.0))], 4.0)
    strengths = [asked.strength for asked in made.tokens()]
    assert len(strengths) == 4 and strengths == sorted(strengths) and strengths[-1] > 2 * strengths[0]
    curve = made.emotion_curve(100)[:, EMOTION_NAMES.index("happy")]
    assert curve[0] == pytest.approx(0.65) and curve[-1] == 0 and (np.diff(curve) < 0).all()
    assert made.describe() == ["0.0-4.0 s: smile (strong, growing)", "0.0-4.0 s: happy (medium, fading)"]


def test_a_feeling_lasts_to_the_last_frame() -> None:
    """A plan has hundredths of a second, a recording has not."""
    read = timeline_of([PlanStep(0, 5.13, "happy")], 5.13875)
    assert read.emotion_curve(129)[-1].any() and read.segments[0].end == 5.13875


def test_what_is_slow_or_counted_is_said() -> None:
    made = timeline_of([PlanStep(0, 4, "nod", 0.35, 2, slow=True), PlanStep(0, 4, "blink", -1)], 4.0)
    assert made.describe() == ["0.0-4.0 s: nod (light, twice, slow)", "0.0-4.0 s: not: blink"]

"""Gestures in time: soon after the start, again and again, never twice alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.face.facs import ACTIONS
from avatar_app.motion.gestures import BEAT, schedule

repeated = st.sampled_from([name for name, action in ACTIONS.items() if action.kind == "repeated"])


@given(repeated, st.floats(0, 20), st.floats(0.3, 30), st.integers(0, 99))
def test_gestures_follow_one_another_within_their_time(name: str, start: float, length: float, seed: int) -> None:
    spans = schedule(name, 0.65, start, start + length, np.random.default_rng(seed))
    assert start < spans[0][0] <= start + 0.35
    assert all(b > a for a, b in spans)
    assert all(later[0] > earlier[1] for earlier, later in pairwise(spans))
    assert spans[-1][0] < max(start + length, start + 0.36)


@pytest.mark.parametrize(
    ("name", "shortest", "longest", "rest"),
    [("nod", 0.95, 1.6, 1.6), ("blink", 0.3, 0.3, 1.5), ("wink_left", 0.5, 0.5, 3.0), ("laugh", 1.2, 2.0, 2.0)],
)
def test_gestures_come_again_until_the_end_each_as_long_as_people_need(
    name: str, shortest: float, longest: float, rest: float
) -> None:
    spans = [span for seed in range(5) for span in schedule(name, 0.65, 0.0, 20.0, np.random.default_rng(seed))]
    lengths = np.array([end - start for start, end in spans])
    assert len(spans) / 5 > 20 / (longest + rest)
    assert lengths.min() >= shortest - 1e-9 and lengths.max() <= longest + 1e-9
    assert np.ptp(lengths) > 0.5 * (longest - shortest) or shortest == longest
    pauses = [b[0] - a[1] for a, b in pairwise(spans) if b[0] > a[1]]
    assert max(pauses) <= rest + 1e-9 and np.ptp(pauses) > 0.2


def test_another_seed_gives_other_times() -> None:
    first, second = (schedule("nod", 0.65, 0, 10, np.random.default_rng(k)) for k in (1, 2))
    assert first != second


def test_held_actions_keep_their_span() -> None:
    assert schedule("turn_left", 0.65, 1.0, 3.0, np.random.default_rng(0)) == [(1.0, 3.0)]


def test_forbidden_gestures_keep_their_span() -> None:
    assert schedule("nod", -1.0, 1.0, 3.0, np.random.default_rng(0)) == [(1.0, 3.0)]


counted = st.sampled_from(
    ["nod", "shake_head", "blink", "wink_left", "roll_eyes", "laugh", "yawn", "sigh", "turn_left"]
)


@given(counted, st.integers(1, 9), st.booleans(), st.floats(0, 20), st.floats(0.5, 30), st.integers(0, 99))
def test_counted_gestures_come_as_often_as_is_said(
    name: str, count: int, slow: bool, start: float, length: float, seed: int
) -> None:
    spans = schedule(name, 0.65, start, start + length, np.random.default_rng(seed), count, slow)
    assert start < spans[0][0] <= start + 0.2
    assert all(later[0] >= earlier[1] for earlier, later in pairwise(spans))
    if name in ("nod", "shake_head") and not slow:  # rows of up to three beats
        assert sum(round((b - a) / BEAT) for a, b in spans) == count
    else:
        assert len(spans) == count


def test_counted_gestures_close_up_where_time_is_short() -> None:
    wide, narrow = (schedule("blink", 0.65, 0, end, np.random.default_rng(0), 4) for end in (10.0, 1.2))
    assert narrow[-1][1] < 1.5 < wide[-1][1]


def test_slow_gestures_are_longer_and_fill_their_time() -> None:
    for name in ("nod", "blink", "shake_head"):
        (once,) = schedule(name, 0.65, 0, 8, np.random.default_rng(0), 1, slow=True)
        usual = schedule(name, 0.65, 0, 8, np.random.default_rng(0), 1)
        assert once[1] - once[0] > 1.5 * (usual[0][1] - usual[0][0])
    again = schedule("nod", 0.65, 0, 12, np.random.default_rng(0), slow=True)
    assert len(again) == 4 and again[-1][1] > 8


def test_a_counted_held_action_comes_and_goes() -> None:
    spans = schedule("raise_brows", 0.65, 0, 6, np.random.default_rng(0), 3)
    assert len(spans) == 3 and all(0.5 < b - a < 1 for a, b in spans)

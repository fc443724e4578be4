"""Gestures in time: soon after the start, again and again, never twice alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.face.facs import ACTIONS
from avatar_app.motion.gestures import schedule

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

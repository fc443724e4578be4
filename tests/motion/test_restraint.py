"""What is forbidden or held still, to the letter and only while it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.facs import ACTION_NAMES
from avatar_app.inputs.instruction.timeline import Asked
from avatar_app.motion.restraint import restrain, restraint_of
from avatar_app.types import Array

FRAMES = 200
LIDS = [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]
BLINKS = (30, 75, 120, 170)  # frames


def asked(what: str, strength: float = 0.65, start: float = 0.0, end: float = 8.0, times: int | None = None) -> Asked:
    return Asked(ACTION_NAMES.index(what), strength, start, end, times)


@pytest.fixture
def values() -> Array:
    """(200, 58): a head that sways about a turn to the left, lids that blink, a body that leans forward."""
    t = np.arange(FRAMES) / 25
    motion = np.zeros((FRAMES, 58), np.float32)
    motion[:, 53] = 0.2 + 0.1 * np.sin(2 * np.pi * 0.5 * t)
    motion[:, 57] = 0.1
    for frame in BLINKS:
        motion[frame - 2 : frame + 3, LIDS] = 0.9
    return motion


def obey(values: Array, *wishes: Asked, cues: tuple[tuple[str, float, float], ...] = ()) -> Array:
    told = [(ACTION_NAMES.index(name), 0.65, start, end) for name, start, end in cues]
    made = values.copy()
    restrain(made, restraint_of(wishes, told, len(values)))
    return made


def test_nothing_asked_changes_nothing(values: Array) -> None:
    np.testing.assert_array_equal(obey(values, asked("smile")), values)


def test_a_still_head_rests_where_it_mostly_was(values: Array) -> None:
    yaw = obey(values, asked("stay_still"))[:, 53]
    assert yaw.std() < values[:, 53].std() / 10 and yaw.mean() == pytest.approx(0.2, abs=0.02)


def test_a_head_is_still_only_while_it_is_asked_to_be(values: Array) -> None:
    made = obey(values, asked("stay_still", start=4.0))[:, 53]
    np.testing.assert_allclose(made[:75], values[:75, 53], atol=1e-3)
    assert made[120:].std() < 0.02
    assert np.abs(np.diff(made)).max() < 2 * np.abs(np.diff(values[:, 53])).max(), "it comes to rest, it does not jump"


def test_a_still_head_may_still_nod_where_it_is_told_to(values: Array) -> None:
    made = obey(values, asked("stay_still"), cues=(("nod", 2.0, 4.0),))[:, 53]
    assert made[55:95].std() > 5 * made[140:].std()


def test_a_head_that_is_to_move_more_moves_more(values: Array) -> None:
    assert obey(values, asked("move_more", 1.0))[:, 53].std() > 1.5 * values[:, 53].std()


def test_no_blinks_while_they_are_forbidden(values: Array) -> None:
    made = obey(values, asked("blink", -1.0, 2.0, 5.5))[:, LIDS[0]]
    assert made[[75, 120]].max() < 0.05 and made[[30, 170]].min() > 0.85


def test_who_blinks_by_order_blinks_at_no_other_time(values: Array) -> None:
    made = obey(values, asked("blink", times=1), cues=(("blink", 2.8, 3.2),))[:, LIDS[0]]
    assert made[75] == pytest.approx(0.9) and made[[30, 120, 170]].max() < 0.05


def test_ordered_blinks_that_follow_each_other_have_none_in_between(values: Array) -> None:
    wishes = [asked("blink", start=at, end=at + 0.6, times=1) for at in (1.0, 2.8)]
    made = obey(values, *wishes, cues=(("blink", 1.0, 1.4),))[:, LIDS[0]]
    assert made[30] == pytest.approx(0.9) and made[75] < 0.05 < 0.85 < made[170]


def test_a_slow_blink_counts_as_one(values: Array) -> None:
    made = obey(values, asked("blink", times=1), cues=(("close_eyes", 2.8, 3.2),))[:, LIDS[0]]
    assert made[75] == pytest.approx(0.9) and made[30] < 0.05


@pytest.mark.parametrize(("what", "leans"), [("lean_forward", False), ("lean_back", True)])
def test_leaning_can_be_forbidden(values: Array, what: str, leans: bool) -> None:
    assert bool(obey(values, asked(what, -1.0))[:, 57].mean() > 0.09) is leans


def test_a_held_head_that_nods_does_not_drift_meanwhile() -> None:
    frames, nod = 100, ACTION_NAMES.index("nod")
    asked = [Asked(ACTION_NAMES.index("stay_still"), 1.0, 0.0, 4.0), Asked(nod, 0.65, 0.0, 4.0, 2)]
    restraint = restraint_of(asked, [(nod, 0.65, 1.0, 2.0)], frames)
    values = np.zeros((frames, 58), np.float32)
    values[:, 52] = np.deg2rad(np.linspace(0, 30, frames))
    values[25:50, 52] += np.deg2rad(6) * np.sin(2 * np.pi * np.arange(25) / 12.5)
    restrain(values, restraint)
    pitch = np.rad2deg(values[:, 52])
    assert np.ptp(pitch[25:50]) > 6 and abs(pitch[25:50].mean() - pitch[70:].mean()) < 3

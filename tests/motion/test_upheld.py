"""Held actions are shown at least as far as they were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES
from avatar_app.motion.upheld import BY_LIPS, PLAIN, SHOWN, full_size, uphold
from avatar_app.types import Array

FRAMES = 100
HELD = [name for name, action in ACTIONS.items() if action.kind == "held"]


def _upheld(name: str, strength: float = 0.65, talking: float = 0.0, before: float = 0.0) -> Array:
    values = np.full((FRAMES, 58), before, np.float32)
    uphold(values, [(ACTION_NAMES.index(name), strength, 1.0, 3.0)], np.full(FRAMES, talking, np.float32))
    return values


@pytest.mark.parametrize("name", HELD)
def test_every_held_action_is_there_in_its_time_and_nowhere_else(name: str) -> None:
    values, size = _upheld(name), full_size(name)
    main = int(np.abs(size).argmax())
    assert abs(values[50, main]) >= 0.9 * SHOWN * 0.65 * abs(size[main])
    assert np.sign(values[50, main]) == np.sign(size[main])
    assert not np.abs(values[[0, 5, 95, 99]]).max() > 0.02


def test_what_is_already_there_is_not_doubled() -> None:
    values = _upheld("smile", before=0.9)
    np.testing.assert_array_equal(values[:, :52], np.float32(0.9))


def test_a_head_that_is_already_turned_is_not_turned_further() -> None:
    values = np.zeros((FRAMES, 58), np.float32)
    values[:, 53] = np.deg2rad(30)
    uphold(values, [(ACTION_NAMES.index("turn_left"), 1.0, 0.0, 4.0)], np.zeros(FRAMES, np.float32))
    np.testing.assert_allclose(values[:, 53], np.deg2rad(30), atol=1e-6)


def test_eyes_that_are_to_be_closed_are_closed() -> None:
    lids = _upheld("close_eyes")[50, [ARKIT_INDEX["eyeBlinkLeft"], ARKIT_INDEX["eyeBlinkRight"]]]
    assert lids.min() > 0.98


def test_talking_lips_keep_room_to_talk() -> None:
    funnel = ARKIT_INDEX["mouthFunnel"]
    silent, talking = (_upheld("round_lips", talking=t)[50, funnel] for t in (0.0, 1.0))
    assert 0.5 * silent < talking < 0.8 * silent
    assert silent == pytest.approx(BY_LIPS * 0.65 * full_size("round_lips")[funnel], rel=1e-3)


@pytest.mark.parametrize(("name", "strength"), [("nod", 0.65), ("whisper", 0.65), ("smile", -1.0)])
def test_gestures_manners_and_prohibitions_are_left_alone(name: str, strength: float) -> None:
    assert not _upheld(name, strength).any()


def test_a_short_feeling_is_seen_but_leaves_lips_and_lids_to_talk() -> None:
    values, felt = np.zeros((FRAMES, 58), np.float32), np.zeros((FRAMES, len(EMOTION_NAMES)), np.float32)
    felt[40:65, EMOTION_NAMES.index("happy")] = 0.65
    uphold(values, [], np.zeros(FRAMES, np.float32), felt)
    assert values[52, ARKIT_INDEX["mouthSmileLeft"]] > 0.25
    assert values[10].max() == values[95].max() == 0
    assert values[:, [ARKIT_INDEX["jawOpen"], ARKIT_INDEX["eyeBlinkLeft"]]].max() == 0


def test_whatever_is_asked_for_can_be_seen() -> None:
    smile = ARKIT_INDEX["mouthSmileLeft"]
    assert _upheld("smile", 0.2)[50, smile] >= PLAIN * full_size("smile")[smile]

"""What bodies can be told to do: each action is seen in its time, ends after it, and feet stay where they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar_app.face.facs import ACTION_NAMES
from avatar_app.motion.clip import Body
from avatar_app.motion.skeleton import JOINT_INDEX
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.body_actions import BODY_ACTIONS, UNABLE, BodyCue
from avatar_app.training.teacher.body.body_teacher import perform_body
from avatar_app.training.teacher.body.kinematics import joint_places
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.training.teacher.scene import Cue
from tests.training.teacher.body.scenes import scene

SILENT = BodyTraits(touches=0.0, restless=0.0)
POSED = [name for name, action in BODY_ACTIONS.items() if action.left]
LEANS = [name for name, action in BODY_ACTIONS.items() if any(action.lean)]


def act(name: str, strength: float = 1.0, traits: BodyTraits = SILENT, talk: bool = False) -> Body:
    cue = BodyCue(name, strength, 2.0, 5.0)
    return perform_body(scene(8, 1, silent=not talk), np.random.default_rng(2), cues=[cue], traits=traits)


def test_the_promised_actions_are_there_with_words() -> None:
    promised = "wave shrug arms_crossed point_at_viewer hands_still hand_on_heart thumbs_up palms_up clap"
    for name in [*promised.split(), "count_on_fingers", "lean_forward"]:
        assert BODY_ACTIONS[name].words
    assert "step_closer" in UNABLE and not set(UNABLE) & set(BODY_ACTIONS)


@pytest.mark.parametrize("name", POSED)
def test_arms_go_there_in_time_and_come_back(name: str) -> None:
    body = act(name)
    places = measures.wrist_places(body)
    moved = np.linalg.norm(places - places[:25].mean(axis=0), axis=2).max(axis=1)
    assert moved[73] > 0.07  # 0.9 s after it began
    assert moved[:48].max() < 0.05 and moved[-20:].max() < 0.09
    assert measures.limit_excess(body) < 1e-5 and measures.foot_sliding(body) < 0.01


@pytest.mark.parametrize("name", LEANS)
def test_leans_turn_the_chest_and_feet_stay(name: str) -> None:
    body = act(name)
    up = joint_places(body.joints, body.root)[0][:, JOINT_INDEX["spine01"], :, 1]
    way = {"back": (2, -1), "left": (0, 1), "right": (0, -1)}.get(name.split("_")[-1], (2, 1))
    assert (up[85] - up[40])[way[0]] * way[1] > 0.06
    assert measures.foot_sliding(body) < 0.01


def test_a_wave_waves() -> None:
    body = act("wave")
    hand = joint_places(body.joints, body.root)[1][:, JOINT_INDEX["finger3-1.R"], 0]
    turns = np.flatnonzero(np.diff(np.sign(np.diff(hand[70:110]))))
    assert len(turns) >= 3 and np.ptp(hand[70:110]) > 0.05


def test_clapping_hands_meet() -> None:
    body = act("clap")
    places = joint_places(body.joints, body.root)[1]
    apart = np.linalg.norm(places[:, JOINT_INDEX["finger3-1.L"]] - places[:, JOINT_INDEX["finger3-1.R"]], axis=1)
    assert apart[70:110].min() < 0.09 and apart[70:110].max() > 0.13


def test_a_shrug_lifts_the_shoulders_and_is_soon_over() -> None:
    body = act("shrug")
    lift = body.joints[:, JOINT_INDEX["clavicle.L"], 2]
    assert np.degrees(lift[72] - lift[:40].mean()) > 8
    assert np.degrees(lift[105] - lift[:40].mean()) < 5


def test_crossed_arms_cross() -> None:
    places = measures.wrist_places(act("arms_crossed"))[90]
    assert places[0, 0] < 0.04 and places[1, 0] > -0.02


def test_still_hands_do_not_gesture_and_told_ones_do_more() -> None:
    def speed(name: str, strength: float) -> float:
        cues = [BodyCue(name, strength, 0, 20)]
        made = [perform_body(scene(20, s), np.random.default_rng(s), cues=cues) for s in range(3)]
        return float(np.mean([measures.wrist_speeds(b)[30:].mean() for b in made]))

    plain = speed("wave", -1.0)  # what is to be avoided is not done
    assert speed("hands_still", 1.0) < 0.4 * plain
    assert speed("gesture_more", 1.0) > 1.25 * plain
    assert speed("gesture_more", -1.0) < 0.4 * plain


def test_no_gesture_comes_between_an_action() -> None:
    here = measures.wrist_places(act("hand_on_heart", talk=True))[70:120, 1]
    assert here.std(axis=0).max() < 0.02


def test_left_handed_people_use_the_left() -> None:
    left = act("thumbs_up", traits=BodyTraits(hand="L", touches=0.0))
    moved = np.linalg.norm(np.ptp(measures.wrist_places(left), axis=0), axis=1)
    assert moved[0] > 3 * moved[1]


def test_leans_that_the_face_is_told_move_the_trunk_too() -> None:
    here = scene(8, 1, silent=True)
    told = replace(here, cues=(Cue(ACTION_NAMES.index("lean_forward"), 1.0, 2.0, 5.0),))
    body = perform_body(told, np.random.default_rng(2), traits=SILENT)
    up = joint_places(body.joints, body.root)[0][:, JOINT_INDEX["spine01"], :, 1]
    assert (up[85] - up[40])[2] > 0.06

"""The measures of bodies, on motion whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, NAME, relaxed
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.arm_motion import Move, arm_motion
from avatar_app.training.teacher.body.arm_pose import HANGING
from avatar_app.training.teacher.body.gestures import GESTURES
from avatar_app.training.teacher.body.kinematics import ARM, SIDES, bends_of, rotation_vectors
from avatar_app.training.teacher.body.touches import TOUCHES

FRAMES = 200


def still() -> Body:
    return Body(np.tile(relaxed(), (FRAMES, 1, 1)), NAME, np.zeros((FRAMES, 3), np.float32))


def gesturing(sides: tuple[str, ...] = SIDES, late: float = 0.0) -> Body:
    """One gesture with its apex at 2.5 s, held to 4 s."""
    bends = np.tile(bends_of(relaxed().astype(np.float64)), (FRAMES, 1, 1))
    for number, side in enumerate(sides):
        at = 1.5 + late * number
        ready, there = GESTURES["present"].prepare, GESTURES["present"].stroke
        moves = [Move(at, 0.6, ready), Move(at + 0.65, 0.35, there), Move(at + 2.5, 0.8, HANGING)]
        bends[:, ARM[side]] = arm_motion(HANGING, moves, side, FRAMES, np.random.default_rng(0))
    return Body(rotation_vectors(bends).astype(np.float32), NAME, np.zeros((FRAMES, 3), np.float32))


def test_a_body_that_stands_does_nothing() -> None:
    body = still()
    assert measures.hand_moves(body) == [] and measures.gesture_rate(body, np.ones(FRAMES)) == 0
    assert measures.two_handed_share(body) == 0 and measures.foot_sliding(body) == 0
    assert measures.limit_excess(body) < 1e-6 and measures.jerkiness(body) < 1e-3
    assert np.isnan(measures.accent_alignment(body, np.ones(FRAMES), np.random.default_rng(0))[0])


def test_phases_of_one_gesture_are_told_apart() -> None:
    moves = measures.hand_moves(gesturing(("R",)))
    assert [move.kind for move in moves] == ["preparation", "stroke", "retraction"]
    assert moves[1].apex == pytest.approx(2.5, abs=0.1) and 0.3 < moves[1].speed < 1.2
    assert all(move.side == "R" for move in moves)


@pytest.mark.parametrize(("sides", "late", "share"), [(SIDES, 0.04, 1.0), (("L",), 0.0, 0.0), (SIDES, 0.8, 0.0)])
def test_two_hands_that_end_together_are_one_gesture(sides: tuple[str, ...], late: float, share: float) -> None:
    body = gesturing(sides, late)
    assert measures.two_handed_share(body) == share
    assert measures.gesture_rate(body, np.ones(FRAMES)) == pytest.approx((1 + (late > 0.5)) / 8)


def test_distances_to_accents_are_signed_and_to_the_nearest() -> None:
    assert np.allclose(measures.apex_distances([1.0, 2.9], [1.1, 3.0, 9.0]), [-0.1, -0.1])
    assert len(measures.apex_distances([], [1.0])) == len(measures.apex_distances([1.0], [])) == 0


def test_touches_of_oneself_and_shifts_of_weight_are_counted() -> None:
    body = still()
    assert measures.self_touches(body) == measures.posture_shifts(body) == measures.self_touches(gesturing()) == 0
    bends = np.tile(bends_of(relaxed().astype(np.float64)), (FRAMES, 1, 1))
    moves = [Move(1.0, 0.8, TOUCHES["chin"][0]), Move(3.5, 0.8, HANGING), Move(5.0, 0.8, TOUCHES["chest"][0])]
    bends[:, ARM["L"]] = arm_motion(HANGING, moves, "L", FRAMES, np.random.default_rng(0))
    touching = Body(rotation_vectors(bends).astype(np.float32), NAME, body.root)
    assert measures.self_touches(touching) == 2
    root = body.root.copy()
    root[:, 0] = 0.03 * np.clip(np.arange(FRAMES) / 25 - 2, 0, 1) - 0.03 * np.clip(np.arange(FRAMES) / 25 - 5, 0, 1)
    assert measures.posture_shifts(Body(body.joints, NAME, root)) == 2


def test_sliding_feet_are_seen() -> None:
    body = still()
    root = body.root.copy()
    root[:, 0] = np.arange(FRAMES) / 25 * 0.03
    assert measures.foot_sliding(Body(body.joints, NAME, root)) == pytest.approx(0.03, rel=1e-3)


def test_a_broken_limit_is_seen() -> None:
    body = still()
    joints = body.joints.copy()
    joints[7, JOINT_INDEX["lowerleg01.L"]] = (-0.5, 0, 0)
    assert measures.limit_excess(Body(joints, NAME, body.root)) == pytest.approx(0.5 - np.radians(5), abs=1e-4)


def test_a_snap_is_seen() -> None:
    body = still()
    joints = body.joints.copy()
    joints[100:, JOINT_INDEX["lowerarm01.L"], 0] -= 1.0
    assert measures.jerkiness(Body(joints, NAME, body.root)) > 45


def test_nods_and_brows_are_answers_while_the_partner_talks() -> None:
    values = np.zeros((500, 58), np.float32)
    for at in (100, 250):
        values[at : at + 12, 52] = np.radians(7) * np.sin(np.linspace(0, np.pi, 12))
    talking = np.zeros(500)
    talking[50:350] = 1
    assert measures.response_rate(MotionClip.from_values(values), talking) == pytest.approx(2 / (300 / 25 / 60))
    assert measures.response_rate(MotionClip.still(500), talking) == 0
    assert measures.response_rate(MotionClip.still(500), np.zeros(500)) == 0


def test_lips_that_move_while_only_the_partner_talks_are_counted() -> None:
    values, clip = np.zeros((100, 58), np.float32), MotionClip.still(100)
    assert measures.lips_closed_share(clip, np.zeros(100), np.ones(100)) == 1.0
    values[:25, :52] = 0.5
    assert measures.lips_closed_share(MotionClip.from_values(values), np.zeros(100), np.ones(100)) == 0.75
    assert measures.lips_closed_share(clip, np.ones(100), np.ones(100)) == 1.0

"""Bends and twists, forward and inverse kinematics: what is asked for is where the hand goes, on any body."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, relaxed, skeleton
from avatar_app.training.teacher.body.arm_pose import REFERENCE_ARM, HandPose, arm_lengths, shoulder_middle, solve_arms
from avatar_app.training.teacher.body.gestures import GESTURES
from avatar_app.training.teacher.body.hand_shapes import SHAPES, hand_shape
from avatar_app.training.teacher.body.kinematics import (
    ARM,
    CHEST,
    FINGERS,
    MIRROR,
    bends_of,
    joint_places,
    matrices,
    rotation_vectors,
    two_bones,
    within_limits,
)


def test_bends_and_rotation_vectors_are_each_others_inverse() -> None:
    bends = np.random.default_rng(0).uniform(-2.0, 2.0, (500, 3))
    assert np.allclose(bends_of(rotation_vectors(bends)), bends, atol=1e-9)
    assert np.allclose(rotation_vectors(np.zeros((2, 3))), 0)


def test_a_bend_is_a_twist_about_the_bone_and_then_a_swing() -> None:
    bend = np.array([0.7, 0.9, -0.4])
    wanted = Rotation.from_rotvec(bend * [1, 0, 1]) * Rotation.from_rotvec(bend * [0, 1, 0])
    assert np.allclose(matrices(rotation_vectors(bend)), wanted.as_matrix())


def test_the_relaxed_pose_is_within_the_limits() -> None:
    bends = bends_of(relaxed().astype(np.float64))
    assert np.allclose(within_limits(bends[None])[0], bends, atol=1e-6)


def test_two_bones_meet_their_target_with_their_own_lengths() -> None:
    rng = np.random.default_rng(1)
    start, end = rng.normal(0, 0.1, (50, 3)), rng.normal(0, 0.2, (50, 3))
    elbow, wrist = two_bones(start, end, 0.25, 0.23, np.tile([0, -1.0, -0.3], (50, 1)))
    assert np.allclose(np.linalg.norm(elbow - start, axis=1), 0.25)
    assert np.allclose(np.linalg.norm(wrist - elbow, axis=1), 0.23)
    near = np.abs(np.linalg.norm(end - start, axis=1) - 0.27) < 0.18
    assert near.sum() > 20 and np.allclose(wrist[near], end[near])


def placed(pose: HandPose, side: str, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    bends = np.zeros((1, len(JOINT_NAMES), 3))
    bends[:, ARM[side]] = solve_arms([pose], side, offsets)
    turned, places = joint_places(rotation_vectors(bends), np.zeros((1, 3)), offsets)
    wrist = JOINT_INDEX[f"wrist.{side}"]
    return places[0, wrist] - places[0, CHEST] - shoulder_middle(offsets), turned[0, wrist]


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("longer", [1.0, 0.8, 1.2])
def test_wrists_go_to_the_same_place_for_the_arm_whatever_the_proportions(side: str, longer: float) -> None:
    offsets = skeleton().offsets.copy()
    for bone in ("lowerarm01", "wrist"):
        offsets[[JOINT_INDEX[f"{bone}.L"], JOINT_INDEX[f"{bone}.R"]]] *= longer
    pose = GESTURES["present"].stroke
    place, turned = placed(pose, side, offsets)
    outward = 1 if side == "L" else -1
    assert np.allclose(
        place, np.array(pose.place) * [outward, 1, 1] * sum(arm_lengths(offsets)) / REFERENCE_ARM, atol=1e-3
    )
    assert (turned @ [-outward, 0, 0])[1] > 0.6  # the palm faces up


def test_sides_mirror_each_other() -> None:
    pose = GESTURES["ring"].stroke
    assert np.allclose(solve_arms([pose], "L") * MIRROR, solve_arms([pose], "R"))


@pytest.mark.parametrize("name", [*SHAPES, "relaxed"])
def test_hand_shapes_are_within_the_limits_of_fingers(name: str) -> None:
    limits = skeleton().limits[ARM["L"][FINGERS:]]
    shape = hand_shape(name)
    assert (shape >= limits[..., 0] - 1e-6).all() and (shape <= limits[..., 1] + 1e-6).all()


def test_a_ring_brings_thumb_and_index_together_and_a_thumb_up_apart() -> None:
    def gap(name: str) -> float:
        bends = np.zeros((1, len(JOINT_NAMES), 3))
        bends[0, ARM["L"][FINGERS:]] = hand_shape(name)
        turned, places = joint_places(rotation_vectors(bends), np.zeros((1, 3)))
        tips = []
        for finger in ("finger1-3.L", "finger2-3.L"):
            joint = JOINT_INDEX[finger]
            tips.append(places[0, joint] + turned[0, joint] @ (0.9 * skeleton().offsets[joint]))
        return float(np.linalg.norm(tips[0] - tips[1]))

    assert gap("ring") < 0.025 < 0.07 < gap("thumb_up")

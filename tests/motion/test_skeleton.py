"""The body's skeleton: whole, mirrored, and within its own limits at rest."""

from __future__ import annotations

import numpy as np

from avatar_app.motion.skeleton import JOINT_INDEX, mirrored, parent_of, relaxed, skeleton


def test_every_joint_but_the_root_has_a_parent_before_it() -> None:
    bones = skeleton()
    assert bones.parents[0] == -1
    assert all(0 <= parent < joint for joint, parent in enumerate(bones.parents) if joint)
    assert parent_of("finger3-1.L") == "wrist.L"
    assert parent_of("finger3-2.R") == "finger3-1.R"
    assert parent_of("clavicle.R") == "spine01"


def test_an_average_adult_has_an_average_adult_s_lengths() -> None:
    places, bones = skeleton().places(), skeleton()
    arm = places[JOINT_INDEX["upperarm01.L"]] - places[JOINT_INDEX["wrist.L"]]
    assert 0.42 < arm[1] < 0.56  # metres from shoulder to wrist
    assert 0.03 < places[JOINT_INDEX["foot.R"], 1] < 0.10  # ankles above the floor
    left = [joint for joint, name in enumerate(bones.names) if name.endswith(".L")]
    right = [JOINT_INDEX[bones.names[joint][:-1] + "R"] for joint in left]
    assert np.array_equal(places[left] * [-1, 1, 1], places[right])


def test_rest_lies_within_the_limits_and_is_the_same_on_both_sides() -> None:
    bones, rest = skeleton(), relaxed()
    assert np.allclose(bones.clamp(rest[None])[0], rest, atol=1e-6)
    for name, joint in JOINT_INDEX.items():
        if name.endswith(".L"):
            assert np.array_equal(mirrored(rest[joint]), rest[JOINT_INDEX[name[:-1] + "R"]])
            low, high = bones.limits[JOINT_INDEX[name[:-1] + "R"], 2]
            assert (-high, -low) == tuple(bones.limits[joint, 2])


def test_limits_hold_what_goes_beyond() -> None:
    far = np.full((2, len(skeleton().names), 3), 9.0, np.float32)
    held = skeleton().clamp(far)
    assert (held <= skeleton().limits[..., 1] + 1e-6).all()
    assert (skeleton().limits[..., 0] < skeleton().limits[..., 1]).all()

"""The second hand joins a stroke of the first, mirrored, whether it is up or hangs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.engines.audio2photoreal import body_finishing, conditioning
from avatar_app.engines.audio2photoreal.body_coding import ARMS, body_of, raw_frames
from avatar_app.engines.audio2photoreal.two_hands import join_hands
from avatar_app.motion.clip import Body
from avatar_app.motion.skeleton import NAME, relaxed
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.arm_motion import Move, arm_motion
from avatar_app.training.teacher.body.arm_pose import HANGING
from avatar_app.training.teacher.body.gestures import GESTURES
from avatar_app.training.teacher.body.kinematics import ARM, bends_of, rotation_vectors
from avatar_app.training.teacher.body.traits import BodyTraits
from tests.engines.audio2photoreal.test_embedded import articulation, made, motion

FRAMES = 200


def raised_or_not(left_up: bool) -> np.ndarray:
    """(T, RAW) of a right hand that makes a gesture; the left one is held up before the trunk, or hangs."""
    bends = np.tile(bends_of(relaxed().astype(np.float64)), (FRAMES, 1, 1))
    ready, there = GESTURES["large_beat"].prepare, GESTURES["large_beat"].stroke
    moves = [Move(1.5, 0.6, ready), Move(2.15, 0.35, there), Move(5.0, 0.8, HANGING)]
    bends[:, ARM["R"]] = arm_motion(HANGING, moves, "R", FRAMES, np.random.default_rng(0))
    left = ready if left_up else HANGING
    bends[:, ARM["L"]] = arm_motion(left, [], "L", FRAMES, np.random.default_rng(1))
    joints = rotation_vectors(bends).astype(np.float32)
    return raw_frames(Body(joints, NAME, np.zeros((FRAMES, 3), np.float32)))


@pytest.mark.parametrize("left_up", [True, False])
def test_the_other_hand_joins_and_goes_back(left_up: bool) -> None:
    raw = raised_or_not(left_up)
    before, first = raw.copy(), body_of(raw, BodyTraits())
    assert measures.two_handed_share(first) == 0
    join_hands(raw, first, 0.0, np.random.default_rng(0))
    assert np.array_equal(raw, before)
    join_hands(raw, first, 1.0, np.random.default_rng(0))
    body = body_of(raw, BodyTraits())
    assert measures.two_handed_share(body) == 1
    assert np.array_equal(raw[:, ARMS["R"]], before[:, ARMS["R"]])
    assert np.array_equal(raw[:30], before[:30]) and np.allclose(raw[-15:], before[-15:])
    left, right = measures.wrist_places(body).transpose(1, 0, 2)
    assert left[62, 1] - left[52, 1] < 0.5 * (right[62, 1] - right[52, 1]) < 0  # both go down
    assert measures.jerkiness(body) < 1.5 * measures.jerkiness(first)


def test_samples_have_more_two_handed_gestures_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = torch.from_numpy(articulation(300))
    monkeypatch.setattr(conditioning, "encode_articulation", lambda *asked: told.clone())

    def two_handed() -> int:
        samples = made(tmp_path, {"steps": 3}, seconds=12.0, samples=2)
        return sum(hands == 2 for sample in samples for _, hands in measures.gestures(motion(sample).body))

    joined = two_handed()
    monkeypatch.setattr(body_finishing, "join_hands", lambda *asked: None)
    assert joined > two_handed()

"""BVH of bodies: another program's reader understands it and finds every joint where the skeleton has it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from bvh import Bvh
from scipy.spatial.transform import Rotation

from avatar_app.motion.body_motion import body_motion
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.bvh import save_bvh, write_bvh
from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, NAME, parent_of, relaxed, skeleton
from avatar_app.request import InputError
from avatar_app.types import Array

TURNS = ["Zrotation", "Xrotation", "Yrotation"]
PLACES = ["Xposition", "Yposition", "Zposition"]


def moving(frames: int = 12, seed: int = 0) -> MotionClip:
    """Somebody who moves all joints, the root and the head."""
    rng = np.random.default_rng(seed)
    joints = skeleton().clamp(relaxed() + rng.normal(0, 0.4, (frames, len(JOINT_NAMES), 3)).astype(np.float32))
    values = np.zeros((frames, 58), np.float32)
    values[:, 52:] = rng.normal(0, 0.2, (frames, 6))
    root = rng.normal(0, 0.3, (frames, 3)).astype(np.float32)
    return MotionClip.from_values(values, Body(joints, NAME, root))


def read(clip: MotionClip, folder: Path) -> Bvh:
    write_bvh(clip, folder / "take.bvh")
    return Bvh((folder / "take.bvh").read_text("ascii"))


def places_of(file: Bvh, frame: int) -> dict[str, Array]:
    """(3,) centimetres of every joint, by the file alone."""
    turned: dict[str, Rotation] = {}
    placed: dict[str, Array] = {}
    for joint in file.get_joints():
        name, parent = joint.value[1], joint.parent.value[1] if joint.parent.value else ""
        turns = [channel for channel in file.joint_channels(name) if channel.endswith("rotation")]
        order = "".join(channel[0] for channel in turns)
        own = Rotation.from_euler(order, file.frame_joint_channels(frame, name, turns), degrees=True)
        if not parent:
            placed[name], turned[name] = np.array(file.frame_joint_channels(frame, name, PLACES)), own
            continue
        placed[name] = placed[parent] + turned[parent].apply(file.joint_offset(name))
        turned[name] = turned[parent] * own
    return placed


def expected(clip: MotionClip) -> Array:
    """(T, J, 3) metres: forward kinematics of the skeleton."""
    joints, root = body_motion(clip)
    out, turned = np.zeros((len(clip), len(JOINT_NAMES), 3)), []
    for joint, parent in enumerate(skeleton().parents):
        own = Rotation.from_rotvec(joints[:, joint])
        offset = skeleton().offsets[joint]
        turned.append(own if parent < 0 else turned[parent] * own)
        out[:, joint] = offset + root if parent < 0 else out[:, parent] + turned[parent].apply(offset)
    return out


def test_every_joint_is_where_the_skeleton_has_it(tmp_path: Path) -> None:
    clip = moving()
    file, wanted = read(clip, tmp_path), expected(clip)
    for frame in range(len(clip)):
        placed = places_of(file, frame)
        assert set(placed) == set(JOINT_NAMES)
        for name, place in placed.items():
            assert np.linalg.norm(place / 100 - wanted[frame, JOINT_INDEX[name]]) < 1e-4, name


def test_names_parents_and_rates_are_the_skeleton_s(tmp_path: Path) -> None:
    file = read(moving(3), tmp_path)
    assert file.nframes == 3
    assert file.frame_time == pytest.approx(0.04)
    for joint in file.get_joints():
        name = joint.value[1]
        assert (joint.parent.value[1] if joint.parent.value else "") == parent_of(name)
        channels = file.joint_channels(name)
        assert sorted(channels[-3:]) == sorted(TURNS)
        assert channels[:-3] == (PLACES if name == "root" else [])
    assert len(file.frames[0]) == 3 + 3 * len(JOINT_NAMES)
    assert file.joint_offset("root") == (0, 0, 0)
    assert sum(node.value[:1] == ["End"] for node in nodes(file.root)) == 1 + 10 + 2  # head, fingers, feet


def nodes(node: object) -> list:  # type: ignore[type-arg]
    return [node, *(deeper for child in node.children for deeper in nodes(child))]  # type: ignore[attr-defined]


def test_the_head_s_own_motion_is_in_the_neck(tmp_path: Path) -> None:
    values = np.zeros((2, 58), np.float32)
    values[1, 53] = 0.5  # turns to the image's right
    joints = np.tile(relaxed(), (2, 1, 1))
    file = read(MotionClip.from_values(values, Body(joints, NAME, np.zeros((2, 3), np.float32))), tmp_path)
    neck = [file.frame_joint_channel(1, name, "Yrotation") for name in ("neck01", "neck02", "neck03", "head")]
    assert min(neck) > 1
    assert sum(neck) == pytest.approx(np.degrees(0.5), abs=0.01)


def test_angles_do_not_jump_where_a_turn_passes_a_right_angle(tmp_path: Path) -> None:
    """An elbow that bends past 90 degrees, and a person who turns around twice."""
    frames = 101
    joints = np.tile(relaxed(), (frames, 1, 1))
    joints[:, JOINT_INDEX["lowerarm01.L"], 0] = -np.linspace(0, 2.5, frames)
    joints[:, JOINT_INDEX["root"], 1] = np.linspace(0, 4 * np.pi, frames)
    clip = MotionClip.from_values(np.zeros((frames, 58)), Body(joints, NAME, np.zeros((frames, 3), np.float32)))
    rows = np.array(read(clip, tmp_path).frames, float)
    assert np.abs(np.diff(rows[:, 3:], axis=0)).max() < 10
    assert rows[-1, 5] == pytest.approx(720, abs=0.1)


def test_a_head_alone_is_one_joint(tmp_path: Path) -> None:
    clip = moving(4)
    save_bvh(clip, tmp_path / "head.bvh")
    file = Bvh((tmp_path / "head.bvh").read_text("ascii"))
    assert file.get_joints_names() == ["Head"]
    for frame in range(4):
        turn = Rotation.from_euler("ZXY", file.frame_joint_channels(frame, "Head", TURNS), degrees=True)
        assert (turn * Rotation.from_rotvec(clip.head_rotation[frame]).inv()).magnitude() < 1e-5
        assert np.allclose(file.frame_joint_channels(frame, "Head", PLACES), 15.5 * clip.head_translation[frame])


def test_motion_without_a_body_is_told_in_a_sentence(tmp_path: Path) -> None:
    other = Body(np.zeros((2, 7, 3), np.float32), "smplx", np.zeros((2, 3), np.float32))
    for body, words in ((None, "no body"), (other, "'smplx'")):
        with pytest.raises(InputError, match=words):
            write_bvh(MotionClip.from_values(np.zeros((2, 58)), body), tmp_path / "take.bvh")
    assert not list(tmp_path.iterdir())

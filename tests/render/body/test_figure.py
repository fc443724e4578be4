"""The body: its asset, its pose function, and that nobody is drawn naked."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, relaxed
from avatar_app.render.body.asset import BODY_FILE, load_asset
from avatar_app.render.body.figure import BodyFigure, load_body, pose
from avatar_app.render.body.presets import PRESETS
from avatar_app.render.body.rig import Rig, skin_bones, swing_twist
from avatar_app.request import InputError


@lru_cache(maxsize=6)
def figure(name: str) -> BodyFigure:
    return load_body(name)


def test_the_asset_is_small_and_its_weights_sum_to_one() -> None:
    assert BODY_FILE.stat().st_size < 12e6
    asset = load_asset()
    assert np.allclose(asset.skin_weights.sum(1), 1, atol=1e-3)
    assert asset.skin_bones.max() < len(skin_bones())
    assert np.allclose(figure("kei").weights.sum(1), 1, atol=1e-3)


@pytest.mark.parametrize("name", PRESETS)
def test_everybody_stands_on_the_floor_dressed(name: str) -> None:
    body = figure(name)
    points = pose(body, relaxed()[None])[0]
    assert points.shape == (len(body.colours), 3)
    assert np.isfinite(points).all()
    height = points[:, 1].max()
    assert 1.3 < height < 2.1
    assert abs(points[body.labels == 2, 1].min()) < 2e-3
    # Bare skin is on hands and, below short sleeves, forearms: beside the hips, never on the trunk or the legs.
    bare = points[body.labels == 1]
    assert np.abs(bare[:, 0]).min() > 0.1
    assert bare[:, 1].min() > 0.35 * height
    assert bare[:, 1].max() < (0.75 if name == "kei" else 0.56) * height
    # What shows of the head's own mesh ends at the collar.
    used = np.unique(body.triangles)
    head = points[used[used < len(body.head.parts)]]
    assert head[:, 1].min() > 0.78 * height
    cloth = points[body.labels == 2]
    for level in np.linspace(0.05, 0.78, 12) * height:
        assert (np.abs(cloth[:, 1] - level) < 0.04).any(), "clothes reach from the shoes to the collar"


def test_quaternions_turn_as_rotation_vectors_do() -> None:
    joints = np.random.default_rng(0).normal(0, 0.2, (2, len(JOINT_NAMES), 3)).astype(np.float32)
    turned = Rotation.from_rotvec(joints.reshape(-1, 3)).as_quat().reshape(2, -1, 4)
    assert np.allclose(pose(figure("jonas"), joints), pose(figure("jonas"), turned), atol=1e-4)


def test_a_frame_does_not_depend_on_its_neighbours() -> None:
    rng = np.random.default_rng(1)
    joints = rng.normal(0, 0.2, (3, len(JOINT_NAMES), 3)).astype(np.float32)
    face = rng.uniform(0, 1, (3, 52)).astype(np.float32)
    together = pose(figure("robin"), joints, face=face)
    for t in range(3):
        assert np.array_equal(together[t], pose(figure("robin"), joints[t : t + 1], face=face[t : t + 1])[0])


def test_the_root_moves_everything_and_the_jaw_only_the_face() -> None:
    body, rest = figure("robin"), relaxed()[None]
    still = pose(body, rest)[0]
    moved = pose(body, rest, np.array([[0.1, 0, 0.2]], np.float32))[0]
    assert np.allclose(moved - still, [0.1, 0, 0.2], atol=1e-5)
    face = np.zeros((1, 52), np.float32)
    face[0, 17] = 1  # jawOpen or another: the clothes do not mind
    spoken = pose(body, rest, face=face)[0]
    assert np.abs(spoken - still)[: len(body.head.parts)].max() > 1e-3
    assert np.array_equal(spoken[body.labels > 0], still[body.labels > 0])


def test_an_elbow_bends_forward_and_an_arm_rises_sideways() -> None:
    rig = figure("jonas").rig
    joints = np.zeros((3, len(JOINT_NAMES), 3), np.float32)
    joints[1, JOINT_INDEX["lowerarm01.L"], 0] = -np.pi / 2
    joints[2, JOINT_INDEX["upperarm01.L"], 2] = np.pi / 2
    places = rig.joints(joints, np.zeros((3, 3)))[1][:, JOINT_INDEX["wrist.L"]]
    assert places[1, 2] > places[0, 2] + 0.18
    assert places[2, 0] > places[0, 0] + 0.35


def test_a_turned_hand_does_not_wring_the_forearm() -> None:
    """The forearm keeps most of its girth half-way when the palm turns by 80 degrees."""
    body = figure("kei")
    joints = np.tile(relaxed(), (2, 1, 1))
    joints[1, JOINT_INDEX["lowerarm01.L"], 1] += np.radians(80)
    both = pose(body, joints)
    ends = body.rig.joints(joints, np.array([[0, body.lift, 0]] * 2))[1]
    elbow, wrist = ends[0, JOINT_INDEX["lowerarm01.L"]], ends[0, JOINT_INDEX["wrist.L"]]
    way = (wrist - elbow) / np.linalg.norm(wrist - elbow)
    girth = []
    for points in both:
        skin = points[body.labels == 1] - elbow
        along = skin @ way / np.linalg.norm(wrist - elbow)
        middle = skin[(along > 0.6) & (along < 0.8) & (points[body.labels == 1][:, 0] > 0)]
        girth.append(np.linalg.norm(middle - (middle @ way)[:, None] * way, axis=1).mean())
    assert girth[1] > 0.9 * girth[0]


def test_swing_and_twist_make_the_whole() -> None:
    vectors = np.random.default_rng(2).normal(0, 1, (20, 3))
    swing, twist = swing_twist(vectors)
    whole = swing * Rotation.from_rotvec(np.outer(twist, [0, 1, 0]))
    assert np.allclose((whole * Rotation.from_rotvec(vectors).inv()).magnitude(), 0, atol=1e-6)
    assert np.allclose(swing.as_quat()[:, 1], 0, atol=1e-9)


def test_where_the_skin_is_modelled_it_stays() -> None:
    """Bind matrices and their inverses cancel."""
    rig: Rig = figure("ruth").rig
    assert rig.inverse.shape == (len(skin_bones()), 3, 4)
    assert np.allclose(np.linalg.det(rig.inverse[..., :3]), 1, atol=1e-4)


def test_sliders_change_the_body_and_wrong_ones_are_told() -> None:
    tall = load_body("kei", {"height": 1.0})
    assert pose(tall, relaxed()[None])[0][:, 1].max() > pose(figure("kei"), relaxed()[None])[0][:, 1].max() + 0.1
    for preset, sliders in (("nobody", {}), ("kei", {"wings": 0.5}), ("kei", {"height": float("nan")})):
        with pytest.raises(InputError):
            load_body(preset, sliders)


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="joints must be"):
        pose(figure("kei"), np.zeros((1, 3, 3), np.float32))
    with pytest.raises(ValueError, match="face"):
        pose(figure("kei"), relaxed()[None], face=np.zeros((2, 52), np.float32))

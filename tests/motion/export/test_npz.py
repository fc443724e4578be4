"""Export: motion comes back as it went, kin files are understood, anything else is refused in a sentence."""

import csv

import numpy as np
import pytest

from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.export.bvh import save_bvh
from avatar_app.motion.export.csv import save_csv
from avatar_app.motion.export.npz import load_motion, save_motion
from avatar_app.request import InputError


def some_clip(frames=30, body=None):
    t = np.arange(frames)[:, None] / 25
    return MotionClip.from_values(0.5 + 0.4 * np.sin(2 * np.pi * (0.3 * t + np.arange(58) / 58)), body)


def some_body(frames=30):
    rng = np.random.default_rng(0)
    joints, root = rng.normal(size=(frames, 7, 3)), rng.normal(size=(frames, 3))
    return Body(joints.astype(np.float32), "smplx", root.astype(np.float32))


def write(path, **arrays):
    given = {"fps": np.int64(25), "names": np.array(CHANNEL_NAMES), "values": some_clip().values()} | arrays
    np.savez(path, **{name: value for name, value in given.items() if value is not None})
    return path


def test_motion_comes_back_bit_for_bit(tmp_path):
    clip = some_clip(body=some_body())
    save_motion(clip, tmp_path / "take.motion.npz")
    again = load_motion(tmp_path / "take.motion.npz")
    assert np.array_equal(again.values(), clip.values()) and again.body.skeleton == "smplx"
    assert np.array_equal(again.body.joints, clip.body.joints) and np.array_equal(again.body.root, clip.body.root)
    assert [path.name for path in tmp_path.iterdir()] == ["take.motion.npz"]


def test_the_file_is_as_documented(tmp_path):
    save_motion(some_clip(), tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert int(file["fps"]) == 25 and sorted(file.files) == ["fps", "names", "provenance", "values"]
        assert file["names"].shape == (58,) and file["names"].dtype.kind == "U"
        assert file["values"].shape == (30, 58) and file["values"].dtype == np.float32


def test_order_of_names_does_not_matter(tmp_path):
    order = np.random.default_rng(1).permutation(58)
    write(tmp_path / "m.npz", names=np.array(CHANNEL_NAMES)[order], values=some_clip().values()[:, order])
    assert np.array_equal(load_motion(tmp_path / "m.npz").values(), some_clip().values())


def test_missing_channels_rest_and_unknown_ones_are_ignored(tmp_path):
    values = np.full((10, 3), 0.5)
    write(tmp_path / "m.npz", names=np.array(["jawOpen", "antennaUp", "head_rotation_y"]), values=values)
    clip = load_motion(tmp_path / "m.npz")
    assert (clip.channel("jawOpen") == 0.5).all() and (clip.channel("head_rotation_y") == 0.5).all()
    assert np.count_nonzero(clip.values()) == 20


@pytest.mark.parametrize(("fps", "frames", "expected"), [(60, 120, 50), (30, 31, 26), (12.5, 25, 50), (24, 24, 25)])
def test_other_frame_rates_keep_duration_and_curve(tmp_path, fps, frames, expected):
    values = np.zeros((frames, 58), np.float32)
    values[:, 24] = 0.5 + 0.4 * np.sin(2 * np.pi * 0.5 * np.arange(frames) / fps)
    write(tmp_path / "m.npz", fps=np.float64(fps), values=values)
    clip = load_motion(tmp_path / "m.npz")
    assert len(clip) == expected
    moments = np.minimum(np.arange(expected) / 25, (frames - 1) / fps)
    assert np.abs(clip.channel("jawOpen") - (0.5 + 0.4 * np.sin(2 * np.pi * 0.5 * moments))).max() < 0.01


def body_parts(**other):
    body = some_body()
    parts = {"joints": body.joints, "root": body.root, "skeleton": np.array(body.skeleton)} | other
    return {f"body_{name}": part for name, part in parts.items()}


def test_a_body_at_another_rate_turns_the_short_way_round(tmp_path):
    """The angle runs through 180 degrees, where axis and angle jump: between two frames nothing may spin."""
    angles = np.linspace(np.pi - 0.3, np.pi + 0.3, 60)
    joints = np.zeros((60, 1, 3), np.float32)
    joints[:, 0, 1] = np.where(angles > np.pi, angles - 2 * np.pi, angles)
    root = np.stack([np.arange(60), np.zeros(60), np.zeros(60)], 1).astype(np.float32)
    parts = body_parts(joints=joints, root=root)
    clip = load_motion(write(tmp_path / "m.npz", fps=np.int64(40), values=some_clip(60).values(), **parts))
    moments = np.minimum(np.arange(38) * 1.6, 59)
    assert len(clip) == len(clip.body) == 38
    wanted = np.interp(moments, np.arange(60), angles)
    assert np.allclose(np.mod(clip.body.joints[:, 0, 1], 2 * np.pi), wanted, atol=1e-3)
    assert np.allclose(clip.body.root[:, 0], moments, atol=1e-4)


BAD = {
    "no names": ({"names": None}, "lacks names"),
    "no fps or values": ({"fps": None, "values": None}, "lacks fps and values"),
    "frame rate zero": ({"fps": np.int64(0)}, "frame rate"),
    "frame rate nan": ({"fps": np.float64("nan")}, "frame rate"),
    "frame rate word": ({"fps": np.array("fast")}, "frame rate"),
    "names do not match": ({"names": np.array(CHANNEL_NAMES[:50])}, "shape"),
    "names twice": ({"names": np.array(["jawOpen"] * 58)}, "different words"),
    "names are numbers": ({"names": np.arange(58)}, "different words"),
    "unknown names": ({"names": np.array([f"x{k}" for k in range(58)])}, "no channel"),
    "nan": ({"values": np.full((30, 58), np.nan, np.float32)}, "NaN"),
    "no frames": ({"values": np.zeros((0, 58), np.float32)}, "shape"),
    "one axis": ({"values": np.zeros(58, np.float32)}, "shape"),
    "words": ({"values": np.full((30, 58), "a")}, "shape"),
    "pickled": ({"values": np.array([[object()] * 58], dtype=object)}, "not a motion file"),
    "eleven minutes": ({"values": np.zeros((25 * 660, 58), np.float16)}, "longer than 10 minutes"),
    "too big": ({"values": np.zeros((160_000, 58), np.float64)}, "unpacks to more"),
    "body of another length": (body_parts(joints=np.zeros((29, 4, 3), np.float32)), "body motion"),
    "body root of another length": (body_parts(root=np.zeros((29, 3), np.float32)), "body motion"),
    "body of words": (body_parts(joints=np.full((30, 4, 3), "a")), "body motion"),
    "body with nan": (body_parts(root=np.full((30, 3), np.nan, np.float32)), "NaN"),
    "body without a skeleton": ({"body_joints": np.zeros((30, 4, 3), np.float32)}, "needs body_joints"),
}


def test_a_body_without_joints_is_read_at_any_rate(tmp_path):
    values = np.zeros((30, 58), np.float32)
    arrays = {"body_joints": np.zeros((30, 0, 3), np.float32), "body_root": np.zeros((30, 3), np.float32)}
    np.savez(tmp_path / "m.npz", fps=30, names=np.array(CHANNEL_NAMES), values=values, body_skeleton="none", **arrays)
    body = load_motion(tmp_path / "m.npz").body
    assert body is not None and body.joints.shape == (25, 0, 3)


@pytest.mark.parametrize("name", BAD)
def test_bad_motion_gets_one_sentence(tmp_path, name):
    arrays, words = BAD[name]
    with pytest.raises(InputError, match=words) as caught:
        load_motion(write(tmp_path / "m.npz", **arrays))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_other_files_get_one_sentence(tmp_path):
    (tmp_path / "text.npz").write_text("no archive")
    np.save(tmp_path / "array.npy", np.zeros((10, 58)))
    whole = write(tmp_path / "m.npz").read_bytes()
    (tmp_path / "cut.npz").write_bytes(whole[: len(whole) // 2])
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    (tmp_path / "damaged.npz").write_bytes(damaged)
    save_motion(some_clip(), tmp_path / "packed.npz")
    packed = bytearray((tmp_path / "packed.npz").read_bytes())
    packed[len(packed) // 2 : len(packed) // 2 + 50] = bytes(50)
    (tmp_path / "packed.npz").write_bytes(packed)
    for name in ("text.npz", "array.npy", "cut.npz", "damaged.npz", "packed.npz"):
        with pytest.raises(InputError, match="not a motion file"):
            load_motion(tmp_path / name)
    with pytest.raises(InputError, match="no motion file"):
        load_motion(tmp_path / "gone.npz")


def test_csv_has_a_row_per_frame_with_named_columns(tmp_path):
    clip = some_clip()
    save_csv(clip, tmp_path / "m.csv")
    with (tmp_path / "m.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 30 and float(rows[10]["seconds"]) == 0.4
    assert list(rows[0]) == ["frame", "seconds", *CHANNEL_NAMES, "ai_generated"]
    for name in CHANNEL_NAMES:
        assert np.allclose([float(row[name]) for row in rows], clip.channel(name), atol=1e-5)


def turn(axis, degrees):
    """Rotation matrix about x, y or z, right-handed."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i], matrix[j, j], matrix[i, j], matrix[j, i] = c, c, -s, s
    return matrix


def test_bvh_turns_the_head_as_the_clip_does(tmp_path):
    from scipy.spatial.transform import Rotation

    clip = some_clip()
    save_bvh(clip, tmp_path / "m.bvh")
    header, motion = (tmp_path / "m.bvh").read_text().split("MOTION\n")
    assert "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation" in header
    lines = motion.splitlines()
    assert lines[0] == "Frames: 30" and float(lines[1].split(":")[1]) == 0.04 and len(lines) == 32
    for frame in (0, 13, 29):
        x, y, z, about_z, about_x, about_y = map(float, lines[2 + frame].split())
        built = turn("z", about_z) @ turn("x", about_x) @ turn("y", about_y)
        assert np.allclose(built, Rotation.from_rotvec(clip.head_rotation[frame]).as_matrix(), atol=1e-4)
        assert np.allclose([x, y, z], 15.5 * clip.head_translation[frame], atol=1e-3)


def test_bvh_faces_where_an_animator_expects_it(tmp_path):
    values = np.zeros((3, 58))
    values[0, 52], values[1, 53], values[2, 54] = np.radians(20), np.radians(30), np.radians(10)
    save_bvh(MotionClip.from_values(values), tmp_path / "m.bvh")
    rows = [list(map(float, line.split())) for line in (tmp_path / "m.bvh").read_text().splitlines()[-3:]]
    down, left, lean = [turn("z", r[3]) @ turn("x", r[4]) @ turn("y", r[5]) for r in rows]
    assert (down @ [0, 0, 1])[1] < -0.3  # +x: the nose goes down
    assert (left @ [0, 0, 1])[0] > 0.4  # +y: the nose goes to the image's right, the subject's left
    assert (lean @ [0, 1, 0])[0] < -0.1  # +z: the crown goes to the image's left

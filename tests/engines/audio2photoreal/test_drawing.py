"""Published samples drawn: with a stand-in of the authors' package, and on our own body."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from avatar_app.engines.audio2photoreal import ca_body_files, checkpoint
from avatar_app.engines.audio2photoreal.ca_body import Assets, open_ca_body
from avatar_app.engines.audio2photoreal.skeleton_motion import BoneSkeleton, on_our_body, read_points
from avatar_app.motion.skeleton import JOINT_INDEX
from avatar_app.render.video.writer import probe
from avatar_app.request import InputError
from avatar_app.sample import EngineSample
from avatar_app.training.teacher.body import measures
from avatar_app.training.teacher.body.kinematics import joint_places
from tests.engines.audio2photoreal.ca_body_standin import (
    LEFT_ARM,
    LEFT_ELBOW,
    TABLE,
    save_assets,
    save_package,
    static_assets,
)
from tests.engines.audio2photoreal.test_published_engine import installed, made

__all__ = ["installed"]  # a fixture
PERSON = "PXB184"


@pytest.fixture
def package(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in of the package and a person's assets; the folder of the assets."""
    save_package(installed / "package")
    monkeypatch.syspath_prepend(installed / "package")
    folder = ca_body_files.assets_folder(PERSON)
    save_assets(folder)
    return folder


def test_the_authors_package_draws_both_cameras(package: Path, installed: Path) -> None:
    assert ca_body_files.way_of_drawing(PERSON) == ca_body_files.DECODED
    sample = made(installed, motion_only=False)[0]
    assert sample.video is not None and sample.motion is None
    told = probe(sample.video)
    assert (told["width"], told["height"]) == (64, 32) and told["video_seconds"] == pytest.approx(1.5, abs=0.05)


def test_poses_and_face_codes_reach_the_decoder_at_25_fps(package: Path) -> None:
    from avatar_app.engines.audio2photoreal.codes import Codes

    pose, face = np.zeros((30, 104), np.float32), np.zeros((30, 256), np.float32)
    pose[:, 6], face[:, 0] = np.linspace(0, 0.58, 30), 0.5
    view = open_ca_body(PERSON, torch.device("cpu"), 25)
    frames = list(view.frames(EngineSample(1, 0, None, Codes(pose, face)), lambda: False))
    assert len(frames) == 25 and frames[0].shape == (32, 64, 3)
    assert [frames[0][0, 0, 0], frames[0][0, 40, 0]] == [63, 127]  # camera one, camera two
    assert frames[10][0, 0, 1] == pytest.approx(255 * 0.02 * 12, abs=1)  # frame 12 of 30 fps, scaled by two
    assert (frames[3][..., 2] == 127).all()


def test_what_is_wrong_with_the_decoder_is_said(package: Path) -> None:
    device = torch.device("cpu")
    for name, content, said in (
        ("config.yml", {"model": {"class_name": "os.system"}}, "no network of visualize.ca_body"),
        ("body_dec.ckpt", {"model": {"other": torch.ones(1)}}, "files of one release"),
        ("render_defaults.pth", {"Rt": torch.ones(1)}, "no cameras"),
        ("static_assets.pt", [1], "no assets by name"),
    ):
        before = (package / name).read_bytes()
        if name == "config.yml":
            (package / name).write_text(json.dumps(content))
        else:
            torch.save(content, package / name)
        with pytest.raises(InputError, match=said):
            open_ca_body(PERSON, device, 25)
        (package / name).write_bytes(before)


def test_without_assets_it_is_said_what_to_install(installed: Path) -> None:
    with pytest.raises(InputError, match=r"visualize\.ca_body.*CC BY-NC.*joints\.json.*--motion-only"):
        made(installed, motion_only=False)


def test_the_skeleton_turns_its_bones_in_order() -> None:
    bones, pose = BoneSkeleton.of(static_assets()), np.zeros((1, 104), np.float32)
    pose[0, 3:6], pose[0, LEFT_ARM : LEFT_ARM + 3] = (0.3, -0.2, 0.5), (0.1, 0.4, 1.2)
    placed = bones.places(pose)[0]
    whole = Rotation.from_euler("x", 90, degrees=True) * Rotation.from_euler("xyz", pose[0, 3:6])
    arm = whole * Rotation.from_euler("xyz", pose[0, LEFT_ARM : LEFT_ARM + 3])
    shoulder = whole.apply((18, 136, 0))
    assert np.allclose(placed[4], shoulder) and np.allclose(placed[5], shoulder + arm.apply((0, -28, 0)))


def test_a_pose_turns_our_limbs_the_same_way() -> None:
    """An arm lifted sideways with a bent elbow, of somebody whose axes are not ours, at any turn of the body."""
    bones = BoneSkeleton.of(static_assets())
    points, pose = {name: bones.names.index(bone) for name, bone in TABLE.items()}, np.zeros((60, 104), np.float32)
    pose[:, 3:6] = (0.0, 0.7, 0.0)
    pose[20:, LEFT_ARM + 2], pose[20:, LEFT_ELBOW] = 1.4, -1.2
    body = on_our_body(bones, points, pose, 50).body
    assert body is not None and len(body) == 50
    assert measures.limit_excess(body) < 1e-4 and measures.foot_sliding(body) < 0.01
    _, placed = joint_places(body.joints, body.root)
    theirs = bones.places(pose[::6][:, :])[-1]

    def bend(places: np.ndarray, joints: list[int]) -> float:
        a, b = places[joints[1]] - places[joints[0]], places[joints[2]] - places[joints[1]]
        return float(np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))))

    ours = [JOINT_INDEX[f"{name}.L"] for name in ("upperarm01", "lowerarm01", "wrist")]
    assert bend(placed[-1], ours) == pytest.approx(bend(theirs, [4, 5, 6]), abs=1)
    lifted = placed[-1, ours[1]] - placed[-1, ours[0]]
    assert np.allclose(lifted / np.linalg.norm(lifted), (np.sin(1.4), -np.cos(1.4), 0), atol=0.05)
    right = placed[-1, JOINT_INDEX["wrist.R"]] - placed[-1, JOINT_INDEX["upperarm01.R"]]
    assert right[1] / np.linalg.norm(right) < -0.98  # the other one hangs


def released(folder: Path) -> Path:
    """The decoder's files as their owners offer them: a person's folder, and the defaults among other things."""
    data = folder / "checkpoints" / "ca_body" / "data" / PERSON
    save_assets(data)
    (data / "sample_batch.pt").write_bytes(b"of no use here")
    (folder / "assets").mkdir()
    (data / "render_defaults.pth").rename(folder / "assets" / f"render_defaults_{PERSON}.pth")
    (folder / "assets" / "config.yml").write_text("of something else")
    return folder


def test_the_decoders_files_are_installed(installed: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = released(installed / "release")
    table = (source / "checkpoints/ca_body/data" / PERSON / "joints.json").rename(installed / "joints.json")
    with tarfile.open(installed / f"{PERSON}.tar.gz", "w:gz") as archive:
        archive.add(source / "checkpoints/ca_body/data" / PERSON, "data")
    made = checkpoint.install(installed / f"{PERSON}.tar.gz")
    assert {path.name for path in made} == {"static_assets.pt", "config.yml", "body_dec.ckpt"}
    assert {path.parent for path in made} == {ca_body_files.assets_folder(PERSON)}
    for said in ("still missing: render_defaults.pth", "visualize.ca_body", "facebookresearch", "CC BY-NC 4.0"):
        assert said in caplog.text
    checkpoint.install(source)
    (source / PERSON).mkdir()
    checkpoint.install(table.rename(source / PERSON / "joints.json"))
    assert "all of its files are there" in caplog.text and "on our body, too" in caplog.text
    kept = {path.name for path in ca_body_files.assets_folder(PERSON).iterdir()}
    assert kept == {"static_assets.pt", "config.yml", "body_dec.ckpt", "render_defaults.pth", "joints.json"}


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (Path("executed"),)


def test_wrong_files_of_a_decoder_are_refused(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(installed)
    source = released(installed / "release")
    data = source / "checkpoints/ca_body/data" / PERSON
    for name, content, said in (
        ("static_assets.pt", {"lbs_model_json": Evil()}, "holds more than weights"),
        ("static_assets.pt", {"other": 1}, "not what its name says"),
        ("config.yml", "gpu: 0", "not what its name says"),
        ("joints.json", "[1]", "not what its name says"),
    ):
        before = (data / name).read_bytes()
        if isinstance(content, str):
            (data / name).write_text(content)
        else:
            torch.save(content, data / name)
        with pytest.raises(InputError, match=said):
            checkpoint.install(source)
        (data / name).write_bytes(before)
    assert not (installed / "executed").exists() and not ca_body_files.assets_folder(PERSON).exists()
    with pytest.raises(InputError, match=r"Whose static_assets\.pt"):
        checkpoint.install((data / "static_assets.pt").rename(installed / "static_assets.pt"))


def test_our_body_shows_a_published_pose(installed: Path) -> None:
    save_assets(ca_body_files.assets_folder(PERSON), decoder=False)
    assert ca_body_files.way_of_drawing(PERSON) == ca_body_files.ON_OUR_BODY
    sample = made(installed, seconds=0.3, motion_only=False, size=128)[0]
    assert sample.video is not None and sample.video.stat().st_size > 1000
    assert sample.motion is not None and sample.motion.body is not None


def test_wrong_skeletons_and_tables_are_refused(tmp_path: Path) -> None:
    lacking = {name: value for name, value in static_assets().items() if name != "lbs_config_dict"}
    with pytest.raises(InputError, match="no skeleton that is known"):
        BoneSkeleton.of(Assets(lacking))
    narrow = static_assets() | {"lbs_scale": np.zeros(3, np.float32)}
    with pytest.raises(InputError, match="does not fit poses"):
        BoneSkeleton.of(narrow)
    (tmp_path / "joints.json").write_text(json.dumps(TABLE | {"neck": "giraffe"}))
    with pytest.raises(InputError, match=r"a bone for neck; the bones of this person are world, hips"):
        read_points(tmp_path / "joints.json", BoneSkeleton.of(static_assets()).names)

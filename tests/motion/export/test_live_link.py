"""The table of the Live Link Face app: columns in its order, its timecode, and angles the right way round."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.face.arkit import ARKIT_NAMES, CHANNEL_NAMES
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.live_link import HEADER, RATE, SHAPES, save_live_link, timecode
from avatar_app.motion.export.npz import save_motion


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_columns_are_those_of_the_app() -> None:
    assert sorted(SHAPES) == sorted(ARKIT_NAMES) and len(HEADER) == 63
    assert HEADER[:5] == ("Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft", "EyeLookInLeft")
    assert HEADER[9:10] == ("EyeBlinkRight",)
    assert HEADER[16:25] == (
        *("JawForward", "JawRight", "JawLeft", "JawOpen", "MouthClose", "MouthFunnel", "MouthPucker"),
        *("MouthRight", "MouthLeft"),
    )
    assert HEADER[25:41] == (
        *("MouthSmileLeft", "MouthSmileRight", "MouthFrownLeft", "MouthFrownRight", "MouthDimpleLeft"),
        *("MouthDimpleRight", "MouthStretchLeft", "MouthStretchRight", "MouthRollLower", "MouthRollUpper"),
        *("MouthShrugLower", "MouthShrugUpper", "MouthPressLeft", "MouthPressRight"),
        *("MouthLowerDownLeft", "MouthLowerDownRight"),
    )
    assert HEADER[41:] == (
        *("MouthUpperUpLeft", "MouthUpperUpRight", "BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft"),
        *("BrowOuterUpRight", "CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight"),
        *("TongueOut", "HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
        *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
    )


def test_rows_come_at_the_apps_rate_with_its_timecode(tmp_path: Path) -> None:
    save_live_link(MotionClip.still(50), tmp_path / "m.csv")
    rows = table(tmp_path / "m.csv")
    assert len(rows) == 2 * RATE and {row["BlendShapeCount"] for row in rows} == {"61"}
    assert rows[0]["Timecode"] == "00:00:00:00.000" and rows[61]["Timecode"] == "00:00:01:01.000"
    assert timecode(RATE * 3_661 + 59) == "01:01:01:59.000"


def test_head_and_eyes_turn_the_same_way(tmp_path: Path) -> None:
    values = MotionClip.still(5).values()
    turn = Rotation.from_euler("YXZ", [0.3, -0.2, 0.1]).as_rotvec()
    values[:, 52:55] = turn
    for name in ("eyeLookOutLeft", "eyeLookInRight", "eyeLookDownLeft", "jawOpen"):
        values[:, CHANNEL_NAMES.index(name)] = 0.4
    save_live_link(MotionClip.from_values(values), tmp_path / "m.csv")
    last = {name: float(value) for name, value in table(tmp_path / "m.csv")[-1].items() if name != "Timecode"}
    assert [last[f"Head{axis}"] for axis in ("Yaw", "Pitch", "Roll")] == pytest.approx([0.3, -0.2, 0.1], abs=1e-6)
    assert last["LeftEyeYaw"] == last["RightEyeYaw"] == pytest.approx(0.2), "both look to the subject's left"
    assert last["LeftEyePitch"] == pytest.approx(0.2) and last["RightEyePitch"] == 0
    assert last["JawOpen"] == pytest.approx(0.4)


def test_the_command_writes_it_beside_the_plain_table(tmp_path: Path) -> None:
    values = np.zeros((5, 58), np.float32)
    save_motion(MotionClip.from_values(values), tmp_path / "m.npz")
    for more, first in (([], "frame,seconds,"), (["--live-link"], "Timecode,BlendShapeCount,EyeBlinkLeft,")):
        output = tmp_path / f"m{len(more)}.csv"
        line = ["export", "--motion", str(tmp_path / "m.npz"), "--output", str(output), *more]
        assert CliRunner().invoke(app, line).exit_code == 0
        assert output.read_text().startswith(first)
    wrong = CliRunner().invoke(
        app, ["export", "--motion", str(tmp_path / "m.npz"), "--output", str(tmp_path / "m.bvh"), "--live-link"]
    )
    assert wrong.exit_code == 2 and "Only a .csv" in wrong.stderr and not (tmp_path / "m.bvh").exists()

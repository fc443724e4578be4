"""Every file that is made says, for programs to read, that it is AI-generated."""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app.export_motion import export_motion
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.output import write_result
from avatar_app.provenance import BESIDE, SIGNATURE, mark
from avatar_app.render.video.grid import side_by_side
from avatar_app.render.video.writer import read_tags, write_video

KIND = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


@pytest.fixture
def motion(tmp_path: Path) -> Path:
    save_motion(MotionClip.still(5), tmp_path / "m.motion.npz")
    return tmp_path / "m.motion.npz"


def in_npz(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        told: dict[str, Any] = json.loads(str(file["provenance"]))
    return told


def in_glb(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    asset = json.loads(raw[20 : 20 + struct.unpack("<I", raw[12:16])[0]])["asset"]
    assert asset["copyright"] == SIGNATURE and asset["generator"].startswith("avatar_app ")
    told: dict[str, Any] = asset["extras"]
    return told


def beside(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.with_name(path.name + BESIDE).read_text())
    return told


@pytest.mark.parametrize(
    ("name", "live_link", "read"),
    [("o.npz", False, in_npz), ("o.glb", False, in_glb), ("o.bvh", False, beside), ("o.csv", True, beside)],
)
def test_motion_of_every_format_is_marked(
    motion: Path, name: str, live_link: bool, read: Callable[[Path], dict[str, Any]]
) -> None:
    path = export_motion(motion, motion.with_name(name), live_link=live_link)
    assert read(path) == mark() == {**mark(), "ai_generated": True, "digital_source_type": KIND}


def test_the_table_is_marked_in_its_header(motion: Path) -> None:
    with export_motion(motion, motion.with_name("o.csv")).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["ai_generated"] for row in rows] == ["1"] * 5


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mov"])
def test_videos_are_marked_whatever_else_is_told_of_them(tmp_path: Path, ending: str) -> None:
    frame = np.full((64, 64, 3 if ending == ".mp4" else 4), 90, np.uint8)
    path = tmp_path / f"v{ending}"
    write_video(iter([frame] * 3), (64, 64), path, None, frames_total=3, metadata={"description": "nothing"})
    assert json.loads(read_tags(path)["description"]) == mark()
    if ending == ".mp4":
        side_by_side([path, path], ["a", "b"], tmp_path / "grid.mp4")
        assert json.loads(read_tags(tmp_path / "grid.mp4")["description"]) == mark()


def test_the_result_is_marked(tmp_path: Path) -> None:
    write_result(tmp_path, {"engine": "x"})
    assert json.loads((tmp_path / "result.json").read_text()) == {"provenance": mark(), "engine": "x"}

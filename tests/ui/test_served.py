"""Addresses of kept files: what they give, and all that they do not."""

from __future__ import annotations

import time
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.output import SIDE_BY_SIDE
from avatar_app.render.video.writer import probe, write_video
from avatar_app.ui import served
from avatar_app.ui.cards import address
from avatar_app.ui.store import Kept, Record, Store, Take, read

FILES = {
    "takes/sample_1.mp4": b"0123456789",
    "takes/sample_1.motion.npz": b"motion",
    "takes/side_by_side.mp4": b"both",
    "takes/result.json": b"{}",
    "takes/.sample_2.part": b"half",
    "takes/page.html": b"<script>",
    "inputs/audio.wav": b"voice",
    "inputs/portrait.png": b"portrait",
    "inputs/thumbnail.jpg": b"small",
}


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    store = Store(tmp_path)
    folder = store.begin("me" * 10)
    assert folder is not None
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    takes = (Take(1, 42, "seed 42", "sample_1.mp4", "sample_1.motion.npz"),)
    inputs = {"audio": "audio.wav", "portrait": "portrait.png", "thumbnail": "thumbnail.jpg"}
    plan = ({"what": "happy", "strength": 1.0}, {"what": "nod", "strength": 0.5}, {"what": "blink", "strength": -1})
    store.write(folder, Record(time.time(), {}, portrait="astronaut", inputs=inputs, plan=plan, takes=takes))
    found = read(folder)
    assert found is not None
    return found


@pytest.fixture
def client(kept: Kept) -> TestClient:
    return TestClient(Starlette(routes=served.routes(kept.folder.parent.parent)))


def test_takes_voice_and_thumbnail_are_given(client: TestClient, kept: Kept) -> None:
    for name, kind in {
        "takes/sample_1.mp4": "video/mp4",
        "takes/result.json": "application/json",
        "inputs/audio.wav": "audio/wav",
        "inputs/thumbnail.jpg": "image/jpeg",
    }.items():
        answer = client.get("/" + address(kept, *name.split("/")))
        assert answer.status_code == 200 and answer.content == FILES[name]
        assert answer.headers["content-type"].startswith(kind) and answer.headers["x-content-type-options"] == "nosniff"


def test_a_player_may_ask_for_a_part(client: TestClient, kept: Kept) -> None:
    answer = client.get("/" + address(kept, "takes", "sample_1.mp4"), headers={"Range": "bytes=2-4"})
    assert answer.status_code == 206 and answer.content == b"234"


def test_what_is_saved_has_a_telling_name(client: TestClient, kept: Kept) -> None:
    for name, told in {
        "sample_1.mp4": "astronaut_happy-nod_take1_seed42.mp4",
        "sample_1.motion.npz": "astronaut_happy-nod_take1_seed42.motion.npz",
        "side_by_side.mp4": "astronaut_happy-nod_side-by-side.mp4",
    }.items():
        answer = client.get("/" + address(kept, "takes", name) + "?save")
        assert f'filename="{told}"' in answer.headers["content-disposition"]


def test_curves_are_drawn_when_they_are_asked_for_and_what_is_damaged_is_told(client: TestClient, kept: Kept) -> None:
    link = "/" + address(kept, "curves", "1")
    answer = client.get(link)
    assert answer.status_code == 422 and "sample_1.motion.npz" in answer.text
    save_motion(MotionClip.still(50), kept.file("sample_1.motion.npz"))
    answer = client.get(link)
    assert answer.headers["content-type"].startswith("text/html") and answer.text.count("<polyline") == 6
    assert client.get("/" + address(kept, "curves", "2")).status_code == 404


def test_everything_comes_in_one_zip_that_is_not_left_behind(
    client: TestClient, kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    answer = client.get("/" + address(kept, "everything.zip"))
    names = zipfile.ZipFile(BytesIO(answer.content)).namelist()
    assert "astronaut_happy-nod_take1_seed42.mp4" in names and "result.json" in names
    assert not any(name.startswith(".") or "part" in name for name in names)
    assert 'filename="astronaut_happy-nod_everything.zip"' in answer.headers["content-disposition"]
    assert not list((tmp_path / "temporary").iterdir())


def test_takes_are_joined_when_somebody_asks_and_again_when_there_are_more(client: TestClient, kept: Kept) -> None:
    link, joined = "/" + address(kept, "takes", SIDE_BY_SIDE), kept.file(SIDE_BY_SIDE)
    joined.unlink()
    assert client.get(link).status_code == 404, "there is one take"

    def widths(count: int) -> int:
        takes = [Take(k, k, f"seed {k}", f"sample_{k}.mp4") for k in range(1, count + 1)]
        frame = np.full((64, 64, 3), 90, np.uint8)
        for take in takes:
            write_video(iter([frame] * 2), (64, 64), kept.file(take.video), None, frames_total=2, metadata={})
        Store(kept.folder.parent.parent).write(kept.folder, replace(kept.record, takes=tuple(takes)))
        answer = client.get(link)
        assert answer.status_code == 200 and answer.content == joined.read_bytes()
        return int(probe(joined)["width"])

    assert widths(2) < widths(3)


def test_nothing_else_is_given(client: TestClient, kept: Kept, tmp_path: Path) -> None:
    visitor = kept.folder.parent.name
    (tmp_path / "times.json").write_text("{}")
    (kept.folder / "takes" / "link.mp4").symlink_to(tmp_path / "times.json")
    for path in (
        address(kept, "record.json"),
        address(kept, "takes", "record.json"),
        address(kept, "inputs", "portrait.png"),
        address(kept, "inputs", "record.json"),
        address(kept, "takes", ".sample_2.part"),
        address(kept, "takes", "page.html"),
        address(kept, "takes", "link.mp4"),
        address(kept, "takes", "..%2Frecord.json"),
        address(kept, "takes", ""),
        address(kept, "..", "times.json"),
        f"kept/{visitor}/{'0' * 32}/takes/sample_1.mp4",
        f"kept/{'0' * 32}/{kept.name}/takes/sample_1.mp4",
        f"kept/{visitor}",
        f"kept/{visitor}/{kept.name}",
        "kept/%2e%2e/times.json/takes/x.mp4",
        "kept",
    ):
        assert client.get("/" + path).status_code == 404, path

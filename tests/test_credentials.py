"""Content Credentials: a self-signed key, videos that are signed with it, and keys that will not do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from avatar_app import Request, credentials, generate
from avatar_app.cli.app import app
from avatar_app.render.video.grid import side_by_side
from avatar_app.render.video.writer import probe, write_video
from avatar_app.request import InputError


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("cryptography")
    folder = tmp_path_factory.mktemp("keys") / "mine"
    done = CliRunner().invoke(app, ["signing-key", str(folder), "--name", "Example Ltd"])
    assert done.exit_code == 0, done.stderr
    assert (folder / credentials.KEY).stat().st_mode & 0o077 == 0, "nobody else may read it"
    return folder


def film(path: Path) -> Path:
    frame = np.full((64, 64, 3 if path.suffix == ".mp4" else 4), 90, np.uint8)
    write_video(iter([frame] * 3), (64, 64), path, None, frames_total=3, metadata={})
    return path


def shown_by(path: Path) -> tuple[dict[str, Any], set[str]]:
    """(the manifest, what a check of it complains about)."""
    c2pa = pytest.importorskip("c2pa")
    with c2pa.Reader(str(path)) as reader:
        told = json.loads(reader.json())
    return told["manifests"][told["active_manifest"]], {row["code"] for row in told.get("validation_status", [])}


@pytest.mark.parametrize("ending", [".mp4", ".mov"])
def test_videos_are_signed_where_there_is_a_key(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    pytest.importorskip("c2pa")
    monkeypatch.setenv(credentials.WHERE, str(key))
    path = film(tmp_path / f"v{ending}")
    manifest, complaints = shown_by(path)
    assert complaints == {"signingCredential.untrusted"}, "whole, and signed by somebody whom nobody vouches for"
    assert manifest["signature_info"]["issuer"] == "Example Ltd"
    (actions,) = [one["data"]["actions"] for one in manifest["assertions"] if one["label"].startswith("c2pa.actions")]
    assert actions[0]["digitalSourceType"].endswith("compositeWithTrainedAlgorithmicMedia")
    facts = probe(path)
    assert facts["frames"] == 3 and facts["faststart"] and "ai_generated" in facts["metadata"]["description"]
    if ending == ".mp4":
        side_by_side([path, path], ["a", "b"], tmp_path / "grid.mp4")
        assert shown_by(tmp_path / "grid.mp4")[1] == complaints
        changed = bytearray(path.read_bytes())
        changed[changed.rindex(b"mdat") + 40] ^= 1
        path.write_bytes(changed)
        assert "assertion.bmffHash.mismatch" in shown_by(path)[1]


def test_without_a_key_and_in_webm_nothing_is_signed(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(credentials.WHERE, raising=False)
    plain = film(tmp_path / "plain.mp4").read_bytes()
    assert b"c2pa" not in plain
    monkeypatch.setenv(credentials.WHERE, str(key))
    assert b"c2pa" not in film(tmp_path / "clear.webm").read_bytes()


def test_a_key_that_cannot_be_used_is_told_before_anything_is_made(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(credentials.WHERE, str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"has no chain\.pem: make it with `signing-key`"):
        list(generate(Request(duration=1.0, motion_only=True, output=tmp_path / "out")))
    assert not (tmp_path / "out").exists()
    monkeypatch.setenv(credentials.WHERE, str(key))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="c2pa-python is missing"):
        credentials.check()


def test_a_key_that_signs_nothing_leaves_no_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("c2pa")
    for name in (credentials.CHAIN, credentials.KEY):
        (tmp_path / "bad" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "bad" / name).write_text("not a key")
    monkeypatch.setenv(credentials.WHERE, str(tmp_path / "bad"))
    with pytest.raises(InputError, match="cannot sign"):
        film(tmp_path / "v.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_keys_are_not_overwritten_and_names_are_checked(key: Path, tmp_path: Path) -> None:
    for folder, name, words in ((key, "x", "holds a key already"), (tmp_path, "x" * 65, "1 to 64 characters")):
        done = CliRunner().invoke(app, ["signing-key", str(folder), "--name", name])
        assert done.exit_code == 2 and words in done.stderr

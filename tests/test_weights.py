"""Weights: checksums, resumed downloads, and files that must not be loaded."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from avatar_app import weights
from avatar_app.request import InputError

CONTENT = bytes(range(256)) * 512  # 128 KiB


class _Server(ThreadingHTTPServer):
    ranges: list[str | None]
    cut_after: int | None


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.ranges.append(wanted)
        start = int(wanted.split("=")[1].rstrip("-")) if wanted else 0
        body = CONTENT[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.cut_after])
        if self.server.cut_after is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.ranges, server.cut_after = [], None
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def checkpoints(tmp_path: Path, server: _Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder with one system that has an address, one of the user's and one shipped."""
    url = f"http://127.0.0.1:{server.server_port}/model.bin"
    digest = hashlib.sha256(CONTENT).hexdigest()
    common = {"title": "t", "licence": "some licence", "where": "its owners"}
    listed = {"file": "model.bin", "sha256": digest, "bytes": len(CONTENT), "url": url}
    own = [{"file": f"deep/{name}.pt", "sha256": None, "bytes": None, "url": "user-supplied"} for name in "ab"]
    manifest = {
        "public": {**common, "source": "url", "files": [listed]},
        "own": {**common, "source": "user-supplied", "files": own},
        "built_in": {**common, "source": "shipped", "files": []},
    }
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(folder))
    for name in ("AVATAR_OFFLINE", "HF_HUB_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return folder


def test_download_is_checked_and_reports_progress(checkpoints: Path) -> None:
    seen: list[int] = []
    (path,) = weights.download("public", on_bytes=lambda name, done, total: seen.append(done))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == len(CONTENT)
    assert weights.state_of(weights.find_system("public"), weights.find_system("public").files[0]) == "ok"


def test_broken_download_goes_on_where_it_stopped(checkpoints: Path, server: _Server) -> None:
    server.cut_after = 50_000
    with pytest.raises(InputError, match="go on where it stopped"):
        weights.download("public")
    server.cut_after = None
    (path,) = weights.download("public")
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=50000-"]
    assert not path.with_name("model.bin.part").exists()


def test_wrong_bytes_are_never_put_in_place(checkpoints: Path) -> None:
    manifest = json.loads((checkpoints / "manifest.json").read_text())
    manifest["public"]["files"][0]["sha256"] = "0" * 64
    (checkpoints / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="SHA-256"):
        weights.download("public")
    assert not [path for path in checkpoints.rglob("model.bin*")]


def test_damage_after_the_download_is_seen(checkpoints: Path) -> None:
    (path,) = weights.download("public")
    path.write_bytes(CONTENT[:-1] + b"x")
    system = weights.find_system("public")
    assert weights.state_of(system, system.files[0]) == "damaged"


def test_offline_flag_refuses_the_network(checkpoints: Path, server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_OFFLINE", "1")
    with pytest.raises(InputError, match="Offline"):
        weights.download("public")
    assert server.ranges == []


def test_user_supplied_weights_say_who_offers_them(checkpoints: Path) -> None:
    with pytest.raises(InputError, match=r"yours to fetch \(some licence\): get them from its owners"):
        weights.download("own")


def test_users_folder_is_copied_and_watched_for_damage(checkpoints: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine" / "deep"
    source.mkdir(parents=True)
    (source / "a.pt").write_bytes(b"aaa")
    (path,) = weights.download("own", source=tmp_path / "mine")
    system = weights.find_system("own")
    assert path.read_bytes() == b"aaa"
    assert [weights.state_of(system, file) for file in system.files] == ["ok", "missing"]
    path.write_bytes(b"bbb")
    assert weights.state_of(system, system.files[0]) == "damaged"


@pytest.mark.parametrize("name", ["nothing.pt", "other"])
def test_users_path_without_the_weights_is_refused(checkpoints: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match=r"does not exist|No file of own was found"):
        weights.download("own", source=tmp_path / name)


def test_unknown_name_lists_the_known_ones(checkpoints: Path) -> None:
    with pytest.raises(InputError, match="choose one of: public, own, built_in"):
        weights.download("nonsense")


def test_shipped_weights_are_registered_and_verified(checkpoints: Path) -> None:
    with pytest.raises(InputError, match="missing or damaged"):
        weights.download("built_in")
    model = checkpoints / "built_in" / "model.safetensors"
    model.parent.mkdir()
    save_file({"w": torch.arange(3.0)}, model)
    weights.register("built_in", [model])
    assert weights.download("built_in") == [model]
    assert torch.equal(weights.load_safetensors(model)["w"], torch.arange(3.0))
    model.write_bytes(b"cut")
    with pytest.raises(InputError, match="missing or damaged"):
        weights.download("built_in")
    with pytest.raises(InputError, match="cannot be read"):
        weights.load_safetensors(model)


class _Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, ("made-by-a-pickle",))


def test_checkpoint_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.pt").write_bytes(pickle.dumps({"w": _Evil()}))
    with pytest.raises(InputError, match="more than weights"):
        weights.load_torch(tmp_path / "evil.pt")
    assert not (tmp_path / "made-by-a-pickle").exists()


def test_plain_checkpoint_loads(tmp_path: Path) -> None:
    torch.save({"w": torch.ones(2)}, tmp_path / "fine.pt")
    assert torch.equal(weights.load_torch(tmp_path / "fine.pt")["w"], torch.ones(2))


def test_projects_own_manifest_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AVATAR_CHECKPOINTS", raising=False)
    systems = weights.read_manifest()
    assert {"instruct_avatar", "diffposetalk", "audio2photoreal", "dawn", "language_guided"} <= set(systems)
    for system in systems.values():
        assert system.licence and system.where
        assert system.source in ("shipped", "url", "user-supplied")
        for file in system.files:
            assert (file.url == "user-supplied") == (system.source == "user-supplied")
            if system.source != "user-supplied":
                assert file.sha256 is not None and len(file.sha256) == 64


def test_shipped_weights_are_the_ones_in_the_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    """After training anew: `avatar_app register NAME`."""
    monkeypatch.delenv("AVATAR_CHECKPOINTS", raising=False)
    for name in ("instruct_avatar", "understanding"):
        assert weights.download(name), name

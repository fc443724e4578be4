"""A server as it is started and ended: nothing of what passed through it is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from avatar_app.paths import ROOT
from avatar_app.serving import scratch
from avatar_app.serving.replicas import free_port

PROXIES = {"http_proxy": "http://127.0.0.1:9", "all_proxy": "socks5://127.0.0.1:9", "no_proxy": ""}


def wait_for(url: str, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    pytest.fail(f"{url} does not answer")


def test_a_server_behind_proxies_starts_and_leaves_nothing_when_it_is_told_to_end(tmp_path: Path) -> None:
    port = free_port()
    where = {"TMPDIR": str(tmp_path), "AVATAR_DATA": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "avatar_app", "serve", "--port", str(port), "--grace", "1", "--with-parent"],
            env=os.environ | where | PROXIES, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=tmp_path,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(f"{url}/health")
        sent = httpx.post(f"{url}/gradio_api/upload", files={"files": b"somebody's face"}, trust_env=False)
        (kept,) = [Path(path) for path in sent.json()]
        assert kept.is_file() and tmp_path in kept.parents
        headers = {"origin": "http://evil.example"}
        foreign = httpx.post(f"{url}/gradio_api/upload", files={"files": b"x"}, headers=headers, trust_env=False)
        assert foreign.status_code == 403
        assert server.stdin is not None
        server.stdin.close()  # as if whoever started it were gone; it sends itself SIGTERM then
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
    assert not list(tmp_path.glob(f"{scratch.PREFIX}*")), (tmp_path / "log").read_text()


def test_the_cache_of_uploads_is_bounded_and_the_oldest_go_first(tmp_path: Path) -> None:
    for age in range(4):
        (tmp_path / str(age)).mkdir()
        (tmp_path / str(age) / "face.png").write_bytes(b"0" * 1000)
        then = time.time() - scratch.IN_USE * age
        os.utime(tmp_path / str(age) / "face.png", (then, then))
    assert scratch.bound(tmp_path, 4000) == 0
    assert scratch.bound(tmp_path, 2500) == 2 and {path.name for path in tmp_path.iterdir()} == {"0", "1"}
    assert scratch.bound(tmp_path, 0) == 1 and (tmp_path / "0").exists(), "somebody still uses the newest"
    assert scratch.bound(tmp_path / "none") == 0


def test_what_a_crash_left_is_swept_and_what_lives_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dead, alive, unreadable, other = (tmp_path / f"{scratch.PREFIX}{k}" for k in range(4))
    for folder in (dead, alive, unreadable, other):
        folder.mkdir()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (dead / scratch.OWNER).write_text(str(gone.pid))
    (alive / scratch.OWNER).write_text(str(os.getpid()))
    (unreadable / scratch.OWNER).write_text("?")
    os.utime(other, (0, 0))
    assert sorted(scratch.sweep()) == [dead, other]
    assert alive.is_dir() and unreadable.is_dir()
    with scratch.page_folder() as folder:
        assert os.environ["GRADIO_TEMP_DIR"].startswith(str(folder)) and (folder / scratch.OWNER).is_file()
    assert not folder.exists()

"""Several servers behind one address: who answers whom, and what becomes of sessions whose server is no more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from gradio_client import utils

from avatar_app.paths import ROOT
from avatar_app.request import InputError
from avatar_app.serving import front, many, scratch
from avatar_app.serving.replicas import free_port
from avatar_app.serving.serve import Service
from tests.cli.test_app import run as run_app
from tests.serving.test_serve import wait_for

STAND_IN = """
import sys
from avatar_app.serving import many
many.line_of = lambda service: [sys.executable, sys.argv[2]]
many.launch(many.Service(port=int(sys.argv[1]), grace=1), 2)
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A front before two stand-ins, by its address and its process."""
    port = free_port()
    place = {key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"}
    place |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    line = [sys.executable, "-c", STAND_IN, str(port), str(Path(__file__).with_name("replica.py"))]
    process = subprocess.Popen(line, env=place)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/ready")
        until = time.monotonic() + 60
        while httpx.get(f"{url}/ready", trust_env=False).json()["replicas"] < 2 and time.monotonic() < until:
            time.sleep(0.1)
        yield url, process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def visitor(url: str) -> httpx.Client:
    return httpx.Client(base_url=url, trust_env=False, timeout=30)


def lives(pid: int) -> bool:
    """Where nobody asks how an orphan ended, the system remembers it as a zombie."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_sessions_stay_with_their_server_and_are_told_when_it_is_no_more(
    served: tuple[str, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    url, process = served
    ann, bob = visitor(url), visitor(url)
    first, second = (one.get("/").json()["pid"] for one in (ann, bob))
    assert first != second, "new sessions are spread"
    sent = ann.post("/gradio_api/upload?upload_id=1", content=b"0" * 3_000_000).json()
    assert sent["pid"] == first and sent["size"] == 3_000_000 and sent["query"] == "upload_id=1"
    assert sent["headers"]["host"] == url.removeprefix("http://") and sent["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert int(sent["threads"]) == max(1, (os.cpu_count() or 1) // 2)
    programs = {httpx.get(f"{url}/config", trust_env=False).json()["pid"] for _ in range(4)}
    assert len(programs) == 1, "programs of one address belong together"

    with ann.stream("GET", "/gradio_api/queue/data") as page, ann.stream("GET", "/gradio_api/call/generate/1") as call:
        told, answered = page.iter_lines(), call.iter_lines()
        assert next(told) == f"data: {first}" == next(answered)
        os.kill(first, signal.SIGKILL)
        last = json.loads([line for line in told if line][-1].removeprefix("data: "))
        assert last["msg"] == "unexpected_error" and last["message"] == front.GONE
        assert [line for line in answered if line][-2:] == ["event: error", f"data: {json.dumps(front.GONE)}"]
    assert bob.get("/config").json()["pid"] == second, "others are not disturbed"
    until = time.monotonic() + 60
    while (again := ann.get("/config")).status_code == 503 and time.monotonic() < until:
        assert again.json()["detail"] == front.GONE
        time.sleep(0.1)
    assert again.json()["pid"] not in (first, second), "it was started again"

    left = tmp_path / f"{scratch.PREFIX}killed"  # as the one that was killed would have
    left.mkdir()
    (left / scratch.OWNER).write_text(str(first))
    replicas = {again.json()["pid"], second}
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    for pid in replicas:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert not left.exists()


def test_servers_end_with_the_front_even_where_it_is_killed(served: tuple[str, subprocess.Popen[bytes]]) -> None:
    url, process = served
    replicas = {visitor(url).get("/").json()["pid"] for _ in range(2)}
    assert len(replicas) == 2
    process.kill()
    process.wait()
    until = time.monotonic() + 60
    while (left := [pid for pid in replicas if lives(pid)]) and time.monotonic() < until:
        time.sleep(0.1)
    assert not left


def test_who_listens_is_told_in_words_that_the_listener_knows() -> None:
    queue = front.stream_of("/gradio_api/queue/data")
    for browser, words in ((True, front.GONE), (False, utils.ServerMessage.server_stopped.value)):
        said = json.loads(front.last_words(queue, browser).decode().removeprefix("data: "))
        assert said["msg"] == utils.ServerMessage.unexpected_error.value and said["message"] == words
    assert front.last_words(front.stream_of("/gradio_api/heartbeat/1"), False) == b""


def test_what_cannot_be_served_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="leave --replicas out"):
        many.launch(Service(share=True), 2)
    with pytest.raises(InputError, match="cannot be read"):
        many.launch(Service(users=tmp_path / "none"), 2)


def test_a_replica_is_served_as_was_asked_and_without_secrets_in_its_line(tmp_path: Path) -> None:
    service = Service(
        "0.0.0.0", names=("a.org",), users=tmp_path / "users", token="0" * 16, ask_consent=False, label="AI"
    )
    line = " ".join(many.line_of(service))
    for part in ("serve --with-parent --host 127.0.0.1", "--allow-host 0.0.0.0", "--allow-host a.org", "--no-consent",
                 f"--auth {tmp_path / 'users'}", "--label AI"):  # fmt: skip
        assert part in line
    assert service.token not in line


def test_the_command_serves_as_many_as_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(many, "launch", lambda service, count: asked.append((service.port, count)))
    assert run_app("serve", "--port", "7999", "--replicas", "3").exit_code == 0
    assert asked == [(7999, 3)]

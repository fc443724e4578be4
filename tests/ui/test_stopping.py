"""Runs of /generate end when they are stopped by name, cancelled, or left by their client."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file

from avatar_app.request import Request
from avatar_app.sample import Sample
from avatar_app.ui.page import build_page
from tests.ui.conftest import serve
from tests.ui.fakes import fake_generate
from tests.ui.test_jobs import wait_for

PATIENCE = 20  # seconds until a client's leaving must have been noticed


class Watched:
    """The stand-in, and how its runs went: the takes that each made before it ended."""

    def __init__(self) -> None:
        self.begun, self.ended = 0, list[int]()

    def __call__(self, request: Request, on_event: Any, should_stop: Callable[[], bool]) -> Iterator[Sample]:
        self.begun += 1
        made = 0
        for sample in fake_generate(request, on_event, should_stop, seconds_per_sample=0.8):
            made += 1
            yield sample
        self.ended.append(made)


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def url(watched: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("GRADIO_HEARTBEAT_INTERVAL", "1")
    page = build_page(watched)
    yield serve(page)
    page.close()


@pytest.fixture
def client(url: str, tmp_path: Path) -> Iterator[Any]:
    client = Client(url, verbose=False, download_files=str(tmp_path / "got"))
    yield client
    client.close()


def begin(client: Any, voice: Path, portrait: Path, **more: Any) -> Any:
    given = {"audio": handle_file(str(voice)), "portrait": handle_file(str(portrait)), "samples": 8, "size": 128}
    return client.submit(**given | more, api_name="/generate")


def told(job: Any) -> list[str]:
    return [result["message"] for _, result in job.outputs() if "message" in result]


def nothing_is_left() -> bool:
    return not list(Path(tempfile.gettempdir()).glob("avatar_app_*"))


def test_a_run_is_stopped_by_its_name_and_returns_what_is_finished(
    client: Any, url: str, watched: Watched, voice: Path, portrait: Path
) -> None:
    job = begin(client, voice, portrait, run="mine")
    assert wait_for(
        lambda: any(re.search("take [2-7]", words) for words in told(job)), PATIENCE
    )  # quick ones go untold
    other = Client(url, verbose=False)
    assert other.predict("somebody else's", api_name="/stop") is False
    assert other.predict("mine", api_name="/stop") is True
    files, result = job.result(timeout=PATIENCE)
    names = [Path(file).name for file in files]
    assert result["complete"] is False and 1 <= result["samples"] < 8
    assert names.count("result.json") == 1 and sum(name.endswith(".mp4") for name in names) == result["samples"]
    assert watched.ended == [result["samples"]]
    assert wait_for(lambda: other.predict("mine", api_name="/stop") is False)
    assert wait_for(nothing_is_left)
    other.close()


def test_a_run_that_waits_for_its_turn_is_told_its_place_and_stopped_by_its_name(
    client: Any, url: str, watched: Watched, voice: Path, portrait: Path
) -> None:
    first = begin(client, voice, portrait, run="first")
    assert wait_for(lambda: watched.begun == 1, PATIENCE)
    second = begin(client, voice, portrait, run="second")
    assert wait_for(lambda: any(words.startswith("Waiting: 1 run before yours") for words in told(second)), PATIENCE)
    other = Client(url, verbose=False)
    assert other.predict("second", api_name="/stop") is True
    files, result = second.result(timeout=PATIENCE)
    assert files == [] and result["complete"] is False and watched.begun == 1
    assert other.predict("first", api_name="/stop") is True
    first.result(timeout=PATIENCE)
    other.close()


def test_a_run_ends_when_its_client_cancels_it(client: Any, watched: Watched, voice: Path, portrait: Path) -> None:
    job = begin(client, voice, portrait)
    assert wait_for(lambda: bool(told(job)), PATIENCE)
    began = time.monotonic()
    job.cancel()
    assert wait_for(lambda: bool(watched.ended)) and watched.ended[0] < 8
    assert time.monotonic() - began < 3
    assert wait_for(nothing_is_left)
    files, result = client.predict(
        handle_file(str(voice)), handle_file(str(portrait)), samples=1, size=128, api_name="/generate"
    )
    assert result["complete"] and len(files) == 3, "the next run is not held up"


def test_a_run_ends_when_its_client_is_gone(url: str, watched: Watched, voice: Path, portrait: Path) -> None:
    script = (
        "import sys; from gradio_client import Client, handle_file;"
        "client = Client(sys.argv[1], verbose=False);"
        "client.predict(*map(handle_file, sys.argv[2:]), samples=8, size=128, api_name='/generate')"
    )
    program = subprocess.Popen([sys.executable, "-c", script, url, str(voice), str(portrait)])
    assert wait_for(lambda: watched.begun == 1, 60)
    program.kill()
    program.wait()
    assert wait_for(lambda: bool(watched.ended), PATIENCE) and watched.ended[0] < 8
    assert wait_for(nothing_is_left)


def test_a_run_ends_when_its_client_closes_its_session(
    client: Any, watched: Watched, voice: Path, portrait: Path
) -> None:
    """close() leaves the stream of news open; that the session ended shows at its next sign of life."""
    job = begin(client, voice, portrait, samples=10)
    assert wait_for(lambda: bool(told(job)), PATIENCE)
    client.close()
    assert wait_for(lambda: bool(watched.ended), PATIENCE) and watched.ended[0] < 10
    assert wait_for(nothing_is_left)


def test_a_run_ends_when_nobody_listens_to_the_plain_web_address(url: str, watched: Watched, portrait: Path) -> None:
    rows = httpx.get(f"{url}gradio_api/info").json()["named_endpoints"]["/generate"]["parameters"]
    data = {row["parameter_name"]: row["parameter_default"] for row in rows}
    with portrait.open("rb") as file:
        uploaded = httpx.post(f"{url}gradio_api/upload", files={"files": file}).json()[0]
    picture = {"path": uploaded, "meta": {"_type": "gradio.FileData"}}
    data |= {"portrait": picture, "instruction": "smile", "samples": 8, "size": 128}
    event = httpx.post(f"{url}gradio_api/call/generate", json={"data": list(data.values())}).json()["event_id"]
    with httpx.stream("GET", f"{url}gradio_api/call/generate/{event}", timeout=30) as answer:
        assert any("Drawing take" in line for line in answer.iter_lines())
    assert wait_for(lambda: bool(watched.ended), PATIENCE) and watched.ended[0] < 8
    assert wait_for(nothing_is_left)

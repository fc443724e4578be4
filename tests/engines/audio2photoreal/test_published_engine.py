"""The published networks through `generate`, with stand-ins of a person's files."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar_app import generate
from avatar_app.engines.audio2photoreal.spec import SPEC
from avatar_app.request import InputError, Request
from avatar_app.sample import Sample

RATE = 48_000


@pytest.fixture
def installed(person_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with weights of one person."""
    shutil.copytree(person_weights, tmp_path / "weights")
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "weights"))
    return tmp_path


def sound(seconds: float, seed: int = 0) -> tuple[int, np.ndarray]:
    rng = np.random.default_rng(seed)
    return RATE, (0.1 * rng.standard_normal(round(seconds * RATE))).astype(np.float32)


def made(folder: Path, seconds: float = 1.5, options: dict[str, Any] | None = None, **more: Any) -> list[Sample]:
    asked: dict[str, Any] = {"audio": sound(seconds), "samples": 1, "seed": 3, "motion_only": True, "force": True}
    asked |= {"engine": SPEC.name, "weights": "published", "output": folder / "out"} | more
    return list(generate(Request(**asked, options={"steps": 2} | (options or {}))))


def codes(sample: Sample) -> dict[str, np.ndarray]:
    with np.load(sample.attachments[0], allow_pickle=False) as stored:
        return dict(stored)


def test_poses_and_face_codes_are_written(installed: Path) -> None:
    first, second = (codes(sample) for sample in made(installed, samples=2))
    assert first["body_pose"].shape[1] == 104 and first["face_expression"].shape[1] == 256 and first["fps"] == 30
    assert len(first["body_pose"]) == len(first["face_expression"]) == 45
    assert not np.array_equal(first["body_pose"], second["body_pose"])
    alone = codes(made(installed, seed=4)[0])
    assert np.array_equal(alone["body_pose"], second["body_pose"])


@pytest.mark.parametrize(
    ("name", "value"), [("face_scale", 1.0), ("body_scale", 1.0), ("diversity", 0.0), ("steps", 4)]
)
def test_options_reach_the_networks(installed: Path, name: str, value: float) -> None:
    plain, other = codes(made(installed)[0]), codes(made(installed, options={name: value})[0])
    assert any(not np.array_equal(plain[part], other[part]) for part in ("body_pose", "face_expression"))


def test_the_partner_is_heard_and_changes_places(installed: Path) -> None:
    alone, together, swapped = (
        codes(made(installed, **more)[0])["face_expression"]
        for more in (
            {},
            {"partner": sound(1.5, 1)},
            {"partner": sound(1.5, 1), "options": {"swap": True}},
        )
    )
    assert not np.array_equal(alone, together) and not np.array_equal(together, swapped)


def test_what_cannot_be_done_is_said(installed: Path) -> None:
    for more, said in (
        ({"options": {"person": "RLW104"}}, "RLW104 these are not installed"),
        ({"motion_only": False}, "add --motion-only"),
        ({"seconds": 21.0}, "20 s at a time"),
    ):
        with pytest.raises(InputError, match=said):
            made(installed, **more)  # type: ignore[arg-type]

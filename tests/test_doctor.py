"""The doctor: true statements about this machine, and a command for every gap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_app import doctor, weights


def by_name(checks: list[doctor.Check]) -> dict[str, doctor.Check]:
    return {check.name: check for check in checks}


def test_everything_installed_is_found() -> None:
    checks = by_name(doctor.examine())
    for name in ("Python", "device", "gradio", "mediapipe face landmarks", "video encoding", "text encoder"):
        assert checks[name].ok, checks[name]
    assert "libx264 and aac" in checks["video encoding"].detail
    assert "torch" in checks["device"].detail


def test_every_gap_comes_with_a_command() -> None:
    for check in doctor.examine():
        assert check.ok or check.fix, check


def test_json_says_the_same_as_the_checks() -> None:
    checks = doctor.examine()
    report = json.loads(doctor.as_json(checks))
    assert report["ok"] == doctor.works(checks)
    assert [row["name"] for row in report["checks"]] == [check.name for check in checks]


def test_missing_and_damaged_weights_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"title": "t", "licence": "Apache-2.0", "source": "shipped", "where": "here", "files": []}
    (tmp_path / "manifest.json").write_text(json.dumps({"instruct_avatar": entry}))
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path))
    untrained = by_name(doctor.examine())["weights of instruct_avatar"]
    assert not untrained.ok and untrained.fix is not None and "train" in untrained.fix
    model = tmp_path / "instruct_avatar" / "model.safetensors"
    model.parent.mkdir()
    model.write_bytes(b"weights")
    weights.register("instruct_avatar", [model])
    assert by_name(doctor.examine())["weights of instruct_avatar"].ok
    model.write_bytes(b"weighty")
    damaged = by_name(doctor.examine())["weights of instruct_avatar"]
    assert not damaged.ok and "damaged" in damaged.detail and "git" in str(damaged.fix)


def test_missing_portaudio_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    true_import = builtins.__import__

    def without_portaudio(name: str, *rest: object, **more: object) -> object:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return true_import(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_portaudio)
    checks = doctor.examine()
    recording = by_name(checks)["microphone recording"]
    assert not recording.ok and not recording.needed and "portaudio" in str(recording.fix)


def test_a_check_that_breaks_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def _broken_part() -> Iterator[doctor.Check]:
        raise RuntimeError("out of order")
        yield

    monkeypatch.setattr(doctor, "_EXAMINERS", (_broken_part,))
    (check,) = doctor.examine()
    assert not check.ok and check.name == "broken part" and "out of order" in check.detail
    assert "FAIL  broken part" in doctor.as_text([check])

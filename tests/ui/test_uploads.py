"""Copies in Gradio's cache: who deletes theirs leaves none, and takes nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gradio.processing_utils import save_file_to_cache

from avatar_app.ui.uploads import Uploads


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    return Uploads()


def cached(uploads: Uploads, path: Path, content: str) -> Path:
    path.write_text(content)
    return Path(save_file_to_cache(path, str(uploads.cache)))


def sent(path: Path) -> dict[str, Any]:
    return {"path": str(path), "orig_name": path.name, "meta": {"_type": "gradio.FileData"}}


def test_a_sessions_files_go_and_those_that_somebody_else_holds_stay(uploads: Uploads, tmp_path: Path) -> None:
    mine, shared, foreign = (cached(uploads, tmp_path / name, name) for name in ("a.png", "b.wav", "c.wav"))
    uploads.note("me", [sent(mine), {"value": [sent(shared)]}, "words", None])
    uploads.note("you", (sent(shared), sent(foreign)))
    uploads.delete("me")
    assert not mine.exists() and shared.exists() and foreign.exists()
    uploads.leave("you")
    uploads.note("me", [sent(shared)])
    uploads.delete("me")
    assert not shared.exists() and foreign.exists()


def test_copies_of_kept_files_of_earlier_sessions_go(uploads: Uploads, tmp_path: Path) -> None:
    copy, kept = cached(uploads, tmp_path / "face.png", "a face"), tmp_path / "portrait.png"
    kept.write_text("a face")
    uploads.delete("me", [kept, tmp_path / "gone.png"])
    assert not copy.exists() and kept.exists()


def test_nothing_outside_the_cache_is_held(uploads: Uploads, tmp_path: Path) -> None:
    outside = tmp_path / "assets" / "voice.wav"
    outside.parent.mkdir()
    outside.touch()
    above = uploads.cache / ".." / "assets" / "voice.wav"
    uploads.note("me", [sent(outside), sent(above), sent(uploads.cache / "voice.wav")])
    uploads.delete("me")
    assert outside.exists()

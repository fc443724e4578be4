"""Where data are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar_app.paths import DATA, data_folder


def test_data_are_kept_where_the_environment_says_or_where_the_user_keeps_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DATA, str(tmp_path / "chosen"))
    assert data_folder() == tmp_path / "chosen"
    monkeypatch.delenv(DATA)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "avatar_app"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_folder() == tmp_path / ".local" / "share" / "avatar_app"
    monkeypatch.setattr("sys.platform", "darwin")
    assert data_folder() == tmp_path / "Library" / "Application Support" / "avatar_app"

"""Downloads: a disk that is full is told as such, not as a failing network, and what came stays."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from avatar_app import resumable
from avatar_app.request import InputError
from avatar_app.resumable import fetch_on


@pytest.fixture
def url(tmp_path: Path) -> str:
    (tmp_path / "whole").write_bytes(os.urandom(3 * resumable.CHUNK + 5))
    return (tmp_path / "whole").as_uri()


def test_what_is_fetched_is_the_whole(url: str, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    fetch_on(url, tmp_path / "part", None, lambda *numbers: told.append(numbers))
    whole = (tmp_path / "whole").read_bytes()
    assert (tmp_path / "part").read_bytes() == whole and told[-1] == (len(whole), len(whole)) and len(told) == 4


def test_a_full_disk_is_told_and_what_came_stays(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, writes = (tmp_path / "whole").read_bytes(), []

    def until_full(stream: resumable.FileIO, block: bytes) -> None:
        if len(writes) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        writes.append(stream.write(block))

    monkeypatch.setattr(resumable, "_write_all", until_full)
    with pytest.raises(InputError, match="no space left on device"):
        fetch_on(url, tmp_path / "part", None, lambda *_: None)
    assert (tmp_path / "part").read_bytes() == whole[: 2 * resumable.CHUNK]


def test_a_disk_that_takes_a_little_at_a_time_gets_all(tmp_path: Path) -> None:
    class Slow(resumable.FileIO):
        def write(self, data: object) -> int:
            return super().write(memoryview(data)[:7])  # type: ignore[arg-type]

    with Slow(tmp_path / "x", "wb") as stream:
        resumable._write_all(stream, bytes(range(100)))
    assert (tmp_path / "x").read_bytes() == bytes(range(100))


def test_a_place_that_cannot_be_written_is_told(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a directory"):
        fetch_on(url, tmp_path / "whole" / "part", None, lambda *_: None)

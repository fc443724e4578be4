"""Kept runs on disk: whose they are, what is left of them, and when they go."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from avatar_app.ui.store import DAY, RECORD, TAKES, Limits, Record, Store, Take, read, with_favourite

ME, YOU = "me" * 10, "you" * 10


def keep(store: Store, session: str = ME, age: float = 0.0, size: int = 10, **more: Any) -> Path:
    """A run of one take of so many bytes, made `age` seconds ago."""
    folder = store.begin(session)
    assert folder is not None
    (folder / TAKES).mkdir()
    (folder / TAKES / "sample_1.mp4").write_bytes(b"x" * size)
    take = Take(1, 7, "seed 7", "sample_1.mp4")
    store.write(folder, replace(Record(time.time() - age, {"instruction": "nod"}, takes=(take,)), **more))
    return folder


def test_a_run_is_read_back_as_it_was_written_by_another_process(tmp_path: Path) -> None:
    folder = keep(Store(tmp_path), understood=("all the time: nod",), plan=({"what": "nod", "start": 0.0},))
    again = Store(tmp_path).runs(ME)
    assert [kept.folder for kept in again] == [folder]
    record = again[0].record
    assert record.takes == (Take(1, 7, "seed 7", "sample_1.mp4"),) and record.understood == ("all the time: nod",)
    assert record.plan[0]["what"] == "nod" and record.settings == {"instruction": "nod"}


def test_a_visitor_has_their_own_runs_only_and_the_newest_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, new, theirs = keep(store, age=50), keep(store), keep(store, YOU)
    assert [kept.folder for kept in store.runs(ME)] == [new, old]
    assert store.find(ME, theirs.name) is None and store.find(YOU, theirs.name) is not None
    store.delete(ME, theirs.name)
    assert theirs.is_dir()
    store.delete_all(ME)
    assert not store.runs(ME) and not old.parent.exists() and theirs.is_dir()


@pytest.mark.parametrize("session", ["", "short", "../../etc/passwd/and/more", "x" * 65, "a b c d e f g h i j"])
def test_what_is_no_session_has_no_folder(tmp_path: Path, session: str) -> None:
    store = Store(tmp_path)
    assert store.visitor(session) is None and store.begin(session) is None and store.runs(session) == []
    assert not list(tmp_path.iterdir())


def test_folders_tell_nothing_of_the_session_and_cannot_be_left(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = keep(store), keep(store)
    assert ME not in str(first) and first.parent == second.parent and first.name != second.name
    for run in ("..", ".", "", first.name + "/..", "../" + first.parent.name):
        assert store.find(ME, run) is None


def test_too_old_runs_go(tmp_path: Path) -> None:
    store = Store(tmp_path)
    old, young = keep(store, age=15 * DAY), keep(store, age=13 * DAY)
    store.sweep()
    assert not old.exists() and young.is_dir()


def test_too_many_runs_go_oldest_first_and_favourites_last(tmp_path: Path) -> None:
    store = Store(tmp_path, Limits(runs=2))
    loved, old, young = (keep(store, age=age) for age in (30, 20, 10))
    store.change(loved, lambda record: with_favourite(record, 1, True))
    store.sweep()
    assert loved.is_dir() and young.is_dir() and not old.exists()


def test_too_large_runs_go_of_one_visitor_and_of_all(tmp_path: Path) -> None:
    store = Store(tmp_path, Limits(size=5000, everything=9000))
    first, second = keep(store, age=9, size=3000), keep(store, age=8, size=3000)
    other = keep(store, YOU, age=7, size=3500)
    store.sweep()
    assert not first.exists() and second.is_dir() and other.is_dir()
    third = keep(store, "they" * 9, size=3500)
    store.sweep()
    assert not second.exists() and other.is_dir() and third.is_dir()


def test_a_new_run_makes_room_and_the_largest_stays_alone(tmp_path: Path) -> None:
    store = Store(tmp_path, Limits(size=100))
    only = keep(store, size=5000)
    store.sweep()
    assert only.is_dir()
    keep(store, size=10)
    store.begin(ME)
    assert not only.exists()


def test_what_a_dead_server_left_goes_after_a_day_and_nothing_else_is_touched(tmp_path: Path) -> None:
    store = Store(tmp_path)
    fresh, stale = store.begin(ME), store.begin(ME)
    assert fresh is not None and stale is not None
    os.utime(stale, (0, 0))
    (fresh.parent / "notes").mkdir()
    (tmp_path / "other").mkdir()
    store.sweep()
    assert fresh.is_dir() and not stale.exists() and (fresh.parent / "notes").is_dir() and (tmp_path / "other").is_dir()


def test_a_run_that_was_deleted_does_not_come_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    folder = keep(store)
    store.delete_all(ME)
    assert store.change(folder, lambda record: record) is None and not folder.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"made": 1}', '{"made": 1, "settings": {}, "takes": 4}'])
def test_a_damaged_record_is_no_run(tmp_path: Path, text: str) -> None:
    folder = keep(Store(tmp_path))
    (folder / RECORD).write_text(text)
    assert read(folder) is None and Store(tmp_path).runs(ME) == []

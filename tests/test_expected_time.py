"""How long a run takes here: what finished runs teach, and what is made of it while one goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app.expected_time import FILE, REMEMBERED, RunTimes, Work, in_words, time_left, work_of
from avatar_app.request import Request
from avatar_app.sample import Event, Sample

ASKED = {"engine": "one", "weights": "embedded", "head": "", "framing": "bust", "samples": 2, "size": 512}


def result(total: float, seconds: float = 10.0, complete: bool = True, **asked: Any) -> dict[str, Any]:
    spent = {"total": total + 3.0, "loading": 3.0}
    return {"request": {**ASKED, **asked}, "seconds": spent, "seconds_of_video": seconds, "complete": complete}


def test_a_run_like_the_last_one_is_expected_to_take_as_long_without_the_loading(tmp_path: Path) -> None:
    times, work = RunTimes(tmp_path / "data"), work_of(ASKED, 10.0)
    assert times.expected(work) is None
    times.learn(result(20.0))
    assert times.expected(work) == pytest.approx(20.0, rel=1e-3)
    assert RunTimes(tmp_path / "data").expected(work) == pytest.approx(20.0, rel=1e-3), "a restart forgets nothing"


def test_more_takes_seconds_and_pixels_take_longer_and_other_engines_say_nothing(tmp_path: Path) -> None:
    times, base = RunTimes(tmp_path), work_of(ASKED, 10.0)
    times.learn(result(20.0))
    more = [{**ASKED, "samples": 4}, {**ASKED, "size": 1024}]
    longer = [times.expected(work) for work in (*(work_of(asked, 10.0) for asked in more), work_of(ASKED, 20.0))]
    assert all(seconds is not None and seconds > 30 for seconds in longer)
    assert times.expected(base) == pytest.approx(20.0, rel=1e-3)
    assert times.expected(work_of({**ASKED, "engine": "two"}, 10.0)) is None
    assert times.expected(work_of({**ASKED, "framing": "full"}, 10.0)) is None


def test_one_slow_run_among_many_and_unfinished_ones_change_nothing(tmp_path: Path) -> None:
    times, work = RunTimes(tmp_path), work_of(ASKED, 10.0)
    for total in (20.0, 20.0, 200.0, 20.0):
        times.learn(result(total))
    times.learn(result(1.0, complete=False))
    assert times.expected(work) == pytest.approx(20.0, rel=1e-3)
    for _ in range(REMEMBERED):  # a machine that became faster
        times.learn(result(5.0))
    assert times.expected(work) == pytest.approx(5.0, rel=1e-3)


def test_a_broken_file_and_a_closed_folder_are_no_reason_to_fail(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("[1, 2")
    times = RunTimes(tmp_path)
    assert times.expected(work_of(ASKED, 10.0)) is None
    times.learn(result(20.0))
    assert times.expected(work_of(ASKED, 10.0)) is not None
    (tmp_path / "file").write_text("")
    RunTimes(tmp_path / "file" / "data").learn(result(20.0))


def test_runs_teach_by_their_last_event(tmp_path: Path) -> None:
    def make(request: Request, on_event: Any, should_stop: Any) -> Iterator[Sample]:
        yield from ()
        on_event(Event("done", 1.0, "Done", data=result(20.0)))

    heard: list[Event] = []
    times = RunTimes(tmp_path)
    assert list(times.generate(make, Request(instruction="smile"), heard.append)) == []
    assert len(heard) == 1 and times.expected(work_of(ASKED, 10.0)) is not None


def test_time_left_is_the_expectation_first_and_the_runs_own_pace_later() -> None:
    assert time_left(None, 1.0, 0.0) is None
    assert time_left(10.0, 1.0, 0.0) == 9.0
    assert time_left(None, 5.0, 0.5) == 5.0
    early, late = time_left(10.0, 2.0, 0.1), time_left(10.0, 16.0, 0.8)
    assert early is not None and late is not None
    assert 8.0 < early < 12.0 and 1.0 < late < 4.0
    assert time_left(10.0, 30.0, 0.0) == 0.0


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (13.6, "14 s"), (43, "45 s"), (130, "2 min")])
def test_times_are_told_no_finer_than_they_are_known(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_work_grows_with_what_is_asked() -> None:
    assert Work("a", 1, 10.0, 512).usual < Work("a", 2, 10.0, 512).usual < Work("a", 2, 10.0, 1024).usual

"""Runs in the background: flags, streams of items, and folders that go when the last who needs them has gone."""

from __future__ import annotations

import asyncio
import functools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app import memory
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui.forms import to_request
from avatar_app.ui.jobs import Finished, Item, Job, Make, Runs
from tests.ui.fakes import FORM, fake_generate


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def job(
    voice: Path, portrait: Path, make: Make = fake_generate, at_end: Callable[[], None] = lambda: None, **more: Any
) -> Job:
    values = {**FORM, "audio": str(voice), "portrait": str(portrait), "samples": 2, "size": 128, **more}
    return Job(make, functools.partial(to_request, values), threading.Event(), at_end)


async def collect(job: Job, until: Callable[[Item], bool] = lambda item: False) -> list[Item]:
    items: list[Item] = []
    with job:
        async for item in job.items():
            items.append(item)
            if until(item):
                break
    return items


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def test_stop_reaches_only_its_own_run() -> None:
    runs = Runs()
    mine, yours = runs.begin("mine"), runs.begin("yours")
    assert runs.stop("mine") and not runs.stop("nobody's")
    assert mine.is_set() and not yours.is_set()
    runs.end("mine", mine)
    assert not runs.is_running("mine") and runs.is_running("yours")


def test_a_second_run_of_a_page_ends_the_first() -> None:
    runs = Runs()
    first, second = runs.begin("me"), runs.begin("me")
    runs.end("me", first)
    assert first.is_set() and not second.is_set() and runs.is_running("me")


def test_who_leaves_ends_what_they_began() -> None:
    runs = Runs()
    mine, also_mine, yours = (runs.begin(name, name[0]) for name in ("m1", "m2", "y1"))
    runs.stop_of("m")
    assert mine.is_set() and also_mine.is_set() and not yours.is_set()


def test_items_end_with_how_it_went(voice: Path, portrait: Path) -> None:
    make = functools.partial(fake_generate, seconds_per_sample=0.1)
    items = asyncio.run(collect(job(voice, portrait, make)))
    assert isinstance(items[0], Request) and items[0].samples == 2
    assert [item.index for item in items if isinstance(item, Sample)] == [1, 2]
    assert items[-1] == Finished()


@pytest.mark.parametrize(
    ("change", "kind", "begun"),
    [
        ({"instruction": "refuse"}, InputError, 1),
        ({"samples": 99}, InputError, 0),
        ({"instruction": "break"}, RuntimeError, 1),
    ],
)
def test_what_went_wrong_is_the_last_item(
    voice: Path, portrait: Path, change: dict[str, Any], kind: type, begun: int
) -> None:
    items = asyncio.run(collect(job(voice, portrait, **change)))
    assert isinstance(items[-1], Finished) and isinstance(items[-1].error, kind)
    assert sum(isinstance(item, Request) for item in items) == begun


def test_leaving_ends_the_work_without_waiting_for_it(voice: Path, portrait: Path, tmp_path: Path) -> None:
    def stubborn(request: Request, on_event: Any, should_stop: Callable[[], bool]) -> Iterator[Sample]:
        yield from ()
        Path(str(request.output)).mkdir()
        while not should_stop():
            time.sleep(0.01)
        time.sleep(0.5)  # a step that cannot be broken off
        (Path(str(request.output)) / "late.txt").write_text("written after nobody listened")

    ended: list[float] = []
    left = job(voice, portrait, stubborn, at_end=lambda: ended.append(time.monotonic()))
    asyncio.run(collect(left, until=lambda item: isinstance(item, Request)))
    gone = time.monotonic()
    assert left.stop.is_set() and not ended and list(tmp_path.iterdir()), "the thread still writes"
    assert wait_for(lambda: bool(ended))
    assert 0.2 < ended[0] - gone < 5 and not list(tmp_path.iterdir())


def test_a_run_that_cannot_be_broken_off_is_left_to_itself_within_a_second(voice: Path, portrait: Path) -> None:
    def stubborn(request: Request, on_event: Any, should_stop: Callable[[], bool]) -> Iterator[Sample]:
        yield Sample(1, 3, None, None, None, {})
        time.sleep(3)  # a model that loads

    async def stopped() -> tuple[list[Item], float]:
        items, began = [], 0.0
        with job(voice, portrait, stubborn) as running:
            async for item in running.items():
                items.append(item)
                if isinstance(item, Sample):
                    running.stop.set()
                    began = time.monotonic()
        return items, time.monotonic() - began

    items, seconds = asyncio.run(stopped())
    assert seconds < 1.5 and items[-1] == Finished() and any(isinstance(item, Sample) for item in items)


def test_nothing_is_left_of_a_run_that_ended(voice: Path, portrait: Path, tmp_path: Path) -> None:
    seen: list[Path] = []

    def make(request: Request, on_event: Any, should_stop: Any) -> Iterator[Sample]:
        seen.append(Path(str(request.output)))
        yield from ()

    asyncio.run(collect(job(voice, portrait, make)))
    assert seen and tmp_path in seen[0].parents
    assert wait_for(lambda: not list(tmp_path.iterdir()))


def test_memory_is_given_back_after_every_run(voice: Path, portrait: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[bool] = []
    give_back = memory.give_back
    monkeypatch.setattr(memory, "give_back", lambda: given.append(give_back()))
    asyncio.run(collect(job(voice, portrait)))
    asyncio.run(collect(job(voice, portrait, instruction="refuse")))
    assert wait_for(lambda: len(given) >= 2)  # threads of tests before may end meanwhile


def test_the_listener_is_not_flooded_with_events(voice: Path, portrait: Path) -> None:
    def flood(request: Request, on_event: Any, should_stop: Any) -> Iterator[Sample]:
        for step in range(300):
            on_event(Event("render", step / 300, "drawing"))
            time.sleep(0.005)
        yield from ()

    items = asyncio.run(collect(job(voice, portrait, flood)))
    assert 3 <= sum(isinstance(item, Event) for item in items) <= 30


def test_no_place_for_files_is_told(
    voice: Path, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "absent"))
    ended: list[bool] = []
    with (
        pytest.raises(InputError, match="Temporary files cannot be written"),
        job(voice, portrait, at_end=lambda: ended.append(True)),
    ):
        pass
    assert ended


def test_what_is_to_stay_stays_when_the_listener_leaves(voice: Path, portrait: Path, tmp_path: Path) -> None:
    values = {**FORM, "audio": str(voice), "portrait": str(portrait), "samples": 3, "size": 128}
    ended: list[bool] = []
    output = tmp_path / "kept" / "takes"
    kept = Job(
        functools.partial(fake_generate, seconds_per_sample=0.1),
        functools.partial(to_request, values),
        threading.Event(),
        lambda: ended.append(True),
        output=output,
    )
    asyncio.run(collect(kept, until=lambda item: isinstance(item, Sample)))
    assert wait_for(lambda: bool(ended))
    assert (output / "sample_1.mp4").is_file() and [path.name for path in tmp_path.iterdir()] == ["kept"]

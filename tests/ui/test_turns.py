"""The queue: order, leaving, and stopping while one waits."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from avatar_app.request import InputError
from avatar_app.sample import Sample
from avatar_app.ui import turns
from avatar_app.ui.forms import to_request
from avatar_app.ui.jobs import Finished, Item, Job
from avatar_app.ui.turns import Turns, Waiting
from tests.ui.fakes import FORM, fake_generate


async def listen(turn: turns.Turn, told: list[int]) -> None:
    async for place in turn.come():
        told.append(place.before)


def test_runs_come_in_the_order_in_which_they_were_asked_for() -> None:
    async def watch() -> tuple[list[int], list[int]]:
        line = Turns()
        first, second, third = (line.join(threading.Event()) for _ in range(3))
        told: tuple[list[int], list[int]] = ([], [])
        listeners = [
            asyncio.create_task(listen(turn, list_)) for turn, list_ in zip((second, third), told, strict=True)
        ]
        await asyncio.sleep(3 * turns.LOOK)
        first.leave()
        first.leave()
        await asyncio.wait_for(listeners[0], 5)
        assert not listeners[1].done()
        second.leave()
        await asyncio.wait_for(listeners[1], 5)
        return told

    assert asyncio.run(watch()) == ([1], [2, 1])


def test_who_gives_up_waiting_begins_nothing_and_lets_the_next_one_come(tmp_path: Path) -> None:
    begun: list[str] = []

    async def watch() -> list[Item]:
        line, stop = Turns(), threading.Event()
        busy = line.join(threading.Event())
        items: list[Item] = []
        with Job(fake_generate, lambda folder: begun.append("read"), stop, turn=line.join(stop)) as job:  # type: ignore
            async for item in job.items():
                items.append(item)
                stop.set()
        busy.leave()
        await asyncio.wait_for(listen(line.join(threading.Event()), []), 5)
        return items

    assert asyncio.run(watch()) == [Waiting(1), Finished()]
    assert not begun


def order(line: Turns, waiting: dict[str, turns.Turn]) -> list[str]:
    """Names of turns in the order in which they come, when each leaves at once."""
    came: list[str] = []
    while left := {name: turn for name, turn in waiting.items() if name not in came}:
        (now,) = [name for name, turn in left.items() if line.place(turn) is None]
        came.append(now)
        left[now].leave()
    return came


def test_nobody_waits_for_all_runs_of_somebody_who_asked_for_many() -> None:
    line = Turns()
    asked = [("a1", "ann"), ("a2", "ann"), ("a3", "ann"), ("b1", "bob"), ("c1", "cat"), ("b2", "bob")]
    waiting = {name: line.join(threading.Event(), owner) for name, owner in asked}
    assert [place.before if (place := line.place(turn)) else 0 for turn in waiting.values()] == [0, 3, 5, 1, 2, 4]
    assert order(line, waiting) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_had_a_turn_comes_after_who_had_none() -> None:
    line = Turns()
    first, second = (line.join(threading.Event(), "ann") for _ in range(2))
    other = line.join(threading.Event(), "bob")
    third = line.join(threading.Event(), "ann")
    assert order(line, {"a1": first, "a2": second, "b": other, "a3": third}) == ["a1", "b", "a2", "a3"]
    running = line.join(threading.Event(), "zoe")
    again = {name: line.join(threading.Event(), name) for name in ("ann", "bob")}
    running.leave()
    assert order(line, again) == ["bob", "ann"], "ann had three of the last four"


def test_how_long_one_waits_is_told_where_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(turns.time, "monotonic", lambda: now[0])
    line = Turns()
    line.join(threading.Event(), "ann", 30.0)
    second = line.join(threading.Event(), "bob", 10.0)
    third = line.join(threading.Event(), "cat", 10.0)
    fourth = line.join(threading.Event(), "dan")
    now[0] += 12
    assert line.place(second) == Waiting(1, 18.0) and line.place(third) == Waiting(2, 28.0)
    assert Waiting(2, 28.0).words == "Waiting: 2 runs before yours, about 30 s"
    now[0] += 40
    assert line.place(second) == Waiting(1, 0.0), "it takes longer than was thought"
    assert line.place(line.join(threading.Event(), "eve", 1.0)) == Waiting(4, None), "nobody knows how long dan takes"
    fourth.leave()


def test_one_alone_cannot_fill_the_queue() -> None:
    line = Turns()
    for _ in range(1 + turns.MOST_OF_ONE):
        line.join(threading.Event(), "ann")
    with pytest.raises(InputError, match="5 of your runs wait already"):
        line.join(threading.Event(), "ann")
    line.join(threading.Event(), "bob")


def test_a_queue_that_closes_tells_those_who_wait_and_begins_nobody() -> None:
    line = Turns()
    first, second = (line.join(threading.Event()) for _ in range(2))
    line.close()
    assert line.place(first) is None
    first.leave()
    with pytest.raises(InputError, match="about to restart"):
        asyncio.run(listen(second, []))
    with pytest.raises(InputError, match="about to restart"):
        line.join(threading.Event())


def test_a_full_queue_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 1)
    line = Turns()
    line.join(threading.Event())
    line.join(threading.Event())
    with pytest.raises(InputError, match="1 runs wait already"):
        line.join(threading.Event())


def test_words_for_those_who_wait() -> None:
    assert Waiting(1).words == "Waiting: 1 run before yours" and Waiting(2).words == "Waiting: 2 runs before yours"


def test_a_stopped_run_gives_up_its_turn_though_its_listener_still_waits_for_its_last_words(
    voice: Path, portrait: Path
) -> None:
    """What cannot be broken off takes a second here."""

    async def watch() -> bool:
        line, stop, hears = Turns(), threading.Event(), threading.Event()

        def deaf(*_: object, **__: object) -> Iterator[Sample]:
            hears.set()
            time.sleep(1.5)
            return iter(())

        first, second = line.join(stop), line.join(threading.Event())
        values = {**FORM, "audio": str(voice), "portrait": str(portrait)}
        with Job(deaf, functools.partial(to_request, values), stop, turn=first) as job:
            async for _ in job.items():
                if hears.is_set():
                    stop.set()
                if second.began is not None:
                    return True
        return False

    assert asyncio.run(watch())


def test_a_server_that_ends_stops_what_goes_on_and_what_waits() -> None:
    line, flags = Turns(), [threading.Event() for _ in range(3)]
    for flag in flags:
        line.join(flag)
    line.stop()
    assert all(flag.is_set() for flag in flags)


def test_several_runs_may_go_on_at_once() -> None:
    line = Turns(at_once=2)
    first, second, third = (line.join(threading.Event(), seconds=10) for _ in range(3))
    assert first.began and second.began and not third.began
    place = line.place(third)
    assert place and place.before == 2 and place.seconds == pytest.approx(10, abs=1)
    second.leave()
    assert third.began and line.place(third) is None

"""The queue: order, leaving, and stopping while one waits."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from avatar_app.request import InputError
from avatar_app.ui import turns
from avatar_app.ui.jobs import Finished, Item, Job
from avatar_app.ui.turns import Turns, Waiting
from tests.ui.fakes import fake_generate


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


def test_a_full_queue_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST", 1)
    line = Turns()
    line.join(threading.Event())
    line.join(threading.Event())
    with pytest.raises(InputError, match="1 runs wait already"):
        line.join(threading.Event())


def test_words_for_those_who_wait() -> None:
    assert Waiting(1).words == "Waiting: 1 run before yours" and Waiting(2).words == "Waiting: 2 runs before yours"

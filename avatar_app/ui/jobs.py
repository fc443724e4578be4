"""Runs in the background: a thread works while page or client listen; each can be stopped, and leaves no stray file."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from avatar_app import memory
from avatar_app.files import fresh_folder
from avatar_app.request import InputError, Request, Stopped
from avatar_app.sample import Event, Sample
from avatar_app.ui.turns import Turn, Turns, Waiting

Make = Callable[..., Iterator[Sample]]  # avatar_app.generate, or what a test puts in its place
TICK = 0.5  # seconds without news after which a listener is told that time passes
THREAD = "takes"  # what threads of runs are called
REDRAW = 0.2  # seconds between two events that a listener is told
LOOK = 0.1  # seconds between two looks at the flag that stops a run
FREED = 0.2  # seconds after which a run that was stopped or left gives up its turn, whether it has ended or not
PARTING = 0.5  # seconds that a stopped run has to end by itself; after that its listener leaves it to itself


@dataclass(frozen=True)
class Finished:
    """The last item of a job. error: what ended it, if anything did."""

    error: Exception | None = None


Item = Waiting | Request | Event | Sample | Finished | None  # None: TICK seconds went by without news


class Runs:
    """One stop flag per run, by name, so that nobody stops what somebody else began."""

    def __init__(self) -> None:
        self._flags: dict[str, tuple[threading.Event, str]] = {}
        self._lock = threading.Lock()

    def begin(self, name: str, owner: str = "") -> threading.Event:
        """A fresh flag; a run of that name which still goes on is told to end. owner: see `stop_of`."""
        flag = threading.Event()
        with self._lock:
            before = self._flags.get(name)
            self._flags[name] = flag, owner
        if before:
            before[0].set()
        return flag

    def end(self, name: str, flag: threading.Event) -> None:
        """Forgets the flag of a run that is over."""
        with self._lock:
            if name in self._flags and self._flags[name][0] is flag:
                del self._flags[name]

    def stop(self, name: str) -> bool:
        """Sets the flag of a run; False when there is none of that name."""
        with self._lock:
            found = self._flags.get(name)
        if found:
            found[0].set()
        return found is not None

    def stop_of(self, owner: str) -> None:
        """Sets the flags of all runs of somebody who has left."""
        with self._lock:
            flags = [flag for flag, whose in self._flags.values() if whose == owner]
        for flag in flags:
            flag.set()

    def is_running(self, name: str) -> bool:
        """Whether a run of that name goes on."""
        with self._lock:
            return name in self._flags


class Job:
    """One run: a thread that makes samples, a folder for its files, and a listener who may leave at any time.

    read: makes the Request, given the output folder. turn: when it may begin; at once without one. output: the folder
    for what is to stay; None: a temporary one that is removed. The listener uses a job as a context. Leaving it sets
    `stop` and waits for nothing: the turn is given up within FREED, the thread ends by itself, and whoever of the two
    is last removes the temporary folder and calls at_end.
    """

    def __init__(
        self,
        make: Make,
        read: Callable[[Path], Request],
        stop: threading.Event,
        at_end: Callable[[], None] = lambda: None,
        turn: Turn | None = None,
        output: Path | None = None,
    ) -> None:
        self._make, self._read, self.stop, self._at_end = make, read, stop, at_end
        self._turn, self._kept = turn or Turns().join(stop), output
        self._lock, self._holders = threading.Lock(), 0
        self._items: asyncio.Queue[Item] = asyncio.Queue()
        self._leaving: threading.Timer | None = None

    def __enter__(self) -> Job:
        try:
            self._scratch = fresh_folder()
        except InputError:
            self._end()
            raise
        self._holders = 1
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop.set()
        self._give_up_turn()
        self._release()

    @property
    def folder(self) -> Path:
        """Where the results are; a temporary one only for as long as somebody listens."""
        return self._kept or self._scratch / "takes"

    async def items(self) -> AsyncIterator[Item]:
        """The place in the queue, the Request once it is read, Events and Samples as they come, and one Finished.

        Events that are overtaken by newer ones are left out. A stopped run that is in the midst of what cannot be
        broken off is not waited for: what it finished until then is all there will be.
        """
        async for place in self._turn.come():
            yield place
        if self.stop.is_set():
            yield Finished()
            return
        self._holders += 1
        threading.Thread(target=self._work, args=(asyncio.get_running_loop(),), name=THREAD, daemon=True).start()
        item: Item = None
        left_at: float | None = None
        while not isinstance(item, Finished):
            item = await self._next()
            if self.stop.is_set() and not isinstance(item, Sample | Finished):
                self._give_up_turn()
                left_at = left_at or time.monotonic() + PARTING
                item = Finished() if time.monotonic() > left_at else item
            yield item

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        def put(item: Item) -> None:
            with contextlib.suppress(RuntimeError):  # the server shuts down
                loop.call_soon_threadsafe(self._items.put_nowait, item)

        error: Exception | None = None
        try:
            request = self._read(self.folder)
            put(request)
            for sample in self._make(request, on_event=put, should_stop=self.stop.is_set):
                put(sample)
        except Stopped:
            pass
        except Exception as raised:  # whatever it is, it belongs on the page and not only in the log
            error = raised
        put(Finished(error))
        self._release()
        memory.give_back()

    async def _next(self) -> Item:
        item: Item = None
        until = time.monotonic() + TICK
        while item is None and time.monotonic() < until:
            item = await self._get(LOOK)
            if self.stop.is_set():
                return item
        until = time.monotonic() + REDRAW
        while isinstance(item, Event) and item.stage in ("motion", "render"):
            newer = await self._get(until - time.monotonic())
            if newer is None:
                break
            item = newer
        return item

    async def _get(self, seconds: float) -> Item:
        """The next item, or None after that time. (asyncio.wait_for may swallow that the listener was cancelled.)"""
        timer = asyncio.get_running_loop().call_later(seconds, self._items.put_nowait, None)
        try:
            return await self._items.get()
        finally:
            timer.cancel()

    def _give_up_turn(self) -> None:
        """Whoever is next need not wait for the end of what cannot be broken off."""
        if self._leaving is None:
            self._leaving = threading.Timer(FREED, self._turn.leave)
            self._leaving.daemon = True
            self._leaving.start()

    def _release(self) -> None:
        with self._lock:
            self._holders -= 1
            last = self._holders == 0
        if last:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._end()

    def _end(self) -> None:
        self._turn.leave()
        self._at_end()

"""One run after another, or a few at once, fair between those who ask; whoever waits may leave the queue.

Start-time fair queueing (Goyal et al. 1996) with runs of equal cost: a run's tag is that of the run that goes on now,
or one more than that of the owner's run before it; the smallest tag comes next. So nobody waits for all runs of
somebody who asked for many.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from avatar_app.expected_time import in_words
from avatar_app.request import InputError

MOST, MOST_OF_ONE = 20, 5  # runs that may wait, of everybody and of one owner
ENDING = "The server is about to restart: please try again in a minute."
LOOK = 0.1  # seconds between two looks at the queue
REFRESH = 5.0  # seconds between two words on how long it will take


@dataclass(frozen=True)
class Waiting:
    """A run's place in the queue. before: runs that come first. seconds: that they will take, where that is known."""

    before: int
    seconds: float | None = None

    @property
    def words(self) -> str:
        """For those who wait."""
        length = "" if self.seconds is None or self.seconds < 1 else f", about {in_words(self.seconds)}"
        return f"Waiting: {self.before} run{'s' if self.before > 1 else ''} before yours{length}"


class Turns:
    """The queue of a server. at_once: runs that may go on at the same time."""

    def __init__(self, at_once: int = 1) -> None:
        self._at_once = at_once
        self._lock, self._line = threading.Lock(), list[Turn]()
        self._closed = False
        self._now, self._next = 0, dict[str, int]()  # the tag that goes on, and the least of each owner's next run

    def join(self, stop: threading.Event, owner: str = "", seconds: float | None = None) -> Turn:
        """A place in the queue. stop: ends the waiting. seconds: that the run is expected to take.

        InputError where too many wait already.
        """
        with self._lock:
            if self._closed:
                raise InputError(ENDING)
            waiting = [turn for turn in self._line if turn.began is None]
            if len(waiting) >= MOST:
                raise InputError(f"{MOST} runs wait already: please try again in a few minutes.")
            if owner and sum(turn.owner == owner for turn in waiting) >= MOST_OF_ONE:
                raise InputError(f"{MOST_OF_ONE} of your runs wait already: please let one of them end first.")
            tag = max(self._now, self._next.get(owner, 0) if owner else 0)
            turn = Turn(self, stop, owner, tag, seconds)
            self._line.append(turn)
            self._next = {name: least for name, least in self._next.items() if least > self._now} | {owner: tag + 1}
            self._begin_next()
        return turn

    def idle(self) -> bool:
        """Whether no run goes on or waits."""
        with self._lock:
            return not self._line

    def close(self) -> None:
        """No more turns come: whoever waits is told so. Those that go on are left to themselves."""
        with self._lock:
            self._closed = True

    def stop(self) -> None:
        """Tells the runs that go on to end."""
        with self._lock:
            for turn in self._line:
                turn.stop.set()

    def leave(self, turn: Turn) -> None:
        """Lets the next one begin."""
        with self._lock:
            if turn in self._line:
                self._line.remove(turn)
            self._begin_next()

    def place(self, turn: Turn) -> Waiting | None:
        """How many stand before it; None where it may begin. InputError where it never will."""
        with self._lock:
            if turn.began is not None or turn not in self._line:
                return None
            if self._closed:
                raise InputError(ENDING)
            order = sorted(self._line, key=lambda one: (one.began is None, one.tag))  # sorted() keeps arrivals in order
            first = order[: order.index(turn)]
            lengths = [one.left() for one in first]
            seconds = None if None in lengths else sum(filter(None, lengths)) / self._at_once
            return Waiting(len(first), seconds)

    def _begin_next(self) -> None:
        """The lock is held."""
        waiting = [turn for turn in self._line if turn.began is None]
        if not self._closed and waiting and len(self._line) - len(waiting) < self._at_once:
            chosen = min(waiting, key=lambda turn: turn.tag)
            chosen.began, self._now = time.monotonic(), chosen.tag


class Turn:
    """A place in the queue, until `leave`, which may be called from any thread and more than once.

    began: when its turn came; None: it waits.
    """

    def __init__(self, turns: Turns, stop: threading.Event, owner: str, tag: int, seconds: float | None) -> None:
        self._turns, self.stop = turns, stop
        self.owner, self.tag, self.seconds = owner, tag, seconds
        self.began: float | None = None

    def leave(self) -> None:
        """The run is over, or never began."""
        self._turns.leave(self)

    def left(self) -> float | None:
        """Seconds that it will still take; None where that is not known."""
        if self.seconds is None:
            return None
        return max(0.0, self.seconds - (0.0 if self.began is None else time.monotonic() - self.began))

    async def come(self) -> AsyncIterator[Waiting]:
        """How many stand before it, whenever that changes; ends when none do, or when `stop` is set.

        InputError where its turn will not come.
        """
        before, told = 0, time.monotonic()
        while not self.stop.is_set() and (place := self._turns.place(self)):
            late = place.seconds is not None and time.monotonic() - told > REFRESH
            if place.before != before or late:
                before, told = place.before, time.monotonic()
                yield place
            await asyncio.sleep(LOOK)

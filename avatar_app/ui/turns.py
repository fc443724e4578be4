"""One run after another, in the order in which they were asked for; whoever waits may leave the queue."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass

from avatar_app.request import InputError

MOST = 20  # runs that may wait
LOOK = 0.1  # seconds between two looks at the queue


@dataclass(frozen=True)
class Waiting:
    """A run's place in the queue. before: runs that come first."""

    before: int

    @property
    def words(self) -> str:
        """For those who wait."""
        return f"Waiting: {self.before} run{'s' if self.before > 1 else ''} before yours"


class Turns:
    """The queue of a server."""

    def __init__(self) -> None:
        self._lock, self._line = threading.Lock(), list[Turn]()

    def join(self, stop: threading.Event) -> Turn:
        """A place at the end of the queue. stop: ends the waiting. InputError where too many wait already."""
        turn = Turn(self, stop)
        with self._lock:
            if len(self._line) > MOST:
                raise InputError(f"{MOST} runs wait already: please try again in a few minutes.")
            self._line.append(turn)
        return turn

    def leave(self, turn: Turn) -> None:
        """Lets the next one begin."""
        with self._lock:
            if turn in self._line:
                self._line.remove(turn)

    def before(self, turn: Turn) -> int:
        """How many stand before it."""
        with self._lock:
            return self._line.index(turn) if turn in self._line else 0


class Turn:
    """A place in the queue, until `leave`, which may be called from any thread and more than once."""

    def __init__(self, turns: Turns, stop: threading.Event) -> None:
        self._turns, self._stop = turns, stop

    def leave(self) -> None:
        """The run is over, or never began."""
        self._turns.leave(self)

    async def come(self) -> AsyncIterator[Waiting]:
        """How many stand before it, whenever that changes; ends when none do, or when `stop` is set."""
        told = 0
        while not self._stop.is_set() and (before := self._turns.before(self)):
            if before != told:
                told = before
                yield Waiting(before)
            await asyncio.sleep(LOOK)

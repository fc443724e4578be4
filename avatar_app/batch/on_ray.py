"""Rows on a Ray cluster: actors that hold the loaded engine, as many as there are processors for.

All machines see the manifest's files and the output under the same paths. A machine or an actor that dies costs no row:
those on their way are given to others, and a row that ends its actor twice is told.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from avatar_app.batch.local import DIED
from avatar_app.batch.manifest import Row
from avatar_app.batch.work import Outcome, Place, do_row
from avatar_app.request import InputError

LOCAL = "local"
TRIES = 2  # of a row whose actor ended
LOOK = 5.0  # seconds between two looks at how large the cluster is
CORES = 2  # of an actor: a take is made and drawn at the same time
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Cluster:
    """address: of a running cluster ("ray://…", "auto", HOST:PORT), or "local" for one of this machine's own.

    workers: most actors; None: as many as there are processors for, which may become more meanwhile.
    """

    address: str = LOCAL
    workers: int | None = None

    def __call__(self, rows: Iterable[Row], place: Place) -> Iterator[Outcome]:
        """An Executor: outcomes as they come, in any order; never more than a row each actor is held.

        Raises InputError where Ray is missing or the cluster cannot be reached.
        """
        ray = _ray()
        try:
            own = {"num_cpus": self.workers * CORES} if self.address == LOCAL and self.workers else {}
            ray.init(None if self.address == LOCAL else self.address, log_to_driver=False, **own)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            words = f"No Ray cluster answers at {self.address!r} ({type(error).__name__}): start one, or take local."
            raise InputError(words) from error
        try:
            yield from _Run(ray, place, self.workers).outcomes(rows)
        finally:
            ray.shutdown()


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise InputError('Ray is missing: `pip install -r requirements-scale.txt` (the extra "scale").') from error
    return ray


class Maker:
    """What an actor does; the engine stays loaded between rows."""

    def make(self, row: Row, place: Place) -> Outcome:
        """One row."""
        return do_row(row, place)


@dataclass
class _Run:
    """One manifest on its way. idle: actors without work. working: actor, row, tries by the reference to an outcome."""

    ray: Any
    place: Place
    most: int | None
    idle: list[Any] = field(default_factory=list)
    working: dict[Any, tuple[Any, Row, int]] = field(default_factory=dict)
    again: list[tuple[Row, int]] = field(default_factory=list)
    looked: float = -LOOK

    def outcomes(self, rows: Iterable[Row]) -> Iterator[Outcome]:
        """See Cluster."""
        left = iter(rows)
        while True:
            self._grow()
            while self.idle and (task := self._next(left)) is not None:
                actor = self.idle.pop()
                self.working[actor.make.remote(task[0], self.place)] = (actor, *task)
            if not self.working:
                return
            done, _ = self.ray.wait(list(self.working), num_returns=1, timeout=LOOK)
            for reference in done:
                yield from self._taken(reference)

    def _next(self, left: Iterator[Row]) -> tuple[Row, int] | None:
        """A row to make and how often it was tried; None at the end."""
        return next(chain(self._retried(), ((row, 0) for row in left)), None)

    def _retried(self) -> Iterator[tuple[Row, int]]:
        while self.again:
            yield self.again.pop()

    def _taken(self, reference: Any) -> Iterator[Outcome]:
        """What came of a row; nothing where it is tried again."""
        actor, row, tries = self.working.pop(reference)
        try:
            outcome = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:  # its process or its machine is gone
            log.warning("row %d: its actor ended (%s)", row.number, type(error).__name__)
            self.looked = -LOOK  # another one is wanted
            if tries + 1 < TRIES:
                self.again.append((row, tries + 1))
                return
            outcome = Outcome(row.number, "", problem=DIED)
        else:
            self.idle.append(actor)
        yield outcome

    def _grow(self) -> None:
        """As many actors as there is room for; machines may have joined."""
        if time.monotonic() - self.looked < LOOK:
            return
        self.looked = time.monotonic()
        there = self.ray.cluster_resources()
        cores, gpus = int(there.get("CPU", 1)), there.get("GPU", 0)
        room = max(1, int(gpus) if gpus else cores // CORES)
        wanted = min(room, self.most or room) - len(self.idle) - len(self.working)
        kind = self.ray.remote(num_cpus=min(CORES, cores), num_gpus=1 if gpus else 0, max_restarts=0)(Maker)
        self.idle += [kind.remote() for _ in range(wanted)]

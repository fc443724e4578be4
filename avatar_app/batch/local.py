"""Rows in processes of this machine; one that dies takes nothing but its row with it."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice

from avatar_app.batch.manifest import Row
from avatar_app.batch.place import Place
from avatar_app.batch.work import Outcome, do_row

AHEAD = 2  # rows that wait for each worker
DIED = "The process that made it ended: perhaps memory ran out; run it again with fewer --workers."
log = logging.getLogger(__name__)


def run_here(rows: Iterable[Row], place: Place) -> Iterator[Outcome]:
    """One after another in this process."""
    for row in rows:
        yield do_row(row, place)


def run_in_processes(rows: Iterable[Row], place: Place, workers: int) -> Iterator[Outcome]:
    """Outcomes as they come, in any order; never more than a few rows are held.

    When a worker dies, all rows on their way are tried again, each in a process of its own: that tells whose fault it
    was.
    """
    left = iter(rows)
    while True:
        waiting: dict[Future[Outcome], Row] = {}
        with _pool(workers) as pool:
            try:
                yield from _flowing(pool, left, place, workers, waiting)
                return
            except BrokenProcessPool:
                log.warning("a worker ended: %d rows are tried again, one at a time", len(waiting))
        for row in waiting.values():
            yield _alone(row, place)


def _flowing(
    pool: ProcessPoolExecutor, left: Iterator[Row], place: Place, workers: int, waiting: dict[Future[Outcome], Row]
) -> Iterator[Outcome]:
    """Outcomes of rows; those on their way are in `waiting`."""

    def begin(count: int) -> None:
        for row in islice(left, count):
            waiting[pool.submit(do_row, row, place)] = row

    begin(AHEAD * workers)
    while waiting:
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            outcome = future.result()
            del waiting[future]
            yield outcome
        begin(len(done))


def _alone(row: Row, place: Place) -> Outcome:
    with _pool(1) as pool:
        try:
            return pool.submit(do_row, row, place).result()
        except BrokenProcessPool:
            return Outcome(row.number, "", problem=DIED)


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned: forked ones inherit locks that threads of torch and OpenCV hold.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _prepare, (max(1, (os.cpu_count() or 1) // workers),))


def _prepare(threads: int) -> None:
    """A worker's share of the cores."""
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import cv2
    import torch

    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)

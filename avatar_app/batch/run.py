"""`avatar_app batch`: a manifest to a folder of results, by any executor."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from avatar_app.batch.local import run_here, run_in_processes
from avatar_app.batch.manifest import Row, read_rows
from avatar_app.batch.place import Place
from avatar_app.batch.work import Outcome

RESULTS, FAILURES = "results.csv", "failures.csv"
Executor = Callable[[Iterable[Row], Place], Iterator[Outcome]]


@dataclass
class Totals:
    """Rows that were made, were there before, and failed."""

    made: int = 0
    known: int = 0
    failed: int = 0


def local(workers: int) -> Executor:
    """This machine: one process each, or this one where one is enough."""
    if workers == 1:
        return run_here
    return lambda rows, place: run_in_processes(rows, place, workers)


def run(
    manifest: Path, output: Path | str, execute: Executor, on_row: Callable[[Outcome], None] | None = None
) -> Totals:
    """Makes what is not there yet: OUTPUT/KEY for each row, results.csv and failures.csv, which begin anew each time.

    output: a folder, or a URL (see place.output_of).

    Raises InputError for a manifest that cannot be read and an output that cannot be written to.
    """
    place = Place(manifest.resolve().parent, output.resolve() if isinstance(output, Path) else output)
    place.check()
    rows = read_rows(manifest)
    first = list(islice(rows, 1))  # what is wrong with the whole manifest is told before anything is loaded
    totals = Totals()
    with place.table(RESULTS) as good, place.table(FAILURES) as bad:
        results, failures = csv.writer(good), csv.writer(bad)
        results.writerow(("row", "key", "takes", "seconds", "known"))
        failures.writerow(("row", "key", "problem"))
        for outcome in execute(chain(first, rows), place):
            if outcome.problem:
                totals.failed += 1
                failures.writerow((outcome.number, outcome.key, outcome.problem))
            else:
                totals.known, totals.made = totals.known + outcome.known, totals.made + (not outcome.known)
                results.writerow((outcome.number, outcome.key, outcome.takes, outcome.seconds, int(outcome.known)))
            if on_row is not None:
                on_row(outcome)
    return totals


def count_rows(manifest: Path) -> int:
    """How many there are, for a bar that knows its end."""
    return sum(1 for _ in read_rows(manifest))


def progress_bar(total: int) -> Any:
    """With rate and time left, on a terminal's stderr."""
    from tqdm import tqdm

    return tqdm(total=total, unit="row", disable=not sys.stderr.isatty(), file=sys.stderr)

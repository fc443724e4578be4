"""One row, done once: its folder holds a mark when all of it is there."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from avatar_app.batch.manifest import Row, key_of, request_of
from avatar_app.batch.place import DONE, Place
from avatar_app.generate import generate
from avatar_app.request import InputError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """Of a row. key: of its folder, empty where it is no request. problem: a sentence, empty where it is done.

    known: it was done before.
    """

    number: int
    key: str
    takes: int = 0
    seconds: float = 0.0
    problem: str = ""
    known: bool = False


def do_row(row: Row, place: Place) -> Outcome:
    """Makes what a row asks for, unless that is there; whatever goes wrong is told in the outcome."""
    key, began = "", time.perf_counter()
    try:
        request = request_of(row, place.folder)
        key = key_of(request)
        if (done := read_mark(place, key)) is not None:
            return replace(done, number=row.number, known=True)
        with place.folder_of(key) as folder:
            takes = sum(1 for _ in generate(replace(request, output=folder, force=True)))
        outcome = Outcome(row.number, key, takes, round(time.perf_counter() - began, 3))
        place.write(f"{key}/{DONE}", json.dumps(asdict(outcome) | {"row": row.given}, default=str).encode())
        return outcome
    except InputError as error:
        return Outcome(row.number, key, problem=str(error))
    except Exception as error:  # whatever it is, the other rows go on
        log.exception("row %d failed", row.number)
        return Outcome(row.number, key, problem=f"Something went wrong ({type(error).__name__}: {error}).")


def read_mark(place: Place, key: str) -> Outcome | None:
    """What the mark of a row says; None where there is none, or none that can be read."""
    try:
        told: dict[str, Any] = json.loads(place.read(f"{key}/{DONE}") or b"")
        return Outcome(told["number"], told["key"], told["takes"], told["seconds"])
    except (ValueError, KeyError, TypeError):
        return None

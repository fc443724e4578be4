"""How long a run takes on this machine: a law for its work, corrected by what the last runs of its kind took."""

from __future__ import annotations

import json
import logging
import statistics
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_app.files import atomic_write
from avatar_app.request import FRAMINGS, Request
from avatar_app.sample import Event, OnEvent, Sample
from avatar_app.types import ShouldStop

log = logging.getLogger(__name__)

FILE = "run_times.json"
REMEMBERED = 7  # runs of a kind; their median shrugs off one that another program slowed down
# Seconds on the machine of the README's table, photo drawn at 512 pixels: a run's own, a take's per second of video for
# its motion, and for its pixels. Other machines, engines and heads differ by a factor, which is what is learned.
START, MOTION, DRAWING, ACROSS = 1.3, 0.08, 0.23, 512
WHOLE = 1080  # pixels across that stand for whole pictures, which keep their own size
BELIEVED = 0.05  # of a run that must be done before its own pace is heeded


@dataclass(frozen=True)
class Work:
    """What a run has to do. kind: what does it (engine, weights, head); seconds: of video; size: pixels across."""

    kind: str
    takes: int
    seconds: float
    size: int

    @property
    def usual(self) -> float:
        """Seconds that it takes by the law alone."""
        drawing = DRAWING * (self.size / ACROSS) ** 2
        return START + self.takes * self.seconds * (MOTION + drawing)


def work_of(request: Mapping[str, Any], seconds: float) -> Work:
    """Of a request as result.json tells it: engine, weights, head, framing, samples and size."""
    whole = request.get("framing") == FRAMINGS[-1]
    names = (request["engine"], request["weights"], request.get("head") or "photo", *(["whole"] if whole else []))
    return Work(" ".join(names), int(request["samples"]), seconds, WHOLE if whole else int(request["size"]))


class RunTimes:
    """What runs took, kept in a file of the data folder. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._path, self._lock = folder / FILE, threading.Lock()

    def expected(self, work: Work) -> float | None:
        """Seconds; None before a run of its kind has finished here."""
        factors = self._read().get(work.kind)
        return statistics.median(factors) * work.usual if factors else None

    def learn(self, result: Mapping[str, Any]) -> None:
        """Takes in what a result.json says; nothing of runs that did not finish. Loading models is not counted."""
        spent = result.get("seconds") or {}
        if not result.get("complete") or not spent.get("total") or not result.get("seconds_of_video"):
            return
        work = work_of(result["request"], float(result["seconds_of_video"]))
        factor = (spent["total"] - spent.get("loading", 0.0)) / work.usual
        with self._lock:
            known = self._read()
            known[work.kind] = [*known.get(work.kind, []), round(factor, 4)][-REMEMBERED:]
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with atomic_write(self._path) as file:
                    file.write(json.dumps(known, indent=1).encode())
            except (OSError, ValueError) as error:  # a run is not to fail because its time cannot be kept
                log.warning("the time of a run could not be kept: %s", error)

    def generate(
        self, make: Any, request: Request, on_event: OnEvent, should_stop: ShouldStop | None = None
    ) -> Iterator[Sample]:
        """What `make` yields, a function like avatar_app.generate; learns from how long it took."""

        def heard(event: Event) -> None:
            if event.stage == "done" and event.data:
                self.learn(event.data)
            on_event(event)

        yield from make(request, on_event=heard, should_stop=should_stop)

    def _read(self) -> dict[str, list[float]]:
        """Factors by kind; none where the file is absent or broken."""
        try:
            read = json.loads(self._path.read_text(encoding="utf-8"))
            return {str(kind): [float(factor) for factor in factors] for kind, factors in read.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}


def time_left(expected: float | None, elapsed: float, fraction: float) -> float | None:
    """Seconds; None while nothing is known. The run's own pace counts for the more, the more of it is done."""
    paced = elapsed / fraction if fraction >= BELIEVED else None
    if expected is None or paced is None:
        total = paced if expected is None else expected
    else:
        total = (1 - fraction) * expected + fraction * paced
    return None if total is None else max(0.0, total - elapsed)


def in_words(seconds: float) -> str:
    """ "14 s", "45 s", "3 min": no finer than it is known."""
    if seconds < 20:
        return f"{max(1, round(seconds))} s"
    return f"{5 * round(seconds / 5)} s" if seconds < 90 else f"{round(seconds / 60)} min"

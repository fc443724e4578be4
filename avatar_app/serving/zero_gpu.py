"""Runs on a Space with ZeroGPU: each in a process that is lent a GPU for as long as it is expected to take.

Elsewhere nothing is changed. There the package `spaces` is installed by the Space itself, so no requirement names it.
What passes between the processes is pickled: news and samples come as one stream, and a run that is to stop is left.
"""

from __future__ import annotations

import functools
import importlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from avatar_app.request import Request
from avatar_app.sample import Event, OnEvent, Sample
from avatar_app.types import ShouldStop
from avatar_app.ui.expectation import voice_seconds
from avatar_app.ui.jobs import Make

WHERE = "SPACES_ZERO_GPU"  # environment variable that such a Space sets
LEAST, MOST = 20, 300  # seconds that are asked for
LOADING, PER_SECOND = 15, 1.5  # seconds: to load the engine, and for a second of each take
USUAL = 10.0  # seconds of a voice whose length is not known


def on_zero_gpu(make: Make) -> Make:
    """`make` with a GPU for each run where this is such a Space, else as it is."""
    if os.environ.get(WHERE, "").lower() not in ("1", "true", "yes"):
        return make
    lent = importlib.import_module("spaces").GPU(functools.partial(stream, make), duration=seconds_for)
    return functools.partial(listen, lent)


def seconds_for(request: Request) -> int:
    """How long a run may take; asked for less, a Space lets it begin sooner."""
    voice = request.audio if isinstance(request.audio, str) else str(request.audio or "")
    length = request.duration or (voice_seconds(voice) if voice else None) or USUAL
    return round(min(MOST, max(LEAST, LOADING + PER_SECOND * length * request.samples)))


def stream(make: Make, request: Request) -> Iterator[Event | Sample]:
    """In the process with the GPU: everything that a run tells, as it comes; ends the run when nobody listens."""
    items: queue.Queue[Event | Sample | BaseException | None] = queue.Queue()
    left = threading.Event()

    def run() -> None:
        try:
            for sample in make(request, on_event=items.put, should_stop=left.is_set):
                items.put(sample)
            items.put(None)
        except BaseException as error:  # handed to the thread that listens
            items.put(error)

    threading.Thread(target=run, name="zero-gpu", daemon=True).start()
    try:
        while (item := items.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        left.set()


def listen(
    lent: Callable[[Request], Iterator[Any]],
    request: Request,
    on_event: OnEvent | None = None,
    should_stop: ShouldStop | None = None,
) -> Iterator[Sample]:
    """In the server: a Make whose work is done by `lent`."""
    items = lent(request)
    try:
        for item in items:
            if should_stop is not None and should_stop():
                return
            if isinstance(item, Sample):
                yield item
            elif on_event is not None:
                on_event(item)
    finally:
        close = getattr(items, "close", None)
        if close is not None:
            close()

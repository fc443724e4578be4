"""The portrait that somebody just chose, made ready to be drawn while they still write what it is to do."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from avatar_app.ui.turns import Turns

if TYPE_CHECKING:
    from avatar_app.inputs.portrait.portrait import Portrait

log = logging.getLogger(__name__)


class Preparing:
    """Makes one portrait ready after the other, in a thread of its own, of those that wait the newest; none while a run
    goes on or waits, which needs the processor more."""

    def __init__(self, turns: Turns) -> None:
        self._turns, self._lock = turns, threading.Lock()
        self._next: Portrait | None = None
        self._busy = False

    def __call__(self, portrait: Portrait) -> None:
        """Makes a portrait ready soon; returns at once."""
        with self._lock:
            self._next = portrait
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._work, name="preparing", daemon=True).start()

    def _work(self) -> None:
        from avatar_app.render.portrait.remembered import renderer_of

        while (portrait := self._taken()) is not None:
            try:
                renderer_of(portrait)
            except Exception as error:  # the run will say so, if there is one
                log.info("a portrait could not be made ready (%s)", error)

    def _taken(self) -> Portrait | None:
        with self._lock:
            taken, self._next = self._next, None
            if taken is None or not self._turns.idle():
                self._busy = False
                return None
            return taken

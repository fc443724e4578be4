"""Renderers of the portraits that were drawn last: other words for the same face need no new matte and background."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import lru_cache

from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait.renderer import PortraitRenderer

REMEMBERED = 2  # some 20 MB each at 512 pixels


def renderer_of(portrait: Portrait) -> PortraitRenderer:
    """The portrait's renderer, made or remembered; several threads and takes may share it.

    Whoever asks while it is being made waits for it.
    """
    return _renderers().of(portrait)


def forget() -> None:
    """Lets go of every face that is remembered, or is just being made ready."""
    _renderers().forget()


class Renderers:
    """By Portrait.digest, of all that a renderer reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known = OrderedDict[str, Future[PortraitRenderer]]()

    def of(self, portrait: Portrait) -> PortraitRenderer:
        """See renderer_of."""
        digest = portrait.digest()
        with self._lock:
            found = self._known.get(digest)
            mine: Future[PortraitRenderer] = Future()
            self._known[digest] = found or mine
            self._known.move_to_end(digest)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        if found is not None:
            return found.result()
        try:
            mine.set_result(PortraitRenderer(portrait))
        except BaseException as error:
            with self._lock:
                if self._known.get(digest) is mine:
                    del self._known[digest]
            mine.set_exception(error)
        return mine.result()

    def forget(self) -> None:
        """See forget. What is being made goes to those who wait for it, and is not kept."""
        with self._lock:
            self._known.clear()


@lru_cache(maxsize=1)
def _renderers() -> Renderers:
    return Renderers()

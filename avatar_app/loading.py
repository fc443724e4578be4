"""Importing what is heavy, in one thread at a time.

torch, transformers and diffusers import each other in circles: two threads that begin with different ones of them can
meet half-made modules, which ends in an ImportError. A page loads in one thread while somebody presses Generate.
"""

from __future__ import annotations

import importlib
import threading
from functools import lru_cache

ROOMS = (  # what every request needs, the engine aside
    "avatar_app.speech.recording",
    "avatar_app.inputs.instruction.understanding",
    "avatar_app.inputs.portrait.portrait",
    "avatar_app.render.views",
    "avatar_app.render.video.grid",
    "avatar_app.sample_writer",
)


@lru_cache(maxsize=1)
def _lock() -> threading.Lock:
    return threading.Lock()


def import_rooms(*more: str) -> None:
    """Imports ROOMS and further modules; another thread that does the same waits until they are whole."""
    with _lock():
        for name in (*ROOMS, *more):
            importlib.import_module(name)

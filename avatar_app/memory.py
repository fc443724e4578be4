"""Memory that is free, and whom it belongs to."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> bool:
    """Hands pages that were freed back to the system; whether the C library can (glibc does).

    It keeps them otherwise, a little more after each run that other threads share its arenas with: a server that makes
    takes grew by a sixth within twenty of them, of which nothing was in use.
    """
    if not sys.platform.startswith("linux"):
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return trim is not None

"""Memory that is free, and whom it belongs to."""

from __future__ import annotations

import ctypes
import sys

ARENA_MAX = -8  # mallopt's name for it, in glibc's malloc.h
ARENAS = 2


def share_arenas() -> bool:
    """Lets all threads allocate from a few of the C library's arenas, where it has some (glibc); whether it does now.

    To be called before threads begin. By default every thread may get one of its own, up to eight for each core, and
    what one of them has freed no other can use: what a server holds grows with how many threads ever worked at once.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform.startswith("linux") else None
    return choose is not None and bool(choose(ARENA_MAX, ARENAS))


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

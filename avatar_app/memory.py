"""Memory that is free, and whom it belongs to."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

ARENA_MAX = -8  # mallopt's name for it, in glibc's malloc.h
ARENAS = 2


def share_arenas() -> bool:
    """Lets all threads allocate from a few of the C library's arenas, where it has some (glibc); whether it does now.

    To be called before threads begin. By default every thread may get one of its own, up to eight for each core, and
    what one of them has freed no other can use: what a server holds grows with how many threads ever worked at once.
    """
    choose = _of_the_c_library("mallopt")
    return choose is not None and bool(choose(ARENA_MAX, ARENAS))


def give_back() -> bool:
    """Hands pages that were freed back to the system; whether the C library can (glibc does).

    It keeps them otherwise, a little more after each run that other threads share its arenas with: a server that makes
    takes grew by a sixth within twenty of them, of which nothing was in use.
    """
    trim = _of_the_c_library("malloc_trim")
    if trim is not None:
        trim(0)
    return trim is not None


def _of_the_c_library(name: str) -> Any:
    """One of its functions; None where it has no such one, or this is no Linux."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None

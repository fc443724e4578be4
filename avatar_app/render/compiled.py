"""Loops over pixels and vertices in machine code, compiled by numba when they first run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

Loop = Callable[..., None]


def compiled(fastmath: bool = False, error_model: str = "python") -> Callable[[Loop], Loop]:
    """Decorator of a function of arrays and numbers that fills an array and lets go of the GIL meanwhile.

    The machine code is kept beside the function's file; later processes load it in a tenth of a second. numba itself
    is loaded at the first call, too. fastmath: sums may be reordered. error_model: "numpy" divides without asking
    whether by zero. The function may not call others of ours: kept code would not notice that these have changed.
    """
    options: dict[str, Any] = {"nogil": True, "fastmath": fastmath, "error_model": error_model}

    def decorate(function: Loop) -> Loop:
        @cache
        def machine_code() -> Loop:
            import numba

            try:
                made: Loop = numba.njit(cache=True, **options)(function)
            except RuntimeError:  # nowhere to keep compiled code, as in a read-only installation
                made = numba.njit(**options)(function)
            return made

        @wraps(function)
        def run(*arguments: Any) -> None:
            machine_code()(*arguments)

        return run

    return decorate

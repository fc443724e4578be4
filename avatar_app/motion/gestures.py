"""Gesture schedule: a repeated action, such as a nod, is asked for once and happens again and again, or is counted."""

from __future__ import annotations

import numpy as np

from avatar_app.face.facs import ACTIONS

BEAT = 0.52  # seconds of one nod or shake; a gesture has as many as fit its length
# Action -> (shortest, longest) length and (shortest, longest) rest until the next one, seconds.
_RHYTHM: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "nod": ((0.95, 1.6), (0.5, 1.6)),
    "shake_head": ((0.95, 1.6), (0.5, 1.8)),
    "blink": ((0.3, 0.3), (0.7, 1.5)),
    "wink_left": ((0.5, 0.5), (1.5, 3.0)),
    "wink_right": ((0.5, 0.5), (1.5, 3.0)),
    "roll_eyes": ((1.0, 1.2), (1.5, 3.0)),
    "laugh": ((1.2, 2.0), (0.6, 2.0)),
    "yawn": ((2.4, 3.2), (3.0, 6.0)),
    "sigh": ((1.4, 1.9), (2.0, 4.0)),
}


# Action -> seconds of one gesture, and from the end of one to the start of the next, where they are counted.
_COUNTED: dict[str, tuple[float, float]] = {
    "blink": (0.3, 0.25),
    "wink_left": (0.5, 0.5),
    "wink_right": (0.5, 0.5),
    "roll_eyes": (1.1, 0.6),
    "laugh": (1.3, 0.7),
    "yawn": (2.6, 0.8),
    "sigh": (1.6, 0.8),
}
_IN_ONE = 3  # nods or shakes that follow each other without a rest
_AGAIN = 0.75, 0.6  # seconds of one held action that is counted, and of the rest after it
# The same of a gesture in no hurry; its rest where nobody counts; and those that take another time.
_SLOW, _SLOW_REST = (1.1, 0.5), 1.3
_SLOW_LENGTHS = {
    "blink": 0.55,
    "wink_left": 0.75,
    "wink_right": 0.75,
    "shake_head": 1.9,
    "laugh": 2.0,
    "yawn": 3.6,
    "sigh": 2.4,
}


def schedule(
    name: str,
    strength: float,
    start: float,
    end: float,
    rng: np.random.Generator,
    count: int | None = None,
    slow: bool = False,
) -> list[tuple[float, float]]:
    """(start, end) seconds of every gesture of a repeated action between two times.

    The first comes within 0.35 s; another `rng` gives other times, so that samples differ. Other actions, and
    forbidden ones (strength below 0), keep the whole span. count: exactly so many, as far as they fit; held actions
    come and go as often. slow: one at a time, at half the pace.
    """
    if strength < 0 or (ACTIONS[name].kind != "repeated" and count is None):
        return [(start, end)]
    if count is not None or slow:
        return _counted(name, count, start, end, rng, slow)
    lengths, rests = _RHYTHM[name]
    spans: list[tuple[float, float]] = []
    at = start + float(rng.uniform(0.1, 0.35))
    while at < end - 0.25 or not spans:
        length = float(rng.uniform(*lengths))
        spans.append((at, at + length))
        at += length + float(rng.uniform(*rests))
    return spans


def _counted(
    name: str, count: int | None, start: float, end: float, rng: np.random.Generator, slow: bool
) -> list[tuple[float, float]]:
    """So many gestures from the start on, nods and shakes in rows of up to three, closer where time is short.

    count: None for as many slow ones as there is time for.
    """
    beats = name in ("nod", "shake_head") and not slow
    length, rest = _SLOW if slow else _COUNTED.get(name, _AGAIN)
    if slow:
        length = _SLOW_LENGTHS.get(name, length)
    if count is None:
        rest = _SLOW_REST
        count = max(1, int((end - start) / (length + rest)))
    if beats:
        rows = [min(_IN_ONE, count - k) for k in range(0, count, _IN_ONE)]
        lengths, rest = [row * BEAT for row in rows], 0.55
    else:
        lengths = [length] * count
    at = start + float(rng.uniform(0.08, 0.2))
    needed = sum(lengths) + rest * (len(lengths) - 1)
    pace = min(1.0, max(0.4, (end - at) / needed))
    spans = []
    for length in lengths:
        stay = length if beats else length * pace
        spans.append((at, at + stay))
        at += stay + rest * pace * float(rng.uniform(0.9, 1.15))
    return spans

"""Gesture schedule: a repeated action, such as a nod, is asked for once and happens again and again."""

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
}


def schedule(
    name: str, strength: float, start: float, end: float, rng: np.random.Generator
) -> list[tuple[float, float]]:
    """(start, end) seconds of every gesture of a repeated action between two times.

    The first comes within 0.35 s; another `rng` gives other times, so that samples differ. Other actions, and
    forbidden ones (strength below 0), keep the whole span.
    """
    if strength < 0 or ACTIONS[name].kind != "repeated":
        return [(start, end)]
    lengths, rests = _RHYTHM[name]
    spans: list[tuple[float, float]] = []
    at = start + float(rng.uniform(0.1, 0.35))
    while at < end - 0.25 or not spans:
        length = float(rng.uniform(*lengths))
        spans.append((at, at + length))
        at += length + float(rng.uniform(*rests))
    return spans

"""Moves from hold to hold, bumps; and where speech pauses or is stressed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from avatar_app.motion.curves import Curve, stroke
from avatar_app.request import FPS

SHORTEST_PAUSE = 0.28  # seconds; shorter ones are part of speech
Draw = Callable[[], float]


def holds(time: Curve, targets: Callable[[], Curve], rest: Draw, move: Draw) -> Curve:
    """(T, D) that moves by strokes from one drawn target to the next and holds still between.

    time: (T,) seconds, rising. targets: draws the next (D,). rest: seconds held. move: seconds of a stroke.
    """
    at = float(time[0]) - rest()
    curve = np.repeat(targets()[None].astype(np.float64), len(time), axis=0)
    while at < time[-1]:
        at += rest()
        length = move()
        share = stroke((time - at) / length)[:, None]
        curve += share * (targets() - curve[-1])
        at += length
    return curve


def pauses(talking: Curve) -> list[tuple[float, float]]:
    """(start, end) seconds of every stretch without speech, those at the clip's edges included."""
    quiet = np.concatenate([[False], talking < 0.5, [False]]).astype(int)
    edges = np.flatnonzero(np.diff(quiet)) / FPS
    found = zip(edges[::2], edges[1::2], strict=True)
    return [(float(a), float(b)) for a, b in found if b - a >= SHORTEST_PAUSE]


def accents(accent: Curve, rng: np.random.Generator, share: float) -> list[float]:
    """Seconds at which stressed vowels begin that a movement answers, at least 0.4 s apart."""
    stressed = np.flatnonzero((accent > 0.6) & (np.roll(accent, 1) < accent))
    chosen: list[float] = []
    for frame in stressed:
        if (not chosen or frame / FPS - chosen[-1] >= 0.4) and rng.random() < share:
            chosen.append(float(frame / FPS))
    return chosen


def bump(t: Curve, at: float, rise: float, hold: float, fall: float) -> Curve:
    """(T,) from 0 to 1 at `at` + `rise`, held, and back to 0: all in seconds."""
    return stroke((t - at) / rise) * (1 - stroke((t - at - rise - hold) / fall))

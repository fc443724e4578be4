"""Strokes on accents: arms moved in time by some tenths of a second, so that gestures end where the voice stresses.

A pose a second and a small network say what hands do, and when only roughly; people's apexes fall within a tenth of a
second of the accent (Loehr 2004).
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from avatar_app.engines.audio2photoreal.body_coding import ARMS
from avatar_app.motion.clip import Body
from avatar_app.motion.curves import seconds
from avatar_app.request import FPS
from avatar_app.training.teacher.body.gesture_phases import accent_times
from avatar_app.training.teacher.body.kinematics import SIDES, Floats
from avatar_app.training.teacher.body.measures import gestures
from avatar_app.types import Array

REACH = 0.7  # seconds by which a stroke is moved at most
LEAD = 0.03  # seconds by which an apex comes before its accent
PACE = 0.5, 1.8  # how much slower and faster a move may become


def on_accents(raw: Floats, body: Body, accent: Array) -> None:
    """Moves both arms of raw frames (T, RAW) in time, in place. body: of these frames. accent: (T,) of the voice."""
    anchors = anchors_of([apex for apex, _ in gestures(body)], accent_times(accent), len(raw) / FPS)
    if len(anchors) < 3:
        return
    new, old = np.array(anchors).T
    t = seconds(len(raw))
    places = np.clip(np.asarray(PchipInterpolator(new, old)(t)), t[0], t[-1])
    for side in SIDES:
        part = raw[:, ARMS[side]]
        raw[:, ARMS[side]] = np.stack([np.interp(places, t, column) for column in part.T], axis=1)


def anchors_of(apexes: list[float], accents: list[float], length: float) -> list[tuple[float, float]]:
    """(new, old) seconds, rising: both ends, and every apex that can be moved to an accent at a possible pace."""
    kept = [(0.0, 0.0)]
    for apex in apexes:
        near = [at - LEAD for at in accents if abs(at - LEAD - apex) < REACH]
        target = min(near, key=lambda at: abs(at - apex), default=None)
        if target is not None and _possible(kept[-1], (target, apex)) and _possible((target, apex), (length, length)):
            kept.append((target, apex))
    return [*kept, (length, length)]


def _possible(before: tuple[float, float], after: tuple[float, float]) -> bool:
    new, old = after[0] - before[0], after[1] - before[1]
    return new > 0.2 and PACE[0] < old / new < PACE[1]

"""Lids of somebody who talks: they follow gaze and brows, and blink in bursts (Bentivoglio 1997), hardly at pauses."""

from __future__ import annotations

import numpy as np

from avatar_app.motion.curves import Curve, drift, seconds, smoothstep
from avatar_app.request import FPS
from avatar_app.training.teacher.curves import pauses

LID_PER_DEGREE = 0.006  # of its opening that a lid falls for each degree of looking down


def blink_curve(frames: int, at: float, rng: np.random.Generator, hold: float = 0.02) -> Curve:
    """(T,) eyelid closure in [0, 1] of one blink that starts `at` seconds."""
    t = seconds(frames) - at
    down, up = rng.uniform(0.06, 0.09), rng.uniform(0.11, 0.19)
    shut = smoothstep(t / down) * (1 - smoothstep((t - down - hold) / up))
    return (shut * rng.uniform(0.88, 1.0)).astype(np.float32)


def blinks(frames: int, per_minute: float, talking: Curve, shifts: list[float], rng: np.random.Generator) -> Curve:
    """(T,) eyelid closure: bursts of blinks, some with a large shift of gaze, few with a pause."""
    lids = np.zeros(frames, np.float32)
    mean = 60.0 / max(per_minute, 0.1)
    occasions = [*shifts, *(start + 0.05 for start, _ in pauses(talking))]
    at = float(rng.exponential(mean))
    while at < frames / FPS:
        near = [o for o in occasions if abs(o - at) < 0.35]
        at = near[0] if near and rng.random() < 0.6 else at
        lids = np.maximum(lids, blink_curve(frames, at, rng))
        # Bursts: a third of the intervals are short, the others long enough to keep the mean.
        short = rng.random() < 0.34
        at += float(rng.uniform(0.35, 0.9) if short else 0.4 + rng.gamma(1.6, max(mean * 1.5 - 0.6, 0.2) / 1.6))
    return lids


def lid_opening(frames: int, eyes: Curve, brows: Curve, rng: np.random.Generator) -> Curve:
    """(T,) how far lids hang, in eyeBlink, about -0.15 to 0.2: below 0 they are wide.

    eyes: (T, 2) degrees in the head. brows: (T,) raise. Lids follow gaze and brows, and wander.
    """
    wander = 0.03 + 0.042 * drift(frames, 0.9, rng) + 0.018 * drift(frames, 0.2, rng)
    return np.asarray(np.clip(wander + LID_PER_DEGREE * eyes[:, 0] - 0.1 * brows, -0.15, 0.22), np.float32)

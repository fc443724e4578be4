"""Eyes of somebody who talks to a camera: saccades, what the head does undone, lids that follow, blinks.

Saccades keep the main sequence (21 ms and 2.2 ms a degree, Bahill 1975); sizes and dwell times after Eyes Alive (Lee,
Badler & Badler 2002), rates after films. Blinks come in bursts (Bentivoglio 1997), hardly bound to pauses.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.training.teacher.curves import Curve, drift, pauses, seconds, smoothstep, stroke

LARGE = 5.0  # degrees: shifts that anybody sees
LID_PER_DEGREE = 0.006  # of its opening that a lid falls for each degree of looking down
_RATE = 500  # Hz at which a saccade is drawn before it is sampled


def gaze(frames: int, talking: Curve, talker: Talker, rng: np.random.Generator) -> tuple[Curve, list[float]]:
    """(T, 2) degrees in space, [:, 0] + down, [:, 1] + to the subject's left, and the seconds of its large shifts.

    Mostly at the camera, with small shifts about it once or twice a second; glances away and back.
    """
    large = talker.gaze / 60 / 1.7  # glances a second: each is a shift away and, mostly, one back
    end = frames / FPS
    at, places, away = 0.0, [(0.0, rng.normal(0, (0.5, 1.0)))], False
    while at < end:
        at += float(rng.uniform(0.35, 1.1)) if away else float(rng.exponential(0.75) + 0.2)
        if away and rng.random() < 0.85:
            away, target = False, rng.normal(0, (0.5, 1.0))
        elif rng.random() < min(0.8, large * 1.25):
            away, target = True, _glance(rng)
        else:
            target = (places[-1][1] if away else 0) + rng.normal(0, (0.6, 1.2))
        places.append((at, np.asarray(target, np.float64)))
    return _saccades(frames, places)


def _glance(rng: np.random.Generator) -> Curve:
    """(2,) a place beside the camera, more often to a side than up or down."""
    size = float(np.clip(LARGE + rng.exponential(3.5), LARGE, 22.0))
    angle = rng.choice(8, p=np.array((155, 65, 177, 74, 168, 79, 204, 78)) / 1000) * np.pi / 4 + rng.normal(0, 0.2)
    return np.asarray(size * np.array((-0.5 * np.sin(angle), np.cos(angle))))


def _saccades(frames: int, places: list[tuple[float, Curve]]) -> tuple[Curve, list[float]]:
    """Gaze that jumps from place to place, each jump as long as its size asks; sampled as a camera would."""
    time = (np.arange(frames * _RATE // FPS) + 0.5) / _RATE
    curve = np.repeat(np.asarray(places[0][1])[None], len(time), axis=0)
    shifts = []
    for (_, before), (at, after) in pairwise(places):
        size = float(np.linalg.norm(after - before))
        curve += stroke((time - at) / (0.021 + 0.0022 * size))[:, None] * (after - before)
        if size >= LARGE and at < frames / FPS:
            shifts.append(at)
    return curve.reshape(frames, -1, 2).mean(axis=1).astype(np.float32), shifts


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

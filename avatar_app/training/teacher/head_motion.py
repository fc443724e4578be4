"""Head motion of somebody who talks, fitted to how 55 filmed people move their heads.

Posture shifts, small moves all the time and quick ones up to 3 Hz make the spectrum. Speech paces it: the head slows to
about half before and in a pause and jumps when speech begins again, lifting by some degrees. Accents are answered now
and then, the head's speed leading them by 0.16 s. Which way axes go together is a habit of each take.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.motion.curves import Curve, drift, seconds, stroke
from avatar_app.motion.talker import Talker
from avatar_app.request import FPS
from avatar_app.training.teacher.curves import accents, holds, pauses

# Of a middling talker: pitch, yaw and roll in degrees, then x, y and z in head widths.
POSTURE = np.array((0.7, 1.5, 1.2, 0.040, 0.024, 0.076))
BEATS = np.array((1.9, 3.6, 2.5, 0.012, 0.009, 0.025))
QUICK = np.array((0.6, 0.54, 0.28, 0.0015, 0.0015, 0.002))  # 1-3 Hz
FITS = 0.5  # how unevenly the quick moves come
TREMOR = np.array((0.05, 0.05, 0.03, 0.0002, 0.0002, 0.0002))  # 3-6 Hz
LEAD = 0.16  # seconds by which the head is fastest before an accent
LIFT = 3.8, 2.4  # degrees by which the head lifts when speech begins again: mean, spread
SINK = 0.9  # degrees by which it sinks in a pause


def head(frames: int, talking: Curve, accent: Curve, talker: Talker, rng: np.random.Generator) -> tuple[Curve, Curve]:
    """(T, 3) degrees about x, y, z and (T, 3) place in head widths. talking: (T,) 0 to 1. accent: (T,) of vowels."""
    pace = _pace(talking)
    time = np.cumsum(pace) / FPS
    mix = _habit(rng)

    def targets(sizes: Curve, tail: float) -> Curve:
        # Heavy tails: most moves are small, some are large.
        return np.asarray(mix @ rng.standard_normal(6) * sizes * rng.gamma(tail, 1 / tail))

    values = holds(
        time, lambda: targets(POSTURE, 1.2), lambda: 1.4 + rng.exponential(4.2), lambda: float(rng.uniform(0.45, 1.1))
    )
    values += holds(
        time, lambda: targets(BEATS, 0.85), lambda: float(rng.exponential(1.05)), lambda: float(rng.uniform(0.3, 0.62))
    )
    quick = np.stack([_band(frames, 0.075, 0.16, rng) for _ in range(6)], axis=1) @ mix.T * QUICK
    tremor = np.stack([_band(frames, 0.035, 0.06, rng) for _ in range(6)], axis=1) * TREMOR
    # It comes in fits, between which a head is all but still.
    fits = np.clip(1 + FITS * drift(frames, 0.35, rng), 0, 3)
    values += (quick * fits[:, None] + tremor) * pace[:, None] * talker.quickness
    _answer_accents(values, accents(accent, rng, 0.42), talker, rng)
    _mark_pauses(values, talking, rng)
    scale = talker.head * np.array((0.88, talker.yaw, 1.0))
    return (values[:, :3] * scale).astype(np.float32), (values[:, 3:] * talker.translation).astype(np.float32)


def _habit(rng: np.random.Generator) -> Curve:
    """(6, 6) that mixes independent numbers: axes go together with signs of their own in every take.

    A head turned to its left also moves there, one that looks down sinks, as necks are built.
    """
    together = np.eye(6)
    for a, b, size in ((1, 2, 0.41), (0, 1, 0.25), (0, 2, 0.25)):
        together[a, b] = together[b, a] = size * rng.choice((-1, 1)) * rng.uniform(0.5, 1.3)
    together[1, 3] = together[3, 1] = 0.32
    together[0, 4] = together[4, 0] = -0.32
    values, vectors = np.linalg.eigh(together)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.02)))


def _band(frames: int, fine: float, coarse: float, rng: np.random.Generator) -> Curve:
    """(T,) unit-variance noise between two correlation times, seconds."""
    noise = rng.standard_normal(frames + 50)
    wave = (gaussian_filter1d(noise, fine * FPS) - gaussian_filter1d(noise, coarse * FPS))[25 : 25 + frames]
    return np.asarray(wave / (_band_spread(fine, coarse) + 1e-9))


def _band_spread(fine: float, coarse: float) -> float:
    """Standard deviation of the difference of two Gaussian smoothings of unit noise."""
    one = np.zeros(401)
    one[200] = 1
    return float(np.sqrt(((gaussian_filter1d(one, fine * FPS) - gaussian_filter1d(one, coarse * FPS)) ** 2).sum()))


def _pace(talking: Curve) -> Curve:
    """(T,) how fast the head lives: about 1 in speech, half in pauses, a start when speech begins again."""
    frames = len(talking)
    t, pace = seconds(frames), np.full(frames, 1.05)
    for start, end in pauses(talking):
        slow = stroke((t - start + 0.35) / 0.5) * (1 - stroke((t - end + 0.16) / 0.2))
        pace *= 1 - 0.55 * slow
        pace *= 1 + 0.22 * np.exp(-0.5 * ((t - start + 0.65) / 0.25) ** 2)
        pace *= 1 + 0.4 * stroke((t - end + 0.14) / 0.18) * (1 - stroke((t - end - 0.2) / 0.3))
    return np.asarray(pace)


def _answer_accents(values: Curve, answered: list[float], talker: Talker, rng: np.random.Generator) -> None:
    """Adds short strokes there and half-way back, mostly of pitch, the way each talker likes."""
    t = seconds(len(values))
    way = 1.0 if rng.random() < 0.7 else -1.0
    for at in answered:
        length = rng.uniform(0.2, 0.34)
        start = at - LEAD - length / 2
        size = rng.gamma(2.4, 1.35) * way * (1 if rng.random() < 0.85 else -1)
        shape = stroke((t - start) / length) * (1 - stroke((t - start - length) / rng.uniform(0.25, 0.5)))
        values[:, 0] += size * shape
        values[:, 1] += rng.normal(0, 0.7) * shape
        values[:, 4] -= 0.002 * size * shape


def _mark_pauses(values: Curve, talking: Curve, rng: np.random.Generator) -> None:
    """The head sinks in a pause and lifts as speech begins again, turning a little, and comes down by and by."""
    t = seconds(len(values))
    for start, end in pauses(talking):
        if start > 0.05:
            values[:, 0] += (
                SINK * rng.uniform(0.3, 1.7) * stroke((t - start + 0.1) / 0.5) * (1 - stroke((t - end) / 0.3))
            )
        if end < t[-1]:
            begin, length = end - rng.uniform(0.08, 0.16), rng.uniform(0.28, 0.42)
            back = 1 - stroke((t - begin - length - rng.uniform(0, 0.4)) / rng.uniform(0.6, 1.3))
            shape = stroke((t - begin) / length) * back
            values[:, 0] -= rng.normal(*LIFT) * shape
            values[:, 1] += rng.normal(0, 2.6) * shape
            values[:, 2] += rng.normal(0, 1.5) * shape


def breath(frames: int, rng: np.random.Generator) -> Curve:
    """(T,) head widths up and down with each breath."""
    return np.asarray(0.004 * np.sin(2 * np.pi * (seconds(frames) * rng.uniform(0.2, 0.32) + rng.random())))

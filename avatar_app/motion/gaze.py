"""Gaze of somebody who talks to a camera: eyeLook coefficients as angles and back, and where eyes jump to unasked.

Saccades keep the main sequence (21 ms and 2.2 ms a degree, Bahill 1975); sizes and dwell times after Eyes Alive (Lee,
Badler & Badler 2002), rates after films. They follow neither voice nor words, so they are drawn and not denoised: a
denoiser of few steps makes glides of them.

Angles are (T, 2) degrees of the eyes in the head, [:, 0] + down and [:, 1] + to the subject's left.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter1d

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.request import FPS
from avatar_app.types import Array

EYE_DEGREES = 30.0  # eye rotation at coefficient 1 of an eyeLook shape
STEADY_GAZE = np.array((0.5, 0.75))  # share of a nod and of a turn that the eyes undo
JUMP = 14.0  # degrees a second; gaze that moves faster is on its way to another place
LONGEST_JUMP = 8  # frames; what takes longer is no saccade but a look that is meant to be slow
SMALLEST_JUMP = 1.5  # degrees
LARGE = 5.0  # degrees: shifts that anybody sees
SLOW = 0.8  # seconds, sigma, of what is kept of a denoised gaze where nobody said where to look
_RATE = 500  # Hz at which a saccade is drawn before it is sampled
_NAMES = tuple(
    tuple(ARKIT_INDEX[f"eyeLook{way}"] for way in ways)
    for ways in (
        ("DownLeft", "DownRight"),
        ("UpLeft", "UpRight"),
        ("OutLeft", "InRight"),
        ("InLeft", "OutRight"),
    )
)


def eye_angles(face: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(T, 2) degrees, the mean of both eyes, of (T, 52 or more) coefficients."""
    down, up, left, right = (face[:, list(pair)].sum(axis=1) for pair in _NAMES)
    return np.asarray(EYE_DEGREES / 2 * np.stack([down - up, left - right], axis=1))


def look(face: Array, eyes: npt.NDArray[Any]) -> None:
    """Writes (T, 2) angles into (T, 52 or more) coefficients, both eyes alike; lids follow through eyeLookDown."""
    for pair, amount in zip(_NAMES, (eyes[:, 0], -eyes[:, 0], eyes[:, 1], -eyes[:, 1]), strict=True):
        face[:, list(pair)] = np.maximum(amount / EYE_DEGREES, 0)[:, None]


def look_about(values: Array, per_minute: float, told: Array, rng: np.random.Generator) -> None:
    """Lets the eyes wander in place, in jumps, about where (T, 58) motion slowly looks.

    per_minute: shifts of 5 degrees and more. told: (T,) 0 to 1, how far the eyes do something that was asked for.
    """
    sharpen_saccades(values)
    undone = STEADY_GAZE * np.rad2deg(values[:, 52:54])
    asked = eye_angles(values) + undone
    free = gaussian_filter1d(asked, SLOW * FPS, axis=0, mode="nearest") + wander(len(values), per_minute, rng)[0]
    look(values, free + told[:, None] * (asked - free) - undone)


def sharpen_saccades(values: Array) -> None:
    """Makes gaze jump, in place, where a denoiser lets it glide from place to place within a third of a second.

    values: (T, 58). A saccade of 10 degrees takes 43 ms (Bahill 1975), about a frame. What glides longer, and what
    follows the head, stays as it is.
    """
    eyes = eye_angles(values)
    undone = STEADY_GAZE * np.rad2deg(values[:, 52:54])
    gaze = eyes + undone  # in space: there it rests between jumps
    speed = np.linalg.norm(np.diff(gaze, axis=0), axis=1) * FPS
    moving = np.concatenate([[False], speed > JUMP, [False]]).astype(int)
    edges = np.flatnonzero(np.diff(moving))
    sharp = gaze.copy()
    for first, last in zip(edges[::2], edges[1::2], strict=True):  # steps between frames `first` and `last`
        way = gaze[last] - gaze[first]
        if not 2 <= last - first <= LONGEST_JUMP or np.linalg.norm(way) < SMALLEST_JUMP:
            continue
        steps = speed[first:last]
        centre = first + 0.5 + float(steps @ np.arange(last - first) / steps.sum())
        share = np.clip(np.arange(first, last + 1) - centre + 0.5, 0, 1)[:, None]
        sharp[first : last + 1] = gaze[first] + share * way
    look(values, sharp - undone)


def wander(frames: int, per_minute: float, rng: np.random.Generator) -> tuple[Array, list[float]]:
    """(T, 2) degrees in space, [:, 0] + down, [:, 1] + to the subject's left, and the seconds of its large shifts.

    Mostly at the camera, with small shifts about it once or twice a second; glances away and back.
    """
    large = per_minute / 60 / 1.7  # glances a second: each is a shift away and, mostly, one back
    end = frames / FPS
    at, places, away = 0.0, [(0.0, rng.normal(0, (0.5, 1.0)))], False
    while at < end:
        at += float(rng.uniform(0.35, 1.1)) if away else float(rng.exponential(0.75) + 0.2)
        if away and rng.random() < 0.85:
            away, target = False, rng.normal(0, (0.5, 1.0))
        elif rng.random() < min(0.8, large * 1.65):
            away, target = True, _glance(rng)
        else:
            target = (places[-1][1] if away else 0) + rng.normal(0, (0.6, 1.2))
        places.append((at, np.asarray(target, np.float64)))
    return _saccades(frames, places)


def _glance(rng: np.random.Generator) -> npt.NDArray[Any]:
    """(2,) a place beside the camera, more often to a side than up or down."""
    size = float(np.clip(LARGE + rng.exponential(3.5), LARGE, 22.0))
    angle = rng.choice(8, p=np.array((155, 65, 177, 74, 168, 79, 204, 78)) / 1000) * np.pi / 4 + rng.normal(0, 0.2)
    return np.asarray(size * np.array((-0.5 * np.sin(angle), np.cos(angle))))


def _saccades(frames: int, places: list[tuple[float, npt.NDArray[Any]]]) -> tuple[npt.NDArray[Any], list[float]]:
    """Gaze that jumps from place to place, each jump as long as its size asks; sampled as a camera would."""
    steps = np.zeros((frames * _RATE // FPS, 2))
    steps[0] = places[0][1]
    shifts = []
    for (_, before), (at, after) in pairwise(places):
        size = float(np.linalg.norm(after - before))
        first = round(at * _RATE) + 1
        done = np.linspace(0, 1, round((0.021 + 0.0022 * size) * _RATE) + 1)
        part = np.diff(done * done * (3 - 2 * done))[: max(0, len(steps) - first)]
        steps[first : first + len(part)] += part[:, None] * (after - before)
        if size >= LARGE and at < frames / FPS:
            shifts.append(at)
    return np.cumsum(steps, axis=0).reshape(frames, -1, 2).mean(axis=1).astype(np.float32), shifts

"""When phones were spoken whose sequence is known or guessed: a Viterbi path through classes heard every 20 ms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from avatar_app.speech.phone_recogniser import LATENCY
from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.training.corpus.augment import Wave
from avatar_app.types import Array

STEP = 0.02  # seconds
RECOGNISER_WEIGHT = 0.4  # of hama's classes beside the encoder's
_FLOOR = 0.005  # no listener rules a class out
_PAUSE = -1.5  # log of how rarely there is silence between two phones
_SIL = VISEMES.index("SIL")
Steps = npt.NDArray[np.int64]
Listen = Callable[[Wave], Array]


def phone_times(sequence: list[int], heard: Array, recognised: Array) -> tuple[Phone, ...]:
    """Phones of a sequence of classes, with silences, in (T, 15) shares of both listeners; 40 ms each at least.

    () when there is no room for the sequence.
    """
    count = min(len(heard), len(recognised))
    if not sequence or 2 * len(sequence) > count:
        return ()
    late = np.roll(recognised[:count], -LATENCY, axis=0)
    scores = np.log(np.maximum(heard[:count], _FLOOR))
    others = RECOGNISER_WEIGHT * np.log(np.maximum(late, _FLOOR))
    # The recogniser knows no silence: there the encoder's word counts for both.
    others[:, _SIL] = RECOGNISER_WEIGHT * scores[:, _SIL]
    # States: silence, then twice each phone and silence again; a phone's first state may skip the silence before it.
    classes = np.array([_SIL] + [state for viseme in sequence for state in (viseme, viseme, _SIL)])
    path = _best_path((scores + others)[:, classes], np.arange(len(classes)) % 3)
    # A silence and the two states of a phone are units of the path: 0; 1 2; 3; 4 5; and so on.
    units = path // 3 * 2 + (path % 3 > 0)
    edges = [*np.flatnonzero(np.diff(units, prepend=-1)).tolist(), count]
    return tuple(Phone(start * STEP, end * STEP, VISEMES[classes[path[start]]]) for start, end in pairwise(edges))


def _best_path(scores: Array, place: Steps) -> Steps:
    """(T,) state of every step; place: (S,) 0 for silence, 1 and 2 for a phone's first and second state."""
    steps, states = scores.shape
    total = np.full(states, -np.inf)
    total[:2] = scores[0, :2]
    came = np.zeros((steps, states), np.int8)
    stay = np.where(place == 1, -np.inf, 0.0)  # the first state of a phone lasts one step
    enter = np.where(place == 0, _PAUSE, 0.0)
    skip = np.where(place == 1, 0.0, -np.inf)
    for step in range(1, steps):
        options = np.full((3, states), -np.inf)
        options[0] = total + stay
        options[1, 1:] = total[:-1] + enter[1:]
        options[2, 2:] = total[:-2] + skip[2:]
        came[step] = options.argmax(axis=0)
        total = options.max(axis=0) + scores[step]
    state = states - 1 if total[-1] >= total[-2] else states - 2
    path = np.zeros(steps, np.int64)
    for step in range(steps - 1, -1, -1):
        path[step] = state
        state -= int(came[step, state])
    return path


def agreement(phones: tuple[Phone, ...], heard: Array) -> float:
    """Share of the spoken steps whose class is among the three likeliest of (T, 15) shares."""
    rivals = (heard[:, None] >= heard[:, :, None]).sum(axis=2)  # classes as likely, itself among them
    good = [
        rivals[step, VISEMES.index(phone.viseme)] <= 3
        for phone in phones
        if phone.viseme != "SIL"
        for step in range(round(phone.start / STEP), min(round(phone.end / STEP), len(heard)))
    ]
    return float(np.mean(good)) if good else 0.0

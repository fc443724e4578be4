"""Talkers: how lively somebody moves, as factors on what a middling person does, drawn from how people differ.

Amplitudes of head, gaze, brows and place rise and fall together from talker to talker (log-correlations of .66 to .74
on films), those of smile and mouth less, blinks not at all. So one liveliness is drawn for all, and something of its
own for each.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields

import numpy as np

from avatar_app.types import Array

CALM = 1.2  # how far below the middle, in log amplitude, the calmest reader is
LIVELIEST = 0.7  # how far above it the middle is at liveliness 2
REACH = 1.15  # of the drawn liveliness, in log amplitude: beyond it nobody was seen
# Most of a middling talker's rotation that anybody has, in all and of what turns left and right: heads whose deviation
# is above 12 degrees look away from the camera, and no portrait can follow them.
MOST_HEAD, MOST_TURNED = 3.2, 2.6


@dataclass(frozen=True)
class Talker:
    """One talker; 1 is a middling one wherever it is a factor.

    head, yaw, translation, quickness: factors on the head's rotation, on what of it turns left and right, on its place
    and on what of its movement is faster than 1 Hz. brows, smile: factors on what moves unasked. blinks: a minute.
    gaze: shifts of 5 degrees and more a minute. mouth: factor on opening. rounding: factor on narrowing and spreading.
    asymmetry: left against right, about -2 to 2. parted: 0 to 1, how far lips stay apart in short pauses.
    expressiveness: factor on how much feelings show.
    """

    head: float = 1.0
    yaw: float = 1.0
    translation: float = 1.0
    quickness: float = 1.0
    brows: float = 1.0
    smile: float = 1.0
    blinks: float = 24.0
    gaze: float = 21.0
    mouth: float = 1.0
    rounding: float = 1.0
    asymmetry: float = 0.0
    parted: float = 0.7
    expressiveness: float = 1.0

    def vector(self) -> Array:
        """(12,) float32, about -2 to 2: what a model is told of the talker, all but expressiveness."""
        middle = Talker()
        logs = [
            math.log(max(getattr(self, name), 1e-3) / getattr(middle, name)) / spread
            for name, spread in _VECTOR_SPREADS.items()
        ]
        return np.array([*np.clip(logs, -4, 4), self.asymmetry, 4 * (self.parted - 0.5)], np.float32)


_VECTOR_SPREADS = {
    **{"head": 0.6, "yaw": 0.5, "translation": 0.7, "quickness": 0.3, "brows": 0.7, "smile": 0.6, "blinks": 0.8},
    **{"gaze": 0.75, "mouth": 0.22, "rounding": 0.3},
}
VECTOR = len(_VECTOR_SPREADS) + 2
LIP_TRAITS = np.array([name in ("mouth", "rounding") for name in (*_VECTOR_SPREADS, "asymmetry", "parted")])


@dataclass(frozen=True)
class TalkerStatistics:
    """How talkers differ: median of each figure of a Talker, and spread (sigma of its natural logarithm).

    liveliness: spread of what all amplitudes share. The other spreads are of what is left to each alone. Defaults from
    55 filmed people (addresses, interviews, acted speech).
    """

    liveliness: float = 0.5
    head: float = 1.0
    head_spread: float = 0.3
    yaw: float = 1.0
    yaw_spread: float = 0.45
    translation: float = 1.0
    translation_spread: float = 0.35
    quickness: float = 1.0
    quickness_spread: float = 0.25
    brows: float = 1.0
    brows_spread: float = 0.65
    smile: float = 1.0
    smile_spread: float = 0.5
    blinks: float = 24.0
    blinks_spread: float = 0.85
    gaze: float = 21.0
    gaze_spread: float = 0.5
    mouth: float = 1.0
    mouth_spread: float = 0.2
    rounding: float = 1.0
    rounding_spread: float = 0.28
    asymmetry_spread: float = 1.0
    closing: float = 0.22  # share of talkers who close their lips in short pauses

    def to_json(self) -> dict[str, float]:
        """Plain numbers by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, float]) -> TalkerStatistics:
        """Unknown names are passed over, missing ones keep their default."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: float(value) for name, value in values.items() if name in known})


# Share of the liveliness that each amplitude takes on, as an exponent.
AMPLITUDE_SHARES = {"head": 1.0, "translation": 1.1, "brows": 1.0, "gaze": 1.1, "smile": 0.55, "mouth": 0.15}


def draw_talker(
    rng: np.random.Generator, statistics: TalkerStatistics | None = None, liveliness: float = 1.0
) -> Talker:
    """A talker at random. liveliness: 0 to 2; every amplitude rises with it, 0 is the calmest reader.

    The same generator state draws the same person at every liveliness.
    """
    s = statistics or TalkerStatistics()
    shared = float(np.clip(rng.normal(0, s.liveliness), -REACH, REACH))
    own = {name: float(np.clip(rng.normal(), -2.2, 2.2)) for name in _VECTOR_SPREADS}
    side, habit, shown = float(np.clip(rng.normal(0, s.asymmetry_spread), -2.5, 2.5)), rng.random(), rng.uniform()
    low, high = min(liveliness, 1.0), max(liveliness - 1.0, 0.0)
    level = low * shared + (low - 1) * CALM + high * LIVELIEST

    def factor(name: str) -> float:
        own_part = getattr(s, name + "_spread") * own[name]
        return float(getattr(s, name) * math.exp(AMPLITUDE_SHARES.get(name, 0.0) * level + own_part))

    drawn = {name: factor(name) for name in _VECTOR_SPREADS}
    drawn["head"] = min(drawn["head"], MOST_HEAD)
    drawn["yaw"] = min(drawn["yaw"], MOST_TURNED / drawn["head"])
    return Talker(
        **drawn,
        asymmetry=side,
        parted=0.05 if habit < s.closing else 0.45 + 0.55 * (habit - s.closing) / (1 - s.closing),
        expressiveness=0.88 + 0.24 * shown,
    )

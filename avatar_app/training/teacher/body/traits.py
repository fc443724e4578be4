"""How people differ in body language, and what feelings do to it.

Rates and amplitudes differ widely between talkers and little within one (Hostetter & Potthoff 2012; Özer & Göksun
2020): 0.3 to 0.6 gestures a second of talk, hands a decimetre or three apart. Feelings as acted bodies show them
(Wallbott 1998; Dael, Mortillaro & Scherer 2012): joy and anger large and fast, sadness small, slow and bowed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from avatar_app.face.facs import EMOTION_NAMES
from avatar_app.motion.talker import Talker
from avatar_app.training.teacher.body.gestures import GESTURES
from avatar_app.training.teacher.body.kinematics import Floats


@dataclass(frozen=True)
class BodyTraits:
    """One talker's body; 1 is a middling one wherever it is a factor.

    rate: gestures a second of talk. extent: factor on the size of strokes. quickness: factor on their speed. hand: "L"
    or "R", which is used more, in `dominance` of one-handed gestures. both: share of two-handed ones. repertoire:
    (len(GESTURES),) shares. rest: of RESTS, where hands go between; restless: chance that they go elsewhere next time.
    height, width: metres added to where hands are. ahead: seconds by which the apex leads the accent. bow: degrees that
    the trunk leans forward. sway, shifts: factor on sway, and weight shifts a minute. breaths: a minute. stance: metres
    of each ankle from the middle. toes: degrees outward. touches: hands to oneself a minute. turn: degrees that the
    body stands turned to the subject's left.
    """

    rate: float = 0.45
    extent: float = 1.0
    quickness: float = 1.0
    hand: str = "R"
    dominance: float = 0.72
    both: float = 0.5
    repertoire: tuple[float, ...] = tuple(gesture.weight for gesture in GESTURES.values())
    rest: str = "sides"
    restless: float = 0.25
    height: float = 0.0
    width: float = 0.0
    ahead: float = 0.03
    bow: float = 0.0
    sway: float = 1.0
    shifts: float = 4.0
    breaths: float = 15.0
    stance: float = 0.125
    toes: float = 9.0
    touches: float = 0.6
    turn: float = 0.0


def body_traits(talker: Talker, rng: np.random.Generator) -> BodyTraits:
    """A body that fits a talker: livelier heads go with more and larger gestures, the rest is drawn for itself."""
    lively = float(np.clip(math.log(max(talker.head, 0.05)), -1.4, 1.4))
    weights = np.array([gesture.weight for gesture in GESTURES.values()])
    own = weights * rng.gamma(2.0, 0.5, len(weights))  # everybody has favourites
    return BodyTraits(
        rate=float(np.clip(0.45 * math.exp(0.22 * lively + rng.normal(0, 0.16)), 0.3, 0.62)),
        extent=float(np.clip(math.exp(0.28 * lively + rng.normal(0, 0.16)), 0.6, 1.5)),
        quickness=float(np.clip(math.exp(0.12 * lively + rng.normal(0, 0.12)), 0.75, 1.35)),
        hand="R" if rng.random() < 0.9 else "L",
        dominance=float(rng.uniform(0.58, 0.85)),
        both=float(rng.uniform(0.4, 0.6)),
        repertoire=tuple((own / own.sum()).tolist()),
        rest=str(rng.choice(("sides", "clasped", "ready", "wrist_held"), p=(0.42, 0.28, 0.18, 0.12))),
        restless=float(rng.uniform(0.05, 0.4)),
        height=float(rng.normal(0, 0.022)),
        width=float(rng.normal(0, 0.015)),
        ahead=float(np.clip(rng.normal(0.03, 0.015), 0.0, 0.06)),
        bow=float(np.clip(rng.normal(0.5, 1.6), -3, 4)),
        sway=float(math.exp(rng.normal(0, 0.3))),
        shifts=float(rng.uniform(1.5, 6.0)),
        breaths=float(rng.uniform(12, 18)),
        stance=float(rng.uniform(0.095, 0.155)),
        toes=float(rng.uniform(3, 14)),
        touches=float(rng.gamma(1.2, 0.5)),
        turn=float(np.clip(rng.normal(0, 4.0), -9, 9)),
    )


@dataclass(frozen=True)
class Affect:
    """What a feeling makes of a body; 1 is none wherever it is a factor.

    rate, extent, speed: factors. height, width: metres added to where hands are. bow: degrees forward. shoulders:
    degrees up. touches: a minute more.
    """

    rate: float = 1.0
    extent: float = 1.0
    speed: float = 1.0
    height: float = 0.0
    width: float = 0.0
    bow: float = 0.0
    shoulders: float = 0.0
    touches: float = 0.0


# Emotion -> (rate, extent, speed, height, width, bow, shoulders, touches) at full strength.
_SHOWN: dict[str, tuple[float, ...]] = {
    "happy": (1.2, 1.2, 1.12, 0.02, 0.015, -1.5, 0.5, 0),
    "sad": (0.55, 0.6, 0.72, -0.055, -0.02, 6.0, -2.0, 0.6),
    "angry": (1.25, 1.2, 1.3, 0.01, 0.01, 3.0, 2.0, 0),
    "surprised": (1.0, 1.15, 1.15, 0.04, 0.02, -3.0, 3.0, 0),
    "fearful": (0.75, 0.7, 1.15, 0.03, -0.045, -2.0, 5.0, 1.0),
    "disgusted": (0.85, 0.9, 1.0, 0.02, -0.01, -2.5, 1.5, 0),
    "contemptuous": (0.8, 0.85, 0.9, -0.01, 0.0, -2.0, 0, 0),
    "excited": (1.45, 1.4, 1.3, 0.045, 0.03, -1.0, 1.5, 0),
    "amused": (1.1, 1.1, 1.05, 0.0, 0.01, -1.0, 1.0, 0.3),
    "proud": (0.95, 1.15, 0.92, 0.02, 0.03, -4.0, -1.0, 0),
    "confident": (1.1, 1.2, 1.0, 0.0, 0.03, -2.5, -1.0, 0),
    "loving": (0.9, 0.95, 0.85, 0.0, -0.01, 1.5, 0, 0.4),
    "relieved": (0.9, 0.95, 0.85, -0.02, 0.0, 0, -2.0, 0),
    "calm": (0.75, 0.8, 0.75, -0.02, 0.0, 0, -1.0, 0),
    "curious": (1.0, 1.0, 1.0, 0.01, 0.0, 3.0, 0, 0.2),
    "confused": (0.95, 0.95, 0.9, 0.01, 0.0, 0.5, 1.5, 0.8),
    "suspicious": (0.75, 0.8, 0.9, 0.0, -0.02, -1.5, 0.5, 0),
    "nervous": (1.05, 0.7, 1.2, 0.01, -0.04, 1.5, 3.5, 2.0),
    "shy": (0.6, 0.55, 0.85, -0.02, -0.06, 3.0, 3.0, 1.6),
    "embarrassed": (0.65, 0.6, 0.9, 0.0, -0.05, 3.5, 3.0, 2.0),
    "disappointed": (0.65, 0.7, 0.78, -0.045, -0.01, 4.0, -1.5, 0.3),
    "annoyed": (1.05, 1.0, 1.15, 0.0, 0.0, 1.0, 1.5, 0),
    "bored": (0.5, 0.6, 0.7, -0.05, 0.0, 3.5, -2.0, 0.6),
    "tired": (0.45, 0.55, 0.65, -0.06, 0.0, 5.0, -2.5, 0.6),
    "sarcastic": (1.0, 1.1, 0.95, 0.0, 0.01, -1.5, 1.0, 0),
    "sympathetic": (0.85, 0.85, 0.82, 0.0, -0.01, 3.0, 0, 0.2),
    "awed": (0.6, 0.85, 0.75, 0.03, 0.0, -2.0, 1.0, 0.3),
    "mischievous": (1.0, 0.95, 1.05, 0.01, -0.02, 2.0, 2.0, 0.3),
}
_TABLE = np.array([_SHOWN[name] for name in EMOTION_NAMES])
_NEUTRAL = np.array((1.0, 1.0, 1.0, 0, 0, 0, 0, 0))


def affects(emotion: Floats) -> Floats:
    """(T, 8) of (T, 28): the fields of Affect in their order; several feelings share one body."""
    shown = np.clip(emotion, 0, 1) ** 0.8
    share = shown / np.maximum(shown.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(_NEUTRAL + share @ (_TABLE - _NEUTRAL))

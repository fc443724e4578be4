"""Hands that touch oneself, rarely: chin, neck, chest, each other (adaptors: Ekman & Friesen 1969, 1972)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avatar_app.motion.curves import Curve
from avatar_app.request import FPS
from avatar_app.training.teacher.body.arm_motion import Move
from avatar_app.training.teacher.body.arm_pose import HandPose
from avatar_app.training.teacher.body.gesture_phases import Phrase
from avatar_app.training.teacher.body.kinematics import SIDES, Floats
from avatar_app.training.teacher.body.traits import BodyTraits

APART = 1.4  # seconds from other gestures
# Each: the pose, and where it rubs to and fro.
TOUCHES: dict[str, tuple[HandPose, HandPose]] = {
    "chin": (
        HandPose((0.072, -0.030, 0.215), (-0.30, 1, -0.12), (-0.9, 0.1, -0.5), "chin", 14),
        HandPose((0.066, -0.022, 0.210), (-0.30, 1, -0.10), (-0.9, 0.1, -0.5), "folded", 14),
    ),
    "neck": (
        HandPose((0.135, 0.030, 0.140), (-0.45, 0.75, -0.75), (-0.9, -0.1, 0.25), "cup", 62),
        HandPose((0.130, 0.045, 0.130), (-0.45, 0.70, -0.80), (-0.9, -0.1, 0.25), "cup", 62),
    ),
    "chest": (
        HandPose((0.070, -0.120, 0.172), (-1, 0.5, -0.1), (-0.05, -0.05, -1), "loose", 28),
        HandPose((0.062, -0.105, 0.170), (-1, 0.5, -0.1), (-0.05, -0.05, -1), "loose", 28),
    ),
    "hands": (
        HandPose((0.075, -0.290, 0.215), (-0.8, -0.1, 0.5), (-0.8, 0.2, -0.6), "folded", 22),
        HandPose((0.062, -0.285, 0.225), (-0.7, 0.1, 0.6), (-0.8, 0.2, -0.6), "folded", 22),
    ),
}
SHARES = (0.27, 0.13, 0.15, 0.45)


def add_touches(
    phrases: Sequence[Phrase],
    talking: Curve,
    affects: Floats,
    kept: Sequence[tuple[float, float]],
    traits: BodyTraits,
    rng: np.random.Generator,
) -> list[Phrase]:
    """The phrases with touches of oneself where hands have nothing else to do. kept: seconds left alone.

    More often in silence, and as feelings (T, 8), see traits.affects, make somebody uneasy.
    """
    out = list(phrases)
    length = len(talking) / FPS
    often = traits.touches + affects[:, 7]
    for at in np.sort(rng.uniform(0, length, rng.poisson(2.2 * float(often.max()) / 60 * length))):
        frame = min(int(at * FPS), len(often) - 1)
        if rng.random() > often[frame] / often.max() * (0.35 if talking[frame] > 0.5 else 1.0):
            continue
        name = str(rng.choice(list(TOUCHES), p=SHARES))
        sides = SIDES if name == "hands" else (traits.hand if rng.random() < 0.7 else str(rng.choice(SIDES)),)
        made = [_touch(name, side, float(at), rng) for side in sides]
        end = max(phrase.end for phrase in made)
        spans = [*((p.start, p.end) for p in out), *kept]
        if not any(at - APART < b and end + APART > a for a, b in spans):
            out += made
    return sorted(out, key=lambda phrase: phrase.start)


def _touch(name: str, side: str, at: float, rng: np.random.Generator) -> Phrase:
    first, second = TOUCHES[name]
    length, stay = float(rng.uniform(0.65, 0.95)), float(rng.uniform(0.5, 1.8))
    there = at + length + float(rng.uniform(0, 0.05))
    moves = [Move(at, length, first.moved((0.02, -0.02, 0.03))), Move(at + 0.6 * length, 0.55 * length, first)]
    begin, number = there + 0.15, 0
    while begin + 0.5 < there + stay:
        pose = (second, first)[number % 2]
        moves.append(Move(begin, float(rng.uniform(0.3, 0.45)), pose.moved(rng.normal(0, 0.004, 3))))
        begin, number = begin + float(rng.uniform(0.35, 0.6)), number + 1
    return Phrase("touch", side, at, there, max(there + stay, moves[-1].end), tuple(moves))

"""The trunk of somebody who stands: breath, sway, weight shifts, and how it goes along with gestures.

Sway of some millimetres at less than a hertz (Winter 1995), weight shifts of the hips at the ends of phrases (Scheflen
1964; Cassell, Nakano, Bickmore et al. 2001: posture shifts mark new turns and topics), 12 to 18 breaths a minute at
rest and quick breaths in the pauses of speech (Hixon 1987), a trunk that turns and bows a little with each stroke.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.motion.curves import Curve, drift, seconds, stroke
from avatar_app.request import FPS
from avatar_app.training.teacher.body.gesture_phases import Phrase
from avatar_app.training.teacher.body.kinematics import Floats
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.training.teacher.curves import pauses

SHARES = np.array((0.16, 0.2, 0.24, 0.24, 0.16))  # of the trunk's bend, from the lumbar spine up
SWAY = 0.0042, 0.0052  # metres sideways and forward
SHIFT = 0.022, 0.044  # metres that hips move over one leg
DROP = 85.0  # degrees a metre by which the other side of the pelvis drops
BREATH_CHEST, BREATH_SHOULDERS = -1.5, 1.5  # degrees that a breath lifts chest and shoulders
TURN, BOW = 2.6, 1.5  # degrees that the trunk turns toward a stroke's side and bows with it
TALKED = 4.2  # seconds of talk on one breath


@dataclass(frozen=True)
class Lean:
    """The trunk does something on purpose: degrees about x, y, z from one second to another. head: share of it that
    the head goes along with; otherwise it keeps facing the viewer."""

    start: float
    end: float
    degrees: tuple[float, float, float]
    head: float = 0.0


@dataclass(frozen=True)
class Trunk:
    """T frames. place: (T, 3) metres of the root before knees are asked. pelvis: (T, 3) and spine: (T, 5, 3) radians,
    bends and twists. shoulders: (T,) radians by which both are lifted. head: (T, 3) radians that the head turns."""

    place: Floats
    pelvis: Floats
    spine: Floats
    shoulders: Floats
    head: Floats


def trunk_motion(
    talking: Curve,
    phrases: Sequence[Phrase],
    leans: Sequence[Lean],
    affects: Floats,
    traits: BodyTraits,
    rng: np.random.Generator,
) -> Trunk:
    """The trunk of (T,) talk with gestures. affects: (T, 8), see traits.affects."""
    frames = len(talking)
    shift, pelvis = weight_shifts(talking, traits, rng)
    place = np.zeros((frames, 3))
    for axis, size in ((0, SWAY[0]), (2, SWAY[1])):
        wander = 0.75 * drift(frames, 1.1, rng) + 0.65 * drift(frames, 3.0, rng)
        place[:, axis] = size * traits.sway * wander
    place[:, 0] += shift
    degrees = gesture_sway(frames, phrases, rng)
    degrees[:, 0] += traits.bow + gaussian_filter1d(affects[:, 5], 0.4 * FPS, mode="nearest")
    degrees += 0.45 * traits.sway * np.stack([drift(frames, 1.6, rng) for _ in range(3)], axis=1)
    head = np.zeros((frames, 3))
    for lean in leans:
        leaned = _held(frames, lean.start, lean.end, 0.55)[:, None] * np.array(lean.degrees)
        degrees, head = degrees + leaned, head + lean.head * leaned
    degrees[:, 2] -= 0.85 * pelvis[:, 2]  # the chest stays upright above a tilted pelvis
    degrees[:, 1] -= 0.5 * (pelvis[:, 1] - traits.turn)
    chest = breath(talking, traits, rng)
    spine = np.radians(degrees[:, None, :] * SHARES[:, None])
    spine[:, 3:, 0] += np.radians(0.5 * BREATH_CHEST) * chest[:, None]
    raised = BREATH_SHOULDERS * chest + gaussian_filter1d(affects[:, 6], 0.4 * FPS, mode="nearest")
    return Trunk(place, np.radians(pelvis), spine, np.radians(raised), np.radians(head))


def weight_shifts(talking: Curve, traits: BodyTraits, rng: np.random.Generator) -> tuple[Curve, Floats]:
    """(T,) metres by which hips are moved to the subject's left, and (T, 3) degrees of the pelvis."""
    frames = len(talking)
    t, length = seconds(frames), frames / FPS
    occasions = [start + late for start, end in pauses(talking) for late in np.arange(0, max(end - start - 2, 0.1), 7)]
    occasions = occasions or [float(x) for x in np.arange(2, length, 5)]
    chance = min(0.9, traits.shifts / 60 * length / max(len(occasions), 1))
    over, turned = _stand(rng), float(rng.normal(0, 1.0))
    shift, yaw = np.full(frames, over), np.full(frames, turned)
    for at in occasions:
        if rng.random() > chance:
            continue
        target, facing, took = _stand(rng, away=over), float(rng.normal(0, 1.6)), float(rng.uniform(0.8, 1.6))
        share = stroke((t - at + 0.15) / took)
        shift, yaw = shift + share * (target - over), yaw + share * (facing - turned)
        over, turned = target, facing
    degrees = np.stack([np.zeros(frames), traits.turn + yaw, DROP * shift], axis=1)
    return shift, degrees


def _stand(rng: np.random.Generator, away: float | None = None) -> float:
    """Metres: on both legs, or over one; not again where one stood."""
    if away is None or abs(away) > 0.5 * SHIFT[0]:
        side = 0.0 if rng.random() < 0.45 else float(np.sign(-(away or rng.normal())))
    else:
        side = float(rng.choice((-1, 1)))
    return side * float(rng.uniform(*SHIFT)) + float(rng.normal(0, 0.004))


def gesture_sway(frames: int, phrases: Sequence[Phrase], rng: np.random.Generator) -> Floats:
    """(T, 3) degrees about x, y and z by which the trunk goes along with strokes."""
    t, out = seconds(frames), np.zeros((frames, 3))
    for phrase in phrases:
        ready, there = phrase.moves[0].pose.place, phrase.moves[1].pose.place
        size = float(np.linalg.norm(np.subtract(there, ready))) / 0.12
        outward = 1.0 if phrase.side == "L" else -1.0
        reach = (there[0] - 0.175) / 0.12
        amounts = (
            BOW * min(size, 2.0) * rng.normal(0.55, 0.35),
            outward * TURN * (0.35 + 0.6 * reach) * rng.normal(1.0, 0.3),
            outward * -0.5 * size * rng.normal(0.6, 0.5),
        )
        begin = phrase.moves[1].start - 0.1
        shape = stroke((t - begin) / (phrase.apex - begin + 0.05)) * (1 - stroke((t - phrase.end) / 0.9))
        out += shape[:, None] * np.array(amounts)
    return np.asarray(8.0 * np.tanh(out / 8.0))


def breath(talking: Curve, traits: BodyTraits, rng: np.random.Generator) -> Curve:
    """(T,) 0 empty to about 1 full: quick breaths before talk, slow ones in silence."""
    frames = len(talking)
    t, length = seconds(frames), frames / FPS
    before = [end - 0.42 for start, end in pauses(talking) if end < length and end - start > 0.3]
    taken: list[tuple[float, bool]] = []
    at = -float(rng.uniform(0, 60 / traits.breaths))
    while at < length:
        last = taken[-1][0] if taken else -9.0
        quick = [x for x in before if last + 0.9 < x <= at + 0.8]
        at = quick[0] if quick else at
        speaks = bool(quick) or talking[min(max(int(at * FPS), 0), frames - 1)] > 0.5
        taken.append((at, speaks))
        at += float(rng.uniform(0.75, 1.25)) * (TALKED if speaks else 60 / traits.breaths)
    out = np.zeros(frames)
    for (start, speaks), (following, _) in zip(taken, [*taken[1:], (at, False)], strict=True):
        inhale = float(rng.uniform(0.4, 0.55) if speaks else rng.uniform(1.1, 1.5))
        exhale = max(following - start - inhale, 0.5)
        depth = float(rng.uniform(0.8, 1.2) if speaks else rng.uniform(0.5, 0.75))
        out += depth * stroke((t - start) / inhale) * (1 - stroke((t - start - inhale) / exhale))
    return out


def _held(frames: int, start: float, end: float, edge: float) -> Curve:
    t = seconds(frames)
    return np.asarray(stroke((t - start) / edge) * (1 - stroke((t - end + edge) / edge)))

"""Between gestures: where hands go back to, and from phrases to the moves of each arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from avatar_app.training.teacher.body.arm_motion import Move
from avatar_app.training.teacher.body.arm_pose import HandPose
from avatar_app.training.teacher.body.gesture_phases import LONG, Phrase, distance
from avatar_app.training.teacher.body.gestures import RESTS
from avatar_app.training.teacher.body.kinematics import SIDES
from avatar_app.training.teacher.body.traits import BodyTraits

RETRACTING = 0.85  # metres a second: the wrist's highest speed on its way back
RETRACTION = 0.5, 1.0  # seconds
KEPT = 0.9  # seconds to the next preparation within which a hand stays where it is
WAITING = 3.2  # seconds to the next preparation within which it mostly waits before the waist


def rest_times(
    traits: BodyTraits, quiet: Sequence[tuple[float, float]], rng: np.random.Generator
) -> list[tuple[float, str]]:
    """(seconds, name in RESTS) of where hands rest from then on: it changes in long pauses, if at all."""
    rests = [(-9.0, traits.rest)]
    for at in _occasions(quiet):
        if rng.random() < traits.restless:
            rests.append((at, str(rng.choice([name for name in RESTS if name != rests[-1][1]]))))
    return rests


def _occasions(quiet: Sequence[tuple[float, float]]) -> list[float]:
    """Seconds at which a resting hand may go elsewhere: as it comes back, and now and then in a long silence."""
    out: list[float] = []
    for start, end in quiet:
        if end - start > LONG:
            out += [start + float(late) for late in np.arange(0.3 if start else 6.0, max(end - start - 1, 0.31), 9)]
    return out


def moves_of(
    side: str,
    phrases: Sequence[Phrase],
    rests: Sequence[tuple[float, str]],
    quiet: Sequence[tuple[float, float]],
    speed: float,
    rng: np.random.Generator,
) -> tuple[HandPose, list[Move]]:
    """The pose in which an arm starts, and all its moves: those of its phrases and the ways back between them.

    speed: factor on how fast hands go back.
    """
    mine = sorted((p for p in phrases if p.side == side), key=lambda p: p.start)
    here = rest_pose(side, _rest_at(rests, 0.0), rng)
    first, moves = here, []
    changes = [at for at, _ in rests[1:]]
    ahead = [*mine[1:], *[None] * bool(mine)]
    free = -9.0
    for phrase in mine[:1]:
        moves += _changes(side, changes, rests, free, phrase.start, rng)
    for phrase, following in zip(mine, ahead, strict=True):
        moves += phrase.moves
        here, free = phrase.moves[-1].pose, phrase.end
        until = following.start if following else 1e9
        back = _way_back(side, here, free, until, rests, quiet, speed, rng)
        moves += back
        free = back[-1].end if back else free
        if back:
            moves += _changes(side, changes, rests, free, until, rng)
    if not mine:
        moves += _changes(side, changes, rests, free, 1e9, rng)
    return first, moves


def _way_back(
    side: str,
    here: HandPose,
    free: float,
    until: float,
    rests: Sequence[tuple[float, str]],
    quiet: Sequence[tuple[float, float]],
    speed: float,
    rng: np.random.Generator,
) -> list[Move]:
    """The retraction after a hold, or none where the next gesture comes soon."""
    room = until - free
    silent = any(a - 0.5 < free + 0.5 and until > b and b - a > LONG and free < b for a, b in quiet) or until > 1e8
    if room < KEPT and not silent:
        return []
    wait = not silent and room < WAITING and rng.random() < 0.65
    pose = rest_pose(side, "ready" if wait else _rest_at(rests, free + 0.6), rng)
    length = float(np.clip(1.875 * distance(here, pose) / (RETRACTING * speed), *RETRACTION))
    length = min(length, max(0.35, room - 0.05))
    return [Move(free, length, pose)]


def _changes(
    side: str,
    times: Sequence[float],
    rests: Sequence[tuple[float, str]],
    free: float,
    until: float,
    rng: np.random.Generator,
) -> list[Move]:
    """Moves of a resting hand to where it rests next."""
    out = []
    for at in times:
        if free < at and at + 1.3 < until:
            out.append(
                Move(
                    at + float(rng.uniform(0, 0.12)),
                    float(rng.uniform(0.8, 1.15)),
                    rest_pose(side, _rest_at(rests, at), rng),
                )
            )
    return out


def _rest_at(rests: Sequence[tuple[float, str]], at: float) -> str:
    return [name for time, name in rests if time <= at][-1]


def rest_pose(side: str, name: str, rng: np.random.Generator) -> HandPose:
    """A resting hand, never in quite the same place: hands that touch each other are exact to some millimetres."""
    pose = RESTS[name][SIDES.index(side)]
    spread = 0.004 if name in ("clasped", "wrist_held") else 0.012
    if pose.hanging:
        return replace(pose, elbow=pose.elbow + float(rng.normal(0, 4)))
    return pose.moved(rng.normal(0, spread, 3))

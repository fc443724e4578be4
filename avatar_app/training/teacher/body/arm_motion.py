"""From a list of moves to an arm's motion: strokes of least jerk in joint space, in arcs.

Every move is a smooth step (Flash & Hogan 1985) of all joints, so that wrists travel in arcs about shoulder and elbow
as they do (Morasso 1981); one that begins before another has ended blends into it. Shoulders lead and hands follow by
some hundredths of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatar_app.motion.curves import drift, seconds, stroke
from avatar_app.training.teacher.body.arm_pose import HandPose, solve_arms
from avatar_app.training.teacher.body.kinematics import ARM, ELBOW, FINGERS, SHOULDER, WRIST, Floats
from avatar_app.types import Array

LAGS = (-0.03, -0.015, 0.0, 0.03)  # seconds of clavicle, shoulder, elbow and wrist; fingers as the wrist
IDLE = np.radians((0.25, 0.6, 0.9, 1.6, 2.2))  # wander of clavicle, shoulder, elbow, wrist and fingers
ARC = np.radians(5.0)  # by which an upper arm bulges outward in a move of half a metre


@dataclass(frozen=True)
class Move:
    """An arm goes to a pose: seconds at which it starts and for which it lasts."""

    start: float
    length: float
    pose: HandPose

    @property
    def end(self) -> float:
        """Seconds."""
        return self.start + self.length


def arm_motion(
    rest: HandPose,
    moves: Sequence[Move],
    side: str,
    frames: int,
    rng: np.random.Generator,
    offsets: Array | None = None,
) -> Floats:
    """(T, 19, 3) radians: bends and twists of one arm that starts in a pose and makes moves, sorted by their start."""
    keys = solve_arms([rest, *(move.pose for move in moves)], side, offsets)
    curve = np.repeat(keys[:1], frames, axis=0)
    t = seconds(frames)
    lags = np.full(len(ARM[side]), LAGS[-1])
    lags[: len(LAGS)] = LAGS
    outward = 1.0 if side == "L" else -1.0
    poses = [rest, *(move.pose for move in moves)]
    for k, move in enumerate(moves):
        share = stroke((t[:, None] - move.start - lags) / move.length)
        curve += share[..., None] * (keys[k + 1] - keys[k])
        way = np.linalg.norm(np.subtract(move.pose.place, poses[k].place))
        bulge = ARC * min(2 * float(way), 1.5) * float(rng.normal(1.0, 0.5))
        middle = 16 * (share[:, SHOULDER] * (1 - share[:, SHOULDER])) ** 2
        curve[:, SHOULDER, 2] += outward * bulge * middle
    return curve + _wander(frames, len(lags), rng)


def _wander(frames: int, joints: int, rng: np.random.Generator) -> Floats:
    """(T, J, 3): nothing living is quite still."""
    sizes = np.full(joints, IDLE[-1])
    sizes[:FINGERS] = IDLE[:FINGERS]
    out = np.zeros((frames, joints, 3))
    for joint in range(FINGERS):
        for axis in range(3):
            out[:, joint, axis] = sizes[joint] * drift(frames, float(rng.uniform(0.5, 1.2)), rng)
    out[:, ELBOW, 2] = out[:, WRIST, 1] = 0
    together = drift(frames, 0.9, rng)  # fingers curl together, each a little by itself
    for finger in range(5):
        own = 0.7 * together + 0.5 * drift(frames, 0.7, rng)
        out[:, FINGERS + 3 * finger : FINGERS + 3 * finger + 3, 2] = sizes[-1] * own[:, None]
    return out

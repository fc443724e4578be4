"""Two hands in one gesture: now and then the other hand makes a stroke, too, mirrored.

People make 30 to 70 % of their gestures with both hands, mostly alike (McNeill 1992). The key poses of the guide raise
one hand alone too often, and the body's network moves the second one too little.
"""

from __future__ import annotations

import numpy as np

from avatar_app.engines.audio2photoreal.body_coding import ARMS
from avatar_app.motion.clip import Body
from avatar_app.motion.curves import seconds, stroke
from avatar_app.request import FPS
from avatar_app.training.teacher.body.kinematics import ARM, Floats
from avatar_app.training.teacher.body.measures import TOGETHER, HandMove, hand_moves

LIKE = 0.9  # of the first hand's way: two hands are never quite alike
RAISED, HELD, BACK = 0.7, 0.8, 1.2  # seconds: until it is up, for which it stays at most, and of its way back
_MIRROR = np.tile((1.0, -1.0, -1.0), len(ARM["L"]))


def join_hands(raw: Floats, body: Body, share: float, rng: np.random.Generator) -> None:
    """Lets the second arm of raw frames (T, RAW) join in, in place, in about this share of one-handed strokes.

    body: of these frames.
    """
    moves, free, t = hand_moves(body), -9.0, seconds(len(raw))
    strokes = [move for move in moves if move.kind == "stroke"]
    for move in strokes:
        if move.start - RAISED < free or _meets(move, strokes) or rng.random() > share:
            continue
        leaves = min((m.start for m in moves if m.side == move.side and m.start > move.apex - 0.1), default=9e9)
        until = min(leaves, move.apex + HELD)
        joins = stroke((t - move.start) / RAISED + 1) * (1 - stroke((t - until) / BACK))
        other = ARMS["L" if move.side == "R" else "R"]
        # It is raised to where the stroke begins, and goes back from where it ends: not after the first hand.
        followed = np.clip(np.arange(len(raw)), round(move.start * FPS), min(round(until * FPS), len(raw) - 1))
        raw[:, other] += LIKE * joins[:, None] * (raw[followed, ARMS[move.side]] * _MIRROR - raw[:, other])
        free = until + BACK


def _meets(move: HandMove, strokes: list[HandMove]) -> bool:
    """Whether the other hand makes a stroke of its own just then."""
    return any(one.side != move.side and abs(one.apex - move.apex) < TOGETHER + 2 / FPS for one in strokes)

"""Head pose and breathing of a clip, as the portrait renderers draw them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS
from avatar_app.types import Array

# Degrees that a frontal head may turn either way, less this much of its own yaw when it turns back to the front.
REVEALED = (27.0, 0.6)
AWAY = 52.0  # degrees from the front beyond which the far eye slips over the head's outline
LEAST = 4.0  # degrees that every head may turn
KNEE = 0.6  # of a limit up to which turns are taken as they are
BREATHS = 0.25  # a second
INHALING = 0.4  # share of a breath


def breathing(clip: MotionClip) -> Array:
    """(T,) 0 to 1: the shoulders' breath, from 0 on. Nothing breathes in a clip in which nothing moves.

    About 15 breaths a minute, in faster than out, as at rest (Tobin et al. 1983).
    """
    values = clip.values()
    if not np.ptp(values, axis=0).any():
        return np.zeros(len(clip), np.float32)
    phase = np.arange(len(clip)) / FPS * BREATHS % 1.0
    inward, outward = phase / INHALING, (phase - INHALING) / (1 - INHALING)
    return np.where(
        phase < INHALING, 0.5 - 0.5 * np.cos(np.pi * inward), 0.5 + 0.5 * np.cos(np.pi * np.clip(outward, 0, 1))
    ).astype(np.float32)


def turn_limits(own_yaw: float) -> Array:
    """(2,) degrees that a head may turn to the picture's left and right, by how it is turned in the picture.

    own_yaw: degrees, to the right positive. A three-quarter face was never seen on its far side: back to the front it
    may turn the less, the farther it is turned; and farther away only until it is nearly seen from the side.
    """
    own = abs(own_yaw)
    back = REVEALED[0] - REVEALED[1] * own if own > 5 else REVEALED[0]
    away = min(REVEALED[0], AWAY - own)
    return np.maximum([back, away] if own_yaw > 0 else [away, back], LEAST).astype(np.float32)


def limited_turn(head_rotation: npt.ArrayLike, limits: npt.ArrayLike) -> Array:
    """(3,) radians: a head rotation eased off towards limits (2,), degrees to the left and right; small turns stay."""
    turn = np.asarray(head_rotation, np.float32).copy()
    left, right = np.radians(np.asarray(limits, np.float32))
    limit = float(right if turn[1] > 0 else left)
    over = abs(float(turn[1])) - KNEE * limit
    if over > 0:
        room = (1 - KNEE) * limit
        turn[1] = np.sign(turn[1]) * (KNEE * limit + room * np.tanh(over / room))
    return turn


def rotation_matrix(axis_angle: npt.ArrayLike) -> Array:
    """(3, 3) in image axes (x right, y down, z toward the viewer) of MotionClip's axis-angle (y up).

    Rodrigues' formula; +x looks down, +y turns to the image's right, +z leans counter-clockwise as seen.
    """
    vector = np.asarray(axis_angle, np.float64)
    angle = float(np.linalg.norm(vector))
    if angle < 1e-8:
        return np.eye(3, dtype=np.float32)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    up = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    flip = np.diag([1.0, -1.0, 1.0])
    return (flip @ up @ flip).astype(np.float32)

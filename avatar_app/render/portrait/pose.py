"""Head pose and breathing of a clip, as the portrait renderers draw them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS
from avatar_app.types import Array

# Degrees that a frontal head may turn either way, less this much of its own yaw when it turns back to the front.
REVEALED = (27.0, 0.6)
KNEE = 0.6  # of that limit up to which turns are taken as they are
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


def limited_turn(head_rotation: npt.ArrayLike, own_yaw: float) -> Array:
    """(3,) radians: a head rotation that uncovers no more of a face than its picture holds.

    own_yaw: degrees by which the head is turned in the picture. A three-quarter face was never seen on its far side:
    turning it back to the front is eased off, the more the farther it is turned. Small turns stay as they are.
    """
    turn = np.asarray(head_rotation, np.float32).copy()
    back = -np.sign(own_yaw) if abs(own_yaw) > 5 else 0.0
    limit = REVEALED[0] - REVEALED[1] * abs(own_yaw) * (back * turn[1] > 0)
    limit = np.radians(max(limit, 4.0))
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

"""Arms stay out of the trunk: how deep they are in it, and the smooth way around it.

The trunk is an upright elliptic cylinder in the chest's frame, wider by what each part of an arm is thick.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from avatar_app.motion.skeleton import skeleton
from avatar_app.training.teacher.body.kinematics import (
    ARM,
    ELBOW,
    FINGERS,
    SHOULDER,
    SIDES,
    WRIST,
    Floats,
    matrices,
    rotation_vectors,
)
from avatar_app.types import Array

CENTRE, HALF = np.array((0.0, 0.058)), np.array((0.150, 0.103))  # metres, x and z, of an average adult
THICK = np.array((0.045, 0.038, 0.026, 0.020, 0.012))  # at elbow, mid-forearm, wrist, knuckles and fingertips
TOP = 0.16  # metres above the chest's joint, beyond which there is but the neck
LEVER = 0.33  # metres from the shoulder at which an arm is pushed
TOUCH = 0.005  # metres that count as nothing
MIDDLE_FINGER = slice(FINGERS + 6, FINGERS + 9)


def clear_trunk(bends: Floats, offsets: Array | None = None, passes: int = 3) -> None:
    """Lifts arms outward and forward, in place and smoothly in time, where they would be in the trunk.

    bends: (T, J, 3) radians, bends and twists of the whole skeleton.
    """
    for _ in range(passes):
        depth, way = trunk_depth(bends, offsets)
        if depth.max(initial=0.0) < TOUCH:
            return
        for number, side in enumerate(SIDES):
            need = depth[:, number, None]
            # As much as is needed anywhere near, so that the way out and back is as smooth as the move.
            size = gaussian_filter1d(maximum_filter1d(need, 7, axis=0), 2.0, axis=0, mode="nearest")
            aim = gaussian_filter1d(way[:, number] * need, 3.0, axis=0, mode="nearest")
            turn = size / LEVER * aim / np.maximum(np.linalg.norm(aim, axis=1, keepdims=True), 1e-6)
            bends[:, ARM[side][SHOULDER], 2] += turn[:, 0]
            bends[:, ARM[side][SHOULDER], 0] -= turn[:, 1]


def trunk_depth(bends: Floats, offsets: Array | None = None) -> tuple[Floats, Floats]:
    """(T, 2) metres by which left and right arm are in the trunk at their deepest, and (T, 2, 2) the way out, x and z.

    bends: (T, J, 3) radians of the whole skeleton. offsets: (J, 3) metres of another body.
    """
    points = arm_points(bends, offsets)
    half = HALF + THICK[:, None]
    flat = points[..., [0, 2]] - CENTRE
    ratio = np.linalg.norm(flat / half, axis=-1)
    depth = np.clip(1 / np.maximum(ratio, 0.15) - 1, 0, None) * np.linalg.norm(flat, axis=-1)
    depth = np.where(points[..., 1] < TOP, depth, 0)
    outward = flat / half**2
    outward = outward / np.maximum(np.linalg.norm(outward, axis=-1, keepdims=True), 1e-9)
    deepest = depth.argmax(axis=-1)[..., None]
    way = np.take_along_axis(outward, deepest[..., None], axis=2)[..., 0, :]
    return np.take_along_axis(depth, deepest, axis=-1)[..., 0], way


def arm_points(bends: Floats, offsets: Array | None = None) -> Floats:
    """(T, 2, 5, 3) metres in the chest's frame: elbow, mid-forearm, wrist, knuckles and fingertips of both arms."""
    offsets = skeleton().offsets if offsets is None else offsets
    out = np.empty((len(bends), 2, 5, 3))
    for number, side in enumerate(SIDES):
        joints = ARM[side]
        chain = [*joints[:FINGERS], *joints[MIDDLE_FINGER]]
        local = matrices(rotation_vectors(bends[:, chain]))
        turned, place, places = np.eye(3)[None], np.zeros((len(bends), 3)), []
        for k, joint in enumerate(chain):
            place = place + turned @ offsets[joint]
            turned = turned @ local[:, k]
            places.append(place)
        tip = place + turned @ (0.9 * offsets[chain[-1]])
        elbow, wrist = places[ELBOW], places[WRIST]
        out[:, number] = np.stack([elbow, (elbow + wrist) / 2, wrist, places[FINGERS], tip], axis=1)
    return out

"""Poses of one arm: where the wrist is, how the hand is turned and what the fingers do; solved to joints.

Places hold for an average adult and grow with the arm, so that a gesture means the same on any body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from avatar_app.motion.skeleton import JOINT_INDEX, relaxed, skeleton
from avatar_app.training.teacher.body.hand_shapes import hand_shape
from avatar_app.training.teacher.body.kinematics import (
    ARM,
    CLAVICLE,
    ELBOW,
    FINGERS,
    MIRROR,
    SHOULDER,
    WRIST,
    Floats,
    bends_of,
    hinge_frames,
    matrices,
    rotation_vectors,
    transposed,
    two_bones,
    unit,
    vectors,
)
from avatar_app.types import Array

REFERENCE_ARM = 0.48  # metres: upper arm and forearm of the average adult that places are given for
Place = tuple[float, float, float]


@dataclass(frozen=True)
class HandPose:
    """One arm's pose in the frame of the chest.

    place: metres of the wrist from the middle between the shoulders; x outward on the hand's own side (negative across
    the body), y up, z forward. fingers, palm: directions that the straight fingers point in and the palm faces; need
    not be unit or square. shape: of hand_shapes. elbow: degrees from hanging, outward. lift: degrees of the shoulder.
    hanging: the arm at the side; place and directions are then passed over, and elbow bends it a little more or less.
    """

    place: Place = (0.0, 0.0, 0.0)
    fingers: Place = (0.0, 0.0, 1.0)
    palm: Place = (-1.0, 0.0, 0.0)
    shape: str = "relaxed"
    elbow: float = 22.0
    lift: float = 0.0
    hanging: bool = False

    def moved(self, by: Sequence[float] | Floats) -> HandPose:
        """The same pose elsewhere, metres."""
        x, y, z = (float(a + b) for a, b in zip(self.place, by, strict=True))
        return replace(self, place=(x, y, z))


HANGING = HandPose(place=(0.235, -0.475, 0.045), fingers=(0, -1, 0.1), hanging=True)


def solve_arms(poses: Sequence[HandPose], side: str, offsets: Array | None = None) -> Floats:
    """(N, 19, 3) radians: bends and twists of a side's joints from clavicle to little finger, within their limits.

    offsets: (J, 3) metres of the body, by default the skeleton's.
    """
    offsets = skeleton().offsets if offsets is None else offsets
    joints = ARM["L"]
    out = np.zeros((len(poses), len(joints), 3))
    place = np.array([pose.place for pose in poses], np.float64)
    out[:, CLAVICLE] = _clavicles(place, np.radians([pose.lift for pose in poses]))
    out[:, FINGERS:] = np.stack([hand_shape(pose.shape) for pose in poses])
    _reach(out, poses, place, offsets)
    hanging = np.array([pose.hanging for pose in poses])
    spare = np.radians([pose.elbow - HANGING.elbow for pose in poses])
    rest = bends_of(relaxed()[joints].astype(np.float64))
    out[hanging, SHOULDER:FINGERS] = rest[SHOULDER:FINGERS]
    out[hanging, SHOULDER, 2] += 0.3 * spare[hanging]
    out[hanging, ELBOW, 0] -= spare[hanging]
    limits = skeleton().limits[joints]
    out = np.clip(out, limits[..., 0], limits[..., 1])
    return out if side == "L" else out * MIRROR


def _clavicles(place: Floats, lift: Floats) -> Floats:
    """(N, 3): the shoulder blade follows a raised arm, and one that reaches forward or across."""
    up = lift + np.radians(16) * np.clip((place[:, 1] + 0.08) / 0.4, 0, 1)
    ahead = 10 * np.clip((place[:, 2] - 0.32) / 0.16, 0, 1) + 14 * np.clip((0.04 - place[:, 0]) / 0.16, 0, 1)
    return np.stack([np.zeros(len(place)), -np.radians(ahead), up - np.radians(3)], axis=1)


def shoulder_middle(offsets: Array) -> Floats:
    """(3,) metres in the chest's frame: the middle between the shoulder joints at rest."""
    left, arm = JOINT_INDEX["clavicle.L"], JOINT_INDEX["upperarm01.L"]
    return np.asarray((offsets[left] + offsets[arm]) * np.array([0.0, 1.0, 1.0]))


def arm_lengths(offsets: Array) -> tuple[float, float]:
    """Metres of upper arm and forearm."""
    upper, lower = JOINT_INDEX["lowerarm01.L"], JOINT_INDEX["wrist.L"]
    return float(np.linalg.norm(offsets[upper])), float(np.linalg.norm(offsets[lower]))


def _reach(out: Floats, poses: Sequence[HandPose], place: Floats, offsets: Array) -> None:
    """Writes shoulder, elbow and wrist of a left arm, in place."""
    upper, lower = arm_lengths(offsets)
    blade = matrices(rotation_vectors(out[:, CLAVICLE]))
    shoulder = offsets[JOINT_INDEX["clavicle.L"]] + blade @ offsets[JOINT_INDEX["upperarm01.L"]]
    target = shoulder_middle(offsets) + place * ((upper + lower) / REFERENCE_ARM)
    outward = np.radians([pose.elbow for pose in poses])
    pole = np.stack([np.sin(outward), -np.cos(outward), np.full(len(poses), -0.3)], axis=1)
    elbow, wrist = two_bones(shoulder, target, upper, lower, pole)
    first, second = elbow - shoulder, wrist - elbow
    frame = hinge_frames(first, -np.cross(first, second))
    out[:, SHOULDER] = bends_of(vectors(transposed(blade) @ frame))
    cosine = (unit(first) * unit(second)).sum(-1)
    out[:, ELBOW, 0] = -np.arccos(np.clip(cosine, -1, 1))
    forearm = frame @ matrices(out[:, ELBOW] * np.array([1.0, 0.0, 0.0]))
    hand = _hand_frames(poses)
    out[:, ELBOW, 1], out[:, WRIST] = _turn_hand(transposed(forearm) @ hand)


def _hand_frames(poses: Sequence[HandPose]) -> Floats:
    """(N, 3, 3) of a left hand: -y along the fingers, -x out of the palm."""
    fingers = unit(np.array([pose.fingers for pose in poses], np.float64))
    palm = np.array([pose.palm for pose in poses], np.float64)
    palm = unit(palm - (palm * fingers).sum(-1, keepdims=True) * fingers)
    return np.stack([-palm, -fingers, np.cross(palm, fingers)], axis=-1)


def _turn_hand(turned: Floats) -> tuple[Floats, Floats]:
    """(N,) twist of the forearm and (N, 3) bend of the wrist that turn a hand so against an untwisted forearm."""
    inverse = bends_of(vectors(transposed(turned)))  # of the inverse, twist comes first as it does in a forearm
    bend = inverse.copy()
    bend[:, 1] = 0
    return -inverse[:, 1], -bend

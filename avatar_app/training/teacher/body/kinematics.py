"""Kinematics of the body: where joints are, two-bone inverse kinematics, and bend-and-twist coordinates.

A joint's rotation is kept here as a bend and a twist instead of a rotation vector: first it twists about its own bone
(y), then the bone swings the shortest way (x and z). Those are the angles that anatomy measures and limits; in them a
bent forearm that turns its palm up is (bend, turn, 0), and whatever lies between two poses within the limits is within
them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from avatar_app.motion.skeleton import JOINT_INDEX, skeleton
from avatar_app.types import Array

Floats = npt.NDArray[Any]  # of any float type
SIDES = ("L", "R")
MIRROR = np.array([1.0, -1.0, -1.0])  # takes bends and twists to the other side
STRETCHED = 0.985  # of its length, at most, that a limb is stretched to: nothing snaps straight
# A side's joints from the clavicle to the last finger: they follow each other in the skeleton.
ARM = {s: list(range(JOINT_INDEX[f"clavicle.{s}"], JOINT_INDEX[f"finger5-3.{s}"] + 1)) for s in SIDES}
CLAVICLE, SHOULDER, ELBOW, WRIST, FINGERS = 0, 1, 2, 3, 4  # places in ARM
SPINE = tuple(JOINT_INDEX[f"spine0{k}"] for k in (5, 4, 3, 2, 1))
NECK = tuple(JOINT_INDEX[name] for name in ("neck01", "neck02", "neck03", "head"))
CHEST = JOINT_INDEX["spine01"]
AT_ONCE = 1 << 15  # rotations: what is computed on the way takes ten times the memory of what comes out


def rotation_vectors(bends: Floats) -> Floats:
    """(..., 3) bend x, twist y, bend z in radians as axis-angle rotation vectors."""
    return _in_parts(_rotation_vectors, bends)


def bends_of(rotations: Floats) -> Floats:
    """The inverse of rotation_vectors: (..., 3) axis-angle as bend x, twist y, bend z, twists within half a turn."""
    return _in_parts(_bends_of, rotations)


def _in_parts(convert: Callable[[Floats], Floats], rows: Floats) -> Floats:
    """(..., 3) converted (..., 3), AT_ONCE rows at a time."""
    flat = rows.reshape(-1, 3)
    start = convert(flat[:AT_ONCE])
    out = np.empty(flat.shape, start.dtype)
    out[:AT_ONCE] = start
    for first in range(AT_ONCE, len(flat), AT_ONCE):
        out[first : first + AT_ONCE] = convert(flat[first : first + AT_ONCE])
    return out.reshape(rows.shape)


def _rotation_vectors(bends: Floats) -> Floats:
    half = 0.5 * np.hypot(bends[..., 0], bends[..., 2])
    scale = 0.5 * np.sinc(half / np.pi)
    w1, x1, z1 = np.cos(half), bends[..., 0] * scale, bends[..., 2] * scale
    w2, y2 = np.cos(0.5 * bends[..., 1]), np.sin(0.5 * bends[..., 1])
    vector = np.stack([x1 * w2 - z1 * y2, w1 * y2, x1 * y2 + z1 * w2], axis=-1)
    sine, cosine = np.linalg.norm(vector, axis=-1), w1 * w2
    angle = 2 * np.arctan2(sine, cosine)
    return np.asarray(vector * (np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0))[..., None])


def _bends_of(rotations: Floats) -> Floats:
    angle = np.linalg.norm(rotations, axis=-1)
    scale = 0.5 * np.sinc(0.5 * angle / np.pi)
    x, y, z = np.moveaxis(rotations * scale[..., None], -1, 0)
    w = np.cos(0.5 * angle)
    length = np.maximum(np.hypot(w, y), 1e-9)
    flip = np.where(w < 0, -1.0, 1.0)
    c, s = flip * w / length, flip * y / length
    # swing = whole * inverse twist, with the twist's quaternion (c, 0, s, 0)
    sx, sz, sw = flip * (x * c + z * s), flip * (z * c - x * s), flip * (w * c + y * s)
    sine = np.hypot(sx, sz)
    swing = np.where(sine > 1e-9, 2 * np.arctan2(sine, sw) / np.maximum(sine, 1e-9), 2.0)
    return np.stack([sx * swing, 2 * np.arctan2(s, c), sz * swing], axis=-1)


def within_limits(bends: Floats) -> Floats:
    """(..., J, 3) bends and twists of the whole skeleton, those beyond a joint's limits at them."""
    limits = skeleton().limits
    return np.clip(bends, limits[..., 0], limits[..., 1])


def matrices(rotations: Floats) -> Floats:
    """(..., 3, 3) of axis-angle rotations (..., 3)."""
    shape = rotations.shape[:-1]
    whole = Rotation.from_rotvec(np.asarray(rotations, np.float64).reshape(-1, 3))
    return np.asarray(whole.as_matrix().reshape(*shape, 3, 3))


def vectors(turned: Floats) -> Floats:
    """(..., 3) axis-angle of rotation matrices (..., 3, 3)."""
    return np.asarray(Rotation.from_matrix(turned.reshape(-1, 3, 3)).as_rotvec().reshape(turned.shape[:-1]))


def joint_places(rotations: Floats, root: Floats, offsets: Array | None = None) -> tuple[Floats, Floats]:
    """(T, J, 3, 3) orientations and (T, J, 3) places in metres, the floor at y = 0.

    rotations: (T, J, 3) axis-angle. root: (T, 3) metres from its neutral place. offsets: (J, 3) of a body with other
    proportions than the skeleton's.
    """
    bones = skeleton()
    offsets = bones.offsets if offsets is None else offsets
    local = matrices(rotations)
    turned, placed = np.empty_like(local), np.empty(local.shape[:3])
    for joint, parent in enumerate(bones.parents):
        if parent < 0:
            turned[:, joint], placed[:, joint] = local[:, joint], offsets[joint] + root
            continue
        turned[:, joint] = turned[:, parent] @ local[:, joint]
        placed[:, joint] = placed[:, parent] + turned[:, parent] @ offsets[joint]
    return turned, placed


def two_bones(
    start: Floats, end: Floats, upper: float, lower: float, pole: Floats, stretched: float = STRETCHED
) -> tuple[Floats, Floats]:
    """(N, 3) places of elbow and wrist, or of knee and ankle, for a limb from start toward end, in closed form.

    upper, lower: lengths of its bones. pole: (N, 3) where the middle joint points to. stretched: the most of its length
    that the limb is stretched to; what is out of reach is approached along the straight line.
    """
    way = end - start
    length = np.linalg.norm(way, axis=-1, keepdims=True)
    reach = np.clip(length, 1.02 * abs(upper - lower) + 1e-3, stretched * (upper + lower))
    along = way / np.maximum(length, 1e-9)
    aside = unit(pole - (pole * along).sum(-1, keepdims=True) * along)
    forward = (upper**2 - lower**2 + reach**2) / (2 * reach)
    out = np.sqrt(np.maximum(upper**2 - forward**2, 0))
    return start + forward * along + out * aside, start + reach * along


def unit(vector: Floats) -> Floats:
    """(..., 3) of length 1."""
    return np.asarray(vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-9))


def hinge_frames(bone: Floats, hinge: Floats) -> Floats:
    """(N, 3, 3): -y along the bone, x as near to the hinge as may be."""
    y = -unit(bone)
    z = unit(np.cross(hinge, y))
    return np.stack([np.cross(y, z), y, z], axis=-1)


def transposed(turned: Floats) -> Floats:
    """Inverse rotation matrices."""
    return np.swapaxes(turned, -1, -2)

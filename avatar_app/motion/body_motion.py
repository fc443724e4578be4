"""A clip's whole body: its own motion, with the head's shared out over the joints of the neck."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from avatar_app.motion.clip import MotionClip
from avatar_app.motion.skeleton import JOINT_INDEX, JOINT_NAMES, NAME, relaxed
from avatar_app.types import Array

NECK_SHARES = {"neck01": 0.2, "neck02": 0.2, "neck03": 0.25, "head": 0.35}  # of a head's turn
NECK = 0.11  # metres from the neck's root to the middle of the head's turning
HEAD_WIDTH = 0.155  # metres, adult mean
LEAN = 0.25  # radians at most by which a neck leans to move the head


def has_body(clip: MotionClip) -> bool:
    """Whether the clip has a body of this project's skeleton."""
    return clip.body is not None and clip.body.skeleton == NAME and clip.body.joints.shape[1] == len(JOINT_NAMES)


def body_motion(clip: MotionClip) -> tuple[Array, Array]:
    """(T, J, 3) rotations and (T, 3) root of a clip; one without a body of this skeleton stands relaxed.

    The head moves against the chest: its rotation is added to the neck's and head's joints, its translation leans
    the neck and turns the head back by as much.
    """
    count = len(clip)
    if clip.body is not None and has_body(clip):
        joints, root = clip.body.joints.astype(np.float32), clip.body.root.astype(np.float32)
    else:
        joints, root = np.tile(relaxed(), (count, 1, 1)), np.zeros((count, 3), np.float32)
    lean = np.zeros((count, 3), np.float32)
    shift = clip.head_translation * (HEAD_WIDTH / NECK)
    lean[:, 0], lean[:, 2] = np.clip(shift[:, 2], -LEAN, LEAN), np.clip(-shift[:, 0], -LEAN, LEAN)
    joints = joints.copy()
    for name, share in NECK_SHARES.items():
        turn = Rotation.from_rotvec(clip.head_rotation.astype(np.float64) * share)
        back = {"neck01": 1.0, "head": -1.0}.get(name, 0.0)
        own = Rotation.from_rotvec(joints[:, JOINT_INDEX[name]].astype(np.float64))
        joints[:, JOINT_INDEX[name]] = (Rotation.from_rotvec(back * lean) * turn * own).as_rotvec()
    return joints, root

"""Head pose as a BVH file, for animation programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avatar_app.files import atomic_write
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS

HEAD_WIDTH_CM = 15.5  # adult mean


def save_bvh(clip: MotionClip, path: str | Path) -> None:
    """Head pose as a one-joint BVH: centimetres and degrees, y up, the face along +z.

    BVH composes its rotations as R = Rz Rx Ry, which are intrinsic turns about z, then x, then y.
    Raises InputError when it cannot be written.
    """
    angles = Rotation.from_rotvec(clip.head_rotation.astype(np.float64)).as_euler("ZXY", degrees=True)
    rows = np.concatenate([clip.head_translation * HEAD_WIDTH_CM, angles], axis=1)
    header = f"""HIERARCHY
ROOT Head
{{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  End Site
  {{
    OFFSET 0 20 0
  }}
}}
MOTION
Frames: {len(clip)}
Frame Time: {1 / FPS:.6f}
"""
    lines = [" ".join(f"{value:.5f}" for value in row) for row in rows]
    with atomic_write(path) as file:
        file.write((header + "\n".join(lines) + "\n").encode("ascii"))

"""Motion as BVH files, for animation programs: a whole body, or a head alone.

A BVH lists joints with their offsets and, for each frame, angles in degrees. "Zrotation Xrotation Yrotation" compose
as R = Rz Rx Ry: intrinsic turns about z, then x, then y (Meredith & Maddock, Motion Capture File Formats Explained,
2001). Each joint names its own order: the middle turn must stay below 90 degrees, where the other two become one, and
elbows, which gestures bend by about that much, and knees bend about x. Y is up, the person looks along +z; centimetres.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from avatar_app.files import atomic_write
from avatar_app.motion.body_motion import HEAD_WIDTH, body_motion, has_body
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.skeleton import NAME, skeleton
from avatar_app.provenance import write_beside
from avatar_app.request import FPS, InputError

Reals = npt.NDArray[np.floating[Any]]

CM = 100.0  # in a metre
ORDER, LIMB_ORDER = "ZXY", "XZY"
LIMBS = ("upperarm01", "lowerarm01", "upperleg01", "lowerleg01")
PLACES = "Xposition Yposition Zposition"
# Centimetres from the last joints of the left side and the middle to where their bones end.
ENDS = {"head": (0, 20, 2), "foot": (0, -5, 14), "finger1-3": (-1.2, -1.8, 1.3)}
FINGERTIP = (0, -2, 0)


def write_bvh(clip: MotionClip, path: str | Path) -> None:
    """The body of a clip, the head's motion in its neck, as a BVH with the joints of motion.skeleton.

    Bones are as long as an average adult's. The root's offset is 0 and its three positions count from the floor:
    programs that replace an offset by positions and those that add both agree then. Raises InputError for a clip
    without such a body, and when the file cannot be written.
    """
    if not has_body(clip):
        which = "no body" if clip.body is None else f"a body of the skeleton {clip.body.skeleton!r}, not of {NAME}"
        raise InputError(f"A whole person's .bvh needs motion of a body; this has {which}.")
    joints, root = body_motion(clip)
    order = list(_depth_first(0))
    turns = np.stack([_steady_angles(joints[:, joint], _turn_order(joint)) for joint in order], axis=1)
    places = (root + skeleton().offsets[0]) * CM
    _write(path, _hierarchy(0, ""), np.concatenate([places, turns.reshape(len(clip), -1)], axis=1))


def save_bvh(clip: MotionClip, path: str | Path) -> None:
    """A clip's head pose alone as a one-joint BVH. Raises InputError when it cannot be written."""
    places, turns = clip.head_translation * (HEAD_WIDTH * CM), _steady_angles(clip.head_rotation, ORDER)
    node = _node("ROOT", "Head", (0, 0, 0), f"6 {PLACES} {_turns(ORDER)}", "", _end_site((0, 20, 0), "  "))
    _write(path, node, np.concatenate([places, turns], axis=1))


def _turn_order(joint: int) -> str:
    return LIMB_ORDER if skeleton().names[joint].partition(".")[0] in LIMBS else ORDER


def _turns(order: str) -> str:
    return " ".join(f"{axis}rotation" for axis in order)


def _children(joint: int) -> list[int]:
    return [child for child, parent in enumerate(skeleton().parents) if parent == joint]


def _depth_first(joint: int) -> Iterator[int]:
    """Joints in the order in which a BVH lists them."""
    yield joint
    for child in _children(joint):
        yield from _depth_first(child)


def _hierarchy(joint: int, indent: str) -> list[str]:
    """Lines of a joint and of all that hang on it."""
    name, deeper = skeleton().names[joint], indent + "  "
    inner = [line for child in _children(joint) for line in _hierarchy(child, deeper)]
    if not inner:
        bone, _, side = name.partition(".")
        x, y, z = ENDS.get(bone, FINGERTIP)
        inner = _end_site((-x if side == "R" else x, y, z), deeper)
    if not indent:
        return _node("ROOT", name, (0, 0, 0), f"6 {PLACES} {_turns(ORDER)}", indent, inner)
    x, y, z = (float(value) * CM for value in skeleton().offsets[joint])
    return _node("JOINT", name, (x, y, z), f"3 {_turns(_turn_order(joint))}", indent, inner)


def _node(
    kind: str, name: str, offset: tuple[float, float, float], channels: str, indent: str, inner: list[str]
) -> list[str]:
    own = [f"{indent}{kind} {name}", f"{indent}{{", _offset(offset, indent), f"{indent}  CHANNELS {channels}"]
    return [*own, *inner, f"{indent}}}"]


def _end_site(offset: tuple[float, float, float], indent: str) -> list[str]:
    return [f"{indent}End Site", f"{indent}{{", _offset(offset, indent), f"{indent}}}"]


def _offset(offset: tuple[float, float, float], indent: str) -> str:
    return f"{indent}  OFFSET " + " ".join(f"{value:.4f}" for value in offset)


def _steady_angles(rotations: Reals, order: str) -> Reals:
    """(T, 3) degrees about the axes of `order` of axis-angle rotations (T, 3), without jumps from frame to frame.

    Two triples of angles make one rotation, (a, b, c) and (a + 180, 180 - b, c + 180), each up to whole turns. The
    one nearer to the frame before is taken, so that programs may interpolate and smooth the curves.
    """
    given = Rotation.from_rotvec(rotations.astype(np.float64)).as_euler(order, degrees=True)
    flipped = given * [1, -1, 1] + 180
    out = given.copy()
    for t in range(1, len(out)):
        ways = np.stack([given[t], flipped[t]])
        ways += 360 * np.round((out[t - 1] - ways) / 360)
        out[t] = ways[np.abs(ways - out[t - 1]).sum(1).argmin()]
    return np.asarray(out)


def _write(path: str | Path, hierarchy: list[str], rows: Reals) -> None:
    """rows: (T, C) values of all channels in the hierarchy's order. The mark lies beside the file."""
    head = ["HIERARCHY", *hierarchy, "MOTION", f"Frames: {len(rows)}", f"Frame Time: {1 / FPS:.6f}"]
    lines = [" ".join(f"{value:.5f}" for value in row) for row in rows]
    with atomic_write(path) as file:
        file.write(("\n".join([*head, *lines]) + "\n").encode("ascii"))
    write_beside(Path(path))

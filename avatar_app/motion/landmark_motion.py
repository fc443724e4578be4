"""Face tracking, from landmarks to motion: what a face does against its own rest, and where the head goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter
from scipy.signal import savgol_filter
from scipy.spatial.transform import Rotation

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import (
    EYE_REACH,
    align,
    eye_opening,
    face_width,
    fit_basis,
    lip_gaps,
    load_rig,
    mouth_width,
)
from avatar_app.face.expression_fit import fit_expression
from avatar_app.face.landmark_indices import (
    CHIN,
    EYE_CORNERS,
    EYE_LOWER,
    EYE_UPPER,
    FACE_SIDES,
    FOREHEAD,
    INSIDE_LIPS,
    IRIS,
    LANDMARKS,
    RIGID_LANDMARKS,
)
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS
from avatar_app.types import Array

NOISE = 0.01  # face widths, of a landmark: error of the detector and of a rig that is not this person's
DEPTH = 0.2  # weight of the detector's depth, which is the least sure
SWEEPS = 60  # of the bounded fit; it has settled by then
SHUT = 0.5  # of the usual eye opening, below which an iris is a guess
LOWERED = 0.44  # of the eye opening that eyeLookDown takes
CAMERA = 7.0  # face widths from camera to face, as the portrait renderer has it
# How far talkers usually move each action: where two explain a face alike, the usual one is believed. eyeLook and
# eyeBlink are measured by themselves; tongue and puffed cheeks cannot be told from the mesh.
USUAL = {
    "browDown": 0.2, "browInnerUp": 0.2, "browOuterUp": 0.15, "cheekSquint": 0.1, "eyeSquint": 0.12, "eyeWide": 0.1,
    "jawForward": 0.03, "jawLeft": 0.03, "jawOpen": 0.25, "jawRight": 0.03, "mouthClose": 0.06, "mouthDimple": 0.06,
    "mouthFrown": 0.15, "mouthFunnel": 0.12, "mouthLeft": 0.03, "mouthLowerDown": 0.12, "mouthPress": 0.08,
    "mouthPucker": 0.2, "mouthRight": 0.03, "mouthRollLower": 0.08, "mouthRollUpper": 0.04, "mouthShrug": 0.04,
    "mouthSmile": 0.3, "mouthStretch": 0.08, "mouthUpperUp": 0.08, "noseSneer": 0.04,
}  # fmt: skip
_FITTED = [i for i, name in enumerate(ARKIT_NAMES) if name.startswith(tuple(USUAL))]
_SPREAD = np.array([next(v for k, v in USUAL.items() if ARKIT_NAMES[i].startswith(k)) for i in _FITTED])


def motion_of(landmarks: Array, rate: float, at_rest: int = 0) -> MotionClip:
    """Motion at 25 fps of (T, 478, 3) landmarks at `rate` frames per second (pixels, x right, y down, z to the viewer).

    Coefficients are measured against the face's own rest, found among the frames in which it does least. The head's
    rotation and place are about their medians: where it is usually held cannot be told from where the camera stands.
    at_rest: so many first frames are known to show the face at rest.
    """
    rigid = list(RIGID_LANDMARKS)
    rig = load_rig()
    fits = [align(rig.neutral[rigid], frame[rigid]) for frame in landmarks]
    placed = np.stack(
        [(frame - shift) @ rotation / scale for frame, (scale, rotation, shift) in zip(landmarks, fits, strict=True)]
    ).astype(np.float32)
    rest = placed[:at_rest].mean(axis=0) if at_rest else resting_face(placed)
    face = expression_of(placed, rest)
    turn, place = head_of(fits, face_width(rest))
    values = np.concatenate([_smooth(face, rate, 5), _smooth(np.concatenate([turn, place], axis=1), rate, 7)], axis=1)
    return MotionClip.from_values(resample(values, rate))


def resting_face(placed: Array) -> Array:
    """(478, 3) the face at rest, of (T, 478, 3) landmarks turned to the front.

    Lips and lids rest in different frames: the mouth where the lips are nearest, the eyes where they are as open as
    usual. Elsewhere the median does.
    """
    gaps = np.array([lip_gaps(frame)[2:7].mean() / mouth_width(frame) for frame in placed])
    lids = np.array([[eye_opening(frame, side) for frame in placed] for side in ("Left", "Right")]).mean(axis=0)
    closed = gaps <= np.quantile(gaps, 0.2) + 0.01
    awake = lids >= np.median(lids)
    rest = np.median(placed, axis=0)
    mouth = np.median(placed[closed], axis=0)
    near = np.clip(1.6 - np.linalg.norm((rest - rest[list(INSIDE_LIPS)].mean(0))[:, :2], axis=1) / 0.3, 0, 1)[:, None]
    rest = rest + near * (mouth - rest)
    eyes = [i for side in ("Left", "Right") for i in (*EYE_UPPER[side], *EYE_LOWER[side], *IRIS[side])]
    rest[eyes] = np.median(placed[awake][:, eyes], axis=0)
    return rest.astype(np.float32)


def expression_of(placed: Array, rest: Array) -> Array:
    """(T, 52) in [0, 1]: what is shown at rest, as a portrait would, and what the frames add to it."""
    width = face_width(rest)
    basis, shown = fit_basis(rest) / width, fit_expression(rest)
    values = np.zeros((len(placed), len(ARKIT_NAMES)), np.float32)
    for side in ("Left", "Right"):
        opening = np.array([eye_opening(frame, side) for frame in placed]) / max(eye_opening(rest, side), 1e-6)
        _gaze(values, placed, rest, side, opening)
        lowered = LOWERED * values[:, ARKIT_INDEX[f"eyeLookDown{side}"]]  # the lids' own part in looking down
        values[:, ARKIT_INDEX[f"eyeBlink{side}"]] = np.clip(1 - opening - lowered, 0, 1) / (1 - lowered)
    moved = (placed - rest) / width - np.tensordot(values, basis, 1)
    weight = np.ones((LANDMARKS, 3), np.float32)
    weight[:, 2] = DEPTH
    design = (basis[_FITTED] * weight).reshape(len(_FITTED), -1)
    normal = design @ design.T + np.diag((NOISE / _SPREAD) ** 2)
    goal = (moved * weight).reshape(len(moved), -1) @ design.T
    values[:, _FITTED] = bounded_fit(normal, goal, -shown[_FITTED])
    return np.clip(values + shown, 0, 1).astype(np.float32)


def bounded_fit(normal: npt.NDArray[Any], goal: npt.NDArray[Any], low: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(T, K) least squares with every coefficient k in [low_k, low_k + 1], by coordinate descent.

    normal: (K, K), the design times itself. goal: (T, K), every frame's observations times the design.
    """
    result = np.zeros(goal.shape)
    for _ in range(SWEEPS):
        for k, row in enumerate(normal):
            step = (goal[:, k] - result @ row) / row[k]
            result[:, k] = np.clip(result[:, k] + step, low[k], low[k] + 1.0)
    return result


def _gaze(values: Array, placed: Array, rest: Array, side: str, opening: Array) -> None:
    """Writes eyeLook* of one eye: how far its iris stands from where it rests, in eye widths."""
    outer, inner = EYE_CORNERS[side]
    width = np.linalg.norm(placed[:, inner] - placed[:, outer], axis=1)[:, None]
    middle = (placed[:, inner] + placed[:, outer]) / 2
    usual = (rest[IRIS[side][0]] - (rest[inner] + rest[outer]) / 2) / np.linalg.norm(rest[inner] - rest[outer])
    moved = ((placed[:, IRIS[side][0]] - middle) / np.maximum(width, 1e-6) - usual)[:, :2] / EYE_REACH
    seen = np.flatnonzero(opening > SHUT)
    if len(seen) == 0:
        return
    frames = np.arange(len(placed))
    across, down = (np.interp(frames, seen, moved[seen, axis]) for axis in (0, 1))
    outward = across if side == "Left" else -across
    for name, amount in (("Out", outward), ("In", -outward), ("Up", -down), ("Down", down)):
        values[:, ARKIT_INDEX[f"eyeLook{name}{side}"]] = np.clip(amount, 0, 1)


def head_of(fits: list[tuple[float, Array, Array]], width: float) -> tuple[Array, Array]:
    """(T, 3) radians and (T, 3) head widths, axes of MotionClip, about their medians."""
    up = np.diag([1.0, -1.0, 1.0])
    turns = Rotation.from_matrix(np.stack([up @ rotation.astype(np.float64) @ up for _, rotation, _ in fits]))
    usual = Rotation.from_rotvec(np.median(turns.as_rotvec(), axis=0))
    turn = (turns * usual.inv()).as_rotvec()
    scale = np.array([s for s, _, _ in fits])
    face = np.median(scale) * width
    neutral = load_rig().neutral
    pivot = neutral[list(FACE_SIDES)].mean(0) + 0.3 * (neutral[CHIN] - neutral[FOREHEAD]) - np.array([0, 0, 0.1])
    # Across the picture a nearer head moves more than it does in its own measure.
    unit = face * scale / np.median(scale)
    points = np.stack([s * rotation @ pivot + shift for s, rotation, shift in fits]) / unit[:, None]
    place = (points - np.median(points, axis=0)) * np.array([1, -1, 1])
    place[:, 2] = CAMERA * (1 - np.median(scale) / scale)
    return turn.astype(np.float32), place.astype(np.float32)


def _smooth(values: Array, rate: float, frames: int) -> Array:
    """Savitzky-Golay of second order over `frames` of 25 fps, after a median that takes out single wild frames."""
    window = max(3, round(frames * rate / FPS)) // 2 * 2 + 1
    if len(values) < window:
        return values
    calm = median_filter(values, size=(3, 1), mode="nearest")
    wild = np.abs(values - calm) > 0.35
    return np.asarray(savgol_filter(np.where(wild, calm, values), window, 2, axis=0), np.float32)


def resample(values: Array, rate: float) -> Array:
    """(T, C) at `rate` to 25 fps, over the same time."""
    if rate == FPS:
        return values
    at = np.arange(int(len(values) / rate * FPS)) * rate / FPS
    frames = np.arange(len(values))
    return np.stack([np.interp(at, frames, column) for column in values.T], axis=1).astype(np.float32)

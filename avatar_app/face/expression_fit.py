"""ARKit coefficients from landmarks: which of Apple's 52 face actions a face shows."""

from __future__ import annotations

import numpy as np
from scipy.optimize import lsq_linear

from avatar_app.face.arkit import ARKIT_INDEX, ARKIT_NAMES
from avatar_app.face.arkit_rig import (
    EYE_REACH,
    Array,
    align,
    eye_opening,
    face_width,
    fit_basis,
    lip_gaps,
    load_rig,
    mouth_width,
)
from avatar_app.face.landmark_indices import (
    EYE_CORNERS,
    EYE_LOWER,
    EYE_UPPER,
    IRIS,
    LANDMARKS,
    LOWER_LIP_EDGE,
    MOUTH_CORNERS,
    RIGID_LANDMARKS,
    UPPER_LIP_EDGE,
)


def fit_expression(landmarks: Array, neutral: Array | None = None) -> Array:
    """(52,) float32 in [0, 1]: the actions that best explain a face.

    neutral: (478, 3) landmarks of the same face at rest, any pose. Without it the average face stands in, and since
    one picture cannot tell a person's features from an expression only what shows against it is fitted (parted lips,
    jaw, corners of the mouth, closed lids), with a strong pull to 0.
    Bounded ridge regression on the landmark displacements after removing the head's pose.
    """
    rig = load_rig()
    rigid = list(RIGID_LANDMARKS)
    reference = rig.neutral if neutral is None else neutral
    scale, rotation, shift = align(landmarks[rigid], reference[rigid])
    placed = scale * landmarks @ rotation.T + shift
    if neutral is None:
        return _fit_resting(placed)
    width = face_width(reference)
    chosen = [i for i, name in enumerate(ARKIT_NAMES) if not name.startswith(("eyeLook", "tongue", "cheekPuff"))]
    basis = fit_basis(reference)[chosen] / width
    weight = np.ones((LANDMARKS, 3), np.float32)
    weight[:, 2] = 0.2  # the detector's depth is the least sure
    lids = [i for rows in (EYE_UPPER, EYE_LOWER) for row in rows.values() for i in row]
    weight[lids] *= 3.0
    design = (basis * weight).reshape(len(chosen), -1).T
    target = ((placed - reference) / width * weight).reshape(-1)
    ridge = 0.02 * np.eye(len(chosen))
    solved = lsq_linear(np.vstack([design, ridge]), np.concatenate([target, np.zeros(len(chosen))]), (0, 1)).x
    values = np.zeros(len(ARKIT_NAMES), np.float32)
    values[chosen] = solved
    return values + _gaze(placed, reference)


def _gaze(placed: Array, reference: Array) -> Array:
    """(52,) eyeLook* from how far the irises stand from where they stood, in eye widths."""
    values = np.zeros(len(ARKIT_NAMES), np.float32)
    for side, outward in (("Left", 1.0), ("Right", -1.0)):
        moved = _iris_offset(placed, side) - _iris_offset(reference, side)
        for name, amount in (("Out", outward * moved[0]), ("In", -outward * moved[0]), ("Up", -moved[1])):
            values[ARKIT_INDEX[f"eyeLook{name}{side}"]] = np.clip(amount / EYE_REACH, 0, 1)
        values[ARKIT_INDEX[f"eyeLookDown{side}"]] = np.clip(moved[1] / EYE_REACH, 0, 1)
    return values


def _iris_offset(landmarks: Array, side: str) -> Array:
    """(3,) from the middle between an eye's corners to its iris, in eye widths."""
    corners = landmarks[list(EYE_CORNERS[side])]
    width = float(np.linalg.norm(corners[0] - corners[1]))
    return np.asarray((landmarks[IRIS[side][0]] - corners.mean(0)) / max(width, 1e-6))


def _fit_resting(placed: Array) -> Array:
    """Resting coefficients from shape measures that vary little between people at rest."""
    values = np.zeros(len(ARKIT_NAMES), np.float32)
    width = mouth_width(placed)
    gap = float(lip_gaps(placed)[2:7].mean()) / width
    right, left = MOUTH_CORNERS
    right_eye, left_eye = EYE_CORNERS["Right"][0], EYE_CORNERS["Left"][0]
    wide = abs(float(placed[left, 0] - placed[right, 0])) / abs(float(placed[left_eye, 0] - placed[right_eye, 0]))
    for side, corner in (("Left", left), ("Right", right)):
        values[ARKIT_INDEX["eyeBlink" + side]] = np.clip((0.17 - eye_opening(placed, side)) / 0.17, 0, 0.8)
        # A smile lifts the corners over the lips' middle, by more than an opening jaw lowers the middle, and widens the
        # mouth against the eyes. Both vary between people, so only what is beyond the usual counts.
        middle = placed[[UPPER_LIP_EDGE, LOWER_LIP_EDGE]].mean(0)
        lift = float(middle[1] - placed[corner, 1]) / width - 0.15 * max(gap, 0)
        values[ARKIT_INDEX["mouthSmile" + side]] = np.clip(5 * (lift - 0.075) + 1.2 * (wide - 0.62), 0, 0.85)
    smile = float(values[[ARKIT_INDEX["mouthSmileLeft"], ARKIT_INDEX["mouthSmileRight"]]].mean())
    if gap > 0.03:
        # Teeth in a smile show by lips drawn apart, the rest of the gap by a dropped jaw; together they make the gap.
        lips = min(0.6, gap * smile / _gap_of("mouthUpperUp", "mouthLowerDown"))
        jaw = gap - lips * _gap_of("mouthUpperUp", "mouthLowerDown")
        values[ARKIT_INDEX["jawOpen"]] = np.clip(jaw / _gap_of("jawOpen"), 0, 1)
        for side in ("Left", "Right"):
            values[ARKIT_INDEX["mouthUpperUp" + side]] = lips
            values[ARKIT_INDEX["mouthLowerDown" + side]] = lips
    return values


def _gap_of(*names: str) -> float:
    """Mouth widths by which these actions, on both sides at full strength, part the middle of the lips."""
    rig = load_rig()
    chosen = [i for name, i in ARKIT_INDEX.items() if name.startswith(names)]
    moved = rig.neutral + rig.actions[chosen].sum(0)
    return float((lip_gaps(moved) - lip_gaps(rig.neutral))[2:7].mean()) / mouth_width(rig.neutral)

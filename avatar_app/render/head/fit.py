"""Fitting the 3-D head to a portrait: its proportions first, then what is left at the face's landmarks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.interpolate import RBFInterpolator
from scipy.spatial import KDTree

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import align
from avatar_app.face.landmark_indices import (
    BETWEEN_BROWS,
    CHIN,
    EYE_LOWER,
    EYE_UPPER,
    FACE_SIDES,
    FOREHEAD,
    INNER_MOUTH_CORNERS,
    IRIS,
    JAW_ANGLES,
    LOWER_LIP,
    LOWER_LIP_EDGE,
    NOSE_BRIDGE,
    RIGID_LANDMARKS,
    SKIN_LANDMARKS,
    TEMPLES,
    UPPER_LIP,
    UPPER_LIP_EDGE,
)
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.head.hair_mask import Regions, find_regions
from avatar_app.render.head.model import LID, SIDES, Head, bulge
from avatar_app.types import Array

DEPTH_TRUST = 0.5  # of the detector's depth: it knows it from the shape of average faces
REACH = 0.055  # metres from the landmarks within which what is left is made up for
SMOOTHING = 3e-4  # of the interpolation between landmarks
STRETCH = (0.85, 1.2)  # limits of width and height against the average head
OPENING = (0.4, 1.8)  # limits of the eyes' opening against the average head's
ROUNDS = 3
LIDS_OVER = 0.0005  # metres that a closed upper lid reaches below the lower one's rim
SKULL_UP, SKULL_BACK = 0.015, 0.07  # metres from the eyes to the middle of the skull
BALD = (0.88, 1.30)  # radii of a skull whose outline the picture shows, against the average head's
HAIRY = (0.88, 1.05)  # the same under hair
HAIR_LEAST = 0.008  # metres of hair that the outline of a head of hair is taken to have
BEHIND_LIPS = 0.0005  # metres that teeth stay farther behind fitted lips than behind the average ones


@dataclass(frozen=True)
class FittedHead:
    """A head that has a portrait's shape, and where the portrait shows it.

    points: (V, 3) float32 image pixels (x right, y down, z toward the viewer) of the head in its resting expression.
    pose: (pixels per metre, rotation (3, 3), shift (3,)) from the head to the picture, whose y then still points up.
    regions: what the picture shows of hair, skin and cloth; None: not known.
    """

    head: Head
    points: Array
    pose: tuple[float, Array, Array]
    regions: Regions | None = None

    def to_head(self, pixels: Array) -> Array:
        """(n, 3) metres on the unturned head of points (n, 3) of the picture."""
        scale, rotation, shift = self.pose
        return np.asarray((pixels * np.array([1, -1, 1], np.float32) - shift) @ rotation / scale, np.float32)


def marks_of(head: Head, points: Array) -> Array:
    """(478, 3): the face landmarks on posed points (V, 3)."""
    at, weights = head.landmarks
    marks = (points[at] * weights[..., None]).sum(1)
    for side in range(2):
        front = points[len(points) - (2 - side) * len(head.ball)]  # an eyeball's first point is the one that looks
        marks[list(IRIS[SIDES[side]])] = front
    return np.asarray(marks, np.float32)


def fit_head(head: Head, portrait: Portrait) -> FittedHead:
    """The head in the portrait's shape; its features fall on the portrait's landmarks."""
    flip = np.array([1, -1, 1], np.float32)
    wanted = portrait.landmarks * flip
    resting = portrait.resting.astype(np.float32)
    fitted = head
    for _ in range(ROUNDS):
        marks = marks_of(fitted, fitted.face(resting))
        rigid = list(RIGID_LANDMARKS)
        scale, rotation, shift = align(marks[rigid], wanted[rigid])
        own = (wanted - shift) @ rotation / scale
        fitted = _stretched(fitted, marks, own)
        marks = marks_of(fitted, fitted.face(resting))
        fitted = _bent(fitted, marks, own, resting)
        fitted = _lids_scaled(fitted, head)
    fitted = _with_teeth(fitted, head)
    marks = marks_of(fitted, fitted.face(resting))
    scale, rotation, shift = align(marks[:SKIN_LANDMARKS], wanted[:SKIN_LANDMARKS])

    def seen(head: Head) -> Array:
        return np.asarray((head.face(resting) @ rotation.T * scale + shift) * flip, np.float32)

    regions = find_regions(portrait)
    if portrait.matte is not None and regions is not None:
        hair = HAIR_LEAST * scale if regions.hair.any() else 0.0
        fitted = _to_outline(fitted, seen(fitted), portrait.matte, hair)
    return FittedHead(fitted, seen(fitted), (scale, rotation, shift), regions)


def _to_outline(head: Head, points: Array, matte: npt.NDArray[np.uint8], hair: float) -> Head:
    """Takes the skull to the outline of the head, or near that of its hair.

    points: (V, 3) image pixels. matte: (size, size) of the person. hair: its least thickness, pixels; 0: a bald head.
    """
    skull = np.array([0.0, SKULL_UP, head.eye_centres[:, 2].mean() - SKULL_BACK], np.float32)
    nearest = int(np.linalg.norm(head.face(np.zeros(52, np.float32))[:, :2] - skull[:2], axis=1).argmin())
    centre = points[nearest, :2]
    angles = np.linspace(-0.35, np.pi + 0.35, 61)  # from the subject's left over the crown to the right
    ways = np.stack([np.cos(angles), -np.sin(angles)], 1)
    reach = np.arange(0, matte.shape[0] * 0.75)
    line = np.round(centre + ways[:, None] * reach[None, :, None]).astype(int)
    inside = ((line >= 0) & (line < matte.shape[0])).all(2)
    line = np.clip(line, 0, matte.shape[0] - 1)
    person = (matte[line[..., 1], line[..., 0]] > 127) & inside
    outline = np.argmin(person, axis=1)  # the first pixel that is not the person
    above = points[head.part("skin") & (head.head_weights > 0.95)][:, :2] - centre
    extent = np.array([float((above @ way).max()) for way in ways])
    ratio = np.clip((outline - hair) / np.maximum(extent, 1), *(HAIRY if hair else BALD))
    ratio = np.convolve(np.pad(ratio, 4, mode="edge"), np.ones(9) / 9, mode="valid")
    away = head.rest - skull
    turn = np.arctan2(away[:, 1], away[:, 0])
    turn = np.where(turn < -np.pi / 2, turn + 2 * np.pi, turn)  # from below, over the left and the crown to the right
    by = np.interp(turn, angles, ratio) - 1
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    scalp = np.clip((unit @ np.array([0, 0.75, -0.66]) + 0.12) / 0.35, 0, 1) * _coarse_weights(head) ** 4
    scalp = scalp * scalp * (3 - 2 * scalp) * head.part("skin")[: len(away)]
    by = by * (1 - 0.6 * np.clip(-unit[:, 2], 0, 1))  # what is seen from the front is more than what lies behind
    return replace(head, rest=(head.rest + (scalp * by)[:, None] * away).astype(np.float32))


def _stretched(head: Head, marks: Array, own: Array) -> Head:
    """Width, height and depth of the whole head and neck from those of the face."""
    upright = ((FOREHEAD, CHIN), (BETWEEN_BROWS, UPPER_LIP_EDGE), (NOSE_BRIDGE, LOWER_LIP_EDGE))
    pairs = {0: (FACE_SIDES, TEMPLES, JAW_ANGLES), 1: upright}
    factors = np.ones(3, np.float32)
    for axis, ends in pairs.items():
        ratios = [(own[a, axis] - own[b, axis]) / (marks[a, axis] - marks[b, axis]) for a, b in ends]
        factors[axis] = np.clip(np.mean(ratios), *STRETCH)
    factors[2] = (factors[0] + factors[1]) / 2
    weight = _coarse_weights(head)[:, None]
    factor = 1 + weight * (factors - 1)
    origin = np.array([0, head.neck[1], head.neck[2]], np.float32)
    centres = (head.eye_centres - origin) * factors + origin
    return replace(
        head,
        rest=(head.rest - origin) * factor + origin,
        blendshapes=head.blendshapes * factor,
        eye_centres=centres.astype(np.float32),
    )


def _coarse_weights(head: Head) -> Array:
    """(B,) head_weights before subdivision: the fine mesh starts with the coarse one's vertices."""
    return head.head_weights[: len(head.rest)]


def _bent(head: Head, marks: Array, own: Array, resting: Array) -> Head:
    """Moves the skin so that its landmarks fall where they should; teeth and tongue follow the mouth as one piece."""
    missing = (own - marks)[:SKIN_LANDMARKS]
    # The detector's depth is unsure, and its two sides do not agree: their mean is taken.
    _, other = KDTree(marks[:SKIN_LANDMARKS]).query(marks[:SKIN_LANDMARKS] * np.array([-1, 1, 1]))
    missing[:, 2] = DEPTH_TRUST * (missing[:, 2] + missing[other, 2]) / 2
    # The field lives on the resting face, where open lips are apart, though they touch on the neutral one.
    coarse = head.rest + np.tensordot(resting, head.blendshapes, 1)
    used = np.setdiff1d(np.arange(SKIN_LANDMARKS), [rows[side][6] for rows in (EYE_UPPER, EYE_LOWER) for side in SIDES])
    places, first = np.unique(np.round(marks[used], 5), axis=0, return_index=True)
    first = used[first]  # without those beside the inner corners of the eyes, which are narrower on this head
    field = RBFInterpolator(10 * places, missing[first], neighbors=48, smoothing=SMOOTHING, kernel="thin_plate_spline")
    distance, _ = KDTree(places).query(coarse)
    near = np.exp(-((distance / REACH) ** 2))
    touched = np.flatnonzero(near > 0.01)
    change = np.zeros_like(head.rest)
    change[touched] = field(10 * coarse[touched]) * near[touched, None]
    bent = replace(head, rest=(head.rest + change).astype(np.float32))
    return _eyes_behind_lids(bent, own, resting)


def _with_teeth(head: Head, average: Head) -> Head:
    """Teeth and tongue as on the average head, but behind these lips and as wide as this mouth."""
    none = np.zeros(len(head.blendshapes), np.float32)
    own, usual = (marks_of(which, which.face(none)) for which in (head, average))
    lips = [mark for row in (*UPPER_LIP[2:], *LOWER_LIP[2:]) for mark in row]
    shift = (own - usual)[lips].mean(0)
    shift[2] = np.percentile((own - usual)[lips, 2], 20) - BEHIND_LIPS
    right, left = INNER_MOUTH_CORNERS
    wider = np.clip(abs(own[left, 0] - own[right, 0]) / abs(usual[left, 0] - usual[right, 0]), 0.85, 1.15)
    inner, rest = _inner(head), head.rest.copy()
    rest[inner] = average.rest[inner] * np.array([wider, 1, 1], np.float32) + shift
    return replace(head, rest=rest.astype(np.float32))


def _inner(head: Head) -> npt.NDArray[np.bool_]:
    """(B,) what lies on the jaws: teeth, gums, tongue."""
    count = len(head.rest)
    found: npt.NDArray[np.bool_] = head.part("teeth")[:count] | head.part("gum")[:count] | head.part("tongue")[:count]
    return found


def _eyes_behind_lids(head: Head, own: Array, resting: Array) -> Head:
    """Puts each eyeball where its lids, as fitted, lie on it."""
    soft = head.face(resting)
    at, weights = head.landmarks
    marks = (soft[at] * weights[..., None]).sum(1)
    centres, radii = head.eye_centres.copy(), head.eye_radii
    for k, side in enumerate(SIDES):
        upper, lower = marks[list(EYE_UPPER[side])], marks[list(EYE_LOWER[side])]
        rim = np.concatenate([upper, lower[1:-1]])
        middle = (rim.max(0) + rim.min(0)) / 2
        seen = own[IRIS[side][0]]
        centres[k, :2] = (0.5 * (middle[0] + seen[0]), 0.3 * middle[1] + 0.7 * seen[1])
        aside = np.minimum(np.linalg.norm(rim[:, :2] - centres[k, :2], axis=1), 0.95 * radii[k])
        front = np.sqrt(radii[k] ** 2 - aside**2) * bulge(np.arcsin(aside / radii[k]), radii[k])
        centres[k, 2] = np.percentile(rim[:, 2] - front, 25) - LID
    return replace(head, eye_centres=centres)


def _lids_scaled(head: Head, average: Head) -> Head:
    """The lids travel as far as this head's eyes are open."""
    none = np.zeros(len(head.blendshapes), np.float32)
    own, usual = (marks_of(which, which.face(none)) for which in (head, average))
    blendshapes = head.blendshapes.copy()
    for side in SIDES:
        upper, lower = list(EYE_UPPER[side][2:7]), list(EYE_LOWER[side][2:7])
        open_now, open_then = (float((marks[upper, 1] - marks[lower, 1]).mean()) for marks in (own, usual))
        ratio = open_now / open_then
        for name in ("eyeSquint", "eyeWide", "eyeLookDown"):
            index = ARKIT_INDEX[name + side]
            blendshapes[index] = average.blendshapes[index] * np.clip(ratio, *OPENING)
        blink = ARKIT_INDEX["eyeBlink" + side]
        none[blink] = 1
        closed = marks_of(head, replace(head, blendshapes=average.blendshapes).face(none))
        none[blink] = 0
        travel = open_now - float((closed[upper, 1] - closed[lower, 1]).mean())
        blendshapes[blink] = average.blendshapes[blink] * np.clip((open_now + LIDS_OVER) / max(travel, 1e-4), *OPENING)
    return replace(head, blendshapes=blendshapes)

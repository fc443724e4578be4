"""Face presence: how surely a face detector sees an upright face where landmarks were laid.

A mesh is laid on whatever its network is shown: upside down on a face that stands on its head, or on a chin alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from avatar_app.face.networks import face_detector
from avatar_app.types import Array, Image

CROP = 256  # pixels a side shown to the detector
ROOMS = (1.6, 3.0)  # face sizes of the crops: it sees large faces best in one, small ones in the other
OFF, SIZES = 0.35, (0.4, 1.8)  # face sizes that its box may lie beside the mesh's, and how large it may be

REAL = 0.65  # presence of a face; meshes on chins, ears and patterns had up to 0.59, faces with a covered mouth 0.74
OVERLAPPED = 0.8  # and of one that reaches into another one's box
SHARED = 0.1  # of its own box


@dataclass(frozen=True)
class SeenFace:
    """What the face detector sees where a mesh was laid.

    score: 0 to 1, 0 where it sees no upright face there. features: (4, 2) pixels, the subject's right eye, left eye,
    tip of the nose and middle of the mouth, as the detector places them; None without a face.
    """

    score: float
    features: Array | None


def presence(pixels: Image, marks: Array) -> float:
    """0 to 1: the face detector's score of an upright face in the place and of the size of landmarks (n, 3)."""
    return seen_face(pixels, marks).score


def seen_face(pixels: Image, marks: Array) -> SeenFace:
    """The surest upright face that the detector sees in the place and of the size of landmarks (n, 3)."""
    return max((_seen(pixels, marks, room) for room in ROOMS), key=lambda seen: seen.score)


def real_faces(pixels: Image, faces: list[Array]) -> list[Array]:
    """The faces, largest first, without meshes that were laid on no face or twice on one; never none of several."""
    if len(faces) < 2:
        return faces
    scores = [presence(pixels, marks) for marks in faces]
    kept: list[Array] = []
    for i, (marks, score) in enumerate(zip(faces, scores, strict=True)):
        others = [faces[k] for k in range(len(faces)) if k != i and scores[k] > score]
        reaches = any(_shared(marks, other) > SHARED for other in others)
        if score >= (OVERLAPPED if reaches else REAL):
            kept.append(marks)
    return kept or [faces[int(np.argmax(scores))]]


def _seen(pixels: Image, marks: Array, room: float) -> SeenFace:
    low, high = marks[:, :2].min(0), marks[:, :2].max(0)
    size = float((high - low).max())
    scale = CROP / (room * size)
    corner = (low + high) / 2 - room * size / 2
    matrix = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]], np.float32)
    crop = cv2.warpAffine(pixels, matrix, (CROP, CROP), flags=cv2.INTER_AREA, borderValue=(128, 128, 128))
    best = SeenFace(0.0, None)
    for found in face_detector(0).process(np.asarray(crop, np.uint8)).detections or []:
        place: Any = found.location_data
        box = place.relative_bounding_box
        off = max(abs(box.xmin + box.width / 2 - 0.5), abs(box.ymin + box.height / 2 - 0.5)) * room
        if off < OFF and SIZES[0] < max(box.width, box.height) * room < SIZES[1] and found.score[0] > best.score:
            points = np.array([(point.x, point.y) for point in place.relative_keypoints[:4]], np.float32)
            best = SeenFace(float(found.score[0]), points * np.float32(CROP / scale) + corner)
    return best


def _shared(marks: Array, other: Array) -> float:
    """The share of a face's box that lies in another one's."""
    low = np.maximum(marks[:, :2].min(0), other[:, :2].min(0))
    high = np.minimum(marks[:, :2].max(0), other[:, :2].max(0))
    return float(np.prod(np.clip(high - low, 0, None)) / max(float(np.prod(np.ptp(marks[:, :2], axis=0))), 1e-6))

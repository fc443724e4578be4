"""Upright pictures: which way up the largest face of a picture stands, where no camera wrote it down."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from avatar_app.face.arkit_rig import head_pose
from avatar_app.face.landmarks import detect_faces
from avatar_app.face.presence import presence, real_faces
from avatar_app.types import Array, Image

SURE = 0.9  # presence of upright faces; on their heads, they had up to 0.87
BETTER = 0.08  # by which another way up must be surer
LEAST = 0.8  # presence that turns a picture
LEANING = 60.0  # degrees to the side that people lean their heads; beyond that, the picture lies
LOOK = 1024  # pixels, longest side of the pictures that are tried in other ways up


@dataclass(frozen=True)
class UprightFaces:
    """pixels: (H, W, 3) uint8 RGB. faces: (478, 3) landmarks, largest first. turns: quarter turns counter-clockwise
    that `pixels` were turned by."""

    pixels: Image
    faces: list[Array]
    turns: int = 0


def find_upright(pixels: Image, detector: str = "auto") -> UprightFaces:
    """The faces of a picture, turned by quarters where its largest face plainly stands another way up.

    detector: see detect_faces.
    """
    faces = real_faces(pixels, detect_faces(pixels, detector))
    turns = _quarter_turns(pixels, faces, detector)
    if turns == 0:
        return UprightFaces(pixels, faces)
    turned = np.ascontiguousarray(np.rot90(pixels, turns))
    found = real_faces(turned, detect_faces(turned, detector))
    return UprightFaces(turned, found, turns) if found else UprightFaces(pixels, faces)


def turn_landmarks(marks: Array, shape: tuple[int, ...], turns: int) -> Array:
    """(n, 3) landmarks of a picture of `shape` (H, W, ...) in the picture turned by np.rot90(picture, turns)."""
    height, width = shape[:2]
    for _ in range(turns % 4):
        marks = np.stack([marks[:, 1], width - 1 - marks[:, 0], marks[:, 2]], axis=1)
        height, width = width, height
    return marks


def _quarter_turns(pixels: Image, faces: list[Array], detector: str) -> int:
    here = _sureness(pixels, faces)
    if here >= SURE:
        return 0
    scale = min(1.0, LOOK / max(pixels.shape[:2]))
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else pixels
    best, most = 0, max(LEAST, here + BETTER)
    # A face that is seen and hardly leans can only stand on its head.
    for turns in (2,) if here > 0 else (1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(small, turns))
        sureness = _sureness(turned, detect_faces(turned, detector, thorough=False))
        if sureness > most:
            best, most = turns, sureness
    return best


def _sureness(pixels: Image, faces: list[Array]) -> float:
    """Presence of the largest face; 0 where there is none or it leans too far."""
    if not faces or abs(head_pose(faces[0])[2]) > LEANING:
        return 0.0
    return presence(pixels, faces[0])

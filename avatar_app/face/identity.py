"""Whether two faces are the same person's, by dlib's network of faces (King 2017): for measuring only.

It was taught that people are closer than 0.6 to themselves. Its five-point alignment is built from this project's
landmarks, so nothing else of its package is used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

import numpy as np

from avatar_app.face.landmarks import detect_faces
from avatar_app.types import Array, Image

FIVE = (263, 362, 33, 133, 2)  # corners of both eyes, outer first, and below the nose: in dlib's order
Describe = Callable[[Image, Array], Array]


def face_describer() -> Describe | None:
    """Takes a picture (H, W, 3) uint8 RGB and landmarks (478, 3) in it to (128,) float32; pictures of one person are
    closer than 0.6. None without the extra "measuring"."""
    if find_spec("dlib") is None or find_spec("face_recognition_models") is None:
        return None
    import dlib
    from face_recognition_models import face_recognition_model_location

    network = dlib.face_recognition_model_v1(face_recognition_model_location())

    def describe(pixels: Image, marks: Array) -> Array:
        points = dlib.points([dlib.point(round(float(x)), round(float(y))) for x, y in marks[list(FIVE), :2]])
        box = dlib.rectangle(*(int(edge) for edge in (*marks[:, :2].min(0), *marks[:, :2].max(0))))
        found = network.compute_face_descriptor(np.ascontiguousarray(pixels), dlib.full_object_detection(box, points))
        return np.array(found, np.float32)

    return describe


def distances_from_first(frames: Sequence[Image], describe: Describe) -> Array:
    """(N - 1,) how far the face of every later frame is from the first one's; NaN where either shows none."""
    found = []
    for frame in frames:
        faces = detect_faces(frame, thorough=False)
        found.append(describe(frame, faces[0]) if faces else np.full(128, np.nan, np.float32))
    return np.array([np.linalg.norm(one - found[0]) for one in found[1:]], np.float32)

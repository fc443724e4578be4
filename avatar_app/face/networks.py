"""The neural networks that the mediapipe package carries, each made at its first use and kept.

Making one takes several times as long as looking at a picture. Its library also writes lines to the terminal then, and
no setting of its own silences them: kept, a network says them once. Each picture is looked at afresh, so that the
result does not depend on what was seen before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from avatar_app.types import Image

CONFIDENCE = 0.3  # of a face, from which on it is told


class Network:
    """One of mediapipe's solutions, which holds one picture at a time: threads take turns."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._solution: Any = None

    def process(self, pixels: Image) -> Any:
        """What the solution finds in (H, W, 3) uint8 RGB."""
        with self._lock:
            solution = self._solution or self._make()
            self._solution = None  # one that fails half-way is not asked again
            found = solution.process(np.ascontiguousarray(pixels))
            self._solution = solution
            return found


def _solutions() -> Any:
    import mediapipe  # 1.5 s: commands and pages that look at no picture do without

    return mediapipe.solutions


@cache
def face_mesh(faces: int) -> Network:
    """478 landmarks of up to so many faces."""
    return Network(
        lambda: _solutions().face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=faces, refine_landmarks=True, min_detection_confidence=CONFIDENCE
        )
    )


@cache
def face_detector(model: int) -> Network:
    """Boxes of faces; model: 0 for faces within 2 m, 1 for those farther away."""
    return Network(
        lambda: _solutions().face_detection.FaceDetection(model_selection=model, min_detection_confidence=CONFIDENCE)
    )


@cache
def person_segmentation() -> Network:
    """How much of each pixel is person."""
    return Network(lambda: _solutions().selfie_segmentation.SelfieSegmentation(model_selection=0))

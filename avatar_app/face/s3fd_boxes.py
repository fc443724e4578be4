"""Face detection with S3FD (face-alignment), for pictures in which the bundled detectors find none.

Its weights are not bundled: `avatar_app download face_alignment` fetches them once. Without them this module finds
nothing and says so only when it was asked for by name.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.request import InputError
from avatar_app.weights import find_system

SIDE = 1.7  # of the crop handed to the landmark network, in box sizes
MOST_PIXELS = 900  # longest side that S3FD sees; it costs about 2 s of CPU at 512


def detector_file() -> Path:
    """Where the detector's weights lie, or would lie."""
    system = find_system("face_alignment")
    return next(system.path(file) for file in system.files if file.file.startswith("s3fd"))


def s3fd_boxes(pixels: npt.NDArray[np.uint8], required: bool = False) -> list[tuple[float, float, float]]:
    """Squares (x, y, side) in pixels around the faces of (H, W, 3) uint8 RGB, surest first.

    Without the weights: [], or InputError when they are `required`.
    """
    path = detector_file()
    if not path.is_file():
        if required:
            raise InputError(
                "The face_alignment detector needs its weights: run `avatar_app download face_alignment`, "
                "or choose the detector mediapipe."
            )
        return []

    scale = min(1.0, MOST_PIXELS / max(pixels.shape[:2]))
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else pixels
    found = _detector(path).detect_from_image(np.ascontiguousarray(small))
    rows = sorted((np.asarray(box, np.float64) for box in found), key=lambda box: -box[4])
    return [
        (
            float((x0 + x1) / 2 / scale),
            float((y0 + y1) / 2 / scale),
            float(SIDE * max(x1 - x0, y1 - y0) / scale),
        )
        for x0, y0, x1, y1, _ in rows
    ]


@lru_cache(maxsize=1)
def _detector(path: Path) -> Any:
    """The network, loaded once; face-alignment opens the file with weights_only=True."""
    from face_alignment.detection.sfd.sfd_detector import SFDDetector

    return SFDDetector("cpu", path_to_detector=str(path))

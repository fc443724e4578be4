"""Face landmark detection and person segmentation of a picture, with the networks of networks.py."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.networks import face_detector, face_mesh, person_segmentation
from avatar_app.face.s3fd_boxes import s3fd_boxes
from avatar_app.types import Array, Image

WORKING = 640  # pixels, longest side given to the networks
LONG = 2.0  # times as long as wide, from which a picture is looked at in parts
MOST_WINDOWS = 96


def detect_faces(pixels: Image, detector: str = "auto", thorough: bool = True) -> list[Array]:
    """Every face of (H, W, 3) uint8 RGB as (478, 3) float32, largest first; [] when there is none.

    x and y in pixels (centres at whole numbers), z in pixels toward the viewer, 0 near the middle of the head. Tried in
    turn: the whole picture, then a crop around each box of the two face detectors, then around those of face-alignment
    when its weights are there, then the picture made smaller with a border (for faces that fill the frame) and
    larger (for small ones, if `thorough`). detector: "auto"; "mediapipe" leaves face-alignment out, "face_alignment"
    uses it alone.
    Raises InputError when "face_alignment" is asked for without its weights.
    """
    if detector == "face_alignment":
        return _distinct([mark for box in s3fd_boxes(pixels, required=True) for mark in _in_crop(pixels, box)])
    faces = _whole(pixels) + [mark for box in _boxes(pixels) for mark in _in_crop(pixels, box)]
    if not faces and detector == "auto":
        faces = [mark for box in s3fd_boxes(pixels) for mark in _in_crop(pixels, box)]
    if not faces:
        height, width = pixels.shape[:2]
        side = 1.6 * max(height, width)
        faces = _in_crop(pixels, (width / 2, height / 2, side))
    if not faces and thorough:
        faces = [mark for box in _tiles(pixels) for mark in _in_crop(pixels, box)]
    return _distinct(faces)


def refine(pixels: Image, marks: Array) -> Array:
    """Landmarks again from a close crop around `marks`; the given ones where the crop finds nothing."""
    low, high = marks[:, :2].min(0), marks[:, :2].max(0)
    centre = (low + high) / 2
    found = _in_crop(pixels, (float(centre[0]), float(centre[1]), float((high - low).max() * 1.6)))
    near = [f for f in found if _overlap(f, marks) > 0.4]
    return near[0] if near else marks


def person_matte(pixels: Image) -> npt.NDArray[np.uint8]:
    """(H, W) uint8: how much of each pixel is person, by the bundled selfie segmentation."""
    mask = person_segmentation().process(pixels).segmentation_mask
    mask = cv2.resize(np.asarray(mask, np.float32), (pixels.shape[1], pixels.shape[0]))
    return (np.clip(mask, 0, 1) * 255).astype(np.uint8)


def face_landmarks(pixels: Image, faces: int = 1) -> list[Array]:
    """(478, 3) float32 of up to so many faces, as shares of the picture (H, W, 3): x of its width, y of its height.

    z: toward the viewer, of its width.
    """
    found = face_mesh(faces).process(pixels).multi_face_landmarks or []
    toward_viewer = np.array([1, 1, -1], np.float32)
    return [np.array([(p.x, p.y, p.z) for p in face.landmark], np.float32) * toward_viewer for face in found]


def _whole(pixels: Image) -> list[Array]:
    height, width = pixels.shape[:2]
    side = float(max(height, width))
    return _in_crop(pixels, ((width - 1) / 2, (height - 1) / 2, side), most=8)


def _in_crop(pixels: Image, box: tuple[float, float, float], most: int = 1) -> list[Array]:
    """Faces in the square (x, y, side) around a centre, in the picture's own pixels; outside it is mid-grey."""
    x, y, side = box
    size = int(np.clip(side, 256, WORKING))
    scale = size / side
    # Only what the square shows, or shrinking would cost as much for every face as the whole picture does.
    left, top = (int(max(centre - side / 2 - 2 / scale, 0)) for centre in (x, y))
    part: Any = pixels[
        top : max(0, int(y + side / 2 + 2 / scale) + 1), left : max(0, int(x + side / 2 + 2 / scale) + 1)
    ]
    if min(part.shape[:2]) * scale < 1:  # next to nothing of the picture lies in the square
        return []
    matrix = np.array([[scale, 0, size / 2 - scale * (x - left)], [0, scale, size / 2 - scale * (y - top)]], np.float32)
    if scale < 0.5:  # blur before shrinking, or the detector sees aliases
        part = cv2.resize(part, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        matrix[:, :2] = np.eye(2) * 0.5
    crop: Any = cv2.warpAffine(part, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=(128, 128, 128))
    back = np.array([x - size / 2 / scale, y - size / 2 / scale, 0], np.float32)
    centres = np.array([0.5, 0.5, 0.0], np.float32)  # of pixels lie at whole numbers
    return [(mark * np.float32(size) - centres) / scale + back for mark in face_landmarks(crop, most)]


def _boxes(pixels: Image) -> list[tuple[float, float, float]]:
    """Squares (x, y, side) around what the close-range and the far-range face detector find.

    Long pictures are also looked at in overlapping squares: seen whole, faces in them are a few pixels large.
    """
    height, width = pixels.shape[:2]
    side, length = min(height, width), max(height, width)
    windows = [(0, 0, width, height)]
    if length > LONG * side:
        starts = np.linspace(0, length - side, min(MOST_WINDOWS, 2 * -(-length // side) - 1)).astype(int)
        windows += [(int(s), 0, side, side) if width > height else (0, int(s), side, side) for s in starts]
    return [box for window in windows for box in _boxes_in(pixels, window)]


def _boxes_in(pixels: Image, window: tuple[int, int, int, int]) -> list[tuple[float, float, float]]:
    """_boxes of a part (left, top, width, height) of the picture."""
    left, top, width, height = window
    part: Any = pixels[top : top + height, left : left + width]
    boxes = []
    for model in (0, 1):
        for found in face_detector(model).process(part).detections or []:
            box: Any = found.location_data.relative_bounding_box
            x, y = (box.xmin + box.width / 2) * width, (box.ymin + box.height / 2) * height
            boxes.append((left + x, top + y, 2.0 * max(box.width * width, box.height * height)))
    return boxes


def _tiles(pixels: Image) -> list[tuple[float, float, float]]:
    """Overlapping squares of half the shorter side."""
    height, width = pixels.shape[:2]
    side = min(height, width) / 2
    across, down = (np.arange(side / 2, n - side / 2 + 1, max(side / 2, 1)) for n in (width, height))
    return [(float(x), float(y), side) for y in down for x in across][:64]


def _extent(marks: Array) -> float:
    return float(np.ptp(marks[:, :2], axis=0).max())


def _overlap(a: Array, b: Array) -> float:
    """Intersection over union of the two bounding boxes."""
    low = np.maximum(a[:, :2].min(0), b[:, :2].min(0))
    high = np.minimum(a[:, :2].max(0), b[:, :2].max(0))
    shared = np.prod(np.clip(high - low, 0, None))
    area = np.prod(np.ptp(a[:, :2], axis=0)) + np.prod(np.ptp(b[:, :2], axis=0)) - shared
    return float(shared / max(area, 1e-6))


def _distinct(faces: list[Array]) -> list[Array]:
    kept: list[Array] = []
    for face in sorted(faces, key=_extent, reverse=True):
        if all(_overlap(face, other) < 0.3 for other in kept):
            kept.append(face)
    return kept

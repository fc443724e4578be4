"""The square around a face as in FFHQ (Karras et al. 2019), which generator and encoder know."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.request import InputError
from avatar_app.types import Array, Image

# Points of the eyes and corners of the mouth among the 478 landmarks, from the picture's left.
EYES = ((33, 160, 158, 133, 153, 144), (362, 385, 387, 263, 373, 380))
MOUTH = (61, 291)
BY_EYES, BY_MOUTH, LOWERED = 2.0, 1.8, 0.1  # half a side in eye and eye-to-mouth distances; the middle below the eyes
CLOSE, CLOSE_LOWERED = 0.68, 0.055  # shares of that square, for a generator of few pixels: its side, how far down
LEAST_INSIDE, SOFT_INSIDE = 0.5, 0.85  # shares of the square that are in the picture: needed, and without a note


@dataclass(frozen=True)
class FaceSquare:
    """corner: (2,) pixels of the canvas. across, down: (2,) from there along its sides."""

    corner: npt.NDArray[np.float64]
    across: npt.NDArray[np.float64]
    down: npt.NDArray[np.float64]

    @property
    def side(self) -> float:
        """Pixels of the canvas."""
        return float(np.hypot(*self.across))

    def cut(self, picture: Image, size: int) -> Image:
        """(size, size, ...) of a picture, mirrored at its edges."""
        return self._cut(picture, size, cv2.BORDER_REFLECT)

    def inside(self, shape: tuple[int, ...]) -> float:
        """Which share of it lies in a picture of that shape."""
        return float(self._cut(np.full(shape[:2], 255, np.uint8), 64, cv2.BORDER_CONSTANT).mean() / 255)

    def _cut(self, picture: Image, size: int, border: int) -> Image:
        finer = size * max(1, int(np.ceil(self.side / size)))  # several pixels become one by their mean
        step = np.stack([self.across, self.down], axis=1) / finer
        corner = self.corner + step @ [0.5, 0.5] - 0.5  # from edges to middles of pixels
        matrix = np.concatenate([step, corner[:, None]], axis=1)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cut = cv2.warpAffine(picture, matrix, (finer, finer), flags=how, borderMode=border)
        return np.asarray(cv2.resize(cut, (size, size), interpolation=cv2.INTER_AREA), np.uint8)


def face_square(marks: Array, close: bool = False) -> FaceSquare:
    """Of (478, 3) landmarks in pixels. close: the face alone fills it, so that few pixels show lids and lips."""
    points: npt.NDArray[np.float64] = marks[:, :2].astype(np.float64)
    left, right = (points[list(eye)].mean(axis=0) for eye in EYES)
    eyes, mouth = (left + right) / 2, points[list(MOUTH)].mean(axis=0)
    apart, below = right - left, mouth - eyes
    along = apart + np.array([below[1], -below[0]])  # eyes and mouth say alike which way is level
    half = max(BY_EYES * np.hypot(*apart), BY_MOUTH * np.hypot(*below)) * along / max(np.hypot(*along), 1e-9)
    down: npt.NDArray[np.float64] = np.array([-half[1], half[0]], np.float64)
    middle = eyes + LOWERED * below
    if close:
        middle = middle + 2 * CLOSE_LOWERED * down
        half, down = CLOSE * half, CLOSE * down
    corner = middle - half - down
    return FaceSquare(corner.astype(np.float64), 2 * half, 2 * down)


def align(portrait: Portrait, size: int, close: bool = False) -> tuple[Image, tuple[str, ...]]:
    """(size, size, 3) uint8 of the portrait's face, and what there is to tell.

    Raises InputError where too little of the square is in the picture.
    """
    canvas, marks = portrait.whole()
    square = face_square(marks, close)
    inside = square.inside(canvas.shape)
    if inside < LEAST_INSIDE:
        raise InputError(
            f"Only {inside:.0%} of the square that the generator draws is in the picture, at least "
            f"{LEAST_INSIDE:.0%} is needed: choose a picture with more around the head."
        )
    notes = []
    if inside < SOFT_INSIDE:
        notes.append(f"{1 - inside:.0%} of the face's square lies outside the picture and is mirrored from it.")
    if square.side < size / 2:
        notes.append(f"The face's square has {square.side:.0f} pixels and is drawn with {size}: it will look soft.")
    return square.cut(canvas, size), tuple(notes)

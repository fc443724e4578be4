"""Feature detection in drawings: what stands out from the skin around eyes and mouth that a person pointed at.

Cartoons have eyes several times larger than people's and mouths that are one curved line; lids and lips must lie on
them to close and open them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import (
    BROW_ANCHORS,
    EYE_CREASE,
    EYE_LOWER,
    EYE_UPPER,
    FRONT_CHEEKS,
    INNER_LOWER,
    INNER_UPPER,
    IRIS,
    MOUTH_CORNERS,
    NOSE_BASE,
    NOSE_BRIDGE,
    NOSE_TIP,
    OVAL,
)
from avatar_app.types import Array, Image

Wanted = dict[int, npt.NDArray[np.floating[Any]]]  # landmark -> (2,) where it should be

WINDOW = 96  # samples along a window around an eye or mouth
EYE_REACH = 0.45  # eye distances from the middle of an eye to the edge of its window
EYE_SIZE = (0.16, 0.8)  # eye distances that a drawn eye may be wide
STRANDS = (5, 11, 17, 23)  # samples: strands of hair and brows narrower than this do not belong to an eye
EYE_SHAPE = (0.2, 2.2)  # its height over its width
ROOM = np.arange(0.84, 1.11, 0.02)  # of the drawn eye's size that the lids may enclose
INK = 90.0  # grey level of a drawn outline, at most
ALIKE = 0.9  # of the larger eye's size that the other one has, or it was not seen whole
CREASE = 0.10  # eye heights above the upper lid
UNLIKE_SKIN = 42.0  # grey levels
MOUTH_REACH = 0.55  # mouth widths above and below the corners in which the mouth's line is looked for
STEEP = 2  # samples that the line may rise or fall from one column to the next
FOUND = 0.75  # of the columns in which the line must stand out
STILL = (*OVAL[::3], *MOUTH_CORNERS, NOSE_TIP, NOSE_BASE, NOSE_BRIDGE)
BROW_ROOM = 0.25  # eye heights between the lid and the brow, at least


@dataclass(frozen=True)
class Axes:
    """across, down: (2,) unit vectors of the face in the picture. eyes: pixels between the eyes."""

    across: Array
    down: Array
    eyes: float


def drawn_features(marks: Array, picture: Image) -> Wanted:
    """Where some landmarks should be, those that should stay included; {} where no feature is recognised.

    marks: (478, 3) float32 of a face placed roughly. picture: (H, W, 3) uint8 RGB.
    """
    apart = marks[IRIS["Left"][0], :2] - marks[IRIS["Right"][0], :2]
    eyes = float(np.linalg.norm(apart))
    axes = Axes(apart / eyes, np.array([-apart[1], apart[0]], np.float32) / eyes, eyes)
    skin = _skin(marks, picture)
    found = _eyes(marks, picture, skin, axes) | _mouth(marks, picture, skin)
    return {k: marks[k, :2] for k in STILL} | found if found else {}


def _skin(marks: Array, picture: Image) -> Array:
    """(3,) colour of the cheeks."""
    height, width = picture.shape[:2]
    cheeks = marks[list(FRONT_CHEEKS), :2].round().astype(int)
    inside = [(x, y) for x, y in cheeks if 0 <= x < width and 0 <= y < height]
    colours = [picture[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].reshape(-1, 3) for x, y in inside]
    return np.median(np.concatenate(colours or [picture.reshape(-1, 3)]), axis=0).astype(np.float32)


def _unlike(picture: Image, skin: Array, corner: Array, right: Array, below: Array, rows: int) -> Array:
    """(rows, WINDOW) grey levels by which a window differs from skin; right, below: (2,) pixels per sample."""
    matrix = np.column_stack([right, below, corner]).astype(np.float32)
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    window = cv2.warpAffine(picture, matrix, (WINDOW, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.abs(window.astype(np.float32) - skin).max(2).astype(np.float32)


def _eyes(marks: Array, picture: Image, skin: Array, axes: Axes) -> Wanted:
    """Lids around both eyes. An eye that is not recognised, or much smaller, is taken to be as large as the other."""
    tried = {side: _drawn_eye(marks, picture, skin, axes, side) for side in ("Right", "Left")}
    found = {side: eye for side, eye in tried.items() if eye is not None}
    if not found:
        return {}
    frame = np.stack([axes.across, axes.down])
    best = max(found, key=lambda side: float(found[side][1].prod()))
    size = np.max([size for _, size in found.values()], axis=0)
    mirrored = (found[best][0] - marks[IRIS[best][0], :2]) @ frame.T * [-1, 1]
    room = min(_room(picture, skin, *eye, frame) for eye in found.values())  # a strand of hair may cross one of them
    rows = [*STILL, *BROW_ANCHORS]
    places = [_with_brows_above(marks, axes, rows, float(size[1]))]
    for side in tried:
        eye = found.get(side)
        if eye is None or (eye[1] < ALIKE * size).any():
            eye = marks[IRIS[side][0], :2] + mirrored @ frame, size
        centre, wanted = eye
        lids = [*EYE_UPPER[side], *EYE_LOWER[side][1:-1]]
        inside = _ellipse(side) * room * wanted / 2
        crease = inside[1:8] - [0, CREASE * wanted[1]]
        iris = marks[list(IRIS[side]), :2] - marks[IRIS[side][0], :2]
        rows += [*lids, *EYE_CREASE[side], *IRIS[side]]
        places += [centre + part @ frame for part in (inside, crease)]
        places.append(centre + iris * float(np.clip(0.45 * min(wanted) / max(float(np.ptp(iris[:, 0])), 1e-6), 0.5, 4)))
    return dict(zip(rows, np.concatenate(places), strict=True))


def _room(picture: Image, skin: Array, centre: Array, size: Array, frame: Array) -> float:
    """The share of a drawn eye that the upper lid encloses: up to its outline, which is lashes and moves with the lid.

    Nothing but ink and skin may lie beyond, or a blink would stretch the white of the eye over it.
    """
    angle = np.linspace(0.15, 0.85, 41) * np.pi
    arc = np.stack([np.cos(angle), -np.sin(angle)], 1)
    at = centre + (ROOM[:, None, None] * arc * size / 2) @ frame  # (n, 41, 2)
    last = np.array([picture.shape[1] - 1, picture.shape[0] - 1])
    x, y = np.moveaxis(np.clip(at.round().astype(int), 0, last), 2, 0)
    colours = picture[y, x].astype(np.float32)
    lid = (colours.mean(2) < INK) | (np.abs(colours - skin).max(2) < UNLIKE_SKIN)
    from_here_on = np.minimum.accumulate(lid.mean(1)[::-1])[::-1]
    enough = np.flatnonzero(from_here_on > 0.9)
    return float(ROOM[enough[0]] if len(enough) else ROOM[-1]) + 0.02  # lids are chords of the outline


def _ellipse(side: str) -> npt.NDArray[np.float64]:
    """(16, 2) places of an eye's upper and lower lid on the unit circle, along the face's axes."""
    angle = np.linspace(0, np.pi, len(EYE_UPPER[side]))
    outward = -1.0 if side == "Right" else 1.0  # both rows begin at the outer corner
    upper = np.stack([outward * np.cos(angle), -np.sin(angle)], 1)
    return np.concatenate([upper, (upper * [1, -1])[1:-1]])


def _with_brows_above(marks: Array, axes: Axes, rows: list[int], eye: float) -> npt.NDArray[np.float64]:
    """(n, 2) places of landmarks `rows`, forehead and brows lifted where eyes of this height reach up into them."""
    level = marks[[IRIS["Right"][0], IRIS["Left"][0]], :2].mean(0)
    above = -(marks[:, :2] - level) @ axes.down
    brow = float(above[list(BROW_ANCHORS)].min())
    lift = max(0.0, (0.5 + BROW_ROOM) * eye - brow)
    share = np.clip(above[rows] / max(brow, 1.0), 0, 1)
    return marks[rows, :2] - lift * share[:, None] * axes.down.astype(np.float64)


def _drawn_eye(marks: Array, picture: Image, skin: Array, axes: Axes, side: str) -> tuple[Array, Array] | None:
    """(2,) centre and (2,) width and height, pixels, of what is unlike skin around an eye; None where it is no eye."""
    middle = marks[IRIS[side][0], :2]
    reach = EYE_REACH * axes.eyes
    step = 2 * reach / WINDOW  # pixels of the picture per sample
    corner = middle - reach * (axes.across + axes.down)
    unlike = _unlike(picture, skin, corner, axes.across * step, axes.down * step, WINDOW)
    mask = (unlike > UNLIKE_SKIN).astype(np.uint8)
    for opening in STRANDS:
        kernel = np.ones((opening, opening), np.uint8)
        box = _middle_box(np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8))
        if box is not None:
            break
    else:
        return None
    left, top, width, height = box
    relative = width * step / axes.eyes
    if not EYE_SIZE[0] < relative < EYE_SIZE[1] or not EYE_SHAPE[0] < height / width < EYE_SHAPE[1]:
        return None
    across, down = (left + width / 2) * step, (top + height / 2) * step
    centre = corner + across * axes.across + down * axes.down
    return centre.astype(np.float32), np.array([width, height], np.float32) * step


def _middle_box(mask: Image) -> tuple[int, int, int, int] | None:
    """(left, top, width, height) of the part in the middle of a window; None when it is none or goes on outside."""
    _, parts, boxes, _ = cv2.connectedComponentsWithStats(mask)
    near = parts[WINDOW // 2 - 8 : WINDOW // 2 + 8, WINDOW // 2 - 8 : WINDOW // 2 + 8]
    counts = np.bincount(near[near > 0], minlength=1)
    if counts.max() == 0:
        return None
    left, top, width, height, _ = (int(value) for value in boxes[int(counts.argmax())])
    outside = left == 0 or top == 0 or left + width == WINDOW or top + height == WINDOW
    return None if outside else (left, top, width, height)


def _mouth(marks: Array, picture: Image, skin: Array) -> Wanted:
    """Both inner lips on the line that is drawn from corner to corner, found as the path that stands out most."""
    right, left = marks[list(MOUTH_CORNERS), :2]
    across = (left - right) / WINDOW
    down = np.array([-across[1], across[0]], np.float32)
    rows = 2 * int(MOUTH_REACH * WINDOW) + 1
    unlike = _unlike(picture, skin, right - down * (rows // 2), across, down, rows)
    line = _path(np.minimum(unlike, 120.0), rows // 2)
    if (unlike[line, np.arange(WINDOW)] > UNLIKE_SKIN / 2).mean() < FOUND:
        return {}
    wanted: Wanted = {}
    for row in (INNER_UPPER, INNER_LOWER):
        along = (marks[list(row), :2] - right) @ across / float(across @ across)
        height = np.interp(along, np.arange(WINDOW) + 0.5, line - rows // 2)
        wanted |= dict(zip(row, right + along[:, None] * across + height[:, None] * down, strict=True))
    return wanted


def _path(weight: Array, start: int) -> npt.NDArray[np.int64]:
    """(columns,) rows of the heaviest path through `weight` (rows, columns) from row `start` back to row `start`."""
    rows, columns = weight.shape
    best = np.full((columns, rows), -np.inf)
    came = np.zeros((columns, rows), np.int64)
    best[0, start] = 0.0
    for column in range(1, columns):
        steps = np.stack([_shifted(best[column - 1], step) - 4.0 * abs(step) for step in range(-STEEP, STEEP + 1)])
        choice = steps.argmax(0)
        came[column] = np.arange(rows) - (choice - STEEP)
        best[column] = steps.max(0) + weight[:, column]
    line = np.zeros(columns, np.int64)
    line[-1] = start
    for column in range(columns - 1, 0, -1):
        line[column - 1] = came[column, line[column]]
    return line


def _shifted(values: npt.NDArray[np.float64], step: int) -> npt.NDArray[np.float64]:
    """values[i - step], and minus infinity beyond the ends."""
    out = np.full_like(values, -np.inf)
    if step >= 0:
        out[step:] = values[: len(values) - step]
    else:
        out[:step] = values[-step:]
    return out

"""Where a portrait shows hair or headgear, skin, and cloth: what the 3-D head's shell of hair is grown from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import BETWEEN_BROWS, BROW, CHEEKBONE, CHIN, EYE_BAG, FACE_SIDES, FOREHEAD, OVAL
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.types import Array, Image

Mask = npt.NDArray[np.bool_]

SIDE = 256  # pixels that the picture is looked at in
DARKER, LIGHTER = 0.13, 0.17  # deviations of skin's lightness from the face's, in the share of it
SKIN_LIKE = 2.6  # deviations from the face's colours within which a colour may be skin
BALD = 0.12  # of the zone around the face: less that is not skin-coloured is no head of hair
FEW = 0.6  # of that zone: less that is not skin-coloured may be bald, or hair of skin's colour
EARS, BESIDE = 0.66, 0.03  # face widths from the middle where ears end; squared face heights of hair beyond them
THROAT = (-0.7, -1.05)  # face heights above the brows: where necks begin, and what is not skin is cloth
BAND = 0.10  # face heights from the outline inward that show hair for certain, where there is hair
ROUNDS = 3  # of the colour models


@dataclass(frozen=True)
class Regions:
    """(size, size) bool each, apart from one another: hair or headgear on the head, bare skin, cloth."""

    hair: Mask
    skin: Mask
    cloth: Mask


@dataclass(frozen=True)
class _Face:
    """Landmarks in the small picture: centre (2,), height and width of the face, upright way (2,) up its length."""

    marks: Array
    centre: Array
    height: float
    width: float
    up: Array

    @classmethod
    def of(cls, marks: Array) -> _Face:
        up = marks[FOREHEAD, :2] - marks[CHIN, :2]
        height = float(np.linalg.norm(up))
        width = float(np.linalg.norm(marks[FACE_SIDES[0], :2] - marks[FACE_SIDES[1], :2]))
        return cls(marks, marks[BETWEEN_BROWS, :2], height, width, up / height)

    def along(self, shape: tuple[int, ...]) -> tuple[Array, Array]:
        """((h, w) face heights above the brows, (h, w) face widths to the right of the middle)."""
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
        dx, dy = x - self.centre[0], y - self.centre[1]
        right = np.array([-self.up[1], self.up[0]])
        return (dx * self.up[0] + dy * self.up[1]) / self.height, (dx * right[0] + dy * right[1]) / self.width


def find_regions(portrait: Portrait) -> Regions | None:
    """What the person's matte shows; None without a matte."""
    if portrait.matte is None:
        return None
    size, matte = len(portrait.pixels), portrait.matte
    pixels = np.asarray(cv2.resize(portrait.pixels, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    person = np.asarray(cv2.resize(matte, (SIDE, SIDE), interpolation=cv2.INTER_AREA)) > 127
    marks = portrait.landmarks * np.array([SIDE / size] * 3, np.float32)
    face = _Face.of(marks)
    oval = _filled(face.marks[list(OVAL), :2])
    person &= _connected(person, oval)
    unlike = _unlike_skin(pixels, face)
    above, aside = face.along(person.shape)
    core = _bare(face)
    hair = _hair(pixels, person, above, aside, oval, core, unlike, face.height)
    # Below the chin what is not skin is cloth; a chin's shadow is told from it by the shadows of the face.
    strange = person & ~hair & (unlike > SKIN_LIKE) & (above < THROAT[0])
    cloth = strange & (above < THROAT[1])
    cloth = _cut(pixels, person & ~hair, cloth, strange, core | (oval & ~hair)) & (above < THROAT[0])
    skin = person & ~hair & ~cloth

    def whole(mask: Mask) -> Mask:
        grown: Any = cv2.resize(mask.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
        return np.asarray(grown > 0.5) & (matte > 127)

    hair = whole(hair)
    cloth = whole(cloth) & ~hair
    return Regions(hair, whole(skin) & ~hair & ~cloth, cloth)


def _filled(ring: Array) -> Mask:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(mask, [np.round(ring).astype(np.int32)], (255,))
    return mask > 0


def _connected(mask: Mask, seeds: Mask) -> Mask:
    """The pieces of a mask that touch the seeds."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    found = np.unique(labels[seeds & mask])
    return np.isin(labels, found[found > 0])


def _unlike_skin(pixels: Image, face: _Face) -> Array:
    """(SIDE, SIDE) deviations of each colour from those of the face's skin, in its lights and shadows."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    rows = [mark for side in ("Left", "Right") for mark in (*CHEEKBONE[side], *EYE_BAG[side])]
    patches = np.zeros((SIDE, SIDE), np.uint8)
    for mark in (*rows, FOREHEAD, 10, 151, 9, 4, 5, 195, 50, 280, 205, 425):
        place = tuple(int(v) for v in np.round(face.marks[mark, :2]))
        cv2.circle(patches, place, max(2, round(0.03 * face.width)), (255,), -1)
    y, x = np.nonzero(patches)
    tones = lab[y, x]
    middle = np.median(tones, axis=0)
    # One side of a face may lie in shadow: colours are compared with those of the face at the same column.
    slope, level = np.polyfit(x, tones[:, 0], 1)
    usual = np.clip(level + slope * np.clip(np.arange(SIDE), x.min(), x.max()), 0.4 * middle[0], 1.5 * middle[0])
    lightness = lab[..., 0] / np.maximum(usual, 1)
    fade = np.clip(lab[..., :1] / max(float(middle[0]), 1), 0.25, 1.25)  # shadow takes colour away, too
    spread = np.maximum(1.48 * np.median(np.abs(tones - middle), axis=0), (0, 4.5, 5))
    chroma = (lab[..., 1:] - 128 - fade * (middle[1:] - 128)) / spread[1:]
    off = np.where(lightness < 1, (1 - lightness) / DARKER, (lightness - 1) / LIGHTER)
    return np.asarray(np.sqrt((chroma**2).sum(-1) + off**2), np.float32)


def _hair(
    pixels: Image, person: Mask, above: Array, aside: Array, oval: Mask, core: Mask, unlike: Array, height: float
) -> Mask:
    """(SIDE, SIDE) hair and headgear: what is connected to the outline of the head and coloured like it, not like skin.

    above, aside: of _Face.along. oval: the face. core: where there is none for certain. height: of the face, pixels.
    """
    inside: Any = cv2.distanceTransform(np.pad(person, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    zone = person & (above > -0.15) & ~oval & (np.abs(aside) < 1.6)
    strange = zone & (unlike > SKIN_LIKE)
    seeds = strange & (inside < BAND * height) & (above > 0.15)
    beside = person & ~oval & (above > -0.6) & (above < -0.25) & (np.abs(aside) > EARS) & (np.abs(aside) < 1.1)
    if strange.sum() < FEW * zone.sum() and beside.sum() > BESIDE * height**2:
        seeds = strange = zone | beside  # no ears are as wide: what is coloured like skin is hair, too
    if seeds.sum() < BALD * max(int(zone.sum()), 1) or strange.sum() < 0.3 * zone.sum():
        return np.zeros_like(person)
    found = _cut(pixels, person, seeds, strange, core)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    opened: Any = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    closed: Any = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, kernel)
    return _connected((closed > 0) & person, seeds)


def _cut(pixels: Image, person: Mask, certain: Mask, likely: Mask, never: Mask) -> Mask:
    """(SIDE, SIDE) what of the person is coloured like `certain` and `likely`, rather than like the rest."""
    if not certain.any():
        return np.zeros_like(person)
    labels = np.full(person.shape, cv2.GC_PR_BGD, np.uint8)
    labels[likely] = cv2.GC_PR_FGD
    labels[certain] = cv2.GC_FGD
    labels[never | ~person] = cv2.GC_BGD
    # What lies around the person must not teach the models: it is painted over with skin.
    shown = pixels.copy()
    shown[~person] = np.median(pixels[never & person], axis=0).astype(np.uint8)
    back, front = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    cv2.grabCut(shown[..., ::-1].copy(), labels, None, back, front, ROUNDS, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    return np.asarray(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)) & person)


def _bare(face: _Face) -> Mask:
    """Where there is no hair of the head for certain: from the brows to the chin."""
    brows = [mark for side in ("Left", "Right") for mark in BROW[side]]
    lower = [mark for mark in OVAL if (face.marks[mark, :2] - face.centre) @ face.up < 0.05 * face.height]
    ring: Any = cv2.convexHull(face.marks[[*lower, *brows], :2].astype(np.float32))
    core: Any = cv2.erode(_filled(ring[:, 0]).astype(np.uint8), np.ones((3, 3), np.uint8), iterations=3)
    return core > 0

"""Layer separation: the person of a portrait with soft edges, and the background inpainted behind them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from avatar_app.face.landmark_indices import CHIN, SKIN_LANDMARKS
from avatar_app.render.layers.filling import continue_texture, fill_holes, usual_range
from avatar_app.render.layers.matting import closed_form_alpha, part_colours
from avatar_app.types import Array, Image

EDGE = 4.0  # pixels at 512 over which the matte is softened
GOOD_MATTE = 0.85  # of the face that must be person, or the matte is not believed
NEAR = 0.6  # face widths around the face in which the matte must be sure
UNSURE = 0.12  # half-covered pixels per person pixel there, beyond which it is not believed either
OUTLYING = 22  # pixels at 512 by which parts of the person may stick out of the matte
UNLIKE = 30.0  # grey levels
TEXTURED = 8.0  # grey levels from its own blur beyond which a background is not continued well
INNER = 0.93  # of the face's size that is face for certain
DEPTH = 60  # pixels at 512 behind the outline as far as the background's texture is continued
AROUND = 20  # pixels at 512: standard deviation of what is near enough to say how light or dark a background is
BEHIND = 4  # pixels at 512 around the person that are not taken for background


def split_layers(pixels: Image, matte: Image | None, landmarks: Array) -> tuple[Image, Image]:
    """The person's colours times alpha, with that alpha, (H, W, 4) uint8, and the background, (H, W, 3) uint8.

    One over the other they are the picture, exactly, however wrong the matte is. Without a believable matte all of the
    picture is person.
    """
    height, width = pixels.shape[:2]
    alpha = person_alpha(pixels, matte, landmarks)
    if alpha is None:
        return np.dstack([pixels, np.full((height, width), 255, np.uint8)]), pixels.copy()
    reach = max(1, round(BEHIND * width / 512))
    person = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    picture, known = pixels.astype(np.float32), 1 - person.astype(np.float32)
    behind = continue_texture(picture, known, DEPTH * width / 512)
    return part_colours(pixels, alpha, behind, usual_range(picture, known, AROUND * width / 512))


def person_alpha(pixels: Image, matte: Image | None, landmarks: Array) -> Array | None:
    """(H, W) float32, how much of each pixel is the person; None without a matte that can be believed."""
    if matte is None:
        return None
    face = _face(landmarks, matte.shape)
    coarse = _believable(pixels, matte, face, landmarks)
    return None if coarse is None else closed_form_alpha(pixels, _complete(pixels, coarse), face > 0)


def _complete(pixels: Image, alpha: Array) -> Array:
    """(H, W) float32 alpha with small parts that stick out of the matte, as of a collar: else they would stay behind.

    They are unlike the background continued across them, touch the person and end near it; what goes on is background.
    """
    reach = round(OUTLYING * pixels.shape[1] / 512)
    wide = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    behind = fill_holes(pixels.astype(np.float32), 1 - wide.astype(np.float32))
    beside = (cv2.dilate(wide, np.ones((2 * reach + 1,) * 2, np.uint8)) > 0) & (wide == 0)
    texture = np.abs(pixels - cv2.GaussianBlur(pixels, (0, 0), reach / 3).astype(np.float32)).max(2)
    if not beside.any() or texture[beside].mean() > TEXTURED:
        return alpha  # what is unlike the background continued may well be background
    unlike = np.abs(pixels - behind).max(2) > UNLIKE
    _, parts = cv2.connectedComponents((unlike & (alpha < 0.5) & (wide > 0)).astype(np.uint8))
    near = np.asarray(cv2.dilate((alpha > 0.5).astype(np.uint8), np.ones((5, 5), np.uint8))) > 0
    far = np.asarray(cv2.erode(wide, np.ones((5, 5), np.uint8))) == 0
    own = np.setdiff1d(np.unique(parts[near]), np.append(np.unique(parts[far]), 0))
    added = np.isin(parts, own).astype(np.float32)
    whole = np.maximum(alpha, cv2.GaussianBlur(added, (0, 0), 0.8))
    closed = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    return np.where(cv2.dilate(added, np.ones((5, 5), np.uint8)) > 0, closed, alpha).astype(np.float32)


def _face(landmarks: Array, shape: tuple[int, ...]) -> Image:
    """(H, W) uint8, 255 on what is face for certain of landmarks (n, 3)."""
    face = np.zeros(shape, np.uint8)
    skin = landmarks[:SKIN_LANDMARKS, :2]
    middle = skin.mean(0)
    hull: Any = cv2.convexHull((middle + INNER * (skin - middle)).astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(face, hull, (255,))
    return face


def _believable(pixels: Image, matte: Image, face: Image, landmarks: Array) -> Array | None:
    """(H, W) float32 alpha; None where the network did not see the face as a person or could not make up its mind."""
    skin = landmarks[:SKIN_LANDMARKS, :2]
    width = float(np.ptp(skin[:, 0]))
    around = np.asarray(cv2.distanceTransform(255 - face, cv2.DIST_L2, 5)) < NEAR * width
    around[int(landmarks[CHIN, 1]) :] = False  # below the chin nothing moves far
    person = _one_person(np.maximum(matte, face), face)
    unsure = ((person > 50) & (person < 205) & around).sum() / max(int(((person > 127) & around).sum()), 1)
    if matte[face > 0].mean() < 255 * GOOD_MATTE or unsure > UNSURE:
        return None
    return refine_matte(pixels, person)


def _one_person(matte: Image, face: Image) -> Image:
    """The matte without other people: only what hangs together with the face."""
    _, parts = cv2.connectedComponents((matte > 150).astype(np.uint8))
    own = parts == np.bincount(parts[face > 0]).argmax()
    reach = cv2.dilate(own.astype(np.uint8), np.ones((9, 9), np.uint8))
    return np.where(reach > 0, matte, 0).astype(np.uint8)


def refine_matte(pixels: Image, matte: Image) -> Array:
    """(H, W) float32 alpha: the network's coarse outline drawn to the picture's edges by a guided filter (He 2013)."""
    radius = max(2, round(2 * EDGE * pixels.shape[1] / 512))
    kernel = (2 * radius + 1, 2 * radius + 1)
    guide = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    coarse = matte.astype(np.float32) / 255

    def mean(x: Array) -> Array:
        return np.asarray(cv2.blur(x, kernel), np.float32)

    mean_guide, mean_coarse = mean(guide), mean(coarse)
    slope = (mean(guide * coarse) - mean_guide * mean_coarse) / (mean(guide * guide) - mean_guide**2 + 1e-3)
    alpha = mean(slope) * guide + mean(mean_coarse - slope * mean_guide)
    return np.clip((alpha - 0.2) / 0.6, 0, 1).astype(np.float32)

"""Layer separation: the person of a portrait with soft edges, and the background inpainted behind them."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from avatar_app.face.landmark_indices import CHIN, SKIN_LANDMARKS
from avatar_app.types import Array, Image

EDGE = 4.0  # pixels at 512 over which the matte is softened
GOOD_MATTE = 0.85  # of the face that must be person, or the matte is not believed
NEAR = 0.6  # face widths around the face in which the matte must be sure
UNSURE = 0.12  # half-covered pixels per person pixel there, beyond which it is not believed either
OUTLYING = 22  # pixels at 512 by which parts of the person may stick out of the matte
UNLIKE = 30.0  # grey levels
TEXTURED = 8.0  # grey levels from its own blur beyond which a background is not continued well
MIRRORED = 30.0  # pixels at 512 over which the background is continued with its grain
BEHIND = 6  # pixels at 512 around the person that are not taken for background


def fill_holes(pixels: Array, known: Array) -> Array:
    """Unknown pixels from known ones around them, smoothly (push-pull over a pyramid, after Gortler et al. 1996).

    pixels: (H, W, C) float32. known: (H, W) float32 in [0, 1], how far each pixel can be trusted.
    """
    height, width = known.shape
    weighted = pixels * known[..., None]
    if min(height, width) <= 2:
        total = max(float(known.sum()), 1e-6)
        flat: Array = np.asarray(np.broadcast_to(weighted.sum((0, 1)) / total, pixels.shape), np.float32)
        return flat
    half = ((width + 1) // 2, (height + 1) // 2)
    small = cv2.resize(weighted, half, interpolation=cv2.INTER_AREA).reshape(half[1], half[0], -1)
    amount = cv2.resize(known, half, interpolation=cv2.INTER_AREA)
    coarse = fill_holes(small / np.maximum(amount, 1e-6)[..., None], np.minimum(1.0, amount * 4))
    up: Any = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).reshape(height, width, -1)
    filled: Any = weighted + up * (1 - known)[..., None]
    return filled


def inpaint_mirrored(pixels: Array, known: Array) -> Array:
    """Unknown pixels near known ones as those mirrored at the border, so that grain and edges go on; smooth deeper in.

    pixels: (H, W, C) float32. known: (H, W) float32, 1 where a pixel is known and else 0.
    """
    smooth = fill_holes(pixels, known)
    reach = max(4.0, MIRRORED * pixels.shape[1] / 512)
    depth = cv2.distanceTransform((known < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    slope = cv2.GaussianBlur(depth, (0, 0), reach / 5)
    along, down = cv2.Sobel(slope, cv2.CV_32F, 1, 0), cv2.Sobel(slope, cv2.CV_32F, 0, 1)
    length = np.maximum(np.hypot(along, down), 1e-3)
    y, x = np.mgrid[: known.shape[0], : known.shape[1]].astype(np.float32)
    there_x, there_y = x - 2 * depth * along / length, y - 2 * depth * down / length
    mirrored: Any = cv2.remap(pixels, there_x, there_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    trusted: Any = cv2.remap(known, there_x, there_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    share = np.where(depth > 0, trusted * np.exp(-((depth / reach) ** 4)), 0)[..., None]
    # Mirrored light and shade would repeat what is beside them: only what is finer than `reach` is taken over.
    coarse = cv2.GaussianBlur(smooth, (0, 0), reach / 2)
    fine: Any = mirrored - cv2.remap(coarse, there_x, there_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    continued: Array = smooth + share * fine
    return continued


def split_layers(pixels: Image, matte: Image | None, landmarks: Array) -> tuple[Image, Image]:
    """The picture with the person's alpha, (H, W, 4) uint8, and the background behind, (H, W, 3) uint8.

    The colours are the picture's own, background included where alpha is below 255: `raster.compose` takes that
    share out again, so that an unmoved person gives the picture exactly, however wrong the matte is.
    Without a believable matte all of the picture is person.
    """
    height, width = pixels.shape[:2]
    alpha = None if matte is None else _believable(pixels, matte, landmarks)
    if alpha is None:
        return np.dstack([pixels, np.full((height, width), 255, np.uint8)]), pixels.copy()
    alpha = _complete(pixels, alpha)
    reach = max(1, round(BEHIND * width / 512))
    person = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    behind = np.clip(inpaint_mirrored(pixels.astype(np.float32), 1 - person.astype(np.float32)), 0, 255)
    return np.dstack([pixels, np.round(alpha * 255).astype(np.uint8)]), np.round(behind).astype(np.uint8)


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


def _believable(pixels: Image, matte: Image, landmarks: Array) -> Array | None:
    """(H, W) float32 alpha; None where the network did not see the face as a person or could not make up its mind."""
    face = np.zeros(matte.shape, np.uint8)
    skin = landmarks[:SKIN_LANDMARKS, :2]
    middle = skin.mean(0)
    hull: Any = cv2.convexHull((middle + 0.93 * (skin - middle)).astype(np.float32)).astype(np.int32)
    cv2.fillConvexPoly(face, hull, (255,))
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

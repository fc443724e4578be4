"""Alpha along an outline: how much of each pixel of hair is hair, and what colour hair and background have there.

Closed-form matting (Levin, Lischinski and Weiss 2008), solved only where a coarse matte is not sure. PyMatting has it,
too, but compiles for most of a minute when it is first imported, and not at all where it may not write.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import cg

from avatar_app.render.layers.filling import fill_holes
from avatar_app.types import Array, Image

Mask = npt.NDArray[np.bool_]

UNSURE = 6  # pixels at 512 to either side of the coarse outline in which alpha is solved for
SMOOTH = 1e-6  # how even the colours of a window of 3 × 3 pixels are taken to be, of full scale, squared
COARSE = 1e-4  # weight of the coarse alpha, so that what no colour tells stays as it was
STEPS, EXACT = 500, 1e-4  # of solving: at most so many, or until so little is left
SOLID = 0.95  # alpha of what shows the person's own colour
SEEN, UNSEEN = 0.1, 0.5  # alpha up to which a pixel tells of the background, and from which on it does not
FAINT = 13  # of 255: alpha of what the person hardly covers
MOSTLY = 0.5  # alpha from which on a pixel is more person than background
VARIED = 40.0  # grey levels by which a pixel's foreground may differ from what is solid beside it
RIM, RIM_REACH = 0.6, 3  # alpha of a bright or dark line around a person, and how many pixels from them it may lie
PLAIN = 24.0  # grey levels between the darkest and the lightest of a background that shows such lines


def closed_form_alpha(pixels: Image, coarse: Array, sure: Mask) -> Array:
    """(H, W) float32 in [0, 1]: `coarse` alpha (H, W), drawn anew along its outline from the picture's colours.

    pixels: (H, W, 3) uint8 RGB. sure: (H, W), what is person whatever the colours say.
    """
    reach = max(2, round(UNSURE * pixels.shape[1] / 512))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    solid = (cv2.erode((coarse > 0.9).astype(np.uint8), disc) > 0) | sure
    empty = (cv2.dilate((coarse > 0.1).astype(np.uint8), disc) == 0) & ~sure
    unknown = ~(solid | empty)
    known = np.where(solid, 1.0, 0.0)
    if not unknown.any() or not solid.any() or not empty.any():
        return np.where(unknown, coarse, known).astype(np.float32)
    ys, xs = np.nonzero(unknown)
    box = np.s_[max(ys.min() - 2, 0) : ys.max() + 3, max(xs.min() - 2, 0) : xs.max() + 3]
    ask = unknown[box].ravel()
    laplacian = _laplacian(pixels[box].astype(np.float64) / 255, unknown[box])[ask]
    left = laplacian[:, ask] + COARSE * sparse.identity(int(ask.sum()))
    right = COARSE * coarse[box].ravel()[ask] - laplacian[:, ~ask] @ known[box].ravel()[~ask]
    alike = sparse.diags(1 / left.diagonal())
    solved, _ = cg(left.tocsr(), right, x0=coarse[box].ravel()[ask], rtol=EXACT, maxiter=STEPS, M=alike)
    out = known.astype(np.float32)
    out[unknown] = np.clip(solved, 0, 1)
    return out


def _laplacian(pixels: npt.NDArray[np.float64], unknown: Mask) -> Any:
    """Sparse (H W, H W): how unlike lines through colours the alphas of all windows near unknown pixels are."""
    height, width = unknown.shape
    near = cv2.dilate(unknown.astype(np.uint8), np.ones((3, 3), np.uint8))[1:-1, 1:-1] > 0
    numbers = np.arange(height * width).reshape(height, width)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, (3, 3))[near].reshape(-1, 9)
    colours = pixels.reshape(-1, 3)[windows]  # (windows, 9, 3)
    apart = colours - colours.mean(1, keepdims=True)
    spread = np.einsum("wic,wid->wcd", apart, apart) / 9 + np.eye(3) * (SMOOTH / 9)
    alike = (1 + np.einsum("wic,wcd,wjd->wij", apart, np.linalg.inv(spread), apart, optimize=True)) / 9
    values = np.eye(9) - alike
    rows, columns = np.repeat(windows, 9, 1), np.tile(windows, (1, 9))
    total = height * width
    return sparse.coo_matrix((values.ravel(), (rows.ravel(), columns.ravel())), (total, total)).tocsr()


def part_colours(
    pixels: Image, alpha: Array, behind: Array, usual: tuple[Array, Array] | None = None
) -> tuple[Image, Image]:
    """The person's colours times alpha with that alpha, (H, W, 4) uint8, and the background, (H, W, 3) uint8.

    Person over background is the picture, exactly. behind: (H, W, 3), the background as one would continue it: it is
    changed where the picture is then only explained by a person who is unlike what is solid of them near by. usual:
    (H, W, 3) each, between which the background is to be where the person covers some of it.
    """
    picture = pixels.astype(np.float32)
    if usual is not None:
        alpha = np.where(_rim(picture, alpha, usual), np.maximum(alpha, RIM), alpha)
    own = fill_holes(picture, (alpha > SOLID).astype(np.float32))
    # Whoever is before a light background and darker than what shines through covers more than it seemed.
    through = np.minimum(picture / np.maximum(behind, 1), (255 - picture) / np.maximum(255 - behind, 1)).min(2)
    alpha = np.where(alpha > MOSTLY, np.maximum(alpha, 1 - through), alpha)
    covered = np.round(np.clip(alpha, 0, 1) * 255).astype(np.int32)[..., None]
    clear = np.maximum(255 - covered, 1)
    darkest, lightest = np.clip(own - VARIED, 0, 255), np.clip(own + VARIED, 0, 255)
    low = (255 * picture - covered * lightest) / clear
    high = (255 * picture - covered * darkest) / clear
    # What is hardly covered is background as it is; what is mostly covered says next to nothing of it.
    seen = np.clip((UNSEEN - alpha) / (UNSEEN - SEEN), 0, 1)[..., None]
    ground = behind + seen * (np.clip(behind, low, high) - behind)
    if usual is not None:
        ground = np.where(covered > FAINT, np.clip(ground, *usual), ground)
    ground = np.clip(ground, (255 * picture - 255.0 * covered) / clear, 255 * picture / clear)
    ground = np.where(covered == 255, behind if usual is None else np.clip(behind, *usual), ground)
    back = np.clip(np.round(ground), 0, 255).astype(np.uint8)
    rest = pixels - (back * (255 - covered) + 127) // 255
    return np.dstack([np.clip(rest, 0, 255), covered]).astype(np.uint8), back


def _rim(picture: Array, alpha: Array, usual: tuple[Array, Array]) -> Mask:
    """(H, W) what lines a person before a plain background and is unlike it: it would stay behind as an outline."""
    low, high = usual
    strange = ((picture < low - 1) | (picture > high + 1)).any(axis=2)
    plain = (high - low).max(axis=2) < PLAIN
    beside: Mask = cv2.dilate((alpha > 0.5).astype(np.uint8), np.ones((2 * RIM_REACH + 1,) * 2, np.uint8)) > 0
    return strange & plain & beside

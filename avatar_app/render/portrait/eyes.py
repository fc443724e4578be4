"""Eyeballs of a portrait: the picture's own, with an iris that can look elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import EYE_REACH
from avatar_app.face.landmark_indices import EYE_UPPER, IRIS
from avatar_app.render.compiled import compiled
from avatar_app.render.layers.filling import fill_holes
from avatar_app.render.portrait.mouth import polygon_mask
from avatar_app.types import Array, Image

RELAXATIONS = 60
LID_SHADE = 0.5  # how dark the shadow of a lid is on the bare ball
SHADOW = 0.09  # eye widths below the upper lid in which its lashes and shadow lie on the ball
NOTICED = 0.004  # of how far lids have left their place: below it no pixel changes by more than a grey level
LASHES = 0.68  # how much of the edge of a lowered lid is lashes
LOWERED = (0.15, 0.65)  # of the opening at rest that the lids have closed, between which that edge comes to show


@dataclass(frozen=True)
class Eye:
    """One eyeball, cut to `box` (left, top, right, bottom) of the picture.

    white: (h, w, 3) float32 the ball without its iris. iris: (h, w, 3) what the iris adds over the covered white,
    so that white * (1 - cover) + iris is the picture itself. cover: (h, w). across, up: (2,) pixels that the iris
    travels at full gaze to the image's right and upward. opening: mean pixels between the lids at rest.
    lash: (3,) colour of the lashes, the darkest around the lids.
    bare: white and iris without the lashes and the shadow that lie on the ball in the picture, for lids that have left.
    moving: (h, w, 4) twice, what the irises of both add, only where they cover the white, with the cover.
    """

    side: str
    box: tuple[int, int, int, int]
    white: Array
    iris: Array
    cover: Array
    across: Array
    up: Array
    opening: float
    lash: Array
    bare: tuple[Array, Array]
    moving: tuple[Array, Array]


def build_eye(pixels: Image, landmarks: Array, ring: Array, side: str) -> Eye:
    """Separates iris and white of one eye of a portrait; `ring` (n, 2) is the outline of its opening."""
    corners = landmarks[[EYE_UPPER[side][0], EYE_UPPER[side][-1]], :2]
    width = float(np.linalg.norm(corners[0] - corners[1]))
    low = np.clip(np.floor(ring.min(0) - 0.35 * width), 0, pixels.shape[0] - 2).astype(int)
    high = np.clip(np.ceil(ring.max(0) + 0.35 * width), low + 2, pixels.shape[0]).astype(int)
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    source = pixels[box[1] : box[3], box[0] : box[2]].astype(np.float32)
    opening = polygon_mask(ring - low, (box[3] - box[1], box[2] - box[0]))
    centre = landmarks[IRIS[side][0], :2] - low
    radius = float(np.linalg.norm(landmarks[list(IRIS[side][1:]), :2] - low - centre, axis=1).mean())
    y, x = np.mgrid[: source.shape[0], : source.shape[1]].astype(np.float32)
    distance = np.hypot(x - centre[0], y - centre[1])
    cover = np.clip((1.22 * radius - distance) / max(0.15 * radius, 1.0) + 0.5, 0, 1).astype(np.float32)
    shrunk = np.asarray(cv2.erode(opening, np.ones((3, 3), np.uint8)), np.float32)
    keep = np.asarray(cv2.dilate(opening, np.ones((3, 3), np.uint8)), np.float32)
    reach = max(2, round(SHADOW * width))
    below = np.asarray(cv2.erode(shrunk, np.ones((reach + 1, 1), np.uint8), anchor=(0, reach)), np.float32)
    white, iris = _separate_iris(source, shrunk, keep, distance, radius, cover)
    bare = _separate_iris(source, below, np.asarray(cv2.GaussianBlur(below, (0, 0), 0.7)), distance, radius, cover, 0.7)
    across = corners[np.argmax(corners[:, 0])] - corners[np.argmin(corners[:, 0])]
    up = np.array([across[1], -across[0]], np.float32)
    travel = across * EYE_REACH, up * EYE_REACH * 0.75
    # Outside the cover the "iris" is the difference between picture and white: it stays with the lids, so drop it.
    covering, covering_bare = (np.dstack([layer * (cover > 0)[..., None], cover]) for layer in (iris, bare[1]))
    return Eye(
        side, box, white, iris, cover, *travel, _opening(ring), _lash_colour(source, opening), bare,
        (covering, covering_bare),
    )  # fmt: skip


def _separate_iris(
    source: Array, sure: Array, keep: Array, distance: Array, radius: float, cover: Array, soft: float = 0.0
) -> tuple[Array, Array]:
    """(h, w, 3) white and iris. sure: (h, w) where the picture shows nothing but the ball. keep: where it stays.

    soft: pixels over which the edges are softened at which the seen and the completed meet.
    """
    white = _white(source, sure, (sure * (distance > 1.4 * radius)).astype(np.float32))
    whole = _whole_iris(source, sure, distance, radius, white)
    seen = source * keep[..., None] + np.where(cover[..., None] > 0, whole, white) * (1 - keep[..., None])
    white = np.where(cover[..., None] > 0, white, seen).astype(np.float32)
    if soft:
        seen, white = (np.asarray(cv2.GaussianBlur(layer, (0, 0), soft), np.float32) for layer in (seen, white))
    return white, (seen - white * (1 - cover[..., None])).astype(np.float32)


def _white(source: Array, opening: Array, known: Array) -> Array:
    """(h, w, 3): the white of the eye, also where the iris or a lid covers it."""
    if known.sum() >= 6:
        return _spread(source, known)
    # An eye that is all iris: take a plain white in the picture's light.
    inside = source[opening > 0.5] if (opening > 0.5).any() else source.reshape(-1, 3)
    return np.zeros_like(source) + np.percentile(inside, 80, axis=0).astype(np.float32)


def _lash_colour(source: Array, opening: Array) -> Array:
    """(3,) mean of the darkest pixels near the lids."""
    around = np.asarray(cv2.dilate(opening, np.ones((5, 5), np.uint8))) > 0.5
    near = source[around] if around.any() else source.reshape(-1, 3)
    dark = near.mean(1)
    return np.asarray(near[dark <= np.percentile(dark, 12)].mean(0), np.float32)


def _opening(ring: Array) -> float:
    """Mean pixels between the lids; the ring runs along the upper lid and back along the lower one."""
    half = len(ring) // 2
    upper, lower = ring[1:half], ring[:half:-1]
    return float(np.linalg.norm(upper - lower, axis=1).mean())


def _spread(source: Array, known: Array) -> Array:
    """(h, w, 3): the unknown filled from the known without a step between them (relaxed toward Laplace's equation)."""
    white = fill_holes(source, known)
    share = known[..., None]
    for _ in range(RELAXATIONS):
        white = np.asarray(source * share + cv2.blur(white, (3, 3)) * (1 - share), np.float32)
    return white


def _whole_iris(source: Array, opening: Array, distance: Array, radius: float, white: Array) -> Array:
    """(h, w, 3): the iris completed under the lids by the mean colour of its rings."""
    ring = np.clip(np.round(distance / max(radius, 1.0) * 8).astype(int), 0, 10)
    whole = white.copy()
    last = white[opening > 0.5].mean(0) * 0.4 if (opening > 0.5).any() else white.mean((0, 1)) * 0.4
    for k in range(11):
        seen = (ring == k) & (opening > 0.9)
        if seen.any():
            last = source[seen].mean(0)
        whole[ring == k] = last
    return whole


def gaze(expression: Array, side: str) -> tuple[float, float]:
    """(toward the image's right, up) of one eye from its eyeLook coefficients, each -1 to 1."""
    look = {way: float(expression[ARKIT_INDEX[f"eyeLook{way}{side}"]]) for way in ("In", "Out", "Up", "Down")}
    right = look["Out"] - look["In"]
    return (right if side == "Left" else -right), look["Up"] - look["Down"]


def draw_eye(frame: Image, eye: Eye, ring: Array, head: Array, look: tuple[float, float]) -> None:
    """Draws the eyeball into `frame` within the lids' opening `ring` (n, 2); changes it in place.

    head: (2, 3) affine from the resting picture to the frame. look: gaze away from where the picture looks.
    """
    size = frame.shape[0]
    low = np.clip(np.floor(ring.min(0)) - 2, 0, size - 1).astype(int)
    high = np.clip(np.ceil(ring.max(0)) + 3, 1, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    if min(shape) < 3:
        return
    matrix = head.copy()
    matrix[:, 2] += head[:, :2] @ np.array(eye.box[:2], np.float32) - low
    step = head[:, :2] @ (eye.across * look[0] + eye.up * look[1])
    lowered = 1 - _opening(ring) / max(eye.opening, 0.5)
    # Lids that rise, or an iris that looks up or down, would bring out what the lids left on the ball.
    left = min(max(max(-lowered / 0.08, abs(look[1]) / 0.3), 0.0), 1.0)
    left = left if left > NOTICED else 0.0
    white, iris = _ball(eye, left, matrix, step, shape)
    shut = min(max((lowered - LOWERED[0]) / (LOWERED[1] - LOWERED[0]), 0.0), 1.0)
    line = LASHES * max(shut, min(left, 1.0) if lowered < 0 else 0.0)
    mask = polygon_mask(ring - low, shape)
    edge = _lash_line(ring - low, shape) if left or line else mask
    shade = _shadow(edge, ring) if left else mask
    part = frame[low[1] : high[1], low[0] : high[0]]
    _lay_ball(part, white, iris, mask, shade, np.float32(LID_SHADE * left), edge, np.float32(line), eye.lash)


@compiled(fastmath=True)
def _lay_ball(
    part: Any, white: Any, iris: Any, mask: Any, shade: Any, shading: Any, edge: Any, line: Any, lash: Any
) -> None:
    one = np.float32(1)
    for y in range(mask.shape[0]):
        for x in range(mask.shape[1]):
            amount, lashes = mask[y, x], line * edge[y, x]
            if amount == 0 and lashes == 0:
                continue
            lit = (one - shading * shade[y, x]) * amount
            for n in range(3):
                ball = white[y, x, n] * (one - iris[y, x, 3]) + iris[y, x, n]
                value = part[y, x, n] * (one - amount) + ball * lit
                value += (lash[n] - value) * lashes
                part[y, x, n] = np.uint8(min(max(np.rint(value), np.float32(0)), np.float32(255)))


def _ball(eye: Eye, left: float, matrix: Array, step: Array, shape: tuple[int, int]) -> tuple[Array, Array]:
    """(h, w, 3) the ball without its iris, moved by an affine (2, 3), and (h, w, 4) the iris, `step` (2,) pixels more.

    left: 0 to 1, how far the lids have left their place in the picture, with their lashes and shadow.
    """
    shifted = matrix.copy()
    shifted[:, 2] += step
    white, iris = eye.white, eye.moving[0]
    if left:
        white = np.asarray(cv2.addWeighted(white, 1 - left, eye.bare[0], left, 0))
        iris = np.asarray(cv2.addWeighted(iris, 1 - left, eye.moving[1], left, 0))
    return (
        np.asarray(cv2.warpAffine(white, matrix, shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.float32),
        np.asarray(cv2.warpAffine(iris, shifted, shape[::-1], borderMode=cv2.BORDER_CONSTANT), np.float32),
    )


def _shadow(edge: Array, ring: Array) -> Array:
    """(h, w) in [0, 1]: what the upper lid, whose edge (h, w) is given, throws on the ball below it."""
    width = float(np.ptp(ring[:, 0]))
    sigma = max(0.07 * width, 0.8)
    soft = np.asarray(cv2.GaussianBlur(edge, (0, 0), sigma))
    return np.asarray(soft / max(float(soft.max()), 1e-6), np.float32)


def _lash_line(ring: Array, shape: tuple[int, int]) -> Array:
    """(h, w) in [0, 1]: a soft line along the upper lid, whose lashes a photo of an open eye shows from below."""
    half = len(ring) // 2
    line = ring[: half + 1]
    points: Any = [np.round(line[1:-1] * 16).astype(np.int32).reshape(-1, 1, 2)]
    mask = np.zeros(shape, np.uint8)
    width = max(1, round(float(np.linalg.norm(line[0] - line[-1])) / 23))
    cv2.polylines(mask, points, False, (255,), width, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.6)
    return np.asarray(np.clip(soft * 1.2, 0, 1), np.float32)

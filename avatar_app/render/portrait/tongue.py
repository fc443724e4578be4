"""Tongue: how high it stands in the mouth, and one stuck out, painted over the lower lip in the mouth's own light."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.render.portrait.lips import roundness
from avatar_app.render.portrait.mouth import Mouth, polygon_mask
from avatar_app.types import Array, Image

LENGTH, HALF_WIDTH = 0.46, 0.21  # mouth widths, at tongueOut 1
MIN_AMOUNT = 0.04  # below it the tongue stays behind the teeth


# jawOpen between which a tongue leaves the palate: n t d l th are said below, open vowels above (measured on film).
RAISED = (0.18, 0.34)
TIP = 0.15  # tongueOut at which the tip is up between the teeth


def tongue_lift(expression: Array, resting: Array) -> float:
    """How far coefficients (52,) raise the tongue toward the upper teeth, 0 to 1; resting: those of the picture.

    ARKit has one tongue channel, tongueOut, and no voice moves it. But a jaw that is hardly open says as much: what is
    spoken like that, rounded vowels apart, is said with the tongue up.
    """
    jaw = float(min(max((RAISED[1] - expression[ARKIT_INDEX["jawOpen"]]) / (RAISED[1] - RAISED[0]), 0.0), 1.0))
    up = jaw * jaw * (3 - 2 * jaw) * (1 - roundness(expression))
    out = ARKIT_INDEX["tongueOut"]
    return float(max(up, np.clip((expression[out] - resting[out]) / TIP, 0, 1)))


def draw_tongue(frame: Image, mouth: Mouth, ring: Array, amount: float) -> None:
    """Draws the tongue into `frame`, in place. ring: (n, 2) outline of the lips' opening. amount: tongueOut, 0 to 1."""
    if amount < MIN_AMOUNT:
        return

    half = len(ring) // 2
    across = ring[half] - ring[0] if ring[half][0] > ring[0][0] else ring[0] - ring[half]
    across = across / max(float(np.linalg.norm(across)), 1e-6)
    down = np.array([-across[1], across[0]], np.float32)
    upper, lower = ring[half // 2], ring[-(half // 2)]
    # It leaves the mouth between the lips, nearer the lower one.
    root = upper + (lower - upper) * 0.45
    length = LENGTH * mouth.width * amount + float((lower - root) @ down)
    outline = _outline(root, across, down, length, HALF_WIDTH * mouth.width)
    low = np.floor(outline.min(0) - 0.15 * mouth.width).astype(int).clip(0)
    high = np.minimum(np.ceil(outline.max(0) + 0.25 * mouth.width).astype(int), frame.shape[1::-1])
    if min(high - low) < 3:
        return
    part = frame[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    mask = polygon_mask(outline - low, (part.shape[0], part.shape[1]))
    fade = min(max((amount - MIN_AMOUNT) / 0.12, 0.0), 1.0)
    sigma = 0.05 * mouth.width
    drop = np.array([[1, 0, 0.6 * sigma * down[0]], [0, 1, 1.2 * sigma * down[1]]], np.float32)
    shadow = cv2.GaussianBlur(cv2.warpAffine(mask, drop, mask.shape[::-1]), (0, 0), sigma)
    part *= 1 - 0.35 * fade * (shadow * (1 - mask))[..., None]
    paint = _paint(mouth, mask, low, root, across, down, length)
    alpha = (fade * mask)[..., None]
    frame[low[1] : high[1], low[0] : high[0]] = np.round(part * (1 - alpha) + paint * alpha).astype(np.uint8)


def _outline(root: Array, across: Array, down: Array, length: float, half_width: float) -> Array:
    """(n, 2) a rounded tongue: straight sides that end in a broad tip."""
    s = np.linspace(0, 1, 24)
    width = half_width * (0.9 + 0.1 * np.sin(np.pi * s)) * np.power(1 - s**4, 1 / 2.2)
    right = root + np.outer(s * length, down) + np.outer(width, across)
    left = root + np.outer(s * length, down) - np.outer(width, across)
    return np.concatenate([right, left[::-1]]).astype(np.float32)


def _paint(
    mouth: Mouth, mask: Array, low: npt.NDArray[np.int_], root: Array, across: Array, down: Array, length: float
) -> Array:
    """(h, w, 3) flesh with a groove, darker under the upper lip and toward its edges."""
    y, x = np.mgrid[: mask.shape[0], : mask.shape[1]].astype(np.float32)
    dx, dy = x + low[0] - root[0], y + low[1] - root[1]
    along = (dx * down[0] + dy * down[1]) / max(length, 1.0)
    aside = (dx * across[0] + dy * across[1]) / mouth.width
    edge = np.clip(cv2.GaussianBlur(mask, (0, 0), max(0.05 * mouth.width, 0.8)) * 1.5 - 0.5, 0, 1)
    groove = 1 - 0.16 * np.exp(-((aside / 0.02) ** 2)) * np.clip(1.1 - along, 0, 1)
    lit = (0.45 + 0.55 * np.clip(along * 2.2, 0, 1)) * (0.72 + 0.28 * edge) * groove
    shine = 14 * np.exp(-(((along - 0.72) / 0.12) ** 2) - ((np.abs(aside) - 0.07) / 0.05) ** 2)
    return np.clip(mouth.flesh * lit[..., None] + shine[..., None], 0, 255).astype(np.float32)

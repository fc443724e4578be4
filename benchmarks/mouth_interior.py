"""What shows between the lips of a portrait that opens its mouth: how dark it is, and whether there are teeth.

All is read from the frames, at places that only the lips' outline decides.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from closed_loop import coefficients

from avatar_app.face.arkit_rig import mouth_width
from avatar_app.face.landmark_indices import CHEEKS
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait.mouth import polygon_mask
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.types import Array, Image

DARK = 25  # of 255: darker looks like a hole
TEETH = (0.02, 0.06, 0.14)  # mouth widths: from and to below the upper lip's edge, and to both sides of its middle
WHITE = (0.6, 0.8)  # of the skin's brightness that teeth have at least, of its colourfulness that they have at most
GREY = 0.12  # colourfulness below which nothing has a colour

WIDE = {"jawOpen": 1.0}
# What bares the upper teeth of people.
BARED: tuple[dict[str, float], ...] = (
    {"mouthSmile*": 0.9, "jawOpen": 0.18, "mouthUpperUp*": 0.35},
    {"mouthUpperUp*": 0.6, "jawOpen": 0.15},
    {"mouthUpperUp*": 0.6, "mouthLowerDown*": 0.7, "noseSneer*": 0.6, "jawOpen": 0.5},
    {"mouthStretch*": 0.5, "mouthSmile*": 0.2, "jawOpen": 0.2, "mouthLowerDown*": 0.5, "mouthUpperUp*": 0.4},
    {"mouthUpperUp*": 0.5, "jawOpen": 0.7, "browInnerUp": 1.0},
    {"mouthSmile*": 0.8, "jawOpen": 0.5, "mouthUpperUp*": 0.3},
)


def interior(portrait: Portrait, renderer: PortraitRenderer) -> dict[str, float]:
    """dark: share of the opening darker than DARK when the jaw is wide open. teeth_shown: share of BARED in which teeth
    show. Of these teeth, medians: brightness against the skin's, and in CIE Lab red (a*) and distance from grey.
    """
    skin = portrait.pixels[tuple(portrait.landmarks[list(CHEEKS), 1::-1].round().astype(int).T)].astype(np.float32)
    frame, ring = _drawn(renderer, WIDE)
    mask = cv2.erode(polygon_mask(ring, frame.shape[:2]), np.ones((3, 3), np.uint8)) > 0.99
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    colours = np.stack([_teeth(*_drawn(renderer, recipe), mouth_width(portrait.landmarks)) for recipe in BARED])
    shown = [_is_white(colour, np.median(skin, axis=0)) for colour in colours]
    lab = cv2.cvtColor((colours[None] / 255).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    return {
        "dark": round(float((grey[mask] < DARK).mean()), 3),
        "teeth_shown": round(float(np.mean(shown)), 2),
        "tooth_brightness": round(float(np.median(colours.mean(1)) / np.median(skin.mean(1))), 2),
        "tooth_red": round(float(np.median(lab[:, 1])), 1),
        "tooth_from_grey": round(float(np.median(np.hypot(lab[:, 1], lab[:, 2]))), 1),
    }


def _drawn(renderer: PortraitRenderer, recipe: dict[str, float]) -> tuple[Image, Array]:
    """A frame, and the outline of the lips' opening in it, (n, 2)."""
    values, still = coefficients(recipe, np.zeros(52, np.float32))[0], np.zeros(3, np.float32)
    motion = renderer.landmark_motion(values)
    points = renderer.mesh.move(motion, np.eye(3, dtype=np.float32), still, 0.0)
    return renderer.frame(values, still, still), points[renderer.mesh.rings["mouth"], :2]


def _teeth(frame: Image, ring: Array, width: float) -> Array:
    """(3,) median colour right below the middle of the upper lip, where upper incisors are."""
    half = len(ring) // 2
    across = ring[half] - ring[0]
    across = across / np.linalg.norm(across) * (1 if across[0] > 0 else -1)
    down = np.array([-across[1], across[0]])
    u, v = np.meshgrid(np.linspace(-TEETH[2], TEETH[2], 15), np.linspace(TEETH[0], TEETH[1], 6))
    at = ring[half // 2] + width * (u[..., None] * across + v[..., None] * down)
    seen: Any = cv2.remap(frame, *np.moveaxis(at.astype(np.float32), 2, 0), cv2.INTER_LINEAR)
    return np.asarray(np.median(seen.reshape(-1, 3), axis=0), np.float32)


def _is_white(colour: Array, skin: Array) -> bool:
    """Whether a colour is bright and pale enough for a tooth beside that skin; both (3,), 0 to 255."""
    vivid, limit = (float(np.ptp(c) / max(float(c.max()), 1.0)) for c in (colour, skin))
    return bool(colour.mean() >= WHITE[0] * skin.mean() and vivid <= max(WHITE[1] * limit, GREY))

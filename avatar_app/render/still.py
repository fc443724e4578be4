"""The first picture of a run: the portrait as the video will show it, before anything moves."""

from __future__ import annotations

from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.compositor import Compositor
from avatar_app.types import Image


def first_still(portrait: Portrait, background: Background | None) -> Image:
    """(H, W, 3) uint8 RGB: framed and before its background as in the video; a clear background is black."""
    compositor = Compositor(portrait, background)
    left, top, right, bottom = compositor.scene.layout.window
    return compositor.still[top:bottom, left:right]

"""The visible label: a line of text on a dark plate in the lower left corner of every frame."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from avatar_app.types import Array, Image

HEIGHT, LEAST = 1 / 20, 12  # of the letters, as a share of the frame's height, and in pixels at least
OPACITY = 0.72  # of the plate: white letters keep a contrast of 8.9 to 1 on it before a white picture
INK, PLATE = 255, 0


def labelled(frames: Iterable[Image], text: str, size: tuple[int, int]) -> Iterator[Image]:
    """The frames with the text drawn on copies of them; as they are where there is none.

    frames: (height, width, 3) RGB or (height, width, 4) with straight alpha, uint8. size: (width, height).
    """
    if not text.strip():
        yield from frames
        return
    ink, cover = plate(" ".join(text.split()), size)
    high, wide = cover.shape
    edge = max(2, size[1] // 60)
    for frame in frames:
        out = frame.copy()
        rows, columns = slice(size[1] - edge - high, size[1] - edge), slice(edge, edge + wide)
        under = out[rows, columns].astype(np.float32)
        above = cover[..., None]
        if out.shape[2] == 4:
            alpha = under[..., 3:] / 255
            whole = above + alpha * (1 - above)
            mixed = (ink[..., None] * above + under[..., :3] * alpha * (1 - above)) / np.maximum(whole, 1e-6)
            out[rows, columns] = np.rint(np.concatenate([mixed, 255 * whole], axis=2))
        else:
            out[rows, columns] = np.rint(ink[..., None] * above + under * (1 - above))
        yield out


def plate(text: str, size: tuple[int, int]) -> tuple[Array, Array]:
    """(h, w) grey levels of the letters on their plate, and (h, w) how much of it covers the frame, 0 to 1.

    Text that is too long for the frame is set smaller, and cut where that would be too small to read.
    """
    width, height = size[0] - 2 * max(2, size[1] // 60), size[1]
    points = max(float(LEAST), height * HEIGHT)
    while True:
        font = _font(points)
        left, top, right, bottom = font.getbbox(text)
        pad = round(points / 2.5)
        if right - left + 2 * pad <= width or len(text) < 2:
            break
        if points > LEAST:
            points = max(float(LEAST), points * 0.9)
        else:
            text = text[:-2].rstrip() + "…"
    shape = (round(right - left) + 2 * pad, round(bottom - top) + 2 * pad)
    letters = Picture.new("L", (min(shape[0], width), min(shape[1], height)), PLATE)
    ImageDraw.Draw(letters).text((pad - left, pad - top), text, fill=INK, font=font)
    ink = np.asarray(letters, np.float32)
    return ink, np.maximum(OPACITY, ink / 255).astype(np.float32)


def _font(points: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """DejaVu Sans, which comes with matplotlib: Pillow's own font has no letter with an accent."""
    found = importlib.util.find_spec("matplotlib")
    for place in (found and found.submodule_search_locations) or ():
        path = Path(place) / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(path, points)
    return ImageFont.load_default(size=points)

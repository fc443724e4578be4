"""Compositing arithmetic per pixel; compiled, exact where nothing changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.render.compiled import compiled
from avatar_app.types import Image

Steps = npt.NDArray[np.int16]

STRICT = 96  # alpha from which on a pixel is more than background, where only a coarse matte tells them apart
FIRM = 16  # the same of a person's own alpha and colours, which say so of single hairs


@compiled()
def _swap_background(frame: Any, alpha: Any, before: Any, wanted: Any, strict: Any) -> None:
    height, width = alpha.shape
    for y in range(height):
        for x in range(width):
            own = np.int32(alpha[y, x])
            if own == 255:
                continue
            for n in range(frame.shape[2]):
                there = np.int32(wanted[y, x, n])
                value = np.int32(frame[y, x, n])
                value += ((there - np.int32(before[y, x, n])) * (255 - own) + 127) // 255
                if own < strict:
                    value = (value * own + there * (strict - own)) // strict
                frame[y, x, n] = min(max(value, 0), 255)


@compiled()
def _composite(part: Any, residue: Any, weight: Any, out: Any) -> None:
    height, width = weight.shape
    for y in range(height):
        for x in range(width):
            share = np.int32(weight[y, x])
            for n in range(out.shape[2]):
                value = np.int32(part[y, x, n]) + np.int32(residue[y, x, n])
                mixed = (value * share + np.int32(out[y, x, n]) * (255 - share) + 127) // 255
                out[y, x, n] = min(max(mixed, 0), 255)


@compiled()
def _unpremultiply(colour: Any, alpha: Any, spill: Any, sure: int, out: Any) -> None:
    height, width = alpha.shape
    for y in range(height):
        for x in range(width):
            a: Any = np.int32(alpha[y, x])
            trust: Any = min(a, sure)
            for n in range(3):
                own: Any = min(np.int32(colour[y, x, n]) * 255 // max(a, 1), 255)
                beyond = np.int32(spill[y, x, n]) * (sure - trust)
                out[y, x, n] = (own * trust + beyond) // sure
            out[y, x, 3] = a


def swap_background(frame: Image, alpha: Image, before: Image, wanted: Image, strict: int = 0) -> None:
    """Puts `wanted` for the background `before`, both (H, W, C), as far as `alpha` (H, W) leaves `frame` clear.

    In place, all uint8. What the frame differs from `before` where nothing covers it, as by hair too fine for a matte,
    stays; but not where alpha is below `strict`: a background with texture is never known well enough for that.
    """
    _swap_background(frame, alpha, before, wanted, np.int32(strict))


def composite(part: Image, residue: Steps, weight: Image, out: Image) -> None:
    """Mixes `part` + `residue` (h, w, C) into `out` (h, w, C) uint8, in place, by `weight` (h, w) uint8 of 255."""
    _composite(part, residue, weight, out)


def unpremultiply(colour: Image, alpha: Image, spill: Image, sure: int = 64) -> Image:
    """(H, W, 4) uint8 with straight alpha from colours (H, W, 3) that were multiplied by alpha (H, W).

    Below an alpha of `sure` colours are uncertain and give way to `spill` (H, W, 3), so that no dark fringe shows.
    """
    out = np.empty((*alpha.shape, 4), np.uint8)
    _unpremultiply(colour, alpha, spill, sure, out)
    return out

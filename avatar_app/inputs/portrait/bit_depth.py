"""Bit depths of pictures: eight bits from whole numbers and floats of any range."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from avatar_app.types import Image

DEPTHS = (8, 10, 12, 16, 24)  # bits that cameras and scanners give, in whatever type the file keeps them
OVER = 4.0  # brightest float of a picture from 0 to 1: highlights may go beyond
ROWS = 256  # at a time: a large picture is never copied as floats


def to_bytes(array: npt.NDArray[Any]) -> Image:
    """Eight bits from (H, W) or (H, W, C) booleans, whole numbers, or floats from 0 to 1 (or as whole numbers).

    Whole numbers span the smallest usual depth that holds the brightest of them, or else their type's range.
    """
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == np.bool_:
        return (array * np.uint8(255)).astype(np.uint8)
    if array.dtype == np.int32 and array.min() < 0:  # how Pillow gives unsigned whole numbers
        array = np.ascontiguousarray(array).view(np.uint32)
    scale = 255.0 / _full_scale(array)
    out = np.empty(array.shape, np.uint8)
    for row in range(0, len(array), ROWS):
        values = np.nan_to_num(array[row : row + ROWS].astype(np.float64), nan=0.0, posinf=np.inf, neginf=0.0)
        out[row : row + ROWS] = np.clip(np.round(values * scale), 0, 255).astype(np.uint8)
    return out


def _full_scale(array: npt.NDArray[Any]) -> float:
    """The number that stands for white."""
    most = float(np.max(array, initial=0, where=np.isfinite(array)))
    if array.dtype.kind == "f" and most <= OVER:
        return 1.0
    depths = [2.0**bits - 1 for bits in DEPTHS]
    if array.dtype.kind in "iu":
        top = float(np.iinfo(array.dtype).max)
        depths = [*(depth for depth in depths if depth < top), top]
    return next((depth for depth in depths if most <= depth), most)

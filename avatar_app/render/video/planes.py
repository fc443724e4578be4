"""Frames as the planes that H.264 keeps, BT.709 in studio range: ten times as quick as ffmpeg's exact conversion."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from avatar_app.render.compiled import compiled
from avatar_app.types import Image


class Planes:
    """Makes yuv420p of RGB frames of one size; to be used by one thread at a time.

    height, width: even.
    """

    def __init__(self, height: int, width: int) -> None:
        self.rgb = [np.empty((height, width), np.uint8) for _ in range(3)]
        self.halves = [np.empty((height // 2, width // 2), np.uint8) for _ in range(3)]
        self.out = np.empty(height * width * 3 // 2, np.uint8)

    def of(self, frame: Image) -> Image:
        """(H * W * 3 / 2,) uint8: luma, and both chroma planes at half the size, of (H, W, 3) uint8 RGB.

        Off by half a level in luma at most, and by one in chroma. The next call writes over what is returned.
        """
        cv2.split(frame, self.rgb)
        for whole, half in zip(self.rgb, self.halves, strict=True):
            cv2.resize(whole, half.shape[::-1], dst=half, interpolation=cv2.INTER_AREA)
        size, quarter = self.rgb[0].size, self.halves[0].size
        _luma(*(plane.ravel() for plane in self.rgb), self.out[:size])
        _chroma(*(plane.ravel() for plane in self.halves), self.out[size : size + quarter], self.out[size + quarter :])
        return self.out


# Recommendation ITU-R BT.709-6, 3.2 to 3.5: its factors in 65,536ths, for 219 levels of luma and 224 of chroma.
@compiled()
def _luma(red: Any, green: Any, blue: Any, out: Any) -> None:
    for i in range(red.size):
        total = np.int32(red[i]) * 11966 + np.int32(green[i]) * 40254 + np.int32(blue[i]) * 4064
        out[i] = np.uint8((total + (16 << 16) + (1 << 15)) >> 16)


@compiled()
def _chroma(red: Any, green: Any, blue: Any, out_blue: Any, out_red: Any) -> None:
    for i in range(red.size):
        r, g, b = np.int32(red[i]), np.int32(green[i]), np.int32(blue[i])
        out_blue[i] = np.uint8((28784 * b - 6596 * r - 22188 * g + (128 << 16) + (1 << 15)) >> 16)
        out_red[i] = np.uint8((28784 * r - 26145 * g - 2639 * b + (128 << 16) + (1 << 15)) >> 16)

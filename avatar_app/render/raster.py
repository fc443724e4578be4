"""Rasterisation on the CPU: which source coordinate each output pixel shows, nearest surface first.

numba compiles the inner loop once (a second or so, cached beside this file) and releases the GIL while it runs.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from avatar_app.render.compiled import compiled
from avatar_app.types import Array, Image, Ints

EDGE = -1e-4  # barycentric slack, so that shared edges leave no pinholes
FAR = -1e9
HIDDEN = -1e5  # depth added to triangles seen from behind: they only fill what nothing else covers
JUMP = 2.6  # source pixels between neighbours from which on they belong to different surfaces


@compiled(fastmath=True)
def _fill(points: Any, triangles: Any, attributes: Any, depth: Any, out: Any) -> None:
    height, width = depth.shape
    channels = attributes.shape[1]
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, z0 = points[i, 0], points[i, 1], points[i, 2]
        x1, y1, z1 = points[j, 0], points[j, 1], points[j, 2]
        x2, y2, z2 = points[k, 0], points[k, 1], points[k, 2]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if abs(area) < 1e-9:
            continue
        if area < 0:  # seen from behind: folded over, and hidden by what folds over it
            z0, z1, z2 = z0 + HIDDEN, z1 + HIDDEN, z2 + HIDDEN
        left = max(0, int(np.ceil(min(x0, x1, x2) - 1e-3)))
        right = min(width - 1, int(np.floor(max(x0, x1, x2) + 1e-3)))
        top = max(0, int(np.ceil(min(y0, y1, y2) - 1e-3)))
        bottom = min(height - 1, int(np.floor(max(y0, y1, y2) + 1e-3)))
        inverse = 1.0 / area
        step_a, step_b = (y1 - y2) * inverse, (y2 - y0) * inverse
        for y in range(top, bottom + 1):
            a = ((x1 - left) * (y2 - y) - (x2 - left) * (y1 - y)) * inverse
            b = ((x2 - left) * (y0 - y) - (x0 - left) * (y2 - y)) * inverse
            for x in range(left, right + 1):
                c = 1.0 - a - b
                if a >= EDGE and b >= EDGE and c >= EDGE:
                    z = a * z0 + b * z1 + c * z2
                    if z > depth[y, x]:
                        depth[y, x] = z
                        for n in range(channels):
                            out[y, x, n] = a * attributes[i, n] + b * attributes[j, n] + c * attributes[k, n]
                a += step_a
                b += step_b


@compiled(fastmath=True)
def _over_background(
    person: Any, background: Any, depth: Any, still: Any, corner_x: int, corner_y: int, mixed: Any
) -> None:
    height, width = mixed.shape[:2]
    for y in range(height):
        for x in range(width):
            clear = np.int32(255) - np.int32(person[y, x, 3])
            if depth[y, x] == FAR or clear == 255:
                for n in range(3):
                    mixed[y, x, n] = still[corner_y + y, corner_x + x, n]
                continue
            if clear == 0:
                continue
            for n in range(3):
                value = np.int32(person[y, x, n])
                value += (np.int32(background[corner_y + y, corner_x + x, n]) * clear + 127) // 255
                mixed[y, x, n] = min(value, 255)


@compiled(fastmath=True)
def _find_jumps(source: Any, limit: Any, jumps: Any) -> None:
    height, width = jumps.shape
    for y in range(1, height):
        for x in range(1, width):
            u, v = source[y, x, 0], source[y, x, 1]
            aside = max(abs(u - source[y, x - 1, 0]), abs(v - source[y, x - 1, 1]))
            above = max(abs(u - source[y - 1, x, 0]), abs(v - source[y - 1, x, 1]))
            jumps[y, x] = max(aside, above) > limit


@compiled(fastmath=True)
def _soften(jumps: Any, sharp: Any, out: Any) -> None:
    height, width = out.shape[:2]
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            if jumps[y, x] or jumps[y, x + 1] or jumps[y + 1, x]:
                for n in range(3):
                    total = 4 * np.int32(sharp[y, x, n])
                    total += 2 * np.int32(sharp[y, x - 1, n]) + 2 * np.int32(sharp[y, x + 1, n])
                    total += 2 * np.int32(sharp[y - 1, x, n]) + 2 * np.int32(sharp[y + 1, x, n])
                    total += np.int32(sharp[y - 1, x - 1, n]) + np.int32(sharp[y - 1, x + 1, n])
                    total += np.int32(sharp[y + 1, x - 1, n]) + np.int32(sharp[y + 1, x + 1, n])
                    out[y, x, n] = (total + 8) // 16


@compiled(fastmath=True)
def _shade_wrinkles(person: Any, source: Any, depth: Any, wrinkles: Any, left: Any, top: Any) -> None:
    height, width = depth.shape
    rows, columns = wrinkles.shape
    for y in range(height):
        for x in range(width):
            u, v = int(source[y, x, 0]) - left, int(source[y, x, 1]) - top
            if 0 <= u < columns - 1 and 0 <= v < rows - 1 and depth[y, x] > FAR:
                a, b = source[y, x, 0] - left - u, source[y, x, 1] - top - v
                above = wrinkles[v, u] * (1 - a) + wrinkles[v, u + 1] * a
                below = wrinkles[v + 1, u] * (1 - a) + wrinkles[v + 1, u + 1] * a
                lit = 1 + above * (1 - b) + below * b
                for n in range(3):
                    person[y, x, n] = np.uint8(min(person[y, x, n] * lit + np.float32(0.5), np.float32(255)))


def rasterize(points: Array, triangles: Ints, attributes: Array, depth: Array, out: Array) -> None:
    """Draws triangles into `out` where they are nearer than `depth`; both are changed in place.

    points: (V, 3) float32, x and y in pixels (centres at whole numbers), z grows toward the viewer.
    triangles: (F, 3) int32, clockwise as seen (positive area with y down); those seen from behind lie below all others.
    attributes: (V, C) float32, interpolated linearly over each triangle.
    depth: (H, W) float32, filled with FAR before the first call. out: (H, W, C) float32.
    """
    _fill(points, triangles, attributes, depth, out)


def double_resolution(pixels: Image) -> Image:
    """(2 H - 1, 2 W - 1, C) uint8: the picture with bicubic samples halfway between its pixels.

    Fetching from it linearly is as sharp as fetching bicubically from the picture and five times as fast, and whole
    coordinates give the picture's own pixels exactly.
    """
    height, width = pixels.shape[:2]
    y, x = np.mgrid[: 2 * height - 1, : 2 * width - 1].astype(np.float32) / 2
    return np.asarray(cv2.remap(pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def shade_wrinkles(person: Image, source: Array, depth: Array, wrinkles: Array, corner: tuple[int, int]) -> None:
    """Multiplies `person` (h, w, 4) in place by 1 + `wrinkles` (rows, columns), a map of the picture from `corner`."""
    _shade_wrinkles(person, source, depth, wrinkles, corner[0], corner[1])


def compose(
    person: Image,
    background: Image,
    still: Image,
    source: Array,
    depth: Array,
    corner: tuple[int, int],
) -> Image:
    """(h, w, 3) uint8: the moved `person` (h, w, 4) over the part of `background` (H, W, 3) from `corner` (x, y) on.

    person holds colours times alpha and alpha, fetched from `source` (h, w, 2) where depth (h, w) is not FAR; where
    there is nothing of it `still` (H, W, 3) shows.
    Where neighbouring pixels come from far-apart places one surface ends in front of another; the rasteriser cut that
    edge in whole pixels, so a 3 × 3 binomial filter softens it.
    """
    mixed = np.asarray(cv2.cvtColor(person, cv2.COLOR_RGBA2RGB), np.uint8)
    _over_background(person, background, depth, still, corner[0], corner[1], mixed)
    jumps = np.zeros(person.shape[:2], np.uint8)
    _find_jumps(source, np.float32(JUMP), jumps)
    out = mixed.copy()
    _soften(jumps, mixed, out)
    return out

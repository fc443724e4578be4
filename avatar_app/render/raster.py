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
BAND = 32  # rows whose colours are fetched together
JUMP = 2.6  # source pixels between neighbours from which on they belong to different surfaces


@compiled(fastmath=True)
def _fill(points: Any, triangles: Any, attributes: Any, depth: Any, out: Any) -> None:
    height, width = depth.shape
    channels = attributes.shape[1]
    first, step = np.empty(channels, np.float32), np.empty(channels, np.float32)
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
        step_c = -step_a - step_b
        step_z = np.float32(step_a * z0 + step_b * z1 + step_c * z2)
        for n in range(channels):
            step[n] = step_a * attributes[i, n] + step_b * attributes[j, n] + step_c * attributes[k, n]
        # How many pixels on from the left a weight of 1 is lost or won.
        run_a = 1 / step_a if abs(step_a) > 1e-9 else 0.0
        run_b = 1 / step_b if abs(step_b) > 1e-9 else 0.0
        run_c = 1 / step_c if abs(step_c) > 1e-9 else 0.0
        for y in range(top, bottom + 1):
            a = ((x1 - left) * (y2 - y) - (x2 - left) * (y1 - y)) * inverse
            b = ((x2 - left) * (y0 - y) - (x0 - left) * (y2 - y)) * inverse
            c = 1.0 - a - b
            # Where all three weights are above EDGE: a run of pixels, found without asking each of them.
            begin, end = 0.0, float(right - left)
            if (run_a == 0 and a < EDGE) or (run_b == 0 and b < EDGE) or (run_c == 0 and c < EDGE):
                continue
            at_a, at_b, at_c = (EDGE - a) * run_a, (EDGE - b) * run_b, (EDGE - c) * run_c
            begin = max(begin, at_a if run_a > 0 else 0.0, at_b if run_b > 0 else 0.0, at_c if run_c > 0 else 0.0)
            end = min(end, at_a if run_a < 0 else end, at_b if run_b < 0 else end, at_c if run_c < 0 else end)
            if end < begin:
                continue
            start, count = int(np.ceil(begin)), int(np.floor(end)) - int(np.ceil(begin)) + 1
            a, b, c = a + start * step_a, b + start * step_b, c + start * step_c
            z = np.float32(a * z0 + b * z1 + c * z2)
            for n in range(channels):
                first[n] = a * attributes[i, n] + b * attributes[j, n] + c * attributes[k, n]
            for m in range(count):
                along = np.float32(m)
                near = z + along * step_z
                x = left + start + m
                if near > depth[y, x]:
                    depth[y, x] = near
                    for n in range(channels):
                        out[y, x, n] = first[n] + along * step[n]


@compiled(fastmath=True)
def _show(
    person: Any, source: Any, depth: Any, wrinkles: Any, corner_u: int, corner_v: int, background: Any,
    corner_x: int, corner_y: int, out: Any, jumps: Any, rough: Any,
) -> None:  # fmt: skip
    height, width = depth.shape
    rows, columns = wrinkles.shape
    one, half, full, limit = np.float32(1), np.float32(0.5), np.float32(255), np.float32(2 * JUMP)
    for y in range(height):
        before = False
        for x in range(width):
            covered = depth[y, x] > FAR
            if not (covered or before or (y > 0 and depth[y - 1, x] > FAR)):
                continue
            before = covered
            u, v = source[y, x, 0], source[y, x, 1]
            if x > 0 and y > 0:
                aside = max(abs(u - source[y, x - 1, 0]), abs(v - source[y, x - 1, 1]))
                above = max(abs(u - source[y - 1, x, 0]), abs(v - source[y - 1, x, 1]))
                if max(aside, above) > limit:
                    jumps[y, x], rough[y] = 1, 1
            clear: Any = 255 - np.int64(person[y, x, 3])
            if not covered or clear == 255:
                continue
            r: Any = np.int64(person[y, x, 0])
            g: Any = np.int64(person[y, x, 1])
            b: Any = np.int64(person[y, x, 2])
            u, v = u * half, v * half
            fold_x, fold_y = int(u) - corner_u, int(v) - corner_v
            if 0 <= fold_x < columns - 1 and 0 <= fold_y < rows - 1:
                s, t = u - np.float32(corner_u + fold_x), v - np.float32(corner_v + fold_y)
                upper = wrinkles[fold_y, fold_x] * (one - s) + wrinkles[fold_y, fold_x + 1] * s
                lower = wrinkles[fold_y + 1, fold_x] * (one - s) + wrinkles[fold_y + 1, fold_x + 1] * s
                lit = one + upper * (one - t) + lower * t
                r = np.int64(min(np.float32(r) * lit + half, full))
                g = np.int64(min(np.float32(g) * lit + half, full))
                b = np.int64(min(np.float32(b) * lit + half, full))
            row, column = corner_y + y, corner_x + x
            if clear > 0:
                r = min(r + (background[row, column, 0] * clear + 127) // 255, 255)
                g = min(g + (background[row, column, 1] * clear + 127) // 255, 255)
                b = min(b + (background[row, column, 2] * clear + 127) // 255, 255)
            out[row, column, 0], out[row, column, 1], out[row, column, 2] = r, g, b


@compiled(fastmath=True)
def _soften(jumps: Any, rough: Any, sharp: Any, corner_x: int, corner_y: int, out: Any) -> None:
    height, width = jumps.shape
    for y in range(1, height - 1):
        if not rough[y] and not rough[y + 1]:
            continue
        row = corner_y + y
        for x in range(1, width - 1):
            if jumps[y, x] or jumps[y, x + 1] or jumps[y + 1, x]:
                column = corner_x + x
                for n in range(3):
                    total = 4 * np.int32(sharp[row, column, n])
                    total += 2 * np.int32(sharp[row, column - 1, n]) + 2 * np.int32(sharp[row, column + 1, n])
                    total += 2 * np.int32(sharp[row - 1, column, n]) + 2 * np.int32(sharp[row + 1, column, n])
                    total += np.int32(sharp[row - 1, column - 1, n]) + np.int32(sharp[row - 1, column + 1, n])
                    total += np.int32(sharp[row + 1, column - 1, n]) + np.int32(sharp[row + 1, column + 1, n])
                    out[row, column, n] = (total + 8) // 16


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


def show_person(
    out: Image,
    fine: Image,
    background: Image,
    source: Array,
    depth: Array,
    corner: tuple[int, int],
    wrinkles: tuple[Array, tuple[int, int]] | None = None,
) -> Image:
    """Lays the moved person over the part of `out` (H, W, 3) from `corner` (x, y) on, in place; (h, w, 4) of it alone.

    out: what shows where there is nothing of the person; background: (H, W, 3) what their edges let through.
    fine: double_resolution of their colours times alpha, with alpha. source: (h, w, 2), in pixels of `fine`, what
    rasterize found, and each pixel's own place where depth (h, w) is FAR. wrinkles: (rows, columns), what to multiply
    their light by less 1, with the map's corner (x, y) in the picture. What is given back is theirs where they are.
    Where neighbouring pixels come from far-apart places one surface ends in front of another; the rasteriser cut that
    edge in whole pixels, so a 3 × 3 binomial filter softens it.
    """
    person = _fetched(fine, source, depth)
    folds, place = wrinkles or (np.empty((0, 0), np.float32), (0, 0))
    jumps, rough = np.zeros(depth.shape, np.uint8), np.zeros(len(depth), np.uint8)
    _show(person, source, depth, folds, *place, background, *corner, out, jumps, rough)
    if rough.any():
        _soften(jumps, rough, out.copy(), *corner, out)
    return person


def _fetched(fine: Image, source: Array, depth: Array) -> Image:
    """(h, w, 4) of `fine` where depth (h, w) is not FAR, and anything elsewhere: a person rarely fills the box."""
    person: Image = np.empty((*depth.shape, 4), np.uint8)
    columns = np.empty((-(-len(depth) // BAND), 2), np.int64)
    _covered_columns(depth, columns)
    for band, (first, last) in enumerate(columns.tolist()):
        part = np.s_[band * BAND : (band + 1) * BAND, first:last]
        if first < last:
            cv2.remap(fine, source[part], np.empty(0), cv2.INTER_LINEAR, person[part], cv2.BORDER_REPLICATE)
    return person


@compiled()
def _covered_columns(depth: Any, columns: Any) -> None:
    """First and last column, exclusive, in which each band of rows is covered; none where first is not before last."""
    height, width = depth.shape
    for band in range(columns.shape[0]):
        first, last = width, 0
        for y in range(band * BAND, min((band + 1) * BAND, height)):
            x = 0
            while x < first and depth[y, x] == FAR:
                x += 1
            first = min(first, x)
            x = width
            while x > last and depth[y, x - 1] == FAR:
                x -= 1
            last = max(last, x)
        columns[band, 0], columns[band, 1] = first, last

"""Z-buffer back end in machine code, on one core, with the GIL released: the portable default.

numba compiles it once (a few seconds) and keeps the result beside this file; later processes load it in a tenth of a
second. Sums are in float32 and in a fixed order, so that the same scene gives the same picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar_app.render.compiled import compiled
from avatar_app.render.mesh.scene import SAMPLES, Light, Scene
from avatar_app.types import Array, Image, Ints

EDGE = np.float32(-1e-5)  # barycentric slack, so that shared edges leave no pinholes
ONE, HALF = np.float32(1), np.float32(0.5)


@compiled(fastmath=True, error_model="numpy")
def _add_normals(vertices: Any, triangles: Any, out: Any) -> None:
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, az = vertices[j, 0] - vertices[i, 0], vertices[j, 1] - vertices[i, 1], vertices[j, 2] - vertices[i, 2]
        bx, by, bz = vertices[k, 0] - vertices[i, 0], vertices[k, 1] - vertices[i, 1], vertices[k, 2] - vertices[i, 2]
        x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
        for v in (i, j, k):
            out[v, 0] += x
            out[v, 1] += y
            out[v, 2] += z
    for v in range(out.shape[0]):
        length = np.sqrt(out[v, 0] ** 2 + out[v, 1] ** 2 + out[v, 2] ** 2)
        if length > 0:
            for n in range(3):
                out[v, n] /= length


@compiled(fastmath=True, error_model="numpy")
def _light(normals: Any, views: Any, colours: Any, gloss: Any, table: Any, out: Any) -> None:
    """table: Light.table(). Wrapped diffuse lamp, sky and bounce by how far up a normal points, Blinn's highlight."""
    for v in range(normals.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        facing = x * table[0] + y * table[1] + z * table[2]
        upward = np.float32(0.5) + np.float32(0.5) * y
        for n in range(3):
            lamp = max((facing + table[12 + n]) / (ONE + table[12 + n]), np.float32(0))
            out[v, n] = colours[v, n] * (table[3 + n] * lamp + table[6 + n] * upward + table[9 + n] * (ONE - upward))
        out[v, 3] = 0
        if gloss[v] > 0:
            size = np.sqrt(views[v, 0] ** 2 + views[v, 1] ** 2 + views[v, 2] ** 2)
            hx, hy, hz = views[v, 0] / size + table[0], views[v, 1] / size + table[1], views[v, 2] / size + table[2]
            along = (x * hx + y * hy + z * hz) / (np.sqrt(hx * hx + hy * hy + hz * hz) + np.float32(1e-9))
            if along > 0:
                out[v, 3] = np.float32(255) * table[15] * gloss[v] * along ** (table[16] * (ONE + 4 * gloss[v]))


@compiled(fastmath=True, error_model="numpy")
def _visible(points: Any, triangles: Any, nearness: Any, which: Any) -> None:
    """Fills `which` (rows, columns) with the nearest triangle that faces the viewer, -1 where there is none."""
    rows, columns = which.shape
    for t in range(triangles.shape[0]):
        i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        x0, y0, q0 = points[i, 0], points[i, 1], points[i, 2]
        x1, y1, q1 = points[j, 0], points[j, 1], points[j, 2]
        x2, y2, q2 = points[k, 0], points[k, 1], points[k, 2]
        # y points down here, so what is counter-clockwise from outside has a negative area when seen from there.
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if area > np.float32(-1e-9) or q0 <= 0 or q1 <= 0 or q2 <= 0:
            continue
        left = max(0, int(np.ceil(min(x0, x1, x2))))
        right = min(columns - 1, int(np.floor(max(x0, x1, x2))))
        top = max(0, int(np.ceil(min(y0, y1, y2))))
        bottom = min(rows - 1, int(np.floor(max(y0, y1, y2))))
        if left > right or top > bottom:
            continue
        inverse = ONE / area
        step_a, step_b = (y1 - y2) * inverse, (y2 - y0) * inverse
        for y in range(top, bottom + 1):
            down = np.float32(y) - y2
            row_a, row_b = (x2 - x1) * inverse * down, (x0 - x2) * inverse * down
            for x in range(left, right + 1):
                across = np.float32(x) - x2
                a = step_a * across + row_a
                b = step_b * across + row_b
                c = ONE - a - b
                if a >= EDGE and b >= EDGE and c >= EDGE:
                    q = a * q0 + b * q1 + c * q2
                    if q > nearness[y, x]:
                        nearness[y, x] = q
                        which[y, x] = t


@compiled(fastmath=True, error_model="numpy")
def _shade(
    which: Any, points: Any, triangles: Any, lit: Any, uv: Any, uv_triangles: Any, texture: Any, out: Any
) -> None:
    """Colours every sample and averages those of a pixel into `out` (height, width, 4) uint8."""
    height, width = out.shape[:2]
    last_row, last_column = np.float32(texture.shape[0] - 1), np.float32(texture.shape[1] - 1)
    # Six values that are linear on the surface (texel, factors, highlight), divided by the distance: then they are
    # linear in the picture, too. Per triangle: three corners of seven numbers, the last being 1 / distance.
    corners = np.zeros((3, 7), np.float32)
    value = np.zeros(6, np.float32)
    total = np.zeros(3, np.float32)
    for row in range(height):
        for column in range(width):
            total[0], total[1], total[2] = 0, 0, 0
            covered, known = 0, -1
            for sample in range(SAMPLES * SAMPLES):
                y, x = row * SAMPLES + sample // SAMPLES, column * SAMPLES + sample % SAMPLES
                t = which[y, x]
                if t < 0:
                    continue
                i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                if t != known:
                    known = t
                    x0, y0, x1, y1 = points[i, 0], points[i, 1], points[j, 0], points[j, 1]
                    x2, y2 = points[k, 0], points[k, 1]
                    inverse = ONE / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
                    for n in range(3):
                        v, w = triangles[t, n], uv_triangles[t, n]
                        q = points[v, 2]
                        corners[n, 0], corners[n, 1] = uv[w, 0] * q, uv[w, 1] * q
                        for m in range(4):
                            corners[n, 2 + m] = lit[v, m] * q
                        corners[n, 6] = q
                across, down = np.float32(x) - x2, np.float32(y) - y2
                a = ((y1 - y2) * across + (x2 - x1) * down) * inverse
                b = ((y2 - y0) * across + (x0 - x2) * down) * inverse
                c = ONE - a - b
                distance = ONE / (a * corners[0, 6] + b * corners[1, 6] + c * corners[2, 6])
                for m in range(6):
                    value[m] = (a * corners[0, m] + b * corners[1, m] + c * corners[2, m]) * distance
                tx = min(max(value[0], np.float32(0)), last_column)
                ty = min(max(value[1], np.float32(0)), last_row)
                left, top = int(tx), int(ty)
                fx, fy = tx - np.float32(left), ty - np.float32(top)
                right, bottom = min(left + 1, int(last_column)), min(top + 1, int(last_row))
                for n in range(3):
                    upper = texture[top, left, n] * (ONE - fx) + texture[top, right, n] * fx
                    lower = texture[bottom, left, n] * (ONE - fx) + texture[bottom, right, n] * fx
                    total[n] += min((upper * (ONE - fy) + lower * fy) * value[2 + n] + value[5], np.float32(255))
                covered += 1
            if covered:
                for n in range(3):
                    out[row, column, n] = np.uint8(total[n] / np.float32(covered) + np.float32(0.5))
                out[row, column, 3] = (covered * 255 + SAMPLES * SAMPLES // 2) // (SAMPLES * SAMPLES)


@compiled(fastmath=True, error_model="numpy")
def _shade_once(
    which: Any, points: Any, triangles: Any, lit: Any, uv: Any, uv_triangles: Any, texture: Any, out: Any
) -> None:
    """As _shade, but a pixel that lies inside one triangle is coloured once, in its middle; written for SAMPLES = 2."""
    height, width = out.shape[:2]
    last_row, last_column = texture.shape[0] - 1, texture.shape[1] - 1
    for row in range(height):
        for column in range(width):
            first = which[row * 2, column * 2]
            alike = (
                first == which[row * 2, column * 2 + 1]
                and first == which[row * 2 + 1, column * 2]
                and first == which[row * 2 + 1, column * 2 + 1]
            )
            if alike and first < 0:
                continue
            red, green, blue, covered = np.float32(0), np.float32(0), np.float32(0), 0
            for sample in range(1 if alike else 4):
                y, x = row * 2 + sample // 2, column * 2 + sample % 2
                t = which[y, x]
                if t < 0:
                    continue
                i, j, k = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                shift = HALF if alike else np.float32(0)
                across, down = np.float32(x) + shift - points[k, 0], np.float32(y) + shift - points[k, 1]
                ax, ay = points[i, 0] - points[k, 0], points[i, 1] - points[k, 1]
                bx, by = points[j, 0] - points[k, 0], points[j, 1] - points[k, 1]
                inverse = ONE / (ax * by - bx * ay)
                a = (by * across - bx * down) * inverse
                b = (ax * down - ay * across) * inverse
                a, b, c = a * points[i, 2], b * points[j, 2], (ONE - a - b) * points[k, 2]
                distance = ONE / (a + b + c)
                a, b, c = a * distance, b * distance, c * distance
                u, v, w = uv_triangles[t, 0], uv_triangles[t, 1], uv_triangles[t, 2]
                tx = min(max(a * uv[u, 0] + b * uv[v, 0] + c * uv[w, 0], np.float32(0)), np.float32(last_column))
                ty = min(max(a * uv[u, 1] + b * uv[v, 1] + c * uv[w, 1], np.float32(0)), np.float32(last_row))
                left, top = int(tx), int(ty)
                fx, fy = tx - np.float32(left), ty - np.float32(top)
                right, bottom = min(left + 1, last_column), min(top + 1, last_row)
                light = a * lit[i, 3] + b * lit[j, 3] + c * lit[k, 3]
                for n in range(3):
                    texel = np.float32(texture[top, left, n])
                    if not (u == v and v == w):  # else it is of one colour
                        upper = texel * (ONE - fx) + texture[top, right, n] * fx
                        lower = texture[bottom, left, n] * (ONE - fx) + texture[bottom, right, n] * fx
                        texel = upper * (ONE - fy) + lower * fy
                    factor = a * lit[i, n] + b * lit[j, n] + c * lit[k, n]
                    value = min(texel * factor + light, np.float32(255))
                    if n == 0:
                        red += value
                    elif n == 1:
                        green += value
                    else:
                        blue += value
                covered += 1
            share = ONE / np.float32(covered)
            out[row, column, 0] = np.uint8(red * share + HALF)
            out[row, column, 1] = np.uint8(green * share + HALF)
            out[row, column, 2] = np.uint8(blue * share + HALF)
            out[row, column, 3] = 255 if alike else (covered * 255 + 2) // 4


def vertex_normals(vertices: Array, triangles: Ints) -> Array:
    """(V, 3) float32 unit normals of vertices (V, 3): the mean of the triangles (F, 3) around, weighted by area."""
    out = np.zeros(vertices.shape, np.float32)
    # In one layout, for which it is compiled.
    _add_normals(np.ascontiguousarray(vertices), np.ascontiguousarray(triangles), out)
    return out


def light_vertices(normals: Array, views: Array, colours: Array, gloss: Array, light: Light) -> Array:
    """(V, 4) float32, Scene.lit. normals: (V, 3) unit. views: (V, 3) toward the camera, any length. Rest as in Mesh."""
    out = np.empty((len(normals), 4), np.float32)
    _light(normals, views, colours, gloss, light.table(), out)
    return out


def draw(scene: Scene, once: bool = False) -> Image:
    """(height, width, 4) uint8 of a placed scene; see render_mesh.

    once: colours a pixel inside one triangle once, and all samples only where triangles meet and at the edge. That
    takes half the time; the picture differs by a level or two of 255.
    """
    which = np.full(scene.size, -1, np.int32)
    _visible(scene.points, scene.triangles, np.zeros(scene.size, np.float32), which)
    out = np.zeros((scene.size[0] // SAMPLES, scene.size[1] // SAMPLES, 4), np.uint8)
    surface = (scene.points, scene.triangles, scene.lit, scene.uv, scene.uv_triangles, scene.texture)
    (_shade_once if once else _shade)(which, *surface, out)
    return out

"""Light, floor, backdrop and cameras of a body's pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from avatar_app.render.body.figure import BodyFigure
from avatar_app.render.compiled import compiled
from avatar_app.render.mesh import numba_backend
from avatar_app.render.mesh.numba_backend import light_vertices, vertex_normals
from avatar_app.render.mesh.scene import SAMPLES, Camera, Light, Scene
from avatar_app.types import Array, Image

# The lamp is the key light, sky and bounce fill; the rim light comes from behind on the other side.
PLAIN_LIGHT = Light(direction=(-0.5, 0.55, 0.67), lamp=(0.62, 0.60, 0.57), sky=(0.46, 0.47, 0.49), gloss=0.35)
PHOTO_LIGHT = Light(direction=(-0.5, 0.55, 0.67), lamp=(0.36, 0.35, 0.34), sky=(0.74, 0.74, 0.75),
                    bounce=(0.52, 0.51, 0.50), gloss=0.3)  # fmt: skip
RIM = (0.62, 0.35, -0.70)
RIM_STRENGTH = 46.0  # added to each colour, of 255, where the surface turns away toward the rim light
BACKDROP = ((176, 182, 188), (132, 138, 146))  # top and bottom
FLOOR = ((150, 154, 160), (120, 124, 130))  # far and near
DARKEST = 0.42  # of the floor under a sole
FIELD = 0.36  # metres that the camera sees a metre away: 20 degrees


@dataclass(frozen=True)
class Framing:
    """camera: in the body's coordinates. floor: whether the floor is in the picture."""

    camera: Camera
    floor: bool


def framing(view: str, figure: BodyFigure, places: Array) -> Framing:
    """ "full" or "half" length. places: (V, 3) metres of the relaxed figure. KeyError for another view."""
    top = float(places[:, 1].max())
    low, high = {"full": (-0.10, top + 0.10), "half": (0.50 * top, top + 0.09)}[view]
    height = high - low
    return Framing(Camera((0.0, (low + high) / 2, height / FIELD), height), view == "full")


@compiled(fastmath=True)
def _add_rim(normals: Any, views: Any, rim: Any, strength: Any, lit: Any) -> None:
    for v in range(normals.shape[0]):
        x, y, z = normals[v, 0], normals[v, 1], normals[v, 2]
        size = np.sqrt(views[v, 0] ** 2 + views[v, 1] ** 2 + views[v, 2] ** 2)
        facing = abs(x * views[v, 0] + y * views[v, 1] + z * views[v, 2]) / size
        toward = x * rim[0] + y * rim[1] + z * rim[2]
        if toward > 0:
            edge = np.float32(1) - facing
            lit[v, 3] += strength * toward * edge * edge * (lit[v, 0] + lit[v, 1] + lit[v, 2]) / np.float32(3)


@compiled(fastmath=True)
def _lay_over(drawn: Any, picture: Any, left: int, top: int) -> None:
    for y in range(drawn.shape[0]):
        for x in range(drawn.shape[1]):
            alpha = np.int32(drawn[y, x, 3])
            if alpha > 0:
                for n in range(3):
                    mixed = np.int32(drawn[y, x, n]) * alpha + np.int32(picture[top + y, left + x, n]) * (255 - alpha)
                    picture[top + y, left + x, n] = np.uint8((mixed + 127) // 255)


def scene_of(
    figure: BodyFigure, vertices: Array, colours: Array, camera: Camera, size: tuple[int, int]
) -> tuple[Scene, tuple[int, int]]:
    """The figure before the camera and in its light: the part of the picture (height, width) that it may cover, and
    that part's left and top."""
    normals = vertex_normals(vertices, figure.triangles)
    views = (np.asarray(camera.position, np.float32) - vertices).astype(np.float32)
    light = PHOTO_LIGHT if figure.look.soft else PLAIN_LIGHT
    lit = light_vertices(normals, views, colours, figure.gloss, light)
    _add_rim(normals, views, np.array(RIM, np.float32), np.float32(RIM_STRENGTH), lit)
    grid = (size[0] * SAMPLES, size[1] * SAMPLES)
    uv = (figure.uv * np.array(figure.texture.shape[1::-1], np.float32) - 0.5).astype(np.float32)
    points = camera.project(vertices, grid)
    # Only the part of the picture that the figure may cover is drawn.
    across, down = points[:, 0].copy(), points[:, 1].copy()  # numpy is ten times slower over both at once
    low = np.clip(np.floor([across.min() / SAMPLES, down.min() / SAMPLES]).astype(int), 0, [size[1] - 1, size[0] - 1])
    high = np.ceil([across.max() / SAMPLES, down.max() / SAMPLES]).astype(int) + 1
    high = np.clip(high, low + 1, [size[1], size[0]])
    points[:, 0] -= np.float32(low[0] * SAMPLES)
    points[:, 1] -= np.float32(low[1] * SAMPLES)
    grid = (int(high[1] - low[1]) * SAMPLES, int(high[0] - low[0]) * SAMPLES)
    scene = Scene(points, lit, figure.triangles, uv, figure.uv_triangles, figure.texture, grid)
    return scene, (int(low[0]), int(low[1]))


def draw(scene: Scene, device: str = "cpu") -> Image:
    """(height, width, 4) uint8: colour and coverage, by the compiled rasteriser or on another torch device."""
    if device == "cpu":
        return numba_backend.draw(scene, once=True)
    from avatar_app.render.mesh import torch_backend  # loads torch

    return torch_backend.draw(scene, device)


def lay_over(drawn: Image, picture: Image, corner: tuple[int, int]) -> None:
    """Lays drawn (h, w, 4) over picture (H, W, 3) in place, from corner (left, top) on."""
    _lay_over(drawn, picture, corner[0], corner[1])


def backdrop(size: tuple[int, int], framing: Framing) -> Image:
    """(height, width, 3) uint8: a soft wall, and the floor where it is seen."""
    height, width = size
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    top, bottom = (np.array(colour, np.float32) for colour in BACKDROP)
    picture = top * (1 - share) + bottom * share
    if framing.floor:
        # The wall begins 1.6 metres behind; its edge is blurred, as far things are.
        behind = framing.camera.project(np.array([[0, 0, -1.6]], np.float32), size)[0, 1]
        rows = np.arange(height, dtype=np.float32)[:, None]
        near = np.clip((rows - behind) / max(height - behind, 1), 0, 1)
        far, close = (np.array(colour, np.float32) for colour in FLOOR)
        mix = np.clip((rows - behind) / (0.03 * height) + 0.5, 0, 1)
        picture = picture * (1 - mix) + (far * (1 - near) + close * near) * mix
    noise = np.random.default_rng(1).uniform(-0.7, 0.7, (height, width, 1)).astype(np.float32)  # against bands
    wide = np.broadcast_to(picture[:, None], (height, width, 3))
    return np.clip(wide + noise, 0, 255).astype(np.uint8)


SHADOW = 96  # cells of the floor's shadow map along a side
SPAN = 1.8  # metres that it covers


def cast_shadow(picture: Image, vertices: Array, camera: Camera) -> None:
    """Darkens the floor of picture (H, W, 3) in place, where vertices (V, 3) keep light off."""
    near = vertices[vertices[:, 1] < 0.9][::3]
    weight = np.exp(-np.clip(near[:, 1], 0, None) / 0.16).astype(np.float32)
    centre = np.array([vertices[:, 0].mean(), -0.02], np.float32)
    # The higher a point the farther its shadow falls from under it, away from the lamp.
    across = near[:, 0] + 0.25 * near[:, 1] - centre[0]
    deep = near[:, 2] - 0.25 * near[:, 1] - centre[1]
    cells = np.stack([across, deep], 1) / SPAN + 0.5
    at = np.clip(cells * SHADOW, 0, SHADOW - 1).astype(np.int32)
    dark = np.zeros((SHADOW, SHADOW), np.float32)
    np.maximum.at(dark, (at[:, 1], at[:, 0]), weight)
    tight = cv2.GaussianBlur(cv2.dilate(dark, np.ones((3, 3), np.uint8)), (0, 0), 1.6)
    wide = cv2.GaussianBlur(dark, (0, 0), 7)
    dark = np.clip(0.8 * tight + 2.2 * wide, 0, 1) * (1 - DARKEST)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * SPAN / 2 + centre
    seen = camera.project(np.column_stack([corners[:, 0], np.zeros(4), corners[:, 1]]).astype(np.float32),
                          (picture.shape[0], picture.shape[1]))[:, :2]  # fmt: skip
    flat = np.array([[0, 0], [SHADOW, 0], [SHADOW, SHADOW], [0, SHADOW]], np.float32) - 0.5
    top = max(int(seen[:, 1].min()), 0)
    if top >= len(picture):
        return
    seen[:, 1] -= top
    matrix = cv2.getPerspectiveTransform(flat, seen.astype(np.float32))
    part = picture[top:]
    laid = cv2.warpPerspective(dark, matrix, (part.shape[1], part.shape[0]))
    part[:] = (part * (1 - laid[..., None])).astype(np.uint8)

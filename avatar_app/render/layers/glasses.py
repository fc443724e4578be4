"""Glasses as a layer: lifted off the skin once per portrait, and drawn over it as the rigid thing they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from avatar_app.face.arkit_rig import face_width
from avatar_app.face.landmark_indices import BARE_CHEEKS, CHIN, EYE_CORNERS, FOREHEAD, TEMPLES
from avatar_app.face.topology import eye_ring, wind_clockwise
from avatar_app.render.layers.filling import fill_holes
from avatar_app.render.layers.glasses_frame import along, darkness, eye_centre, find_frame
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Image, Ints

# In distances between the eyes:
BAND = 0.085  # to both sides of a path, which may belong to the frame
TEMPLE = 0.035  # the same for temples, which are slender and go into the hair
GROW = 0.035  # distances between the eyes around the frame in which it still shines through
# In face widths:
PROUD = 0.10  # that the frame stands before the corners of the eyes
BOW = 0.06  # that its ends stand behind its middle
HINGE = 0.04  # past the rims' middle line, where the temples begin
SHORT = 0.35  # no temple runs back within less

DARK = 0.4  # of a path's usual strength that a pixel of the frame has
LIKE = 0.3  # of the distance between skin and frame that colours of the frame keep to
FAINT = 0.02  # of the frame's colour, less than which is plain skin
COLUMNS, ROWS = 24, 6  # cells of the mesh that carries the frame


@dataclass(frozen=True)
class Glasses:
    """clean: (H, W, 3) uint8 picture without them. layer: (h, w, 4) float32 premultiplied, 0 to 255 and alpha 0 to 1.

    clean * (1 - alpha) + layer is the picture itself, in the part of it from `corner` (x, y) on. points: (V, 3) float32
    pixels, the mesh that carries the layer, at rest; texture: (V, 2) where that is in the
    layer. triangles: (F, 3).
    """

    clean: Image
    layer: Array
    corner: tuple[int, int]
    points: Array
    texture: Array
    triangles: Ints


def find_glasses(pixels: Image, landmarks: Array) -> Glasses | None:
    """The dark-rimmed glasses that a portrait wears; None where none are seen. landmarks: (478, 3) pixels."""
    paths = find_frame(pixels, landmarks)
    return None if paths is None else _lift(pixels, landmarks, paths)


def _lift(pixels: Image, landmarks: Array, paths: list[Array]) -> Glasses:
    """Takes the frame off the picture: what it covers is continued from around it, and both add up to the picture."""
    apart = float(np.linalg.norm(eye_centre(landmarks, "Left") - eye_centre(landmarks, "Right")))
    source = pixels.astype(np.float32)
    mask, frame = _mask(pixels, landmarks, paths, apart)
    grow = max(1, round(GROW * apart))
    around = np.asarray(cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1,) * 2)))
    skin = np.clip(np.round(fill_holes(source, 1 - around.astype(np.float32))), 0, 255)
    # Between skin and frame each pixel is a mixture; how far along the way it is says how much of it is frame.
    way = frame - skin
    alpha = ((source - skin) * way).sum(2) / np.maximum((way**2).sum(2), 400.0)
    alpha = np.where(mask > 0, np.clip(1.2 * alpha, 0, 1), np.clip(1.2 * alpha - 0.1, 0, 1)) * around
    ys, xs = np.nonzero(around)
    left, top, right, bottom = int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1
    clean = pixels.copy()
    clean[alpha > FAINT] = skin[alpha > FAINT].astype(np.uint8)
    alpha[alpha <= FAINT] = 0
    layer = np.dstack([source - clean * (1 - alpha[..., None]), alpha])[top:bottom, left:right].astype(np.float32)
    points, triangles = _carrier(landmarks, paths, (left, top, right, bottom))
    texture = np.ascontiguousarray(points[:, :2] - np.array([left, top], np.float32))
    return Glasses(clean, layer, (left, top), points, texture, triangles)


def _mask(pixels: Image, landmarks: Array, paths: list[Array], apart: float) -> tuple[Image, Array]:
    """(H, W) uint8, 1 where the frame is, and its colour (3,)."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    ridge = darkness(np.asarray(grey, np.uint8), apart)
    eyes = np.zeros(grey.shape, np.uint8)
    for side in ("Left", "Right"):
        outline: Any = [np.round(landmarks[eye_ring(side), :2]).astype(np.int32)]
        cv2.fillPoly(eyes, outline, (1,))
    skin = tuple(landmarks[list(BARE_CHEEKS), 1::-1].round().astype(int).clip(0, grey.shape[0] - 1).T)
    mask = np.zeros(grey.shape, np.uint8)
    colours: list[Image] = []
    for k, path in enumerate(paths):
        usual = float(np.median(along(ridge, path)))
        line: Any = [np.round(path).astype(np.int32).reshape(-1, 1, 2)]
        near, band, core = (np.zeros_like(mask) for _ in range(3))
        wide = BAND if k < 3 else TEMPLE
        for area, reach in ((near, 1.6 * wide * apart), (band, wide * apart), (core, 1.5)):
            cv2.polylines(area, line, False, (1,), max(3, round(2 * reach)))
        # Where two rims touch they are too broad to stand out from both sides; their colour still tells.
        colours.append(pixels[(core > 0) & (ridge > 0.8 * usual)])
        unlike = np.linalg.norm(pixels - np.median(colours[-1], axis=0), axis=2)
        alike = unlike < LIKE * float(np.median(unlike[skin]))
        strong = ((ridge > DARK * usual) & (band > 0)) | (alike & (near > 0))
        strong = (strong & (eyes == 0)).astype(np.uint8)
        _, parts = cv2.connectedComponents(strong)
        mask |= strong & np.isin(parts, np.unique(parts[(core > 0) & (strong > 0)])).astype(np.uint8)
    return mask, np.median(np.concatenate(colours), axis=0).astype(np.float32)


def _carrier(landmarks: Array, paths: list[Array], box: tuple[int, int, int, int]) -> tuple[Array, Ints]:
    """Points (V, 3) and triangles (F, 3) of a mesh over `box`: a bowed front before the eyes, temples to the ears."""
    width = face_width(landmarks)
    x, y = np.meshgrid(np.linspace(box[0] - 1, box[2], COLUMNS + 1), np.linspace(box[1] - 1, box[3], ROWS + 1))
    (right, right_inner), (left, left_inner) = EYE_CORNERS["Right"], EYE_CORNERS["Left"]
    corners = landmarks[[right, right_inner, left_inner, left]]
    across = landmarks[left] - landmarks[right]
    across = across / np.linalg.norm(across)
    down = landmarks[CHIN] - landmarks[FOREHEAD]
    down = down - (down @ across) * across
    down = down / np.linalg.norm(down)
    middle = corners.mean(0) + PROUD * width * np.cross(across, down)
    flat = np.linalg.inv(np.column_stack([across[:2], down[:2]]))
    u, v = np.moveaxis(np.stack([x - middle[0], y - middle[1]], -1) @ flat.T, -1, 0)
    z = middle[2] + u * across[2] + v * down[2]
    rims = (np.concatenate(paths[:2]) - middle[:2]) @ flat[0]
    low, high = float(rims.min()) - HINGE * width, float(rims.max()) + HINGE * width
    half = (high - low) / 2
    z -= BOW * width * np.clip(np.abs(u - (low + high) / 2) / half, 0, 1) ** 2
    # Past the hinges the temples run back to where the ears are.
    for temple, hinge, way in zip(TEMPLES, (low, high), (-1, 1), strict=True):
        ear = landmarks[temple]
        end = max(way * (float((ear - middle)[:2] @ flat[0]) - hinge), SHORT * width)
        back = float(middle[2] + hinge * across[2] - BOW * width - ear[2])
        z -= np.clip(way * (u - hinge) / end, 0, 1.5) * max(0.6 * back, 0.0)
    points = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    a = (np.arange(ROWS)[:, None] * (COLUMNS + 1) + np.arange(COLUMNS)).ravel()
    b, c = a + 1, a + COLUMNS + 1
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([b, c + 1, c], 1)])
    return points, wind_clockwise(points, triangles.astype(np.int32))


def draw_glasses(frame: Image, glasses: Glasses, points: Array) -> None:
    """Draws glasses whose mesh stands at `points` (V, 3) over `frame`, in place."""
    size = np.array(frame.shape[1::-1])
    low = np.clip(np.floor(points[:, :2].min(0)), 0, size - 1).astype(int)
    high = np.clip(np.ceil(points[:, :2].max(0)) + 1, low + 1, size).astype(int)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    depth, source = np.full(shape, FAR, np.float32), np.full((*shape, 2), -9, np.float32)
    moved = (points - np.array([*low, 0])).astype(np.float32)
    rasterize(moved, glasses.triangles, glasses.texture, depth, source)
    layer = np.asarray(cv2.remap(glasses.layer, source, np.empty(0), cv2.INTER_CUBIC), np.float32)
    part = frame[low[1] : high[1], low[0] : high[0]]
    mixed = part * (1 - np.clip(layer[..., 3:], 0, 1)) + layer[..., :3]
    part[:] = np.clip(np.round(mixed), 0, 255).astype(np.uint8)

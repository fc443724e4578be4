"""Texture of the 3-D head: neutral clay, or skin baked from a portrait.

Both are pictures laid on the head from the front ("baked"). What the portrait does not show is spread from what it
does: mirrored from the other side where that is seen, else diffused over the surface.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from avatar_app.face.landmark_indices import BROW, EYE_LOWER, EYE_UPPER, LOWER_LIP, MOUTH_CORNERS, UPPER_LIP
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.head.eyes import eye_colours, eye_picture, iris_radius
from avatar_app.render.head.fit import fit_head, marks_of
from avatar_app.render.head.hair import Hair, grow_hair
from avatar_app.render.head.model import IRIS_BOX, IRIS_EDGE, SIDES, Head
from avatar_app.render.head.skin import colour_lids, surface_colours
from avatar_app.render.layers.glasses import Glasses, find_glasses
from avatar_app.render.mesh.lighting import CLAY, CLAY_IRIS
from avatar_app.render.mesh.numba_backend import vertex_normals
from avatar_app.render.raster import FAR, rasterize
from avatar_app.types import Array, Image

SIDE = 1024  # pixels of the texture
LIP_RING = (MOUTH_CORNERS[0], *UPPER_LIP[0], MOUTH_CORNERS[1], *LOWER_LIP[0][::-1])
CLAY_LIPS, CLAY_BROWS, CLAY_LASHES = (186, 122, 110), (126, 100, 86), (84, 64, 56)


@dataclass(frozen=True)
class Look:
    """A head with its surface. texture: (SIDE, SIDE, 3) uint8. colours: (V, 3) float32 factors. gloss: (V,).

    soft: whether the texture holds light already, so that little should be added. glasses: of the portrait, with
    the places (n, 3) metres of their mesh on the unturned head. hair: of the portrait; None: bald, or not known.
    lamp: (3,) way to the portrait's light; None: not known.
    """

    head: Head
    texture: Image
    colours: Array
    gloss: Array
    soft: bool
    glasses: tuple[Glasses, Array] | None = None
    hair: Hair | None = None
    lamp: Array | None = None


def clay(head: Head) -> Look:
    """A sculpture: even skin, tinted lips and brows, eyes and mouth coloured."""
    points = head.face(np.zeros(len(head.blendshapes), np.float32))
    scale = 3400.0
    flat = points * np.array([scale, -scale, scale], np.float32) + np.array([SIDE / 2, SIDE * 0.42, 0], np.float32)
    marks = marks_of(head, flat)
    picture = np.full((SIDE, SIDE, 3), CLAY, np.uint8)
    _paint(picture, [LIP_RING], marks, CLAY_LIPS, 9, 0.75)
    _paint(picture, [(*rows[:5], *rows[:4:-1]) for rows in BROW.values()], marks, CLAY_BROWS, 7, 0.7)
    baked = _bake(head, flat.astype(np.float32), picture)
    weight = np.clip((baked[1] - 0.1) / 0.2, 0, 1)[..., None]
    texture = (baked[0] * weight + np.array(CLAY, np.float32) * (1 - weight)).astype(np.uint8)
    _finish(head, texture, CLAY_LASHES, CLAY_IRIS, (232, 228, 222))
    return Look(head, texture, _part_colours(head, (0.42, 0.58)), _gloss(head), False)


def from_portrait(head: Head, portrait: Portrait) -> Look:
    """The head in the shape and with the skin of a portrait."""
    glasses = find_glasses(portrait.pixels, portrait.landmarks)
    if glasses is not None:  # painted on the skin they would bend with it
        portrait = replace(portrait, pixels=glasses.clean)
    placed = fit_head(head, portrait)
    hair = grow_hair(placed, portrait)
    filled, trust, lamp = surface_colours(placed, portrait, hair)
    colour_lids(placed.head, filled)
    baked, _ = _bake(placed.head, placed.points, portrait.pixels)
    soft = _to_texture(placed.head, np.column_stack([filled, trust]))
    weight = soft[..., 3:]
    texture = np.clip(baked * weight + soft[..., :3] * (1 - weight), 0, 255).astype(np.uint8)
    iris, white = eye_colours(portrait)
    lash = np.clip(filled[placed.head.upper_lids].mean(0) * 0.35, 0, 255)
    _finish(placed.head, texture, tuple(lash), iris, white, iris_radius(placed, portrait))
    worn = None if glasses is None else (glasses, placed.to_head(glasses.points))
    return Look(
        placed.head, texture, _part_colours(placed.head, (0.85, 0.15)), _gloss(placed.head), True, worn, hair, lamp
    )


def _uv_vertices(head: Head) -> npt.NDArray[np.int64]:
    """(U,) the vertex that each texture coordinate belongs to."""
    found = np.zeros(len(head.uv), np.int64)
    found[head.uv_triangles] = head.triangles
    return found


def _to_texture(head: Head, values: Array) -> Array:
    """(SIDE, SIDE, C): values of the vertices (V, C) spread over the texture; what is beside the skin is extended."""
    skin = head.part("skin")[head.triangles].all(1)
    flat = np.column_stack([head.uv * SIDE - 0.5, np.zeros(len(head.uv))]).astype(np.float32)
    attributes = values[_uv_vertices(head)].astype(np.float32)
    out = np.zeros((SIDE, SIDE, values.shape[1]), np.float32)
    depth = np.full((SIDE, SIDE), FAR, np.float32)
    rasterize(flat, head.uv_triangles[skin], np.ascontiguousarray(attributes), depth, out)
    empty = (depth == FAR).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    where = np.zeros(nearest.max() + 1, np.int64)
    inside = np.flatnonzero(empty.reshape(-1) == 0)
    where[nearest.reshape(-1)[inside]] = inside
    return out.reshape(SIDE * SIDE, -1)[where[nearest.reshape(-1)]].reshape(out.shape)


def _bake(head: Head, points: Array, picture: Image) -> tuple[Array, Array]:
    """((SIDE, SIDE, 3) the picture as it lies on the skin, (SIDE, SIDE) cosine toward the viewer).

    points: (V, 3) pixels in the picture.
    """
    upright = points * np.array([1, -1, 1], np.float32)
    facing = vertex_normals(np.ascontiguousarray(upright), head.triangles)[:, 2:]
    laid = _to_texture(head, np.column_stack([points[:, :2], facing]))
    baked: Any = cv2.remap(
        picture, laid[..., 0].copy(), laid[..., 1].copy(), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return baked.astype(np.float32), laid[..., 2]


def _paint(picture: Image, rings: list[tuple[int, ...]], marks: Array, colour: Any, blur: float, share: float) -> None:
    mask = np.zeros(picture.shape[:2], np.uint8)
    for ring in rings:
        cv2.fillPoly(mask, [np.round(marks[list(ring), :2]).astype(np.int32)], (255,))
    tint(picture, mask, blur, share, colour)


def tint(picture: Image, mask: Image, blur: float, share: float, colour: Any) -> None:
    """Mixes a colour (3,) into picture (H, W, 3) in place: `share` of it where mask (H, W) is 255, with a soft edge.

    blur: pixels, the edge's deviation. Only the part of the picture that the mask's blur reaches is touched.
    """
    left, top, width, height = cv2.boundingRect(mask)
    reach = int(3 * blur) + 2  # one pixel more than the filter is wide
    rows, columns = slice(max(top - reach, 0), top + height + reach), slice(max(left - reach, 0), left + width + reach)
    soft: Any = cv2.GaussianBlur(mask[rows, columns], (0, 0), blur)
    weight = soft.astype(np.float32)[..., None] / 255 * share
    part = picture[rows, columns]
    part[:] = (part * (1 - weight) + np.array(colour, np.float32) * weight).astype(np.uint8)


def _finish(head: Head, texture: Image, lashes: Any, iris: Any, white: Any, radius: float = IRIS_EDGE) -> None:
    """Lash lines, eyes, and the white patch of parts that have colours of their own; in place."""
    at, weights = head.landmarks
    uv = np.zeros((len(head.parts), 2), np.float32)
    uv[_uv_vertices(head)] = head.uv
    strongest = at[np.arange(len(at)), weights.argmax(1)]
    for side in SIDES:
        for rows, width in ((EYE_UPPER, 7), (EYE_LOWER, 2)):
            line = np.round(uv[strongest[list(rows[side])]] * SIDE * 8).astype(np.int32)
            mask = np.zeros((SIDE, SIDE), np.uint8)
            cv2.polylines(mask, [line], False, (255,), width, cv2.LINE_AA, 3)  # type: ignore[call-overload]
            tint(texture, mask, 1.2, 0.8 if width > 2 else 0.4, lashes)
    left, top, right, bottom = (round(edge * SIDE) for edge in IRIS_BOX)
    texture[top:bottom, left:right] = eye_picture(head, right - left, iris, white, radius)
    texture[round(0.93 * SIDE) : round(0.97 * SIDE), round(0.77 * SIDE) : round(0.83 * SIDE)] = 255


def _part_colours(head: Head, shade: tuple[float, float]) -> Array:
    """(V, 3): factors of the texture; shade: (least, the rest by `light`) for skin that little light reaches."""
    colours = np.ones((len(head.parts), 3), np.float32)
    colours *= (shade[0] + shade[1] * head.light)[:, None]
    for name, colour in (
        ("mouth", (0.42, 0.13, 0.12)),
        ("socket", (0.62, 0.33, 0.30)),
        ("tongue", (0.74, 0.38, 0.37)),
        ("teeth", (0.93, 0.90, 0.83)),
        ("gum", (0.70, 0.36, 0.35)),
    ):
        colours[head.part(name)] = colour
    # Upper lids and corners shade the eye.
    top = np.clip((head.ball[:, 1] - 0.02) / 0.36, 0, 1)
    corner = np.clip((np.abs(head.ball[:, 0]) - 0.3) / 0.3, 0, 1)
    colours[head.part("eye")] = np.tile((1 - 0.42 * top**1.5 - 0.18 * corner)[:, None], (2, 3))
    return colours


def _gloss(head: Head) -> Array:
    gloss = np.full(len(head.parts), 0.07, np.float32)
    for name, amount in (
        ("eye", 1.0),
        ("teeth", 0.5),
        ("tongue", 0.45),
        ("gum", 0.35),
        ("mouth", 0.05),
        ("socket", 0.2),
    ):
        gloss[head.part(name)] = amount
    return gloss

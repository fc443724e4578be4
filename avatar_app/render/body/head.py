"""The 3-D head as the body carries it: before subdivision, in a person's measures, with plain or a portrait's skin."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np
from scipy import sparse

from avatar_app.face.landmark_indices import BROW, CHEEKBONE
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.body.asset import Shaped
from avatar_app.render.body.cloth import Shell
from avatar_app.render.body.presets import Preset
from avatar_app.render.body.rig import skin_bones
from avatar_app.render.head.eyes import eye_picture
from avatar_app.render.head.model import IRIS_BOX, IRIS_EDGE, SIDES, Head, eyeball_mesh, load_head
from avatar_app.render.head.texture import SIDE, Look, clay, from_portrait, tint
from avatar_app.render.mesh.lighting import CLAY
from avatar_app.types import Array, Image, Ints

EYE_WHITE = (226, 222, 216)
HAIR_GLOSS = 0.12


def coarse_head(head: Head) -> Head:
    """The head's own corners on its smooth surface, without what subdivision adds between them: a quarter as many."""
    count, balls = len(head.rest), 2 * len(head.ball)
    kept = np.concatenate([np.arange(count), np.arange(len(head.parts) - balls, len(head.parts))])
    corners = head.subdivision[:count]
    ball, ball_triangles, ball_uv = eyeball_mesh(float(head.eye_radii.mean()))
    quads, uv_quads = head.quads
    uv_count = int(uv_quads.max()) + 1
    eyes = [ball_triangles + count + k * len(ball) for k in range(2)]
    return replace(
        head,
        rest=np.asarray(corners @ head.rest, np.float32),
        blendshapes=np.stack([np.asarray(corners @ shape, np.float32) for shape in head.blendshapes]),
        subdivision=sparse.identity(count, np.float32, "csr"),
        triangles=np.concatenate([_halved(quads), *eyes]).astype(np.int32),
        uv=np.concatenate([head.uv[:uv_count], ball_uv]),
        uv_triangles=np.concatenate([_halved(uv_quads), *[ball_triangles + uv_count] * 2]).astype(np.int32),
        parts=head.parts[kept],
        head_weights=head.head_weights[kept],
        light=head.light[kept],
        upper_lids=head.upper_lids[kept],
    )


def _halved(quads: Ints) -> Ints:
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def shaped_head(head: Head, shaped: Shaped, fitted: Head | None) -> Head:
    """A coarse head with a person's measures, in the body's coordinates. fitted: coarse, with a portrait's face."""
    corners = load_head().subdivision[: len(head.rest)]
    rest = np.asarray(corners @ shaped.head, np.float32)
    size = float(np.ptp(rest[:, 1]) / np.ptp(head.rest[:, 1]))
    centres, radii, shapes = shaped.eyes, head.eye_radii * np.float32(shaped.eye_scale), head.blendshapes * size
    if fitted is not None:
        # The portrait's face on this person's neck: its skull goes where that one's was.
        skull = head.head_weights[: len(rest)] > 0.99
        size = float(np.cbrt(np.prod(np.ptp(rest[skull], 0) / np.ptp(fitted.rest[skull], 0))))
        shift = rest[skull].mean(0) - fitted.rest[skull].mean(0) * size
        share = head.head_weights[: len(rest), None]
        share = share * share * (3 - 2 * share)
        rest = rest * (1 - share) + (fitted.rest * size + shift) * share
        centres, radii, shapes = fitted.eye_centres * size + shift, fitted.eye_radii * size, fitted.blendshapes * size
    return replace(
        head, rest=rest.astype(np.float32), blendshapes=shapes.astype(np.float32),
        eye_centres=centres.astype(np.float32), eye_radii=radii.astype(np.float32),
    )  # fmt: skip


def portrait_hair(look: Look, head: Head) -> list[Shell]:
    """The portrait's shell of hair on this person's head, coarse, in its own colours. head: of shaped_head.

    Long hair hangs on the chest as the presets' does.
    """
    hair = look.hair
    if hair is None:
        return []
    fitted = coarse_head(look.head)
    skull = head.head_weights[: len(head.rest)] > 0.99
    size = float(np.cbrt(np.prod(np.ptp(head.rest[skull], 0) / np.ptp(fitted.rest[skull], 0))))
    places = (hair.points - fitted.rest[skull].mean(0)) * size + head.rest[skull].mean(0)
    rows, columns = hair.texture.shape[:2]
    at = np.clip((hair.uv * (columns, rows)).astype(int), 0, (columns - 1, rows - 1))
    soft = cv2.blur(hair.texture, (5, 5)).astype(np.float32) / 255
    colours = soft[at[:, 1], at[:, 0]] * hair.colours
    weights = np.zeros((len(places), len(skin_bones())), np.float32)
    weights[:, skin_bones().index("head")] = hair.weights
    weights[:, skin_bones().index("spine01")] = 1 - hair.weights
    light = np.ones(len(places), np.float32)
    return [Shell(places.astype(np.float32), hair.quads, weights, colours.astype(np.float32), light, HAIR_GLOSS)]


@lru_cache(maxsize=1)
def average_head() -> Head:
    """The coarse average head; made once per process."""
    return coarse_head(load_head())


@lru_cache(maxsize=1)
def _clay() -> Look:
    return clay(load_head())


def plain_look(preset: Preset) -> Look:
    """The average head with a preset's skin, brows and eyes, nobody's portrait."""
    look = _clay()
    head, texture = look.head, look.texture.astype(np.float32)
    left, top, right, bottom = (round(edge * SIDE) for edge in IRIS_BOX)
    texture *= np.array(preset.skin, np.float32) / np.array(CLAY, np.float32)
    painted = np.clip(texture, 0, 255).astype(np.uint8)
    _brows(head, painted, preset.hair_colour)
    painted[top:bottom, left:right] = eye_picture(head, right - left, preset.eyes, EYE_WHITE, IRIS_EDGE)
    painted[round(0.93 * SIDE) : round(0.97 * SIDE), round(0.77 * SIDE) : round(0.83 * SIDE)] = 255
    return replace(look, texture=painted)


def _brows(head: Head, texture: Image, colour: tuple[int, int, int]) -> None:
    """Brows in the hair's colour, in place."""
    at, weights = head.landmarks
    uv = np.zeros((len(head.parts), 2), np.float32)
    uv[head.triangles] = head.uv[head.uv_triangles]
    strongest = at[np.arange(len(at)), weights.argmax(1)]
    dark = 0.75 * np.array(colour, np.float32)
    for side in SIDES:
        rows = BROW[side]
        ring = np.round(uv[strongest[[*rows[:5], *rows[:4:-1]]]] * SIDE * 8).astype(np.int32)
        mask = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(mask, [ring], (255,), cv2.LINE_AA, 3)  # type: ignore[call-overload]
        tint(texture, mask, 3, 0.8, dark)


def look_of(preset: Preset, portrait: Portrait | None) -> tuple[Look, Array]:
    """The head's surface, and the colour (3,) 0 to 1 of the skin elsewhere."""
    if portrait is None:
        return plain_look(preset), np.array(preset.skin, np.float32) / 255
    look = from_portrait(load_head(), portrait)
    # Of the cheeks: what a portrait shows of the neck may be cloth.
    at, weights = look.head.landmarks
    cheeks = [mark for side in SIDES for mark in CHEEKBONE[side]]
    corners = at[cheeks][np.arange(len(cheeks)), weights[cheeks].argmax(1)]
    uv = np.zeros((len(look.head.parts), 2), np.float32)
    uv[look.head.triangles] = look.head.uv[look.head.uv_triangles]
    pixel = np.clip((uv[corners] * SIDE).astype(int), 0, SIDE - 1)
    return look, np.asarray(np.median(look.texture[pixel[:, 1], pixel[:, 0]], 0) / 255, np.float32)

"""Background replacement: people separated from what is behind them, and what is put in its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageOps

from avatar_app.face.landmark_indices import CHIN, SKIN_LANDMARKS
from avatar_app.inputs.portrait.background import Background, read_background
from avatar_app.inputs.portrait.framing import reduce
from avatar_app.inputs.portrait.portrait import Portrait, Scene
from avatar_app.render.layers.filling import fill_holes
from avatar_app.render.layers.person import TEXTURED, person_alpha, refine_matte
from avatar_app.request import InputError, Picture
from avatar_app.types import Image

BLUR = 0.025  # of the canvas's longer side: standard deviation of the blurred background
AROUND = 0.015  # of it: ring around people that is not taken for background
SURE = 0.9  # alpha of what certainly shows nothing but person
CUT_SIDE = 320  # pixels across the picture in which colours are told apart
CUT_ROUNDS = 5


@dataclass(frozen=True)
class People:
    """alpha: (H, W) uint8 of everybody. behind: (H, W, 3) the background continued behind them. spill: (H, W, 3) their
    colours continued outward, for pixels that hold hardly anything of them. textured: whether the background is so busy
    that it can only be guessed behind them."""

    alpha: Image
    behind: Image
    spill: Image
    textured: bool


def find_people(scene: Scene, portrait: Portrait) -> People:
    """Everybody in the canvas; the one who is animated as the renderer sees them."""
    height, width = scene.canvas.shape[:2]
    alpha = refine_matte(scene.canvas, scene.matte)
    person = person_alpha(portrait.pixels, portrait.matte, portrait.landmarks)
    x, y, side = scene.layout.square
    whole = np.ones(portrait.pixels.shape[:2], np.float32) if person is None else person
    own = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)
    part = alpha[y : y + side, x : x + side]
    part[:] = np.maximum(part * (own <= 0.02), own)
    reach = max(2, round(AROUND * max(height, width)))
    ring = cv2.dilate((alpha > 0.02).astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    pixels = scene.canvas.astype(np.float32)
    behind = np.clip(fill_holes(pixels, 1 - ring.astype(np.float32)), 0, 255)
    # Where nobody is the picture itself is background; beside a soft edge its own pixels still hold some person.
    behind = np.where((ring > 0)[..., None], behind, pixels)
    spill = np.clip(fill_holes(pixels, (alpha > SURE).astype(np.float32)), 0, 255)
    near = (cv2.dilate(ring, np.ones((4 * reach + 1,) * 2, np.uint8)) > 0) & (ring == 0)
    busy = np.abs(pixels - cv2.GaussianBlur(pixels, (0, 0), max(1.0, reach / 2))).max(2)
    textured = bool(near.any()) and float(busy[near].mean()) > TEXTURED
    return People(np.round(255 * alpha).astype(np.uint8), _bytes(behind), _bytes(spill), textured)


def paint_backdrop(background: Background, behind: Image) -> Image:
    """(H, W, 3) uint8: what is seen where nobody is. Black for a clear background: alpha says the rest."""
    height, width = behind.shape[:2]
    if background.kind == "blur":
        sigma = BLUR * max(height, width)
        blurred: Any = cv2.GaussianBlur(behind, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        return np.asarray(blurred, np.uint8)
    if background.kind == "picture" and background.picture is not None:
        return _cover(background.picture, width, height)
    return np.zeros_like(behind)


def _cover(picture: Image, width: int, height: int) -> Image:
    """The picture resized and cut so that it fills width by height pixels."""
    fitted = PIL.ImageOps.fit(PIL.Image.fromarray(picture), (width, height), PIL.Image.Resampling.LANCZOS)
    return np.asarray(fitted, np.uint8)


def replace_background(portrait: Portrait, wanted: Picture) -> tuple[Portrait, Background]:
    """The portrait, told apart from its background where that is replaced, and what is put there."""
    background = read_background(wanted)
    return (portrait if background.kind == "original" else separate_person(portrait)), background


def separate_person(portrait: Portrait) -> Portrait:
    """The portrait with a matte that the renderer believes; InputError where there is none.

    Where the network for photos fails, as on some drawings, colours decide (GrabCut, Rother et al. 2004).
    """
    for matte in (portrait.matte, None):
        tried = portrait if matte is not None else _with_matte(portrait, cut_by_colour(portrait))
        person = person_alpha(tried.pixels, tried.matte, tried.landmarks)
        if person is not None and person.min() < 0.98:
            return tried
    raise InputError(
        "The person cannot be told from the background of this picture; choose the background original, "
        "or a picture with a plainer one."
    )


def _with_matte(portrait: Portrait, matte: Image) -> Portrait:
    """The portrait with another matte, in its scene too."""
    scene = portrait.scene
    if scene is not None:
        x, y, side = scene.layout.square
        whole = scene.matte.copy()
        whole[y : y + side, x : x + side] = reduce(matte, scene.layout.factor)
        scene = replace(scene, matte=whole)
    return replace(portrait, matte=matte, scene=scene)


def cut_by_colour(portrait: Portrait) -> Image:
    """(n, n) uint8 matte: what is coloured like head and body rather than like the picture's upper edges."""
    n = len(portrait.pixels)
    scale = CUT_SIDE / n
    small = cv2.resize(portrait.pixels, (CUT_SIDE, CUT_SIDE), interpolation=cv2.INTER_AREA)
    marks = portrait.landmarks[:SKIN_LANDMARKS, :2] * scale
    middle, chin = marks.mean(0), marks[CHIN]
    hull: Any = cv2.convexHull(marks.astype(np.float32))
    low, high = marks.min(0), marks.max(0)
    tall, wide = float(high[1] - low[1]), float(high[0] - low[0])
    guess = np.full((CUT_SIDE, CUT_SIDE), cv2.GC_PR_BGD, np.uint8)
    cv2.ellipse(guess, (int(middle[0]), int(middle[1] - 0.1 * tall)), (int(0.75 * wide), int(0.85 * tall)),
                0, 0, 360, (cv2.GC_PR_FGD,), -1)  # fmt: skip
    neck, shoulders = np.array([0.3 * wide, 0]), np.array([wide, 0])
    feet = np.array([chin[0], CUT_SIDE])
    body = np.stack([chin - neck, chin + neck, feet + shoulders, feet - shoulders])
    cv2.fillConvexPoly(guess, body.astype(np.int32), (cv2.GC_PR_FGD,))
    edge = max(2, CUT_SIDE // 60)
    guess[:edge], guess[: CUT_SIDE // 2, :edge], guess[: CUT_SIDE // 2, -edge:] = (cv2.GC_BGD,) * 3
    cv2.fillConvexPoly(guess, hull.astype(np.int32), (cv2.GC_FGD,))
    cv2.setRNGSeed(0)
    models = np.zeros((2, 1, 65))
    by_mask: Any = cv2.GC_INIT_WITH_MASK
    whole = (0, 0, CUT_SIDE, CUT_SIDE)
    cv2.grabCut(small[..., ::-1].copy(), guess, whole, models[0], models[1], CUT_ROUNDS, by_mask)
    cut = np.isin(guess, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
    return _bytes(np.asarray(cv2.resize(cut, (n, n), interpolation=cv2.INTER_LINEAR), np.float32))


def _bytes(values: npt.NDArray[np.floating[Any]]) -> Image:
    return np.round(values).astype(np.uint8)

"""What an opened mouth shows: teeth where lips uncover them, a tongue, and a hollow that is not black."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait import renderer as module
from avatar_app.render.portrait.mouth import polygon_mask
from avatar_app.render.portrait.mouth_drawing import tongue_height
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait.tongue import tongue_lift
from avatar_app.types import Array, Image

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
STILL = np.zeros(3, np.float32)
RAISED_LIP = {"jawOpen": 0.3, "mouthUpperUpLeft": 0.6, "mouthUpperUpRight": 0.6}


@pytest.fixture(scope="module")
def photo() -> Portrait:
    """A face with closed lips."""
    return load_portrait(PORTRAITS / "bearded_man.jpg", size=256)


@pytest.fixture(scope="module")
def renderer(photo: Portrait) -> PortraitRenderer:
    return PortraitRenderer(photo)


def coefficients(**amounts: float) -> Array:
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


def opened(renderer: PortraitRenderer, **amounts: float) -> tuple[Image, Array, Array]:
    """A frame, the ring of the lips' opening in it, and (h, w) where that is."""
    values = coefficients(**amounts)
    points = renderer.mesh.move(renderer.landmark_motion(values), np.eye(3, dtype=np.float32), STILL, 0.0)
    ring = points[renderer.mesh.rings["mouth"], :2]
    frame = renderer.frame(values, STILL, STILL)
    return frame, ring, cv2.erode(polygon_mask(ring, frame.shape[:2]), np.ones((3, 3))) > 0.99


def below_the_upper_lip(frame: Image, ring: Array, share: float, width: float) -> Array:
    """(3,) the colour there, `share` of a mouth width below the lip's middle."""
    x, y = ring[len(ring) // 4] + (0, share * width)
    return np.median(frame[round(y), round(x) - 3 : round(x) + 4].astype(float), axis=0)


def test_upper_teeth_show_under_a_raised_lip_neither_grey_nor_red(renderer: PortraitRenderer, photo: Portrait) -> None:
    frame, ring, _ = opened(renderer, **RAISED_LIP)
    tooth = below_the_upper_lip(frame, ring, 0.07, renderer.mouth.width)
    skin = photo.pixels[tuple(photo.landmarks[[50, 280], 1::-1].round().astype(int).T)].mean()
    assert tooth.mean() > 1.2 * skin, "teeth of a dark face are brighter than its skin"
    assert 0 < tooth[0] - tooth[2] < 0.2 * tooth[0] and tooth[0] >= tooth[1] >= tooth[2]


def test_nothing_shows_where_the_mouth_is_not_drawn(
    renderer: PortraitRenderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, ring, _ = opened(renderer, **RAISED_LIP)
    monkeypatch.setattr(module, "draw_mouth", lambda *arguments: None)
    left_out, _, _ = opened(renderer, **RAISED_LIP)
    there, gone = (below_the_upper_lip(f, ring, 0.07, renderer.mouth.width) for f in (drawn, left_out))
    assert there.mean() > gone.mean() + 40


def test_a_wide_open_mouth_is_no_black_hole(renderer: PortraitRenderer) -> None:
    frame, _, mask = opened(renderer, jawOpen=1.0)
    light = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)[mask]
    assert (light < 25).mean() < 0.1
    assert light.std() > 20, "nor is it flat"


def test_a_tongue_lies_in_the_lower_half_of_an_open_mouth(renderer: PortraitRenderer) -> None:
    without = PortraitRenderer.__new__(PortraitRenderer)
    without.__dict__.update(renderer.__dict__)
    without.mouth = replace(renderer.mouth, tongue=np.zeros_like(renderer.mouth.tongue))
    frame, ring, mask = opened(renderer, jawOpen=0.8)
    bare, _, _ = opened(without, jawOpen=0.8)
    more = np.where(mask, frame.astype(int).sum(2) - bare.astype(int).sum(2), 0)
    middle = ring[:, 1].mean()
    rows = np.argwhere(more > 60)[:, 0]
    assert len(rows) > 0.1 * mask.sum()
    assert (rows > middle).mean() > 0.8


def test_the_tongue_is_up_for_consonants_and_down_for_open_vowels() -> None:
    rest = np.zeros(52, np.float32)
    consonant, vowel = (tongue_lift(coefficients(jawOpen=jaw), rest) for jaw in (0.1, 0.4))
    assert consonant == 1 and vowel == 0
    assert tongue_lift(coefficients(jawOpen=0.1, mouthPucker=1.0), rest) == 0, "oo is not said with its tip"
    assert tongue_lift(coefficients(jawOpen=0.4, tongueOut=0.2), rest) == 1, "it passes the teeth on its way out"
    assert tongue_lift(coefficients(jawOpen=0.4, tongueOut=0.2), coefficients(tongueOut=0.2)) == 0
    assert tongue_height(0.1, consonant) > 2 * tongue_height(0.1, vowel) > 0


def test_the_frame_is_told_how_high_the_tongue_is(renderer: PortraitRenderer, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []
    monkeypatch.setattr(module, "draw_mouth", lambda *arguments: told.append(arguments[-2]))
    for jaw in (0.1, 0.25, 0.5):
        renderer.frame(coefficients(jawOpen=jaw), STILL, STILL)
    assert told[0] == 1 > told[1] > told[2] == 0


def test_the_ends_of_the_lower_row_stand_up_when_the_jaw_has_dropped(renderer: PortraitRenderer) -> None:
    """The row is made one green band: its sides lie higher than its middle, as lips do."""
    band = np.zeros_like(renderer.mouth.lower)
    top = round(float(renderer.mouth.middle[1])) - renderer.mouth.box[1] + 2
    band[top : top + 4] = (0, 255, 0, 1)
    marked = PortraitRenderer.__new__(PortraitRenderer)
    marked.__dict__.update(renderer.__dict__)
    marked.mouth = replace(renderer.mouth, lower=band)
    frame, ring, mask = opened(marked, jawOpen=1.0)
    green = np.argwhere((frame[..., 1].astype(int) - frame[..., 0] > 60) & mask)
    aside = np.abs(green[:, 1] - ring[:, 0].mean()) / renderer.mouth.width
    assert green[aside < 0.08, 0].mean() > green[aside > 0.22, 0].mean() + 2


def test_a_drawing_has_a_drawn_mouth() -> None:
    """Flat colours: one band of teeth without gaps, no shadow of the lips."""
    mouth = PortraitRenderer(load_portrait(PORTRAITS / "youngster.jpg", size=256)).mouth
    photo = PortraitRenderer(load_portrait(PORTRAITS / "bearded_man.jpg", size=256)).mouth
    assert mouth.depth == 0 < photo.depth
    spread = []
    for painted in (mouth, photo):
        bright = painted.upper[painted.upper[..., 3] > 0.999][:, :3].mean(1)
        low, high = np.percentile(bright[bright > 0.7 * bright.max()], [40, 90])
        spread.append(float(high / low - 1))
    assert spread[0] < 0.01 < 0.03 < spread[1]

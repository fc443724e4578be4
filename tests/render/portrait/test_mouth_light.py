"""Colours of a painted mouth follow the light of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.face.landmark_indices import CHEEKS
from avatar_app.render.portrait.mouth_light import MouthLight, mouth_light, own_teeth
from avatar_app.types import Array, Image

SKIN = np.array([200, 150, 120], np.uint8)


@pytest.fixture(scope="module")
def landmarks() -> Array:
    """(478, 3) an even face of 200 pixels whose right cheek lies on the picture's left."""
    marks = np.random.default_rng(0).uniform(60, 200, (478, 3)).astype(np.float32)
    for index, x in zip(CHEEKS, [80, 85, 90, 95, 175, 170, 165, 160], strict=True):
        marks[index, :2] = x, 130
    return marks


def lit(left: float, right: float) -> Image:
    """(256, 256, 3) skin, so bright on the picture's left and right."""
    ramp = np.linspace(left, right, 256)[None, :, None]
    return np.clip(np.ones((256, 1, 1)) * ramp * SKIN, 0, 255).astype(np.uint8)


def test_teeth_are_as_bright_as_the_light(landmarks: Array) -> None:
    bright, dim = (mouth_light(lit(s, s), landmarks, 1.0).white.mean() for s in (1.0, 0.5))
    assert 100 < dim < bright < 255


def test_a_white_thing_takes_little_of_the_skins_colour(landmarks: Array) -> None:
    white = mouth_light(lit(1, 1), landmarks, 1.0).white
    assert 0 < np.ptp(white) / white.max() < 0.1


def test_the_side_that_the_light_comes_from_is_brighter(landmarks: Array) -> None:
    light = mouth_light(lit(0.2, 1.2), landmarks, 1.0)
    assert light.across(np.float32(0.3)) > 1.03 > 0.97 > light.across(np.float32(-0.3))
    assert mouth_light(lit(1.2, 0.2), landmarks, 1.0).slope == pytest.approx(-light.slope, abs=0.05)
    assert mouth_light(lit(0.2, 1.2), landmarks, 0.0).slope == 0, "a flat drawing has no such light"


def test_a_black_and_white_picture_gets_a_grey_mouth(landmarks: Array) -> None:
    grey = np.repeat(lit(1, 1)[..., :1], 3, axis=2)
    painted = np.dstack([np.full((2, 2), 150.0), np.full((2, 2), 60.0), np.full((2, 2), 60.0), np.ones((2, 2))])
    tinted = mouth_light(grey, landmarks, 1.0).tinted(painted)
    assert np.ptp(tinted[..., :3], axis=2).max() < 1 and (tinted[..., 3] == 1).all()
    assert np.ptp(mouth_light(lit(1, 1), landmarks, 1.0).tinted(painted)[0, 0, :3]) > 80


def test_only_what_is_white_counts_as_teeth() -> None:
    light = MouthLight(np.full(3, 200, np.float32), 0.0, 1.0, 1.0)
    teeth, lips, hole = (
        np.dstack([np.full((6, 6, 3), colour, np.float32), np.ones((6, 6), np.float32)])
        for colour in ((190, 180, 160), (180, 90, 85), (30, 25, 25))
    )
    assert own_teeth(teeth, light) == pytest.approx((190, 180, 160))
    assert own_teeth(lips, light) is None and own_teeth(hole, light) is None

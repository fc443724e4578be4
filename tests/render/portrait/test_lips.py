"""Lips that can be read with the sound off, also on a portrait that smiles with its teeth."""

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import lip_gaps, mouth_width
from avatar_app.face.landmark_indices import INNER_LOWER, INNER_UPPER
from avatar_app.face.landmarks import refine
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.portrait.lips import build_rounding, round_gap, round_lips, roundness
from avatar_app.render.portrait.renderer import PortraitRenderer

STILL = np.zeros(3)
OO = {"mouthPucker": 0.68, "mouthFunnel": 0.3, "jawOpen": 0.12}
PRESSED = {"jawOpen": 0.1, "mouthClose": 0.1, "mouthPressLeft": 0.5, "mouthPressRight": 0.5, "mouthRollLower": 0.25}
BITTEN = {"mouthRollLower": 0.45, "mouthUpperUpLeft": 0.2, "mouthUpperUpRight": 0.2, "jawOpen": 0.08}


@pytest.fixture(scope="module")
def portrait():
    return load_portrait(astronaut(), size=512)


@pytest.fixture(scope="module")
def renderer(portrait):
    return PortraitRenderer(portrait)


def coefficients(amounts):
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


def between_lips(renderer, amounts):
    """Colours (n, 3) of the frame between the upper and the lower lip, in the middle of the mouth."""
    values = coefficients(amounts)
    frame, marks = renderer.frame(values, STILL, STILL), renderer.landmarks + renderer.landmark_motion(values)
    upper, lower = (marks[[row[3], row[4], row[5]], :2] for row in (INNER_UPPER, INNER_LOWER))
    at = np.concatenate([upper + (lower - upper) * share for share in (0.3, 0.4, 0.5, 0.6)]).round().astype(int)
    return frame[at[:, 1], at[:, 0]].astype(float)


def test_oo_narrows_a_smile_and_levels_its_corners(renderer, portrait):
    calm = renderer.landmarks + renderer.landmark_motion(coefficients({}))
    rounded = renderer.landmarks + renderer.landmark_motion(coefficients(OO))
    assert mouth_width(rounded) < 0.68 * mouth_width(calm)
    seen = [refine(renderer.frame(coefficients(a), STILL, STILL), portrait.landmarks) for a in ({}, OO)]
    assert mouth_width(seen[1]) < 0.75 * mouth_width(seen[0]), "the detector sees it too"
    middle = rounded[[13, 14], 1].mean()
    assert abs(rounded[[61, 291], 1].mean() - middle) < 0.05 * mouth_width(portrait.landmarks)


def test_rounding_grows_with_the_coefficient(renderer):
    widths = [
        mouth_width(renderer.landmarks + renderer.landmark_motion(coefficients({"mouthPucker": amount})))
        for amount in np.linspace(0, 1, 6)
    ]
    assert (np.diff(widths) < -1).all()


def test_rounded_lips_hide_the_teeth_that_a_spread_mouth_shows(renderer):
    spread = between_lips(renderer, {"jawOpen": 0.15, "mouthUpperUpLeft": 0.4, "mouthUpperUpRight": 0.4})
    assert between_lips(renderer, OO).mean() < 0.5 * spread.mean()


def test_m_closes_and_f_shows_the_upper_teeth_on_the_lower_lip(renderer, portrait):
    pressed = refine(renderer.frame(coefficients(PRESSED), STILL, STILL), portrait.landmarks)
    assert lip_gaps(pressed).mean() / mouth_width(pressed) < 0.05
    bitten = renderer.landmarks + renderer.landmark_motion(coefficients(BITTEN))
    assert 0.02 < lip_gaps(bitten)[3:6].mean() / mouth_width(portrait.landmarks) < 0.2
    teeth = between_lips(renderer, BITTEN)
    assert teeth.mean() > 150 and np.median(np.ptp(teeth, axis=1)) < 60, "light, and less coloured than lips"


def test_rounding_keeps_partners_apart_as_they_are(renderer):
    rounding = build_rounding(renderer.landmarks, renderer.down)
    moved = renderer.landmarks + renderer.landmark_motion(coefficients({"jawOpen": 0.5}))
    rounded = moved + round_lips(moved, rounding, 0.8)
    assert np.abs(lip_gaps(rounded) - lip_gaps(moved)).max() < 0.5
    assert np.allclose(round_lips(moved, rounding, 0.0), 0, atol=1e-4)


def test_a_rounded_opening_is_no_taller_than_before_and_tapers(renderer):
    gap = np.full(9, 10, np.float32)
    oval = round_gap(gap, renderer.rounding, 1.0)
    assert oval[4] == pytest.approx(10, abs=0.1) and oval[0] < 7 and (oval <= 10).all()
    assert (round_gap(gap, renderer.rounding, 0.0) == gap).all()


def test_pucker_and_funnel_round_and_a_smile_does_not():
    assert roundness(coefficients(OO)) > 0.8
    assert roundness(coefficients({"mouthSmileLeft": 1, "jawOpen": 1})) == 0
    assert roundness(coefficients({"mouthPucker": 1, "mouthFunnel": 1})) == 1

"""Glasses: found where they are worn and only there, and as rigid as glasses are."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import eye_opening
from avatar_app.face.landmarks import refine
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.layers.glasses import find_glasses
from avatar_app.render.layers.glasses_frame import find_frame
from avatar_app.render.portrait.renderer import PortraitRenderer

PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
DARK = (22, 18, 20)
STILL = np.zeros(3)


def wearing(pixels, landmarks, shape, colour=DARK, thick=4):
    """The picture with glasses drawn on the face."""
    out = pixels.copy()
    eyes = [landmarks[corners, :2].mean(0) for corners in ([33, 133], [362, 263])]
    apart = float(np.linalg.norm(eyes[1] - eyes[0]))
    half = np.array([0.42, 0.42 if shape == "round" else 0.30]) * apart
    for eye, way, temple in zip(eyes, (-1, 1), (127, 356), strict=True):
        middle = eye + np.array([0, 0.06 * apart])
        if shape == "round":
            cv2.circle(out, tuple(middle.round().astype(int)), round(half[0]), colour, thick, cv2.LINE_AA)
        else:
            corners = [tuple((middle + sign * half).round().astype(int)) for sign in (-1, 1)]
            cv2.rectangle(out, *corners, colour, thick, cv2.LINE_AA)
        ends = middle + np.array([way * half[0], 0]), landmarks[temple, :2]
        cv2.line(out, *(tuple(end.round().astype(int)) for end in ends), colour, thick - 1, cv2.LINE_AA)
    ends = eyes[0] + np.array([half[0], 0.05 * apart]), eyes[1] + np.array([-half[0], 0.05 * apart])
    cv2.line(out, *(tuple(end.round().astype(int)) for end in ends), colour, thick, cv2.LINE_AA)
    return out


@pytest.fixture(scope="module")
def bare():
    return load_portrait(astronaut(), size=512)


@pytest.fixture(scope="module")
def spectacled(bare):
    return load_portrait(wearing(bare.pixels, bare.landmarks, "round"))


@pytest.fixture(scope="module")
def renderer(spectacled):
    return PortraitRenderer(spectacled)


def coefficients(**amounts):
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return values


def dark(frame, portrait):
    """Black pixels around the eyes."""
    low, high = portrait.landmarks[:468, :2].min(0).astype(int), portrait.landmarks[0, :2].astype(int)
    part = frame[low[1] : high[1], low[0] - 20 : int(portrait.landmarks[:468, 0].max()) + 20]
    return (part.max(2) < 50).astype(np.uint8)


@pytest.mark.parametrize("name", ["bearded_man.jpg", "princess.jpg", "youngster.jpg", "astronaut.jpg"])
def test_a_bare_face_wears_none(name):
    portrait = load_portrait(PORTRAITS / name)
    assert find_frame(portrait.pixels, portrait.landmarks) is None


@pytest.mark.parametrize("shape", ["round", "square"])
@pytest.mark.parametrize(("colour", "thick"), [(DARK, 2), (DARK, 4), ((90, 60, 30), 6)])
def test_drawn_frames_are_found_where_they_were_drawn(bare, shape, colour, thick):
    pixels = wearing(bare.pixels, bare.landmarks, shape, colour, thick)
    paths = find_frame(pixels, bare.landmarks)
    assert paths is not None and len(paths) >= 3
    drawn = np.abs(pixels.astype(int) - bare.pixels).max(2) > 30
    for path in paths[:3]:
        at = path.round().astype(int)
        near = cv2.dilate(drawn.astype(np.uint8), np.ones((5, 5), np.uint8))[at[:, 1], at[:, 0]]
        assert near.mean() > 0.9


def test_the_skin_under_the_frame_comes_back(bare):
    pixels = wearing(bare.pixels, bare.landmarks, "round")
    glasses = find_glasses(pixels, bare.landmarks)
    assert glasses is not None
    drawn = np.abs(pixels.astype(int) - bare.pixels).max(2) > 30
    lower = drawn & (np.arange(512)[:, None] > bare.landmarks[145, 1])  # below brows and hair
    left = np.abs(glasses.clean.astype(int) - bare.pixels).mean(2)[lower]
    assert left.mean() < 0.2 * np.abs(pixels.astype(int) - bare.pixels).mean(2)[lower].mean()


def test_the_resting_picture_keeps_its_glasses(renderer, spectacled):
    frame = renderer.frame(spectacled.resting, STILL, STILL)
    assert np.abs(frame.astype(int) - spectacled.pixels).max() <= 2


def test_no_expression_bends_the_frame(renderer, spectacled):
    resting = dark(renderer.frame(spectacled.resting, STILL, STILL), spectacled)
    for names in (("browInnerUp", "browOuterUpLeft", "browOuterUpRight"), ("cheekSquintLeft", "cheekSquintRight")):
        raised = dark(renderer.frame(coefficients(**dict.fromkeys(names, 1.0)), STILL, STILL), spectacled)
        near = cv2.dilate(raised, np.ones((3, 3), np.uint8))
        assert resting.sum() > 500 and (resting & near).sum() > 0.97 * resting.sum()


@pytest.mark.parametrize("turn", [[0, 0.3, 0], [0, -0.3, 0], [0.25, 0, 0], [-0.25, 0, 0]])
def test_round_lenses_turn_into_ellipses(renderer, spectacled, turn):
    """A wavy rim leaves the ellipse through its points by more than a pixel."""
    frame = renderer.frame(spectacled.resting, np.array(turn), STILL)
    outlines, (parents,) = cv2.findContours(dark(frame, spectacled), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    holes = [o[:, 0] for o, above in zip(outlines, parents[:, 3], strict=True) if above >= 0]
    lenses = sorted(holes, key=len)[-2:]
    for lens in lenses:
        assert cv2.contourArea(lens) > 1000
        (x, y), (a, b), angle = cv2.fitEllipse(lens.astype(np.float32))
        cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        turned = (lens - np.array([x, y])) @ np.array([[cos, -sin], [sin, cos]])
        away = np.abs(np.hypot(2 * turned[:, 0] / a, 2 * turned[:, 1] / b) - 1) * (a + b) / 4
        assert np.quantile(away, 0.9) < 1.2


def test_eyes_close_behind_the_lenses(renderer, spectacled):
    shut = renderer.frame(coefficients(eyeBlinkLeft=1, eyeBlinkRight=1), STILL, STILL)
    calm = renderer.frame(coefficients(), STILL, STILL)
    for side in ("Left", "Right"):
        closed, opened = (eye_opening(refine(f, spectacled.landmarks), side) for f in (shut, calm))
        assert closed < 0.65 * opened

"""Alpha of hair before a busy background, and colours that give the picture back whatever alpha is."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.layers.matting import closed_form_alpha, part_colours
from avatar_app.render.layers.person import split_layers
from avatar_app.render.portrait.renderer import PortraitRenderer

SIDE = 192
STILL = np.zeros(3)
PORTRAITS = Path(__file__).resolve().parents[3] / "assets" / "portraits"
y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)


def checks(side, cell=16):
    """(side, side, 3) bright squares of two colours."""
    rows, columns = np.mgrid[:side, :side] // cell
    return np.where(((rows + columns) % 2)[..., None] > 0, (235, 225, 90), (120, 190, 235)).astype(np.float32)


@pytest.fixture(scope="module")
def tuft():
    """A dark disc with hairs that stand out of it, its true alpha, and what lies behind."""
    alpha = np.zeros((SIDE * 4, SIDE * 4), np.uint8)
    cv2.circle(alpha, (SIDE * 2, SIDE * 2), SIDE, (255,), -1)
    for k in np.linspace(0, 2 * np.pi, 150, endpoint=False):
        way = np.array([np.cos(k), np.sin(k)])
        ends = (SIDE * 2 + way * SIDE * 0.9, SIDE * 2 + (way + np.array([0.02, 0])) * SIDE * 1.09)
        cv2.line(alpha, *(tuple(end.astype(int).tolist()) for end in ends), (255,), 5)
    true = cv2.resize(alpha, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    behind = checks(SIDE)
    pixels = true[..., None] * np.array([40, 28, 22]) + (1 - true[..., None]) * behind
    return np.round(pixels).astype(np.uint8), true, behind


def coarse(true):
    return cv2.GaussianBlur(true, (0, 0), 2.0)


def test_hairs_are_found_where_a_coarse_outline_has_none(tuft):
    pixels, true, _ = tuft
    found = closed_form_alpha(pixels, coarse(true), np.zeros(true.shape, bool))
    edge = cv2.dilate(((true > 0.02) & (true < 0.98)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    assert np.abs(found - true)[edge].mean() < 0.5 * np.abs(coarse(true) - true)[edge].mean()


def test_what_is_surely_the_person_stays_solid(tuft):
    pixels, true, _ = tuft
    sure = true > 0.9
    assert (closed_form_alpha(pixels, coarse(true), sure)[sure] == 1).all()


def test_a_matte_without_an_outline_comes_back(tuft):
    for even in (0.0, 1.0):
        flat = np.full((SIDE, SIDE), even, np.float32)
        assert (closed_form_alpha(tuft[0], flat, np.zeros((SIDE, SIDE), bool)) == even).all()


def test_person_over_background_is_the_picture_whatever_alpha_is():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (64, 64, 3), np.uint8)
    alpha = rng.uniform(0, 1, (64, 64)).astype(np.float32)
    alpha[:20], alpha[50:] = 0, 1
    person, behind = part_colours(pixels, alpha, rng.uniform(0, 255, (64, 64, 3)).astype(np.float32))
    clear = 255 - person[..., 3:].astype(int)
    assert (person[..., :3] + (behind * clear + 127) // 255 == pixels).all()
    assert (person[:20, :, :3] == 0).all() and (behind[:20] == pixels[:20]).all()


def test_hair_leaves_the_background_behind(tuft):
    """What is taken along of a half-covered pixel is hair's dark colour, not the bright squares behind it."""
    pixels, true, behind = tuft
    person, _ = part_colours(pixels, true, behind)
    half = (true > 0.2) & (true < 0.8)
    own = person[..., :3][half] / true[half][:, None]
    assert np.abs(own - [40, 28, 22]).mean() < 15
    assert np.abs(pixels[half] - np.array([40, 28, 22])).mean() > 60


@pytest.fixture(scope="module")
def busy():
    """A bundled person before bright squares, and a renderer of that picture."""
    portrait = load_portrait(PORTRAITS / "bearded_man.jpg", size=384)
    person, _ = split_layers(portrait.pixels, portrait.matte, portrait.landmarks)
    clear = 1 - person[..., 3:].astype(np.float32) / 255
    pixels = np.round(np.clip(person[..., :3] + clear * checks(384, 24), 0, 255)).astype(np.uint8)
    picture = replace(portrait, pixels=pixels, scene=None)
    return picture, PortraitRenderer(picture)


def test_a_turned_head_uncovers_texture_and_takes_no_fringe_along(busy):
    """Fails when the background is filled smoothly, and when the person keeps what shone through the hair."""
    portrait, renderer = busy
    alpha = np.empty(portrait.pixels.shape[:2], np.uint8)
    for yaw in (-0.35, 0.35):
        frame = renderer.frame(portrait.resting, np.array([0, yaw, 0]), STILL, alpha).astype(int)
        head = np.arange(384)[:, None] < portrait.landmarks[152, 1]
        bare = (renderer.person[..., 3] > 250) & (alpha == 0) & head
        assert bare.sum() > 150
        nearest = np.minimum(*(np.abs(frame - colour).max(2) for colour in ((235, 225, 90), (120, 190, 235))))
        assert (nearest[bare] < 45).mean() > 0.7, "what is uncovered is made of squares of either colour"
        fringe = (alpha > 40) & (alpha < 200) & head & (renderer.mesh.area)
        through = (255 - alpha[fringe, None].astype(float)) / 255 * renderer.background[fringe]
        own = (frame[fringe] - through) / (alpha[fringe, None] / 255)
        assert np.median(own.max(1)) < 110, "dark hair stays dark at its edge"


def test_a_portrait_at_rest_is_its_picture(busy):
    portrait, renderer = busy
    frame = renderer.frame(portrait.resting, STILL, STILL)
    assert 10 * np.log10(255**2 / max(((frame.astype(float) - portrait.pixels) ** 2).mean(), 1e-9)) > 60

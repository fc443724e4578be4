"""Figures before flat backgrounds: cut out exactly, and photos left to the network."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.landmarks import detect_faces
from avatar_app.inputs.portrait.manual_points import fit_points, parse_points
from avatar_app.inputs.portrait.plain_background import plain_matte
from avatar_app.inputs.portrait.portrait import load_portrait
from tests.drawings import DRAWINGS, SIDE


def placed(name):
    picture, points = DRAWINGS[name]()
    return picture, fit_points(parse_points(points), picture)


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_drawing_is_cut_out_along_its_outline(name):
    picture, marks = placed(name)
    matte = plain_matte(picture, marks)
    ground = (np.abs(picture.astype(int) - picture[4, 4]).max(2) <= 2) & (matte < 255)
    assert (matte[ground] == 0).mean() > 0.99
    unlike = np.abs(picture.astype(int) - picture[4, 4]).max(2) > 60
    assert (matte[unlike] > 100).mean() > 0.98, "nothing of the figure is lost"


def test_eyes_in_the_background_s_colour_stay_and_patches_within_hair_go():
    picture, marks = placed("ghost")
    assert plain_matte(picture, marks)[250, 230] == 255
    picture, marks = placed("anime")
    assert plain_matte(picture, marks)[535, 255] == 0, "sky between hair and neck"


def test_a_gradient_and_compression_do_not_matter():
    picture, marks = placed("cartoon")
    ground = (np.abs(picture.astype(int) - picture[4, 4]).max(2) <= 2)[..., None]
    sky = np.linspace(235, 150, SIDE)[:, None, None] + np.array([0, 5, 20])
    shaded = np.clip(np.where(ground, sky, picture), 0, 255).astype(np.uint8)
    _, code = cv2.imencode(".jpg", shaded, [cv2.IMWRITE_JPEG_QUALITY, 88])
    matte = plain_matte(cv2.imdecode(code, cv2.IMREAD_COLOR), marks)
    plain = plain_matte(picture, marks)
    assert ((matte > 127) == (plain > 127)).mean() > 0.985


def test_photos_are_left_to_the_network():
    photo = astronaut()
    assert plain_matte(photo, detect_faces(photo)[0]) is None


def test_a_figure_that_runs_into_the_background_is_left_to_the_network():
    picture, marks = placed("cartoon")
    picture = np.where(np.abs(picture.astype(int) - (232, 168, 128)).max(2, keepdims=True) < 9, picture[4, 4], picture)
    picture[150:500, 300:340] = picture[4, 4]
    picture[:150, 310:330] = picture[4, 4]
    assert plain_matte(picture.astype(np.uint8), marks) is None


def test_portraits_of_drawings_carry_the_exact_matte():
    picture, points = DRAWINGS["robot"]()
    portrait = load_portrait(picture, points=points, framing="full")
    assert set(np.unique(portrait.scene.matte)) >= {0, 255}
    assert (portrait.scene.matte > 127).mean() == pytest.approx(0.36, abs=0.08)

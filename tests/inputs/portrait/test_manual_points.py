"""Faces placed by hand: drawings that open their mouths and close their eyes, and points that cannot be a face."""

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.arkit_rig import lip_gaps
from avatar_app.face.landmark_indices import EYE_LOWER, EYE_UPPER
from avatar_app.face.landmarks import detect_faces
from avatar_app.inputs.portrait.manual_points import fit_points, parse_points
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.render.compositor import Compositor
from avatar_app.request import InputError
from tests.drawings import DRAWINGS

STILL = np.zeros(3)
GOOD = "eye_right 200,200; eye_left 300,200; mouth_right 215,290; mouth_left 285,290; chin 250,360"


@pytest.fixture(scope="module", params=sorted(DRAWINGS))
def drawing(request):
    picture, points = DRAWINGS[request.param]()
    portrait = load_portrait(picture, points=points, size=512)
    return request.param, portrait, Compositor(portrait).renderer()


def frame(renderer, **amounts):
    values = np.zeros(52, np.float32)
    for name, amount in amounts.items():
        values[ARKIT_INDEX[name]] = amount
    return renderer.frame(values, STILL, STILL).astype(int)


def opening(portrait, side):
    """Rows and columns of the middle of an eye, well inside the lids."""
    ring = portrait.landmarks[[*EYE_UPPER[side], *EYE_LOWER[side]], :2]
    low, high = ring.min(0), ring.max(0)
    middle, reach = (low + high) / 2, (high - low) * 0.2
    (left, top), (right, bottom) = np.round(middle - reach).astype(int), np.round(middle + reach).astype(int)
    return np.s_[top : bottom + 1, left : right + 1]


def test_a_drawing_is_unchanged_at_rest(drawing):
    _, portrait, renderer = drawing
    error = ((frame(renderer) - portrait.pixels) ** 2).mean()
    assert 10 * np.log10(255**2 / max(error, 1e-9)) > 40


def test_a_drawing_opens_its_mouth_on_its_own_line(drawing):
    _, portrait, renderer = drawing
    opened = renderer.portrait.landmark_motion(np.eye(52, dtype=np.float32)[ARKIT_INDEX["jawOpen"]] * 0.6)
    marks = renderer.portrait.landmarks + opened
    assert lip_gaps(marks)[2:7].min() > 12
    x, y = marks[[13, 14], :2].mean(0).round().astype(int)
    change = frame(renderer, jawOpen=0.6)[y - 3 : y + 4, x - 3 : x + 4] - portrait.pixels[y - 3 : y + 4, x - 3 : x + 4]
    assert change.mean() < -15, "the inside of the mouth is dark"


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_a_drawn_eye_closes_alone_and_shows_skin(drawing, side):
    name, portrait, renderer = drawing
    shut = frame(renderer, **{f"eyeBlink{side}": 1.0})
    here, there = opening(portrait, side), opening(portrait, "Left" if side == "Right" else "Right")
    assert (shut[there] == frame(renderer)[there]).all(), "the other eye stays open"
    if (name, side) == ("anime", "Right"):
        return  # a strand of hair ends on that lid and comes down with it
    skin = portrait.pixels[tuple(portrait.landmarks[168, [1, 0]].astype(int))].astype(int)
    assert (np.abs(shut[here] - skin).max(2) < 40).mean() > 0.85, "what covers the eye is skin, not its white"


def test_lids_lie_around_large_drawn_eyes():
    picture, points = DRAWINGS["anime"]()
    marks = fit_points(parse_points(points), picture)
    for side, x in (("Right", 238), ("Left", 402)):
        ring = marks[[*EYE_UPPER[side], *EYE_LOWER[side]], :2]
        assert np.abs(ring[:, 0].min() - (x - 47)) < 6 and np.abs(ring[:, 0].max() - (x + 47)) < 6
        assert np.abs(ring[:, 1].min() - 314) < 7 and np.abs(ring[:, 1].max() - 416) < 7


def test_lips_lie_on_a_curved_line():
    picture, points = DRAWINGS["cartoon"]()
    marks = fit_points(parse_points(points), picture)
    assert abs(marks[13, 1] - 444) < 5 and abs(marks[14, 1] - 444) < 5, "the lowest point of the drawn arc"


def test_points_on_a_photo_agree_with_the_detector():
    photo = astronaut()
    found = detect_faces(photo)[0]
    named = {"eye_right": 468, "eye_left": 473, "mouth_right": 61, "mouth_left": 291, "chin": 152, "nose": 1}
    text = "; ".join(f"{name} {found[k, 0]:.1f},{found[k, 1]:.1f}" for name, k in named.items())
    marks = fit_points(parse_points(text), photo)
    width = np.ptp(found[:, 0])
    for k in named.values():
        assert np.linalg.norm(marks[k, :2] - found[k, :2]) < 0.05 * width
    assert np.linalg.norm(marks[:468, :2] - found[:468, :2], axis=1).mean() < 0.09 * width


def test_points_are_read_in_any_order_and_writing():
    points = parse_points(
        " chin: 250,360 ;eye_left=300.5,200; Eye_Right 200 , 200;mouth_left 285,290;mouth_right 215,290;"
    )
    assert points.places["eye_left"] == (300.5, 200.0) and points.places["chin"] == (250.0, 360.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("chin 250,360", "chin 250,900"), "outside the picture of 512 × 512"),
        (("chin 250,360", "chin 250,100"), "chin below the mouth"),
        (("eye_right 200,200; eye_left 300,200", "eye_left 200,200; eye_right 300,200"), "Left and right"),
        (("mouth_left 285,290", "mouth_left 216,290"), "at least 8 pixels apart"),
        (("; chin 250,360", ""), "Points are missing: chin"),
        (("chin 250,360", "chin"), "must look like"),
        (("chin", "beard"), "no point called 'beard'"),
    ],
)
def test_points_that_cannot_be_a_face_are_refused(change, words):
    assert change[0] in GOOD
    with pytest.raises(InputError, match=words) as caught:
        load_portrait(astronaut(), points=GOOD.replace(*change))
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_picture_without_a_face_says_how_to_place_one():
    with pytest.raises(InputError, match="--points"):
        load_portrait(np.full((300, 300, 3), 90, np.uint8))

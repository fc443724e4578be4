"""The whole picture: framings, backgrounds and alpha, on rendered frames."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from skimage.data import astronaut, coffee

from avatar_app.face.arkit import ARKIT_INDEX
from avatar_app.face.upright import find_upright
from avatar_app.inputs.portrait.background import Background, read_background, video_ending
from avatar_app.inputs.portrait.framing import enlarge, reduce
from avatar_app.inputs.portrait.portrait import from_left_to_right, load_portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.render.compositor import Compositor
from avatar_app.render.layers.backdrop import separate_person
from avatar_app.render.portrait.pose import breathing
from avatar_app.request import InputError, Stopped

STILL = np.zeros(3)
TALKS = np.zeros(52, np.float32)
TALKS[[ARKIT_INDEX["jawOpen"], ARKIT_INDEX["mouthSmileLeft"]]] = 0.5
PORTRAITS = Path(__file__).parents[2] / "assets" / "portraits"
ROOM = 640, 420  # pixels of the wide picture
GREEN, CLEAR = read_background("#20c040"), Background("clear", None, ".webm")
MADE = {}


def wide_photo():
    """A photo in a wide textured room: the head far from the left edge."""
    rng = np.random.default_rng(0)
    room = np.asarray(PIL.Image.fromarray(rng.integers(60, 200, (42, 64, 3), np.uint8)).resize(ROOM))
    picture = room.copy()
    picture[:, 300:] = astronaut()[:420, 60:400]
    return picture


@pytest.fixture(scope="module")
def full():
    return load_portrait(wide_photo(), framing="full")


@pytest.fixture(scope="module")
def photo():
    return load_portrait(astronaut(), size=256, framing="bust")


@pytest.fixture(scope="module", autouse=True)
def made():
    """Renderers that were made, and what of; they hold no state of a frame."""
    yield MADE
    MADE.clear()


def drawn(portrait, yaw=0.0, background=None, expression=None):
    key = id(portrait), id(background)
    if key not in MADE:
        MADE[key] = Compositor(portrait, background).renderer(), portrait, background
    return MADE[key][0].frame(
        portrait.resting if expression is None else expression, np.array([0, np.radians(yaw), 0]), STILL
    )


def psnr(a, b):
    return 10 * np.log10(255**2 / max(float(((a.astype(float) - b) ** 2).mean()), 1e-9))


@pytest.mark.parametrize("yaw", [-20, 20])
def test_a_full_picture_is_the_photo_itself_wherever_nothing_moves(full, yaw):
    picture = wide_photo()
    frame = drawn(full, yaw, expression=TALKS)
    assert frame.shape == picture.shape
    x, y, side = full.scene.layout.square
    outside = np.ones(picture.shape[:2], bool)
    outside[y : y + side, x : x + side] = False
    assert outside.mean() > 0.3
    assert (frame[outside] == picture[outside]).all()
    room = np.zeros_like(outside)
    room[:, : x + 20] = True
    assert (frame[room] == picture[room]).all(), "the wall beside the head does not move"
    assert np.abs(frame.astype(int) - picture).max() > 60, "the head does"


@pytest.mark.parametrize("yaw", [-20, 20])
def test_no_border_shows_where_the_animated_square_ends(full, yaw):
    """Steps across the square's border are those that the photo has there."""
    frame, picture = (part.astype(int) for part in (drawn(full, yaw, expression=TALKS), wide_photo()))
    x, y, side = full.scene.layout.square
    assert x > 0
    for column in (x - 1, x + side - 1):
        if 0 <= column < frame.shape[1] - 1:
            step = frame[y : y + side, column + 1] - frame[y : y + side, column]
            own = picture[y : y + side, column + 1] - picture[y : y + side, column]
            assert np.abs(step - own).max() <= 12 and np.abs(step - own).mean() < 0.5


def test_a_large_picture_is_shown_at_1080_pixels_in_even_sizes():
    large = np.asarray(PIL.Image.fromarray(astronaut()).resize((1501, 1500)))[:1211]
    portrait = load_portrait(large, framing="full")
    assert drawn(portrait).shape == (870, 1080, 3)
    odd = load_portrait(astronaut()[:401, :511], framing="full")
    assert drawn(odd).shape == (400, 510, 3)
    assert psnr(drawn(odd), astronaut()[:400, :510]) > 40


def test_a_close_up_is_nearer_than_the_bust_and_both_return_the_picture(photo):
    near = load_portrait(astronaut(), size=256, framing="face")
    left, top, right, bottom = near.scene.layout.window
    assert (right - left, bottom - top) == (256, 256)
    assert psnr(drawn(near), near.scene.canvas[top:bottom, left:right]) > 40
    assert psnr(drawn(photo), photo.scene.canvas) > 40
    seen = [np.ptp(p.landmarks[:, 0]) / p.scene.layout.factor for p in (near, photo)]
    assert seen[0] > 1.25 * seen[1]


def test_small_squares_are_drawn_finer_and_still_return_the_picture(photo):
    assert photo.scene.layout.factor == 2 and photo.pixels.shape == (512, 512, 3)
    picture = np.random.default_rng(1).integers(0, 256, (40, 40, 3), np.uint8)
    assert np.abs(reduce(enlarge(picture, 3), 3).astype(int) - picture).mean() < 6
    smooth = np.asarray(PIL.Image.fromarray(picture[:8, :8]).resize((40, 40)))
    assert np.abs(reduce(enlarge(smooth, 3), 3).astype(int) - smooth).max() <= 2


def test_a_colour_stands_still_behind_a_turning_head(photo):
    frames = [drawn(photo, yaw, GREEN) for yaw in (-15, 0, 15)]
    wall = np.zeros((256, 256), bool)
    wall[:, :12] = True
    wall[130:] = False
    for frame in frames:
        assert np.abs(frame[wall].astype(int) - [0x20, 0xC0, 0x40]).max() <= 2
        assert np.abs(frame[120:140, 110:130].astype(int) - [0x20, 0xC0, 0x40]).max(-1).min() > 30, "the face covers it"


def test_nothing_of_a_busy_wall_shines_through_the_new_background(full):
    """It is never known well enough behind a moving head to tell it from hair that the matte missed."""
    alpha = drawn(full, 20, CLEAR, TALKS)[..., 3]
    frame = drawn(full, 20, GREEN, TALKS)
    assert (alpha == 0).mean() > 0.5
    assert np.abs(frame[alpha == 0].astype(int) - [0x20, 0xC0, 0x40]).max() <= 8


def test_a_picture_as_background_fills_the_frame(photo, tmp_path):
    stripes = np.zeros((90, 200, 3), np.uint8)
    stripes[:, 100:] = (250, 240, 10)
    PIL.Image.fromarray(stripes).save(tmp_path / "wall.png")
    frame = drawn(photo, 0, read_background(str(tmp_path / "wall.png")))
    assert np.abs(frame[5:100, 5:20].astype(int)).max() <= 4
    assert np.abs(frame[5:60, -20:-5].astype(int) - [250, 240, 10]).max() <= 4


def test_a_blurred_background_is_smooth_and_keeps_its_colours(full):
    frame, picture = drawn(full, 0, Background("blur")), wide_photo()
    wall = np.s_[50:370, 20:200]
    assert (
        np.abs(np.diff(frame[wall].astype(int), axis=1)).mean()
        < 0.3 * np.abs(np.diff(picture[wall].astype(int), axis=1)).mean()
    )
    assert np.abs(frame[wall].mean((0, 1)) - picture[wall].mean((0, 1))).max() < 12


@pytest.fixture(scope="module")
def group():
    """Two people before a large cup of coffee, and where the second one's face and the cup's rim are."""
    picture = np.asarray(PIL.Image.fromarray(coffee()).resize((1000, 667))).copy()
    for name, place, side in (("bearded_man", (60, 280), 387), ("woman_with_glasses", (560, 260), 407)):
        person = load_portrait(PORTRAITS / f"{name}.jpg", size=side)
        x, y = place
        part = picture[y : y + side, x : x + side]
        matte = person.matte[: len(part), :, None] / 255
        part[:] = part * (1 - matte) + person.pixels[: len(part)] * matte
    faces = from_left_to_right(find_upright(picture).faces)
    assert len(faces) == 2
    return picture, np.round(faces[1][:468, :2]).astype(int)


@pytest.fixture(scope="module")
def first(group):
    return load_portrait(group[0], face=1, framing="full")


def test_in_a_group_only_the_chosen_one_moves(group, first):
    picture, other = group
    frame = drawn(first, 18, expression=TALKS)
    (left, top), (right, bottom) = other.min(0), other.max(0)
    beside = np.s_[top - 40 : bottom, left - 30 : right + 30]
    assert (frame[beside] == picture[: len(frame)][beside]).all()
    assert np.abs(frame.astype(int) - picture[: len(frame)]).max() > 60


def test_the_matte_has_no_seam_where_the_square_ends():
    portrait = load_portrait(astronaut(), framing="full")
    x, y, side = portrait.scene.layout.square
    chest = portrait.scene.matte[y + side - 30 : y + side + 30, x + side // 3 : x + 2 * side // 3]
    assert chest.min() > 235


def test_a_new_background_keeps_everybody_and_no_cup(group, first):
    picture, other = group
    for portrait in (first, load_portrait(picture, face=2, framing="full")):
        frame = drawn(portrait, 0, GREEN)
        inside = other.mean(0) + 0.6 * (other - other.mean(0))
        x, y = inside.round().astype(int).T
        assert np.abs(frame[y, x].astype(int) - picture[y, x]).mean() < 6, "the other one stays"
        assert (np.abs(frame[:200].astype(int) - [0x20, 0xC0, 0x40]).max(2) < 12).mean() > 0.97, "the cup does not"


@pytest.mark.parametrize("framing", ["bust", "full"])
def test_a_clear_background_leaves_the_person_and_alpha(photo, framing):
    portrait = photo if framing == "bust" else load_portrait(astronaut(), size=256, framing=framing)
    frame = drawn(portrait, 10, CLEAR)
    assert frame.shape[2] == 4
    solid, height = frame[..., 3] > 250, frame.shape[0]
    assert frame[: height // 8, : height // 8, 3].max() < 20
    assert solid[:, frame.shape[1] // 2 - 20 : frame.shape[1] // 2].mean() > 0.4
    plain = drawn(portrait, 10)
    assert np.abs(frame[..., :3][solid].astype(int) - plain[solid]).mean() < 1.5, "the person keeps every colour"
    edge = (frame[..., 3] > 40) & (frame[..., 3] < 215)
    assert edge.sum() > 100, "edges are soft"


def test_alpha_moves_with_the_head_and_repeats_exactly(photo):
    again = Background("clear", None, ".webm")  # for which all is made anew
    turned = [drawn(photo, *how)[..., 3].astype(int) for how in ((0, CLEAR), (0, again), (18, CLEAR))]
    assert (turned[0] == turned[1]).all()
    assert np.abs(turned[2] - turned[0])[: 256 // 2].max() > 100


def test_frames_come_one_by_one_and_stop_when_told(photo):
    asked = iter([False, True])
    stream = Compositor(photo).renderer().frames(MotionClip.still(5), lambda: next(asked))
    assert next(stream).shape == (256, 256, 3)
    with pytest.raises(Stopped):
        next(stream)


@pytest.mark.parametrize("background", ["original", "#20c040"])
def test_frames_of_a_clip_have_its_expression_pose_place_and_breath(photo, background):
    values = np.zeros((14, 58), np.float32)
    values[:, ARKIT_INDEX["jawOpen"]] = np.linspace(0, 0.5, 14)
    values[:, 52:55] = np.linspace(0, 0.2, 14)[:, None] * (0.5, 1, -0.7)
    values[:, 55:58] = np.linspace(0, 0.1, 14)[:, None] * (1, -0.5, 1)
    clip = MotionClip.from_values(values)
    renderer = Compositor(photo, read_background(background)).renderer()
    last = list(renderer.frames(clip))[-1]
    asked = [clip.expression[-1], clip.head_rotation[-1], clip.head_translation[-1], breathing(clip)[-1]]
    assert (renderer.frame(*asked) == last).all()
    for k in range(4):
        without = [*asked[:k], 0 * asked[k], *asked[k + 1 :]]
        assert (renderer.frame(*without) != last).any(), k


def test_a_person_that_nothing_tells_from_the_background_is_refused(photo, monkeypatch):
    from dataclasses import replace

    from avatar_app.render.layers import backdrop

    blank = np.zeros_like(photo.matte)
    monkeypatch.setattr(backdrop, "cut_by_colour", lambda portrait: blank)
    with pytest.raises(InputError, match="cannot be told from the background"):
        separate_person(replace(photo, matte=blank))
    assert separate_person(photo) is photo


def test_colours_decide_where_the_network_fails(photo):
    from dataclasses import replace

    apart = separate_person(replace(photo, matte=np.zeros_like(photo.matte)))
    face = photo.landmarks[1, :2].astype(int)
    assert apart.matte[face[1], face[0]] == 255 and apart.matte[10, 10] == 0
    assert ((apart.matte > 127) == (photo.matte > 127)).mean() > 0.8


@pytest.mark.parametrize(
    ("background", "words"),
    [
        ("blurr", "must be original, blur"),
        ("#12", "like #204060"),
        ("#12345g", "like #204060"),
        (__file__, "not a pict"),
    ],
)
def test_backgrounds_that_are_none_are_refused_in_a_sentence(background, words):
    with pytest.raises(InputError, match=words):
        read_background(background)


def test_the_ending_follows_the_background():
    endings = [video_ending(b) for b in ("original", "#000000", "transparent", "prores", np.zeros((2, 2, 3), np.uint8))]
    assert endings == [".mp4", ".mp4", ".webm", ".mov", ".mp4"]

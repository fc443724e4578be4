"""Portraits: every way a picture can come in, and every way it can be wrong."""

import io
import re
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from skimage.data import astronaut

from avatar_app.face.arkit_rig import head_pose
from avatar_app.inputs.portrait.picture import read_picture
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.request import InputError


@pytest.fixture(scope="module")
def photo():
    return astronaut()  # a real photo, public domain


@pytest.fixture(scope="module")
def portrait(photo):
    return load_portrait(photo)


def refusal(picture, **options):
    """The sentence with which a picture is refused."""
    with pytest.raises(InputError) as caught:
        load_portrait(picture, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence
    return sentence


def saved(tmp_path, image, name, **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def eyes_and_mouth(portrait):
    return portrait.landmarks[[33, 263, 13], :2]


def test_a_portrait_has_square_pixels_landmarks_on_the_face_and_a_matte(portrait, photo):
    assert portrait.pixels.shape == (512, 512, 3) and portrait.pixels.dtype == np.uint8
    assert portrait.landmarks.shape == (478, 3) and portrait.landmarks.dtype == np.float32
    right_eye, left_eye, lip = eyes_and_mouth(portrait)
    assert 150 < right_eye[0] < left_eye[0] < 350, "the subject's right eye is on the image's left"
    assert lip[1] > max(right_eye[1], left_eye[1]) + 30
    nose, ear = portrait.landmarks[1, 2], portrait.landmarks[234, 2]
    assert nose > ear + 40, "depth grows toward the viewer"
    assert portrait.matte[250, 230] > 200 and portrait.matte[20, 20] < 50


def test_a_smile_in_the_picture_is_found_at_rest(portrait):
    from avatar_app.face.arkit import ARKIT_INDEX

    assert portrait.resting.shape == (52,) and portrait.resting.min() >= 0 and portrait.resting.max() <= 1
    assert portrait.resting[ARKIT_INDEX["mouthSmileLeft"]] > 0.25
    assert portrait.resting[ARKIT_INDEX["eyeBlinkLeft"]] < 0.1


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tiff"])
def test_every_common_format_shows_the_same_face(suffix, tmp_path, photo, portrait):
    path = saved(tmp_path, PIL.Image.fromarray(photo), f"face.{suffix}")
    assert np.abs(eyes_and_mouth(load_portrait(path)) - eyes_and_mouth(portrait)).max() < 4


def test_heic_is_read_where_it_can_be_written(tmp_path, photo):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    path = saved(tmp_path, PIL.Image.fromarray(photo), "face.heic")
    assert load_portrait(path).pixels.shape == (512, 512, 3)


def test_a_camera_held_sideways_is_set_upright(tmp_path, photo, portrait):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees to look right
    sideways = PIL.Image.fromarray(np.rot90(photo, 1).copy())
    path = saved(tmp_path, sideways, "sideways.jpg", exif=exif, quality=95)
    assert np.abs(eyes_and_mouth(load_portrait(path)) - eyes_and_mouth(portrait)).max() < 4


def test_points_in_a_lying_picture_turn_it_too(photo):
    points = "eye_left 251,108; eye_right 199,114; mouth_left 242,167; mouth_right 205,169; chin 228,193"
    lying = "; ".join(
        f"{name} {y},{511 - int(x)}" for name, x, y in (re.split("[ ,]", part) for part in points.split("; "))
    )
    upright, turned = load_portrait(photo, points=points), load_portrait(np.rot90(photo).copy(), points=lying)
    assert np.array_equal(upright.pixels, turned.pixels)
    assert np.abs(upright.landmarks - turned.landmarks).max() < 2


def test_a_face_that_leans_too_far_is_refused(photo, monkeypatch):
    from avatar_app.inputs.portrait import face_checks as module

    monkeypatch.setattr(module, "head_pose", lambda marks: (0.0, 0.0, -88.0))
    assert "leans 88 degrees" in refusal(photo)


def test_grey_sixteen_bit_and_float_pictures_keep_their_brightness(tmp_path, photo):
    grey = np.asarray(PIL.Image.fromarray(photo).convert("L"))
    deep = saved(tmp_path, PIL.Image.fromarray(grey.astype(np.uint16) * 257), "deep.png")
    for picture in (grey, grey[..., None], grey.astype(np.uint16) * 257, grey / 255.0, deep):
        assert abs(read_picture(picture).mean() - grey.mean()) < 1.5
    assert load_portrait(grey).landmarks.shape == (478, 3)


def test_transparent_pixels_become_a_light_backdrop(photo):
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    alpha[:, :100] = 0
    picture = read_picture(np.dstack([photo, alpha]))
    assert (picture[:, :100] == 214).all() and (picture[:, 100:] == photo[:, 100:]).all()


def test_colours_of_print_and_palettes_become_rgb(tmp_path, photo):
    image = PIL.Image.fromarray(photo)
    for name, kind in (("print.jpg", image.convert("CMYK")), ("few.png", image.quantize(64))):
        picture = read_picture(saved(tmp_path, kind, name))
        assert picture.shape == photo.shape and np.abs(picture.mean((0, 1)) - photo.mean((0, 1))).max() < 12


def test_a_wide_picture_is_cut_around_the_face_without_borders(photo):
    wide = np.concatenate([np.full((512, 700, 3), 90, np.uint8), photo], axis=1)
    cut = load_portrait(wide)
    assert np.abs(cut.landmarks[:, 0].mean() - 256) < 60
    assert cut.pixels.std(axis=(1, 2)).min() > 5, "no row is a flat border"


def test_a_small_face_in_a_large_picture_is_brought_near(photo, portrait):
    far = np.full((1500, 2000, 3), 120, np.uint8)
    far[600:1112, 1300:1812] = photo
    cut = load_portrait(far)
    assert np.ptp(cut.landmarks[:, 0]) > 150
    assert np.ptp(load_portrait(photo, size=256).landmarks[:, 0]) == pytest.approx(
        np.ptp(portrait.landmarks[:, 0]) / 2, rel=0.05
    )


def test_faces_are_counted_by_size_and_one_can_be_chosen(photo):
    small = np.asarray(PIL.Image.fromarray(photo).resize((300, 300)))
    both = np.full((512, 812, 3), 128, np.uint8)
    both[:, :512] = photo
    both[:300, 512:] = small
    first, second = load_portrait(both), load_portrait(both, face=2)
    assert any("2 faces" in note for note in first.notes)
    assert np.abs(first.pixels.astype(int) - second.pixels).mean() > 5
    assert "only 2 faces were found" in refusal(both, face=3)


def test_the_pose_of_a_tilted_head_is_measured(photo):
    tilted = np.asarray(PIL.Image.fromarray(photo).rotate(20, fillcolor=(128, 128, 128)))
    straight = head_pose(load_portrait(photo).landmarks)
    turned = head_pose(load_portrait(tilted).landmarks)
    assert turned[2] - straight[2] == pytest.approx(20, abs=3)


def test_a_picture_without_a_face_is_refused():
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)
    assert "No face was found" in refusal(noise)


def test_a_tiny_face_is_refused_with_its_size(photo):
    far = np.asarray(PIL.Image.fromarray(photo).resize((110, 110)))
    assert "too small" in refusal(far) and "pixels" in refusal(far)


def test_a_face_that_looks_away_is_refused_with_its_angle(photo, monkeypatch):
    from avatar_app.inputs.portrait import face_checks as module

    monkeypatch.setattr(module, "head_pose", lambda marks: (0.0, -72.0, 0.0))
    assert "turned 72 degrees" in refusal(photo)
    monkeypatch.setattr(module, "head_pose", lambda marks: (61.0, 0.0, 0.0))
    assert "looks 61 degrees down" in refusal(photo)


def huge_png(width, height):
    """The header of a picture far too large, and almost nothing behind it."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.jpg", b"", "empty"),
        ("text.jpg", b"this is no picture", "not a picture"),
        ("bomb.png", huge_png(60_000, 60_000), "too many pixels"),
        ("large.png", huge_png(10_000, 9_000), "megapixels"),
    ],
)
def test_files_that_are_no_usable_picture_are_refused(name, content, reason, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in refusal(path)


def test_a_cut_off_file_is_refused(tmp_path, photo):
    buffer = io.BytesIO()
    PIL.Image.fromarray(photo).save(buffer, "JPEG")
    path = tmp_path / "cut.jpg"
    path.write_bytes(buffer.getvalue()[:9000])
    assert "damaged or cut off" in refusal(path)


def test_wrong_paths_shapes_and_sizes_are_refused(tmp_path):
    assert "no picture at" in refusal(tmp_path / "missing.png")
    assert "is a folder" in refusal(tmp_path)
    assert "at least 64" in refusal(np.zeros((20, 300, 3), np.uint8))
    for shape in ((100,), (100, 100, 2), (0, 100, 3), (2, 100, 100, 3)):
        assert "picture array" in refusal(np.zeros(shape, np.uint8))

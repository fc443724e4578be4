"""Picture files as phones, scanners and editors write them: colours, depths, damaged metadata, and their size."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest
from skimage.data import astronaut

from avatar_app.inputs.portrait import picture as module
from avatar_app.inputs.portrait.background import read_background
from avatar_app.inputs.portrait.picture import open_picture, read_picture
from avatar_app.inputs.portrait.portrait import load_portrait
from tests.inputs.portrait.profiles import DISPLAY_P3, SWAPPED, Primaries, matrix_profile

PHOTO = astronaut()


def stored(primaries: Primaries, path: Path) -> Path:
    """The photo as a device with these primaries keeps it, its profile in the file."""
    profile = matrix_profile(primaries)
    device = PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = PIL.ImageCms.createProfile("sRGB")
    image = PIL.ImageCms.profileToProfile(PIL.Image.fromarray(PHOTO), srgb, device, outputMode="RGB")
    assert image is not None and np.abs(np.asarray(image).astype(int) - PHOTO).mean() > 4, "it looks wrong without"
    image.save(path, icc_profile=profile)
    return path


@pytest.mark.parametrize("primaries", [DISPLAY_P3, SWAPPED], ids=["Display P3", "red and green swapped"])
@pytest.mark.parametrize("ending", ["png", "tiff"])
def test_colours_are_those_that_the_profile_means(primaries: Primaries, ending: str, tmp_path: Path) -> None:
    path = stored(primaries, tmp_path / f"phone.{ending}")
    background = read_background(str(path)).picture
    assert background is not None
    for got in (read_picture(path), background):
        assert np.abs(got.astype(int) - PHOTO).mean() < 0.5


def test_profiles_that_cannot_be_read_or_do_not_fit_leave_the_colours(tmp_path: Path) -> None:
    image, path = PIL.Image.fromarray(PHOTO), tmp_path / "odd.png"
    image.save(path, icc_profile=b"no profile" * 20)
    assert np.array_equal(read_picture(path), PHOTO)
    clear = image.copy()
    clear.putalpha(255)
    clear.save(path, icc_profile=matrix_profile(DISPLAY_P3))
    assert np.abs(read_picture(path).astype(int) - PHOTO).mean() > 4, "colours under transparency are converted too"
    image.convert("L").save(path, icc_profile=matrix_profile(SWAPPED))
    assert np.ptp(read_picture(path), axis=2).max() <= 1, "grey stays grey"


GREY = np.asarray(PIL.Image.fromarray(PHOTO).convert("L"))
DEPTHS = {
    "10 bit": GREY.astype(np.uint16) * 4,
    "12 bit": GREY.astype(np.uint16) * 16,
    "16 bit": GREY.astype(np.uint16) * 257,
    "16 bit, signed": (GREY / 255 * 32767).astype(np.int16),
    "16 of 32 bit": GREY.astype(np.int32) * 257,
    "32 bit, signed": (GREY / 255 * (2**31 - 1)).astype(np.int32),
    "32 bit": (GREY / 255 * (2**32 - 1)).astype(np.uint32),
    "8 of 64 bit": GREY.astype(np.uint64),
    "floats to 1": GREY / 255,
    "floats a little above 1": GREY / 250,
    "floats to 255": GREY.astype(np.float32),
}


@pytest.mark.parametrize("kind", DEPTHS)
def test_pictures_of_any_depth_keep_their_brightness(kind: str, tmp_path: Path) -> None:
    values = DEPTHS[kind]
    assert abs(read_picture(values).mean() - GREY.mean()) < 3
    if values.dtype in (np.uint16, np.int32, np.float32):
        PIL.Image.fromarray(values).save(tmp_path / "deep.tiff")
        assert abs(read_picture(tmp_path / "deep.tiff").mean() - GREY.mean()) < 3
    if values.dtype == np.uint32:  # Pillow reads these as signed
        PIL.Image.fromarray(values.view(np.int32)).save(tmp_path / "deep.tiff")
        assert abs(read_picture(tmp_path / "deep.tiff").mean() - GREY.mean()) < 3


@pytest.mark.parametrize("ending", ["png", "webp", "jpg"])
@pytest.mark.parametrize("data", [b"MM\0*\0\0", b"MM\0*\0\0\0\x08\0\x05\x01\x12", b"no tags"])
def test_damaged_exif_does_not_matter(ending: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"face.{ending}"
    PIL.Image.fromarray(PHOTO).save(path, exif=b"Exif\0\0" + data)
    assert read_picture(path).shape == PHOTO.shape


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_large_pictures_are_read_smaller_and_points_keep_their_place(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "USED_PIXELS", 300_000)
    large = PIL.Image.fromarray(PHOTO).resize((2048, 2048))
    large.save(tmp_path / f"large.{ending}")
    read = open_picture(tmp_path / f"large.{ending}")
    assert read.pixels.size <= 3 * 300_000 and read.scale == pytest.approx(547 / 2048, abs=0.001)
    points = "eye_left 996,440; eye_right 800,456; mouth_left 968,668; mouth_right 820,676; chin 912,772"
    placed = load_portrait(tmp_path / f"large.{ending}", points=points)
    plain = load_portrait(PHOTO, points=points_of_quarter(points))
    assert np.abs(placed.landmarks - plain.landmarks)[:, :2].mean() < 6


def points_of_quarter(points: str) -> str:
    """The points in a picture of a quarter of the width."""
    parts = [part.split() for part in points.split("; ")]
    return "; ".join(f"{name} {','.join(str(float(n) / 4) for n in place.split(','))}" for name, place in parts)


def test_sixty_four_megapixels_take_little_memory(tmp_path: Path) -> None:
    """In a process of its own, without the networks: their share does not depend on the picture."""
    PIL.Image.new("RGB", (8000, 8000), (90, 120, 150)).save(tmp_path / "large.jpg")
    code = (
        "import resource, sys; from avatar_app.inputs.portrait.picture import read_picture; used = lambda: "
        "resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; before = used(); shape = read_picture(sys.argv[1]).shape; "
        "print(shape[0], (used() - before) / 1024)"
    )
    line = [sys.executable, "-c", code, str(tmp_path / "large.jpg")]
    rows, megabytes = subprocess.run(line, capture_output=True, text=True, check=True).stdout.split()
    assert int(rows) == 4000 and float(megabytes) < 300

"""Which way up a picture is, where no camera wrote it down, and what is a face in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from skimage.data import astronaut, coffee

from avatar_app.face.landmark_indices import MOUTH_CORNERS
from avatar_app.face.landmarks import detect_faces
from avatar_app.face.presence import real_faces
from avatar_app.face.upright import find_upright, turn_landmarks
from avatar_app.types import Image

PORTRAITS = Path(__file__).parents[2] / "assets" / "portraits"


def picture(name: str, side: int = 400) -> Image:
    image = PIL.Image.open(PORTRAITS / f"{name}.jpg").convert("RGB")
    image.thumbnail((side, side))
    return np.asarray(image)


@pytest.mark.parametrize("name", ["astronaut", "princess", "woman_with_glasses"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_picture_is_turned_until_its_face_stands_upright(name: str, turns: int) -> None:
    upright = picture(name)
    found = find_upright(np.ascontiguousarray(np.rot90(upright, turns)))
    assert (found.turns + turns) % 4 == 0 and np.array_equal(found.pixels, upright)
    assert np.abs(found.faces[0] - detect_faces(upright)[0]).mean() < 2


@pytest.mark.parametrize("angle", [-45, 30, 45])
def test_a_head_that_leans_is_left_as_it_is(angle: float) -> None:
    tilted = PIL.Image.fromarray(picture("astronaut")).rotate(angle, fillcolor=(128, 128, 128))
    assert find_upright(np.asarray(tilted)).turns == 0


def test_pictures_without_a_face_stay_as_they_are() -> None:
    assert find_upright(coffee()).turns == 0


def test_landmarks_turn_with_their_picture() -> None:
    marks = np.array([[10.0, 3.0, 1.0]], np.float32)
    image = np.zeros((20, 50), np.uint8)
    image[3, 10] = 1
    for turns in range(4):
        x, y = turn_landmarks(marks, image.shape, turns)[0, :2].astype(int)
        assert np.rot90(image, turns)[y, x] == 1


@pytest.mark.parametrize("shape", [(4000, 512), (512, 9000)])
@pytest.mark.parametrize("end", [0, 1])
def test_faces_at_the_ends_of_long_pictures_are_found(shape: tuple[int, int], end: int) -> None:
    height, width = shape
    long = np.random.default_rng(0).integers(100, 140, (height, width, 3)).astype(np.uint8)
    top, left = end * (height - 512), end * (width - 512)
    long[top : top + 512, left : left + 512] = astronaut()
    (marks,) = find_upright(long).faces
    assert np.allclose(marks[:, :2].mean(0) - [left, top], detect_faces(astronaut())[0][:, :2].mean(0), atol=6)


def test_a_box_over_the_mouth_makes_no_second_face() -> None:
    covered = picture("youngster", 1024).copy()
    marks = detect_faces(covered)[0][:, :2]
    (x, y), (width, height) = marks[list(MOUTH_CORNERS)].mean(0), np.ptp(marks, axis=0)
    covered[int(y - 0.16 * height) : int(y + 0.22 * height), int(x - 0.35 * width) : int(x + 0.35 * width)] = 20
    ghosts = detect_faces(covered)
    assert len(ghosts) > 1, "the network sees one"
    (kept,) = real_faces(covered, ghosts)
    assert np.abs(kept[:, :2].mean(0) - marks.mean(0)).max() < 0.15 * width

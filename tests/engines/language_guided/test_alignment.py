"""The square of FFHQ around a face."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.engines.language_guided.alignment import EYES, MOUTH, align, face_square
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.request import InputError
from avatar_app.types import Array


def marks(middle: tuple[float, float], apart: float, turned: float = 0.0) -> Array:
    """(478, 3) landmarks with eyes `apart`, and a mouth as far below them; turned: radians."""
    found = np.zeros((478, 3), np.float32)
    across, down = np.array([np.cos(turned), np.sin(turned)]), np.array([-np.sin(turned), np.cos(turned)])
    for eye, side in zip(EYES, (-0.5, 0.5), strict=True):
        found[list(eye), :2] = np.array(middle) + side * apart * across
    for corner, side in zip(MOUTH, (-0.4, 0.4), strict=True):
        found[corner, :2] = np.array(middle) + side * apart * across + apart * down
    return found


def test_an_upright_face_has_its_published_place() -> None:
    square = face_square(marks((100, 80), 20))
    assert np.allclose(square.across, [80, 0]) and np.allclose(square.down, [0, 80])  # four times as wide as the eyes
    assert np.allclose(square.corner, [60, 42])  # the middle a tenth of the way from the eyes to the mouth


def test_a_turned_face_is_levelled() -> None:
    found = marks((100, 80), 20, turned=0.3)
    picture = np.zeros((200, 200, 3), np.uint8)
    for colour, eye in enumerate(EYES):
        x, y = found[eye[0], :2].round().astype(int)
        picture[y - 1 : y + 2, x - 1 : x + 2, colour] = 255
    cut = face_square(found).cut(picture, 64)
    places = np.indices((64, 64))
    seen = [(places * cut[..., colour]).sum(axis=(1, 2)) / cut[..., colour].sum() for colour in (0, 1)]
    assert np.allclose(seen[0][0], seen[1][0], atol=0.7) and np.allclose(seen[1][1] - seen[0][1], 16, atol=0.7)
    assert np.allclose((seen[0][1] + seen[1][1]) / 2, 31.5, atol=0.7)


def test_a_face_without_surroundings_is_mirrored_or_refused() -> None:
    picture = np.full((100, 100, 3), 90, np.uint8)
    near = Portrait(picture, marks((50, 40), 28), np.zeros(52, np.float32))
    pixels, notes = align(near, 32)
    assert (pixels == 90).all() and "mirrored" in notes[0]
    with pytest.raises(InputError, match="choose a picture with more around the head"):
        align(Portrait(picture, marks((50, 40), 45), np.zeros(52, np.float32)), 32)


def test_a_generator_of_few_pixels_sees_the_face_alone() -> None:
    found = marks((100, 80), 20)
    whole, close = face_square(found), face_square(found, close=True)
    assert close.side == pytest.approx(0.68 * whole.side)
    middle = [square.corner + (square.across + square.down) / 2 for square in (whole, close)]
    assert middle[1][1] > middle[0][1]  # chins drop when mouths open
    eyes, mouth = (found[list(points), :2] for points in (sum(EYES, ()), MOUTH))
    for point in (*eyes, *mouth):
        assert (np.abs(point - middle[1]) < 0.45 * close.side).all()

"""The face as DAWN's own denoiser sees it: in the same light, whatever that of the picture."""

from __future__ import annotations

import numpy as np
import pytest

from avatar_app.engines.dawn.face_place import MOST_CONTRAST, USUAL, evened

BOX = np.array([16.0, 48, 20, 60, 64, 64], np.float32)
FACE = np.s_[20:60, 16:48]


def picture(low: float, high: float) -> np.ndarray:
    shades = np.random.default_rng(0).uniform(0, 1, (64, 64, 1)) * np.ones(3)
    return np.round(low + (high - low) * shades).astype(np.uint8)


def test_faces_have_the_same_mean_colour_and_spread() -> None:
    for low, high in ((20, 110), (90, 220), (10, 250)):
        face = evened(picture(low, high), BOX)[FACE].reshape(-1, 3)
        assert np.abs(face.mean(axis=0) - USUAL[0]).max() < 8, "but for what is cut off at white"
        assert face.std(axis=0).mean() == pytest.approx(USUAL[1], abs=8)


def test_a_dark_picture_looks_like_a_bright_one_of_the_same_person() -> None:
    dark, bright = picture(20, 110), picture(60, 150)
    assert np.abs(evened(dark, BOX).astype(int) - evened(bright, BOX)).max() <= 3


def test_faint_pictures_are_not_made_of_noise_and_a_face_outside_changes_nothing() -> None:
    faint = picture(120, 124)
    spread = evened(faint, BOX)[FACE].std(axis=(0, 1)).mean()
    assert spread == pytest.approx(MOST_CONTRAST * faint[FACE].std(axis=(0, 1)).mean(), rel=0.05)
    outside = np.array([70.0, 90, 70, 90, 64, 64], np.float32)
    assert np.array_equal(evened(faint, outside), faint)

"""Lids that come down show skin, not streaks."""

import numpy as np
import pytest

from avatar_app.render.portrait.lids import draw_lid

LID = np.stack([np.linspace(20, 80, 9), 60 + 6 * np.sin(np.linspace(0, np.pi, 9))], 1).astype(np.float32)
CREASE = np.stack([np.linspace(26, 74, 7), 40 - 6 * np.sin(np.linspace(0, np.pi, 7))], 1).astype(np.float32)


@pytest.fixture
def streaked():
    """Skin that is darker below, with streaks from top to bottom."""
    picture = np.full((100, 100, 3), 180.0)
    picture -= np.arange(100)[:, None, None] * 0.5
    picture[:, ::4] -= 30
    return picture.astype(np.uint8)


def streaks(picture):
    return float(np.abs(np.diff(picture[44:52, 35:65].astype(float), axis=1)).mean())


def test_streaks_go_as_the_lid_comes_down(streaked):
    strength = []
    for lowered in (0.0, 0.3, 1.0):
        picture = streaked.copy()
        draw_lid(picture, CREASE, LID, lowered)
        strength.append(streaks(picture))
    assert strength[0] == streaks(streaked)
    assert strength[2] < strength[1] < strength[0] and strength[2] < 0.3 * strength[0]


def test_brow_lashes_and_the_rest_stay(streaked):
    picture = streaked.copy()
    draw_lid(picture, CREASE, LID, 1.0)
    assert (picture[:30] == streaked[:30]).all() and (picture[64:] == streaked[64:]).all()
    below = picture[40:55, 50].astype(float).mean(1)
    assert below[-1] < below[0] - 3  # the shading from crease to lashes is still there


def test_a_lid_beyond_the_frame_is_left_alone(streaked):
    picture = streaked.copy()
    draw_lid(picture, CREASE + 200, LID + 200, 1.0)
    assert (picture == streaked).all()

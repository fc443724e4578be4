"""What lies behind a person: continued with its grain where a turning head soon shows it."""

import numpy as np
import pytest

from avatar_app.render.layers.filling import continue_texture, fill_holes

SIDE = 256
y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
HOLE = np.hypot(x - 128, y - 128) < 70
RIM = HOLE & (np.hypot(x - 128, y - 128) > 60)


def hidden(picture):
    """The picture continued into a disc that was taken out of it."""
    seen = np.where(HOLE[..., None], 0, picture).astype(np.float32)
    return continue_texture(seen, (~HOLE).astype(np.float32), 30), seen


def test_grain_goes_on_where_a_smooth_fill_has_none():
    grain = 128 + np.random.default_rng(0).normal(0, 25, (SIDE, SIDE, 3)).astype(np.float32)
    continued, seen = hidden(grain)
    smooth = fill_holes(seen, (~HOLE).astype(np.float32))
    assert continued[RIM].std() > 0.7 * 25 and smooth[RIM].std() < 0.5 * 25
    assert abs(continued[HOLE].mean() - 128) < 4


def test_lines_that_meet_the_border_go_on_straight():
    stripes = np.repeat((128 + 80 * np.sin(2 * np.pi * y / 12))[..., None], 3, 2)
    continued, _ = hidden(stripes)
    beside = RIM & (np.abs(y - 128) < 8)
    assert np.corrcoef(continued[beside][:, 0], stripes[beside][:, 0])[0, 1] > 0.8


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_light_that_changes_slowly_is_not_mirrored(slope):
    shade = np.repeat((90 + slope * x)[..., None], 3, 2)
    continued, _ = hidden(shade)
    assert np.abs(continued - shade)[RIM].max() < 5


def test_what_is_known_stays_exactly():
    picture = np.random.default_rng(1).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    continued, _ = hidden(picture)
    assert (continued[~HOLE] == picture[~HOLE]).all()


def test_light_comes_and_goes_without_a_rim():
    shade = 128 + 25 * np.sin(x / 40) * np.cos(y / 33) + np.random.default_rng(2).normal(0, 1.5, (SIDE, SIDE))
    continued, _ = hidden(np.repeat(shade[..., None], 3, 2).astype(np.float32))
    assert np.abs(continued - shade[..., None])[RIM].mean() < 3  # 4 where patches keep the light of their own place

"""Windows over long clips: complete, equal, and blended without a seam."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.diffusion.windows import blend, continue_windows, cut, plan_windows


@given(st.integers(1, 5000), st.integers(20, 400), st.floats(0, 0.8))
def test_windows_cover_every_frame_and_overlap_enough(frames: int, size: int, share: float) -> None:
    overlap = int(share * size)
    windows = plan_windows(frames, size, overlap)
    assert windows[0][0] == 0 and windows[-1][1] == frames
    for (_, end), (start, _) in pairwise(windows):
        assert end - start >= overlap
    assert all(end - start == min(size, frames) for start, end in windows)


def test_agreeing_windows_blend_to_exactly_what_they_agree_on() -> None:
    x, windows = torch.randn(2, 1000, 3), plan_windows(1000, 200, 50)
    assert torch.allclose(blend(2 * cut(x, windows), windows, 1000, 50), 2 * x, atol=1e-5)


def test_cut_lies_window_by_window() -> None:
    x, windows = torch.randn(2, 350, 3), plan_windows(350, 200, 50)
    parts = cut(x, windows)
    assert torch.equal(parts[:2], x[:, :200]) and torch.equal(parts[2:], x[:, 150:])


def test_disagreeing_windows_leave_no_step() -> None:
    windows = plan_windows(350, 200, 50)
    parts = torch.cat([torch.zeros(1, 200, 1), torch.ones(1, 200, 1)])
    out = blend(parts, windows, 350, 50)
    assert out[0, 0, 0] == 0 and out[0, -1, 0] == 1
    assert out[0, :, 0].diff().abs().max() < 0.03


def test_windows_in_turn_go_on_from_what_is_there() -> None:
    def one(window: tuple[int, int], known: torch.Tensor) -> torch.Tensor:
        start, end = window
        fresh = torch.full((1, end - start - known.shape[1], 1), float(start))
        return torch.cat([known, fresh], dim=1)

    out = continue_windows(350, 1, 1, plan_windows(350, 200, 50), one)
    assert (out[0, :200] == 0).all() and (out[0, 200:] == 150).all()


def test_overlap_as_large_as_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        plan_windows(100, 50, 50)

"""Windows over long clips: complete, equal, and blended without a seam."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.diffusion.windows import blend, cut, in_turn, plan_windows


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
    windows, seen = plan_windows(450, 200, 50), []

    def sample(k: int, window: tuple[int, int], done: torch.Tensor | None) -> torch.Tensor:
        seen.append((k, window, 0 if done is None else done.shape[1]))
        return torch.full((2, window[1] - window[0], 1), float(k))

    out = in_turn(windows, sample)
    assert windows == [(0, 200), (125, 325), (250, 450)]
    assert seen == [(0, windows[0], 0), (1, windows[1], 200), (2, windows[2], 325)]
    assert out.shape == (2, 450, 1)
    for span, k in ((slice(200), 0), (slice(200, 325), 1), (slice(325, 450), 2)):
        assert (out[:, span] == k).all()  # what was finished stays


def test_overlap_as_large_as_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        plan_windows(100, 50, 50)

"""Windows over long clips: complete, equal, and blended without a seam."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.diffusion.windows import blend, plan_windows


@given(st.integers(1, 5000), st.integers(20, 400), st.floats(0, 0.8))
def test_windows_cover_every_frame_and_overlap_enough(frames: int, size: int, share: float) -> None:
    overlap = int(share * size)
    windows = plan_windows(frames, size, overlap)
    assert windows[0][0] == 0 and windows[-1][1] == frames
    for (_, end), (start, _) in pairwise(windows):
        assert end - start >= overlap
    assert all(end - start == min(size, frames) for start, end in windows)


def test_agreeing_windows_blend_to_exactly_what_they_agree_on() -> None:
    x = torch.randn(2, 1000, 3)
    out = blend(x, plan_windows(1000, 200, 50), 50, lambda part, window: part * 2)
    assert torch.allclose(out, 2 * x, atol=1e-5)


def test_disagreeing_windows_leave_no_step() -> None:
    x = torch.zeros(1, 350, 1)
    out = blend(x, plan_windows(350, 200, 50), 50, lambda part, window: part + float(window[0] > 0))
    assert out[0, 0, 0] == 0 and out[0, -1, 0] == 1
    assert out[0, :, 0].diff().abs().max() < 0.03


def test_overlap_as_large_as_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        plan_windows(100, 50, 50)

"""Guidance: the weights of the branches are the published formula, and no branch is computed for nothing."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.diffusion.guidance import combine, plan_branches

scales = st.floats(0.0, 5.0)


@given(scales, scales, st.booleans(), st.booleans())
def test_weights_always_sum_to_one(audio: float, text: float, has_audio: bool, has_text: bool) -> None:
    branches = plan_branches(audio, text, has_audio, has_text)
    assert sum(branch.weight for branch in branches) == pytest.approx(1.0, abs=1e-5)


@given(scales, scales)
def test_guided_result_is_the_incremental_formula(audio: float, text: float) -> None:
    values = {(False, False): 1.0, (True, False): 3.0, (True, True): -2.0}
    branches = plan_branches(audio, text, has_audio=True, has_text=True)
    guided = combine(branches, lambda branch: torch.tensor(values[branch.audio, branch.text]))
    assert guided.item() == pytest.approx(1.0 + audio * (3.0 - 1.0) + text * (-2.0 - 3.0), abs=1e-3)


def test_scales_of_one_cost_one_evaluation() -> None:
    assert len(plan_branches(1.0, 1.0, has_audio=True, has_text=True)) == 1


def test_without_words_the_text_scale_changes_nothing() -> None:
    assert plan_branches(1.0, 4.0, has_audio=True, has_text=False) == plan_branches(1.0, 1.0, True, False)

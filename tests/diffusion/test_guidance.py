"""Guidance: the weights of the branches are the published formulas, and no branch is computed for nothing."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from avatar_app.diffusion.guidance import Branch, combine, plan_branches
from avatar_app.diffusion.modes import GUIDANCE_MODES

NAMES = ("audio", "text", "style")
scales = st.floats(0.0, 5.0)
some = (
    st.integers(0, 3).flatmap(lambda n: st.tuples(*[scales] * n)).map(lambda row: dict(zip(NAMES, row, strict=False)))
)
VALUES = {(): 1.0, ("audio",): 3.0, ("text",): 0.5, ("audio", "text"): -2.0}  # of the network, by what it sees


def guided(branches: tuple[Branch, ...]) -> float:
    return combine(branches, lambda branch: torch.tensor(VALUES[tuple(sorted(branch.sees))])).item()


@given(some, st.sampled_from(GUIDANCE_MODES))
def test_weights_always_sum_to_one(chosen: dict[str, float], mode: str) -> None:
    assert sum(branch.weight for branch in plan_branches(chosen, mode)) == pytest.approx(1.0, abs=1e-5)


@given(scales, scales)
def test_incremental_guidance_is_its_formula(audio: float, text: float) -> None:
    found = guided(plan_branches({"audio": audio, "text": text}))
    assert found == pytest.approx(1.0 + audio * (3.0 - 1.0) + text * (-2.0 - 3.0), abs=1e-3)


@given(scales, scales)
def test_independent_guidance_is_its_formula(audio: float, text: float) -> None:
    found = guided(plan_branches({"audio": audio, "text": text}, "independent"))
    assert found == pytest.approx(1.0 + audio * (3.0 - 1.0) + text * (0.5 - 1.0), abs=1e-3)


def test_the_order_of_conditions_says_which_decides_first() -> None:
    first, then = ({"audio": 2.0, "text": 3.0}, {"text": 3.0, "audio": 2.0})
    assert {frozenset({"audio"})} == {branch.sees for branch in plan_branches(first) if len(branch.sees) == 1}
    assert {frozenset({"text"})} == {branch.sees for branch in plan_branches(then) if len(branch.sees) == 1}


def test_scales_of_one_cost_one_evaluation() -> None:
    (branch,) = plan_branches({"audio": 1.0, "text": 1.0})
    assert branch.sees == {"audio", "text"}
    assert len(plan_branches({"audio": 1.0, "text": 2.0})) == 2
    assert plan_branches({}) == (Branch(frozenset(), 1.0),)


def test_another_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="incremental or independent; got 'sideways'"):
        plan_branches({"audio": 1.0}, "sideways")

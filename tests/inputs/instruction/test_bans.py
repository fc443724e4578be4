"""Prohibitions, and all that they forbid."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.bans import widened
from avatar_app.inputs.instruction.understanding import ParsedInstruction


@pytest.mark.parametrize(
    ("text", "named", "more"),
    [
        ("without turning her head", {"turn_left": -1.0}, {"turn_right"}),
        ("do not turn your head to the left", {"turn_left": -1.0}, set()),
        ("never look down at the script", {"look_down": -1.0}, {"head_down"}),
        ("eyes never down", {"look_down": -1.0}, set()),
        ("without looking down, i need to see his eyes", {"look_down": -1.0}, {"head_down"}),
        ("no smirking", {"smirk_right": -1.0}, {"smirk_left"}),
        ("do not move the eyebrows", {"raise_brows": -1.0}, {"raise_left_brow", "raise_right_brow", "lower_brows"}),
        ("a poker face", {"smile": -1.0}, {"raise_brows", "lower_brows", "mouth_frown"}),
        ("a poker face, one brow up", {"smile": -1.0, "raise_brows": 0.65}, {"lower_brows", "mouth_frown"}),
        ("turn the head", {"turn_left": 0.65}, set()),
    ],
)
def test_a_prohibition_forbids_all_that_it_speaks_of(text: str, named: dict[str, float], more: set[str]) -> None:
    before = ParsedInstruction({}, named, confidence=dict.fromkeys(named, 0.9))
    after = widened(before, text)
    added = {name for name, value in after.actions.items() if name not in named and value == -1}
    assert more <= added and (more or not added)
    assert after.confidence.keys() == after.named.keys()

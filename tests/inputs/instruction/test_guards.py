"""Opposites and rival feelings that one clause cannot mean at once."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.guards import without_contradictions


@pytest.mark.parametrize(
    ("text", "wanted", "dropped"),
    [
        ("turn left", {"turn_left": 0.9, "turn_right": 0.6}, {"turn_right"}),
        ("turn left and right", {"turn_left": 0.9, "turn_right": 0.6}, set()),
        ("swing it from side to side", {"turn_left": 0.9, "turn_right": 0.6}, set()),
        ("wink with both eyes in turn", {"wink_left": 0.9, "wink_right": 0.6}, set()),
        ("look at the ceiling", {"look_up": 0.9, "look_down": 0.7}, {"look_down"}),
        ("eyes up, then down", {"look_up": 0.9, "look_down": 0.7}, set()),
        ("turn left, eyes right", {"turn_left": 0.9, "look_right": 0.9}, set()),
        ("a strict teacher", {"angry": 0.9, "annoyed": 0.8, "mischievous": 0.6}, {"mischievous"}),
        ("a teacher", {"angry": 0.9, "confident": 0.6}, {"confident"}),
        ("angry and proud", {"angry": 0.9, "proud": 0.6}, set()),
        ("nod", {"nod": 0.9, "happy": 0.6}, set()),
    ],
)
def test_opposites_stay_only_where_the_text_says_both(text: str, wanted: dict[str, float], dropped: set[str]) -> None:
    assert without_contradictions(wanted, text) == dropped

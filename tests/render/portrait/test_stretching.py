"""Turns end where the picture would be stretched: measured on each portrait's own mesh, and heeded by its renderer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait import stretching
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.render.portrait.stretching import holding_turns

PORTRAITS = Path(__file__).parents[3] / "assets" / "portraits"


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    """A face that looks to the left of the picture, by about 22 degrees."""
    return load_portrait(PORTRAITS / "woman_with_glasses.jpg", size=192)


@pytest.fixture(scope="module")
def turned(portrait: Portrait) -> PortraitRenderer:
    return PortraitRenderer(portrait)


def test_a_turn_holds_longer_on_the_side_that_the_picture_shows(turned: PortraitRenderer) -> None:
    left, right = holding_turns(turned.mesh, turned.person[..., 3])
    assert 10 < right < 27 < left, "the far cheek of a face turned left is shown by turning right"


def test_a_deeper_head_holds_less_far(turned: PortraitRenderer) -> None:
    deeper = replace(turned.mesh, points=turned.mesh.points * np.array([1, 1, 1.4], np.float32))
    person = turned.person[..., 3]
    assert holding_turns(deeper, person)[1] < holding_turns(turned.mesh, person)[1]


def test_what_is_no_person_counts_for_nothing(turned: PortraitRenderer) -> None:
    nobody = np.zeros_like(turned.person[..., 3])
    assert (holding_turns(turned.mesh, nobody) == stretching.ANGLES[-1]).all()


def test_a_renderer_takes_the_narrower_of_both_limits(monkeypatch: pytest.MonkeyPatch, portrait: Portrait) -> None:
    limits = np.array([8.0, 30.0])
    monkeypatch.setattr("avatar_app.render.portrait.renderer.holding_turns", lambda mesh, person: limits)
    renderer, still = PortraitRenderer(portrait), np.zeros(3)
    assert renderer.turns[0] == 8 and 10 < renderer.turns[1] < 20
    asked, farther, eased = (
        renderer.frame(portrait.resting, np.radians([0, -angle, 0]), still).astype(int) for angle in (30, 40, 6)
    )
    assert np.abs(asked - farther).mean() < 0.2 * np.abs(asked - eased).mean(), "both are eased off to 8 degrees"

"""Portraits that were drawn are remembered by what they show, and forgotten on request."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from avatar_app import generate
from avatar_app.inputs.portrait.portrait import Portrait, load_portrait
from avatar_app.render.portrait import remembered
from avatar_app.render.portrait.renderer import PortraitRenderer
from avatar_app.request import Request


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[PortraitRenderer]:
    """The renderers that were made, none of which is known before."""
    remembered.forget()
    found: list[PortraitRenderer] = []

    def make(portrait: Portrait) -> PortraitRenderer:
        found.append(PortraitRenderer(portrait))
        return found[-1]

    monkeypatch.setattr(remembered, "PortraitRenderer", make)
    return found


def test_the_same_portrait_is_prepared_once_and_another_one_anew(made: list[PortraitRenderer]) -> None:
    portrait = load_portrait(astronaut(), size=128)
    first = remembered.renderer_of(portrait)
    assert remembered.renderer_of(replace(portrait, pixels=portrait.pixels.copy(), notes=("told",))) is first
    assert portrait.matte is not None
    for other in (
        replace(portrait, pixels=portrait.pixels[:, ::-1].copy()),
        replace(portrait, resting=portrait.resting + np.float32(0.01)),
        replace(portrait, matte=None),
    ):
        assert remembered.renderer_of(other) is not first
    assert len(made) == 4


def test_no_more_than_a_few_are_kept_and_none_after_forgetting(made: list[PortraitRenderer]) -> None:
    portrait = load_portrait(astronaut(), size=128)
    several = [replace(portrait, resting=portrait.resting + np.float32(k / 100)) for k in range(1, 4)]
    for one in [*several, several[-1], several[0]]:
        remembered.renderer_of(one)
    assert len(made) == 4  # the oldest of three had to go
    remembered.forget()
    remembered.renderer_of(several[0])
    assert len(made) == 5


def test_other_words_for_the_same_face_need_no_preparation(made: list[PortraitRenderer], tmp_path: Path) -> None:
    sound = 16_000, np.zeros(6_400, np.float32)
    for words in ("smile", "nod"):
        asked = Request(audio=sound, portrait=astronaut(), instruction=words, samples=1, seed=3, size=128, force=True)
        list(generate(replace(asked, output=tmp_path / words)))
    assert len(made) == 1

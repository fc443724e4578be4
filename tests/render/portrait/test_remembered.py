"""Portraits that were drawn are remembered by what they show, and forgotten on request."""

from __future__ import annotations

import threading
import time
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


def test_who_asks_while_it_is_made_waits_for_it_and_what_was_forgotten_meanwhile_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go, made = threading.Event(), list[object]()

    def make(portrait: Portrait) -> object:
        made.append(object())
        go.wait(10)
        return made[-1]

    remembered.forget()
    monkeypatch.setattr(remembered, "PortraitRenderer", make)
    portrait, got = load_portrait(astronaut(), size=128), list[object]()
    askers = [threading.Thread(target=lambda: got.append(remembered.renderer_of(portrait))) for _ in range(3)]
    for one in askers:
        one.start()
    while not made:
        time.sleep(0.01)
    remembered.forget()
    go.set()
    for one in askers:
        one.join()
    assert len(made) <= 2 and len(got) == 3, "those that asked before the forgetting share one"
    remembered.renderer_of(portrait)
    assert remembered.renderer_of(portrait) is made[-1]
    remembered.forget()


def test_one_that_cannot_be_made_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(portrait: Portrait) -> object:
        raise MemoryError

    portrait = load_portrait(astronaut(), size=128)
    remembered.forget()
    with monkeypatch.context() as patch:
        patch.setattr(remembered, "PortraitRenderer", fail)
        with pytest.raises(MemoryError):
            remembered.renderer_of(portrait)
    assert isinstance(remembered.renderer_of(portrait), PortraitRenderer)

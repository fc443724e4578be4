"""Presets and everyday sliders: what they set, for which engine, and when a preset is none any more."""

from __future__ import annotations

from typing import Any

import pytest

from avatar_app import presets
from avatar_app.engines import registry
from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import read_options
from avatar_app.request import InputError
from avatar_app.ui import acting
from avatar_app.ui.page import build_page


@pytest.fixture(scope="module")
def labels() -> dict[str, str]:
    """Label of every component of the page that has a name."""
    blocks = build_page().blocks.values()
    return {one.elem_id: one.label for one in blocks if one.elem_id and getattr(one, "label", None)}


def test_a_preset_sets_size_and_steps_of_every_engine_that_has_some() -> None:
    for preset, size, steps in (("fast", 384, 5), ("balanced", 512, 8), ("best", 768, 16)):
        values = acting.values_of(preset)
        assert (values["size"], values["instruct_avatar.steps"]) == (size, steps)
        assert "diffposetalk.steps" in values and "dawn.effort" in values
    spec = registry.find_spec(None)
    assert presets.options_of(spec, "embedded", "balanced") == {} and presets.size_of("balanced") == 512
    with pytest.raises(InputError, match="no preset 'quick'; choose one of: fast, balanced, best"):
        presets.size_of("quick")


@pytest.mark.parametrize("spec", registry.specs().values(), ids=lambda spec: spec.name)
def test_presets_mean_something_for_every_engine_with_every_kind_of_weights(spec: EngineSpec) -> None:
    for weights in spec.weights:
        fast, usual, best = (presets.options_of(spec, weights, preset) for preset in presets.SIZES)
        assert fast and not usual and best and fast != best
        for options in (fast, best):
            read_options(spec.title, spec.options, options, weights)


@pytest.mark.parametrize(
    ("size", "options", "name"),
    [
        (512, {"steps": None}, "balanced"),
        (384, {"steps": 5, "liveliness": 2.0}, "fast"),
        (768, {"steps": 16}, "best"),
        (768, {}, None),
        (512, {"steps": 9}, None),
    ],
)
def test_settings_are_known_as_the_preset_that_they_are(size: int, options: dict[str, Any], name: str | None) -> None:
    assert presets.named(registry.find_spec(None), "embedded", size, options) == name


def test_sliders_have_plain_names(labels: dict[str, str]) -> None:
    wanted = {
        "option-instruct_avatar-emotion_strength": "Emotion",
        "option-instruct_avatar-liveliness": "Liveliness",
        "motion-strength": "Head motion",
        "blinks": "Blinks",
        "eye-contact": "Gaze at camera",
        "preset": "Quality",
    }
    assert {name: labels[name] for name in wanted} == wanted

"""Controls made from the engines' options: the right kind, with limits, labels and where it begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr
import pytest

from avatar_app.engines import registry
from avatar_app.engines.options import Option, list_options, option
from avatar_app.ui import acting, motion_model
from avatar_app.ui.option_controls import build_control, start_of
from avatar_app.ui.run import OFF, Form


@dataclass(frozen=True)
class Options:
    steps: int | None = option(None, "How many.", kind="int", low=2, high=50, suggested=25)
    scale: float = option(1.5, "How much.", kind="float", low=0, high=5, label="Voice strength")
    share: float | None = option(None, "Which part.", kind="float", low=0.5, high=1)
    every_step: bool = option(False, "All.", kind="bool")
    mode: str = option("as_is", "Which.", kind="choice", choices=("as_is", "other"))
    shade: str = option("a", "Which one.", kind="choice", choices=tuple("abcdef"))
    shape: Path | None = option(None, "A file.", kind="file")
    curve: tuple[float, ...] | None = option((0.5, 2), "Some.", kind="numbers")


OPTIONS: dict[str, Option] = {one.name: one for one in list_options(Options)}


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("steps", gr.Slider, 25),
        ("scale", gr.Slider, 1.5),
        ("share", gr.Slider, 0.5),
        ("every_step", gr.Checkbox, False),
        ("mode", gr.Radio, "as_is"),
        ("shade", gr.Dropdown, "a"),
        ("shape", gr.File, None),
        ("curve", gr.Textbox, "0.5,2"),
    ],
)
def test_every_kind_has_its_control(name: str, kind: type, value: object) -> None:
    control = build_control("duo", OPTIONS[name])
    assert isinstance(control, kind) and control.elem_id == f"option-duo-{name}"
    assert control.value == value == start_of(OPTIONS[name])


def test_sliders_have_the_option_s_limits_label_and_help() -> None:
    steps, scale, share = (build_control("duo", OPTIONS[name]) for name in ("steps", "scale", "share"))
    assert (steps.minimum, steps.maximum, steps.step, steps.label, steps.info) == (2, 50, 1, "Steps", "How many.")
    assert (scale.minimum, scale.maximum, scale.step, scale.label) == (0, 5, 0.1, "Voice strength")
    assert share.step == pytest.approx(0.01)


def test_choices_are_written_for_people() -> None:
    assert build_control("duo", OPTIONS["mode"]).choices == [("As is", "as_is"), ("Other", "other")]


@pytest.fixture
def parts(duo: None) -> tuple[Form, motion_model.Parts]:
    with gr.Blocks():
        parts = motion_model.build(acting.build())
        others = {"partner": gr.Audio(), "style_name": gr.Dropdown(), "style_clip": gr.File()}
        return Form({**parts.fields(), **others}), parts


def shown(found: tuple[Form, motion_model.Parts], **values: str) -> tuple[set[str], set[str]]:
    """(engines whose options are shown, hidden controls of the chosen engine) by name."""
    form, parts = found
    updates = motion_model.shown_for(values, form, parts)
    hidden = {name: [OFF in updates[one]["elem_classes"] for one in both] for name, both in parts.groups.items()}
    groups = {name for name, both in hidden.items() if not any(both)}
    controls = {name: updates[one] for name, one in parts.controls.items() if one in updates}
    return groups, {name for name, update in controls.items() if OFF in update["elem_classes"]}


def test_only_the_chosen_engine_s_options_are_shown(parts: tuple[Form, motion_model.Parts]) -> None:
    assert shown(parts)[0] == {registry.find_spec(None).name}
    assert shown(parts, style_name="calm")[0] == {"diffposetalk"}
    assert shown(parts, engine="instruct_avatar", style_name="calm")[0] == {"instruct_avatar"}
    assert shown(parts, engine="duo") == ({"duo"}, {"duo.depth"})
    assert shown(parts, engine="duo", weights="published") == ({"duo"}, set())


def test_every_option_that_names_no_place_has_a_control(parts: tuple[Form, motion_model.Parts]) -> None:
    every = [(spec.name, one) for spec in registry.specs().values() for one in list_options(spec.options)]
    wanted = {f"{engine}.{one.name}" for engine, one in every if one.kind != "path"}
    assert "audio2photoreal.face_codes" in wanted and len(wanted) < len(every)
    assert set(parts[1].controls) == wanted


def test_kinds_of_weights_are_offered_where_there_are_several(parts: tuple[Form, motion_model.Parts]) -> None:
    form, controls = parts
    for engine, weights, offered in (("duo", "published", True), ("instruct_avatar", "embedded", False)):
        update = motion_model.shown_for({"engine": engine, "weights": "published"}, form, controls)[controls.weights]
        assert update["value"] == weights and (OFF not in update["elem_classes"]) == offered
        assert [value for _, value in update["choices"]] == list(registry.find_spec(engine).weights)


def test_the_partner_s_voice_is_asked_for_where_somebody_listens(parts: tuple[Form, motion_model.Parts]) -> None:
    form, controls = parts
    for engine, asked in (("duo", True), ("instruct_avatar", False), ("", False)):
        update = motion_model.shown_for({"engine": engine}, form, controls)[form["partner"]]
        assert (OFF not in update["elem_classes"]) == asked


def test_an_engine_is_introduced_and_says_what_it_lacks(duo: None) -> None:
    assert motion_model.about({"engine": "duo"}) == "Two people in conversation."
    words = motion_model.about({"engine": "duo", "weights": "published"})
    assert "⚠ Duo's published weights are \\*not\\* here: fetch them." in words
    assert motion_model.about({}).startswith("Now: **")

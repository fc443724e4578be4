"""The page's everyday sliders, under plain names, and the presets of quality: how a take is acted and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from avatar_app import presets
from avatar_app.engines import registry
from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import Option, list_options
from avatar_app.ui.forms import chosen
from avatar_app.ui.option_controls import build_control, field_name, offered_here, start_of
from avatar_app.ui.run import OFF, Form, Updates


@dataclass(frozen=True)
class Parts:
    """The components. common: sliders for all engines, of which reason says what the chosen one ignores; groups: those
    of each engine; controls: every one of these, by the name of its field."""

    common: Mapping[str, gr.Slider]
    reason: gr.Markdown
    groups: Mapping[str, gr.Column]
    controls: Mapping[str, Any]


def build_preset() -> gr.Radio:
    """The choice of quality."""
    choices = [(name.capitalize(), name) for name in presets.SIZES]
    told = ", ".join(f"{name} {size}" for name, size in presets.SIZES.items())
    return gr.Radio(
        choices, value=presets.USUAL, label="Quality", elem_id="preset",
        info=f"Sets size and steps. Pixels across: {told}.",
    )  # fmt: skip


def build() -> Parts:
    """The sliders, laid out, without events; those of the default engine are shown."""
    shown, _ = chosen({})
    groups, controls = {}, {}
    for spec in registry.specs().values():
        off = [] if spec.name == shown.name else [OFF]
        with gr.Column(elem_classes=["options", *off], elem_id=f"everyday-{spec.name}") as groups[spec.name]:
            for option in filter(is_everyday, list_options(spec.options)):
                controls[field_name(spec.name, option)] = build_control(spec.name, option)
    common = {
        "motion_strength": gr.Slider(
            0, 3, 1, step=0.1, label="Head motion", info="0 keeps the head still.", elem_id="motion-strength"
        ),
        "blinks": gr.Slider(
            0, 3, 1, step=0.1, label="Blinks", info="How often, against usual; 0 is never.", elem_id="blinks"
        ),
        "eye_contact": gr.Slider(
            0, 1, 0, step=0.05, label="Gaze at camera", elem_id="eye-contact",
            info="0 looks about as people do, 1 keeps to the camera whatever the head does.",
        ),
    }  # fmt: skip
    reason = gr.Markdown("", elem_classes="hint", elem_id="ignored")
    return Parts(common, reason, groups, controls)


def heeded(spec: EngineSpec, parts: Parts) -> Updates:
    """Greys what changes nothing in an engine's takes, and says so."""
    ignored = spec.ignores()
    updates: Updates = {slider: gr.update(interactive=name not in ignored) for name, slider in parts.common.items()}
    return {**updates, parts.reason: spec.cannot_change(ignored)}


def is_everyday(option: Option) -> bool:
    """Whether an option stands here instead of with the engine's others."""
    return option.everyday and offered_here(option)


def connect(form: Form) -> None:
    """A preset moves the controls that it sets; whoever moves one of them has no preset any more."""
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    moved = [form["size"], *(form[name] for name in _moved())]
    form["preset"].input(lambda preset: moves(form, preset), form["preset"], moved, **quiet)
    gr.on([one.input for one in moved], lambda: None, None, form["preset"], **quiet)


def moves(form: Form, preset: str) -> Updates:
    """Every control that presets set, as this one has it, of all engines: whichever is chosen next finds it so."""
    return {form[name]: value for name, value in values_of(preset).items()}


def values_of(preset: str) -> dict[str, Any]:
    """Values of fields that a preset stands for."""
    values: dict[str, Any] = {"size": presets.size_of(preset)}
    for name, option in _moved().items():
        value = getattr(option, preset, None)
        values[name] = start_of(option) if value is None else value
    return values


def _moved() -> dict[str, Option]:
    """The engines' options that presets set, by the names of their fields."""
    every = [(spec.name, option) for spec in registry.specs().values() for option in list_options(spec.options)]
    return {field_name(name, one): one for name, one in every if (one.fast, one.best) != (None, None)}

"""Settings back into the form: from a kept run, or from a video or result.json that somebody brings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app import presets
from avatar_app.engines import registry
from avatar_app.engines.options import list_options
from avatar_app.request import InputError, Request
from avatar_app.settings import read_settings
from avatar_app.ui.handlers import plan_text
from avatar_app.ui.option_controls import field_name, offered_here, start_of
from avatar_app.ui.run import Form, Updates
from avatar_app.ui.timeline import plan_of

AS_TOLD = ("instruction", "samples", "seed", "motion_strength", "size", "framing", "head")  # fields as they are
LATER = ("label", "blinks", "eye_contact")  # which runs of older versions have not
WORDS = "Settings from a take"  # the page's script finds the button's input by them
KINDS = ["video", ".webm", ".mov", ".json"]


def build() -> gr.UploadButton:
    """The button that takes such a file; what is dropped anywhere else on the page goes there, too."""
    return gr.UploadButton(WORDS, size="sm", variant="secondary", file_types=KINDS, elem_id="settings-file")


def connect(form: Form, button: gr.UploadButton) -> None:
    """Fills the form from what is brought."""

    def brought(path: str | None) -> Updates:
        nothing: Updates = {form["instruction"]: gr.skip()}
        if not path:
            return nothing
        try:
            settings = read_settings(Path(path))
        except InputError as error:
            gr.Warning(str(error))
            return nothing
        gr.Info("The settings are back. Voice and portrait are yours to give.")
        return updates_of(form, settings)

    outputs = list(form.inputs.values())
    # In the queue: messages reach the page through it alone.
    button.upload(brought, button, outputs, show_progress="hidden", api_visibility="private")


def updates_of(form: Form, settings: Mapping[str, Any]) -> Updates:
    """The form as it was for these settings; files are left as they are.

    Where the face was said to be is told apart, too: a portrait that arrives begins a placing anew.
    """
    values = form_values(settings)
    face = {name: values[name] for name in ("face", "points") if values[name]}
    values["placed_before"] = json.dumps(face) if face else ""
    return {form[name]: value for name, value in values.items() if name in form.inputs}


def form_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields for settings as read_settings gives them."""
    values: dict[str, Any] = {name: settings[name] for name in AS_TOLD}
    usual = Request()
    values |= {name: settings.get(name, getattr(usual, name)) for name in LATER}
    background = settings["background"]
    coloured = background.startswith("#")
    values |= {"background": "colour" if coloured else background}
    values |= {"colour": background} if coloured else {}
    values |= {"face": settings["face"] or 0, "points": settings["points"], "new_seed": False}
    values |= {"transcript": settings["transcript"] or "", "style_name": settings["style"] or ""}
    values |= {"voiceless": settings["duration"] is not None}
    values |= {"duration": settings["duration"]} if settings["duration"] is not None else {}
    values |= {"plan": plan_text(settings["plan"] or []), "act_plan": settings["plan"] is not None}
    values |= {"planned_for": plan_of(settings["instruction"])}
    return {**values, **_engine_values(settings)}


def _engine_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The engine, where another one would be taken without saying so; its weights and its options."""
    spec = registry.find_spec(settings["engine"])
    usual = registry.choose(Request(style=settings["style"]))
    weights, options = settings["weights"] or spec.weights[0], settings["options"]
    values: dict[str, Any] = {"engine": "" if spec == usual else spec.name, "weights": settings["weights"]}
    values["preset"] = presets.named(spec, weights, settings["size"], options)
    for option in filter(offered_here, list_options(spec.options)):
        given = options.get(option.name)
        if option.kind == "file":
            continue
        if option.kind == "numbers" and given is not None:
            given = ",".join(f"{number:g}" for number in given)
        values[field_name(spec.name, option)] = start_of(option) if given is None else given
    return values

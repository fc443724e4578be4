"""Links to the page's settings: what the form says as a query of the page's address. Media is never in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr

from avatar_app.inputs.instruction.plan import read_plan
from avatar_app.request import COLOUR, InputError
from avatar_app.ui import acting, forms, motion_model
from avatar_app.ui.run import Form, Updates
from avatar_app.ui.timeline import plan_of

FIELDS = ("instruction", "samples", "seed", "preset", "engine", "weights", "style_name", "style_weight",
          "motion_strength", "blinks", "eye_contact", "size", "framing", "head", "background", "colour", "label",
          "voiceless", "duration", "transcript", "plan")  # of the form, besides the engines' options  # fmt: skip
LONGEST = 16_000  # characters of a query that is read
WHERE = "() => window.location.search"
COPY = """async (query) => {
  const link = `${location.origin}${location.pathname}${query ? `?${query}` : ""}`;
  await window.avatarApp.copy(link);
  return [];
}"""


def build() -> gr.Button:
    """The button that copies a link."""
    return gr.Button("Copy link to these settings", size="sm", variant="secondary", elem_id="copy-link")


def connect(page: gr.Blocks, form: Form, model: motion_model.Parts, button: gr.Button) -> None:
    """Fills the form from the page's own address when it opens, and writes such an address."""
    names = [name for name in (*FIELDS, *model.controls) if not isinstance(form[name], gr.File)]
    asked = gr.Textbox("", visible="hidden", elem_id="link-query")
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

    def opened(query: str) -> Updates:
        try:
            values = read(form, names, query)
        except InputError as error:
            gr.Warning(f"The link's settings were left aside: {error}")
            values = {}
        return {form[name]: value for name, value in values.items()} or {asked: gr.skip()}

    def told(act_plan: bool, *values: Any) -> str:
        given = dict(zip(names, values, strict=True))
        return query_of(form, given if act_plan else {**given, "plan": ""})

    # In the queue: messages reach the page through it alone.
    page.load(opened, asked, [*form.inputs.values(), asked], js=WHERE, **quiet)
    written = button.click(told, [form["act_plan"], *form.pick(names)], asked, queue=False, **quiet)
    written.then(None, asked, None, js=COPY, queue=False, **quiet)


def query_of(form: Form, values: Mapping[str, Any]) -> str:
    """The query that stands for values of the form's fields: those that are not as the page begins, or a preset has."""
    preset = acting.values_of(values["preset"]) if values.get("preset") else {}
    usual = {name: preset.get(name, form[name].value) for name in values}
    given = {name: value for name, value in values.items() if value not in (None, "", usual[name])}
    if given.get("background") == "picture":
        del given["background"]  # the picture itself is in no link
    return urlencode({name: _text(value) for name, value in given.items()})


def read(form: Form, names: list[str], query: str) -> dict[str, Any]:
    """Values of the form's fields that a query stands for; names that the page does not know are left to others.

    Raises InputError for a value that the form could not have.
    """
    if len(query) > LONGEST:
        raise InputError(f"it may have at most {LONGEST} characters and has {len(query)}.")
    told = {name: text for name, text in parse_qsl(query.removeprefix("?")) if name in names}
    values = {name: _value(form[name], text) for name, text in told.items()}
    if "colour" in values and not COLOUR.fullmatch(forms.as_hex(values["colour"])):
        raise InputError(f"{form['colour'].label} must look like #204060; got {values['colour']!r}.")
    if "plan" in values:
        read_plan(values["plan"])
        values |= {"act_plan": True, "planned_for": plan_of(values.get("instruction", ""))}
    if values.get("preset"):
        values = {**acting.values_of(values["preset"]), **values}
    if "seed" in values:
        values["new_seed"] = False
    return values


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool | float | int) else str(value)


def _value(component: Any, text: str) -> Any:
    """A field's value from text, as its component could hold it."""
    name = component.label
    if isinstance(component, gr.Checkbox):
        if text not in ("true", "false"):
            raise InputError(f"{name} must be true or false; got {text!r}.")
        return text == "true"
    if isinstance(component, gr.Slider | gr.Number):
        return _number(component, text)
    if isinstance(component, gr.Radio | gr.Dropdown):
        known = [value for _, value in component.choices]
        if text not in known:
            raise InputError(f"{name} must be one of {', '.join(map(str, known))}; got {text!r}.")
        return text
    longest = getattr(component, "max_length", None)
    if longest and len(text) > longest:
        raise InputError(f"{name} may have at most {longest} characters and has {len(text)}.")
    return text


def _number(component: Any, text: str) -> float:
    low, high = component.minimum, component.maximum
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise InputError(f"{component.label} must be a number from {low:g} to {high:g}; got {text!r}.")
    return int(value) if value.is_integer() else value

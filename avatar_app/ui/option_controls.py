"""The engines' options as controls on the page: EngineSpec.options says what becomes a slider, a box or a list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gradio as gr

from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import Option, list_options

MANY = 4  # choices beyond which a list that opens is clearer than buttons in a row
STEPS = 20  # a slider of fractions has at least so many places


def field_name(engine: str, option: Option) -> str:
    """What the form calls the control of an engine's option."""
    return f"{engine}.{option.name}"


def build_control(engine: str, option: Option) -> Any:
    """The component for one option, not yet told when to be shown."""
    start = start_of(option)
    look: dict[str, Any] = {"label": option.label, "elem_id": f"option-{engine}-{option.name}"}
    if option.kind == "file":
        return gr.File(height=160, **look | {"label": f"{option.label}: {option.help}"})
    look["info"] = option.help
    if option.kind == "bool":
        return gr.Checkbox(start, **look)
    if option.kind == "choice":
        choices = [(name.replace("_", " ").capitalize(), name) for name in option.choices]
        return (gr.Dropdown if len(choices) > MANY else gr.Radio)(choices, value=start, **look)
    if option.kind == "numbers":
        return gr.Textbox(start, max_lines=1, **look)
    assert option.low is not None and option.high is not None
    return gr.Slider(option.low, option.high, start, step=_step(option.low, option.high, option.kind), **look)


def start_of(option: Option) -> Any:
    """The value at which an option's control begins; while it stands there, nothing is sent."""
    if option.kind == "numbers":
        return ",".join(f"{number:g}" for number in option.default or ())
    if option.kind in ("int", "float"):
        return next(value for value in (option.default, option.suggested, option.low) if value is not None)
    return bool(option.default) if option.kind == "bool" else option.default


def offered_here(option: Option) -> bool:
    """Whether the page has a control for it: no text on it becomes a path."""
    return not option.local


def has_option(weights: str, option: Option) -> bool:
    """Whether an engine has this option with a kind of weights."""
    return option.only in ("", weights)


def given_options(spec: EngineSpec, weights: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Request.options from the form: what was moved from where it began, of the chosen engine and weights alone.

    The rest is left out, so that the weights' own defaults rule.
    """
    options = {}
    for option in list_options(spec.options):
        start = start_of(option)
        value = values.get(field_name(spec.name, option), start)
        if has_option(weights, option) and value is not None and value != start:
            options[option.name] = value
    return options


def _step(low: float, high: float, kind: str) -> float:
    return 1 if kind == "int" else float(10.0 ** math.floor(math.log10((high - low) / STEPS)))

"""The page's "Motion model" part: which engine, which weights, and that engine's own options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import gradio as gr

from avatar_app.engines import registry
from avatar_app.engines.options import list_options
from avatar_app.ui import acting
from avatar_app.ui.forms import chosen
from avatar_app.ui.handlers import plain
from avatar_app.ui.option_controls import build_control, field_name, has_option, offered_here
from avatar_app.ui.run import OFF, Form, Updates

AUTOMATIC = ("Automatic", "")
DECIDE = ("engine", "weights", "style_name", "style_clip", "partner")  # fields that decide what is shown


@dataclass(frozen=True)
class Parts:
    """The components. groups: the options of each engine, in one place or two; controls: every option's, by the name
    of its field, those of the everyday sliders included. everyday: the sliders of acting."""

    engine: gr.Dropdown
    weights: gr.Radio
    about: gr.Markdown
    groups: Mapping[str, tuple[gr.Column, ...]]
    controls: Mapping[str, Any]
    everyday: acting.Parts

    def fields(self) -> dict[str, Any]:
        """What belongs to a request, by name."""
        return {"engine": self.engine, "weights": self.weights, **self.controls}


def build(everyday: acting.Parts) -> Parts:
    """The components, laid out, without events; what the default engine has is shown."""
    known = registry.specs()
    choices = [AUTOMATIC, *((f"{spec.title}: {spec.summary}", spec.name) for spec in known.values())]
    engine = gr.Dropdown(choices, value="", label="Engine", show_label=False, elem_id="engine", filterable=False)
    about = gr.Markdown("", elem_classes="hint", elem_id="about-engine")
    kinds = list(dict.fromkeys(kind for spec in known.values() for kind in spec.weights))
    first, shown = chosen({})
    weights = gr.Radio(
        _titled(kinds), value=shown, label="Weights", elem_id="weights", elem_classes=_off(len(first.weights) > 1)
    )
    groups, controls = {}, dict(everyday.controls)
    for spec in known.values():
        with gr.Column(
            elem_classes=["options", *_off(spec.name == first.name)], elem_id=f"options-{spec.name}"
        ) as group:
            for option in filter(offered_here, list_options(spec.options)):
                if not acting.is_everyday(option):
                    controls[field_name(spec.name, option)] = build_control(spec.name, option)
        groups[spec.name] = (group, everyday.groups[spec.name])
    return Parts(engine, weights, about, groups, controls, everyday)


def connect(page: gr.Blocks, form: Form, parts: Parts) -> None:
    """Shows what belongs to the chosen engine, and why it cannot work where its weights are missing."""
    inputs = form.pick(DECIDE)
    outputs = [parts.about, parts.weights, form["partner"], *chain(*parts.groups.values()), *parts.controls.values()]
    outputs += [*parts.everyday.common.values(), parts.everyday.reason]
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

    def show(*values: Any) -> Updates:
        return shown_for(dict(zip(DECIDE, values, strict=True)), form, parts)

    def begin_anew(*values: Any) -> Updates:
        """Another engine starts with its first weights, whatever kind was chosen for the one before."""
        return shown_for({**dict(zip(DECIDE, values, strict=True)), "weights": None}, form, parts)

    others = [one.change for one in inputs if one is not parts.engine]
    gr.on([page.load, *others], show, inputs, outputs, trigger_mode="always_last", **quiet)
    parts.engine.change(begin_anew, inputs, outputs, trigger_mode="always_last", **quiet)


def shown_for(values: Mapping[str, Any], form: Form, parts: Parts) -> Updates:
    """What is shown and hidden for the engine that the form comes to."""
    spec, weights = chosen(values)
    updates: Updates = {
        parts.about: about(values),
        parts.weights: gr.update(
            choices=_titled(spec.weights), value=weights, elem_classes=_off(len(spec.weights) > 1)
        ),
        form["partner"]: gr.update(elem_classes=_off("partner" in spec.reads)),
        **acting.heeded(spec, parts.everyday),
    }
    for name, groups in parts.groups.items():
        updates |= {group: gr.update(elem_classes=["options", *_off(name == spec.name)]) for group in groups}
    for option in filter(offered_here, list_options(spec.options)):
        control = parts.controls[field_name(spec.name, option)]
        updates[control] = gr.update(elem_classes=_off(has_option(weights, option)))
    return updates


def about(values: Mapping[str, Any]) -> str:
    """Markdown: the engine that the form comes to, and what is missing for it."""
    spec, weights = chosen(values)
    words = plain(spec.summary) if values.get("engine") else f"Now: **{plain(spec.title)}**. {plain(spec.summary)}"
    gap = spec.missing(weights)
    return f"{words}\n\n⚠ {plain(gap)}" if gap else words


def _titled(kinds: Any) -> list[tuple[str, str]]:
    return [(kind.capitalize(), kind) for kind in kinds]


def _off(shown: bool) -> list[str]:
    return [] if shown else [OFF]

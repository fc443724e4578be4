"""The timeline beneath the voice: what was understood while words are typed, as chips to move, change and remove."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.face.wishes import words_for
from avatar_app.generate import DEFAULT_SECONDS
from avatar_app.request import MAX_INSTRUCTION_CHARS, InputError, Request
from avatar_app.ui import forms, handlers
from avatar_app.ui.expectation import voice_seconds
from avatar_app.ui.run import Form
from avatar_app.ui.theme import SCRIPTS

FIELDS = ("instruction", "audio", "voiceless", "duration", "transcript", "engine", "weights", "style_name",
          "style_clip", "partner", "plan", "act_plan", "planned_for")  # of the form: what it shows  # fmt: skip
NOTHING = json.dumps({"text": "", "seconds": DEFAULT_SECONDS, "steps": [], "doubts": [], "notes": []})


def build() -> gr.HTML:
    """The component, laid out, without events. Its value is JSON: see `as_value`."""
    drawing = (SCRIPTS / "timeline" / "timeline.js").read_text(encoding="utf-8")
    return gr.HTML(
        NOTHING,
        html_template='<div class="plan-timeline"></div>',
        js_on_load=drawing,
        elem_id="timeline",
        padding=False,
    )


def build_doubts() -> None:
    """The place beneath the words where the timeline's script says which of them were not understood."""
    gr.HTML("", html_template='<div class="plan-timeline"></div>', elem_id="doubts", padding=False)


def connect(form: Form, timeline: gr.HTML) -> None:
    """Words make chips; chips that were changed, and JSON that was edited, are acted in place of the words."""
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    inputs, told = form.pick(FIELDS), [timeline, form["plan"], form["act_plan"]]

    def typed(*values: Any) -> tuple[Any, ...]:
        """New words: what was changed by hand belonged to the old ones; not where both came back together."""
        given = named(values)
        stays = given["act_plan"] and given["planned_for"] == plan_of(given["instruction"])
        return read({**given, "act_plan": stays})

    def others(*values: Any) -> tuple[Any, ...]:
        return read(named(values))

    def changed(value: str) -> tuple[str, bool]:
        return handlers.plan_text(steps_of(value)), True

    def edited(*values: Any) -> tuple[Any, Any]:
        shown, _, _ = read({**named(values), "act_plan": True})
        return shown, not json.loads(shown)["error"]

    form["instruction"].change(typed, inputs, told, trigger_mode="always_last", **quiet)
    again = [form[name].change for name in ("audio", "voiceless", "duration", "transcript", "engine")]
    gr.on(again, others, inputs, told, trigger_mode="always_last", **quiet)
    timeline.input(changed, timeline, [form["plan"], form["act_plan"]], trigger_mode="always_last", **quiet)
    form["plan"].input(edited, inputs, [timeline, form["act_plan"]], trigger_mode="always_last", **quiet)


def plan_of(instruction: str) -> str:
    """What the form's hidden field tells of words whose plan comes back with them."""
    return json.dumps(instruction)


def named(values: Any) -> dict[str, Any]:
    """Values of FIELDS by their names."""
    return dict(zip(FIELDS, values, strict=True))


def read(values: Mapping[str, Any]) -> tuple[str, Any, bool]:
    """(the timeline's value, the plan as JSON, whether it is acted in place of the words), read as a run would."""
    from avatar_app.inputs.instruction.doubts import doubts
    from avatar_app.inputs.instruction.plan import plan_as_json
    from avatar_app.inputs.instruction.reading import timeline_for

    text, plan = values.get("instruction") or "", (values.get("plan") or "").strip()
    acted = bool(values.get("act_plan") and plan)
    voice = None if values.get("voiceless") else values.get("audio") or None
    seconds = (voice and voice_seconds(str(voice))) or float(values.get("duration") or DEFAULT_SECONDS)
    if len(text) > MAX_INSTRUCTION_CHARS and not acted:
        return as_value(text, seconds, [], error="The instruction is too long."), gr.skip(), False
    transcript = (values.get("transcript") or "").strip() or None
    request = Request(instruction=text, plan=plan if acted else None, transcript=transcript)

    def listen(need_words: bool) -> Any:
        return heard(str(voice), Path(str(voice)).stat().st_mtime_ns, transcript, need_words)

    try:
        found = timeline_for(request, seconds, listen if voice else None, forms.chosen(values)[0].bodily)
    except (InputError, OSError) as error:
        return as_value(text, seconds, [], error=str(error)), gr.skip(), acted
    steps = plan_as_json(found.plan)
    unclear = [] if acted else [vars(doubt) for doubt in doubts(text, found)]
    notes = [note for note in found.notes if not any(f"'{doubt['words']}'" in note for doubt in unclear)]
    shown = as_value(text, seconds, steps, unclear, notes, edited=acted)
    return shown, gr.skip() if acted else handlers.plan_text(steps), acted


def as_value(
    text: str,
    seconds: float,
    steps: list[dict[str, Any]],
    unclear: list[dict[str, Any]] | None = None,
    notes: list[str] | None = None,
    error: str = "",
    edited: bool = False,
) -> str:
    """JSON for the script: the words it was read from, the length, the plan's steps with how people say them, parts
    that were not understood (see Doubt), sentences, what is wrong with a plan, and whether it was changed by hand."""
    rows = [{**step, "label": words_for(step["what"])} for step in steps]
    value = {"text": text, "seconds": round(seconds, 2), "steps": rows, "doubts": unclear or [], "notes": notes or []}
    return json.dumps(value | {"error": error, "edited": edited}, ensure_ascii=False)


def steps_of(value: str) -> list[dict[str, Any]]:
    """The plan of a timeline that was changed by hand."""
    return [{k: v for k, v in step.items() if k != "label"} for step in json.loads(value)["steps"]]


@lru_cache(maxsize=32)
def heard(path: str, changed: int, transcript: str | None, need_words: bool) -> Any:
    """Where a voice speaks and pauses, and its words where they are needed; once for each recording."""
    from avatar_app.speech.listening import map_voice
    from avatar_app.speech.recording import load_speech

    return map_voice(load_speech(path), transcript, need_words)

"""The page: inputs on the left, takes side by side on the right."""

from __future__ import annotations

from functools import partial
from typing import Any

import gradio as gr
from starlette.routing import BaseRoute

from avatar_app.expected_time import RunTimes
from avatar_app.generate import generate
from avatar_app.inputs.instruction.languages import LANGUAGES
from avatar_app.paths import data_folder
from avatar_app.request import MAX_INSTRUCTION_CHARS, MAX_SAMPLES, MAX_SEED, MAX_TRANSCRIPT_CHARS, SIZES
from avatar_app.styles import named_styles
from avatar_app.ui import (
    acting,
    action_bar,
    cards,
    consent,
    endpoint,
    examples,
    kept_page,
    links,
    motion_model,
    picture,
    served,
    sessions,
    speaking,
    theme,
    timeline,
    voice_sources,
    wiring,
)
from avatar_app.ui.action_bar import Bar
from avatar_app.ui.examples import IDEAS
from avatar_app.ui.gate import Page
from avatar_app.ui.jobs import Make
from avatar_app.ui.preparing import Preparing
from avatar_app.ui.run import OFF, Form, Results
from avatar_app.ui.turns import Turns

MAX_UPLOAD = "128mb"  # ten minutes of uncompressed stereo
CACHE = (3600, 24 * 3600)  # seconds: how often the cache is swept, and how old a file may get
INTRO = """# Avatar App
A portrait, a sentence and a voice in; several talking takes of that portrait out.
Everything runs on the machine that serves this page."""


def build_page(
    make: Make = generate, ask_consent: bool = False, label: str = "", turns: Turns | None = None
) -> gr.Blocks:
    """The whole page, not yet served. Loads neither torch nor OpenCV.

    make: what turns a Request into Samples. ask_consent: ask before somebody's own portrait is animated. label: drawn
    into every video, whatever its maker wishes. turns: the queue, for whoever wants to close it.
    """
    imposed = {"label": label} if label else {}
    turns, times = turns or Turns(), RunTimes(data_folder())
    prepare = Preparing(turns) if make is generate else None  # elsewhere it would be of no use
    make = partial(times.generate, make)
    with Page(title="Avatar App", delete_cache=CACHE, fill_width=True) as page:
        bar = action_bar.make()
        gr.Markdown(INTRO, elem_id="title")
        with gr.Row():
            with gr.Column(scale=4, min_width=340):
                form = _inputs(page, ask_consent, label, prepare)
            with gr.Column(scale=7, min_width=340, elem_id="results"):
                results = _results(bar, form["seed"], form["plan"])
                kept = kept_page.build()
                examples.offer(form)
        action_bar.lay_out(bar)
        wiring.connect(form, results, bar.needed, make, turns, times, kept, imposed)
        kept_page.connect(page, form, results, kept)
        endpoint.offer(page, make, turns, times, imposed, ask_consent)
    return page


def launch_settings() -> dict[str, Any]:
    """How the page is served wherever it is served: its looks, limits and surfaces."""
    return {
        "theme": theme.theme(),
        "css": theme.styles(),
        "head": theme.scripts(),
        "max_file_size": MAX_UPLOAD,
        "enable_monitoring": False,
        "mcp_server": True,
        "show_error": True,
        "ssr_mode": False,
        "state_session_capacity": sessions.MOST,
    }


def routes() -> list[BaseRoute]:
    """What the page's server answers besides the page: kept files."""
    return [*served.routes(kept_page.open_store().root)]


def _inputs(page: Page, asked: bool, label: str, prepare: Preparing | None) -> Form:
    first, answers, sources = _first_inputs(asked)
    with gr.Accordion("Acting: emotion, head, eyes", open=False, elem_id="acting"):
        everyday = acting.build()
    with gr.Accordion("Picture", open=False, elem_id="picture"):
        parts = picture.build(label)
    with gr.Accordion("Speaking style", open=False, visible=bool(named_styles()), elem_id="speaking"):
        manner = speaking.build()
    with gr.Accordion("Motion model", open=False, elem_id="engine-part"):
        model = motion_model.build(everyday)
    with gr.Accordion("Plan of the instruction", open=False, elem_id="plan-part"):
        plan = _plan()
    with gr.Accordion("Advanced", open=False, elem_id="advanced"):
        advanced = _advanced()
    link = links.build()
    drawn = first.pop("timeline")
    picked = {**parts.fields(), **manner.fields(), **model.fields(), **everyday.common}
    form = Form({**first, **plan, **advanced, **picked})
    if asked:
        consent.connect(page, form["consent"])
    picture.connect(form.inputs, answers, prepare)
    voice_sources.connect(form, sources)
    speaking.connect(manner)
    motion_model.connect(page, form, model)
    timeline.connect(form, drawn)
    links.connect(page, form, model, link)
    acting.connect(form)
    return form


def _first_inputs(asked: bool) -> tuple[dict[str, Any], picture.Answers, voice_sources.Parts]:
    """What everybody fills in, what the portrait answers with, and other sources of the voice."""
    pictured, answers = picture.build_portrait()
    agreed = consent.build(asked)
    instruction = gr.Textbox(
        value="",
        label="Instruction",
        info=f"How to look and what to do, in your own words, in {LANGUAGES}. May be empty.",
        placeholder=IDEAS[0],
        lines=2,
        max_length=MAX_INSTRUCTION_CHARS,
        elem_id="instruction",
    )
    timeline.build_doubts()
    with gr.Row(elem_id="chips"):
        for idea in IDEAS:
            chip = gr.Button(idea, size="sm", scale=0)
            chip.click(None, None, instruction, js=f"() => {idea!r}", api_visibility="private")
    sound: dict[str, Any] = {"sources": ["microphone", "upload"], "type": "filepath", "buttons": ["download"]}
    with gr.Group(elem_id="voice-part"):
        audio = gr.Audio(label="Voice", elem_id="audio", **sound)
        drawn = timeline.build()
    gr.Markdown(
        "A recording of up to 10 min, or a film (mp4, mov), whose sound is taken. The microphone opens on https and on "
        "localhost only.",
        elem_classes="hint",
    )
    sources = voice_sources.build()
    partner = gr.Audio(label="Voice of the other person", elem_id="partner", elem_classes=[OFF], **sound)
    samples = gr.Slider(1, MAX_SAMPLES, 3, step=1, label="Takes", elem_id="samples")
    return (
        {
            "audio": audio,
            "partner": partner,
            **pictured,
            "consent": agreed,
            "timeline": drawn,
            "instruction": instruction,
            "samples": samples,
            "preset": acting.build_preset(),
        },
        answers,
        sources,
    )


def _plan() -> dict[str, Any]:
    plan = gr.Code(
        "", language="json", label="What happens when", lines=6, max_lines=18, interactive=True, elem_id="plan"
    )
    act_plan = gr.Checkbox(
        False,
        label="Act this plan, not the words",
        info="Ticked once you change the plan here or on the timeline; new words untick it.",
        elem_id="act-plan",
    )
    planned_for = gr.Textbox("", label="Words of a plan that came back", visible="hidden", elem_id="planned-for")
    return {"plan": plan, "act_plan": act_plan, "planned_for": planned_for}


def _advanced() -> dict[str, Any]:
    with gr.Row():
        seed = gr.Number(
            0, label="Seed", info="Of the first take.", precision=0, minimum=0, maximum=MAX_SEED, elem_id="seed"
        )
        fresh = gr.Checkbox(True, label="New seed each time", info="Off repeats a run.", elem_id="new-seed")
    kept_seed = gr.Textbox("", label="Locked take", visible="hidden", elem_id="keep-seed")
    with gr.Row():
        voiceless = gr.Checkbox(
            False, label="No voice", info="Act the instruction out in silence.", elem_id="voiceless"
        )
        duration = gr.Slider(1, 60, 6, step=1, label="Seconds without voice", elem_id="duration")
    transcript = gr.Textbox(
        "", label="What is said (optional)", max_lines=1, max_length=MAX_TRANSCRIPT_CHARS, elem_id="transcript",
        info='In English; then words can be cues: nod when I say "yes".',
    )  # fmt: skip
    size = gr.Slider(
        *SIZES, 512, step=8, label="Size", info="Pixels, height and width; a whole picture keeps its own.",
        elem_id="size",
    )  # fmt: skip
    return {
        "seed": seed,
        "keep_seed": kept_seed,
        "new_seed": fresh,
        "voiceless": voiceless,
        "duration": duration,
        "transcript": transcript,
        "size": size,
    }


def _results(bar: Bar, seed: gr.Number, plan: gr.Code) -> Results:
    empty = gr.HTML(examples.empty_html(), elem_id="empty")
    transport = gr.HTML(cards.TRANSPORT, elem_id="transport", elem_classes=[OFF])
    with gr.Row(elem_id="takes"):
        slots = tuple(_slot(number) for number in range(1, MAX_SAMPLES + 1))
    understood = gr.Markdown("", elem_id="understood")
    together = gr.HTML("", elem_id="together")
    older = gr.HTML("", elem_id="older")
    return Results(
        bar.status, bar.thumb, understood, empty, slots, transport, together, older, bar.generate, bar.stop, seed, plan
    )


def _slot(number: int) -> gr.HTML:
    # Hidden by a style class: a component that is only mounted when it first becomes visible loses updates meanwhile.
    return gr.HTML("", elem_id=f"take-{number}", elem_classes=["take", OFF])

"""The bar that is always in view: how far a run is or what it waits for, how long it will take, Generate and Stop."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from avatar_app.ui.forms import still_needed
from avatar_app.ui.handlers import needed_words, status_bar


@dataclass(frozen=True)
class Bar:
    """The components; made first and laid out last, as what comes before them on the page refers to them."""

    thumb: gr.HTML
    status: gr.HTML
    needed: gr.Markdown
    generate: gr.Button
    stop: gr.Button


def make() -> Bar:
    """The components, without a place on the page."""
    return Bar(
        gr.HTML("", elem_id="thumb", render=False),
        gr.HTML("", elem_id="status", render=False),
        gr.Markdown(needed_words(still_needed({})), elem_classes="hint", elem_id="needed", render=False),
        gr.Button("Generate", variant="primary", interactive=False, elem_id="generate", scale=0, render=False),
        gr.Button("Stop", interactive=False, elem_id="stop", scale=0, render=False),
    )


def lay_out(bar: Bar) -> None:
    """Puts the bar where the page stands; a fixed place in the window is its style's."""
    with gr.Row(elem_id="bar"):
        bar.thumb.render()
        with gr.Column(elem_id="bar-words", min_width=0):
            bar.status.render()
            gr.HTML(status_bar("Starting", None, "ahead"), elem_id="starting")
            gr.HTML(status_bar("Stopping; finished takes stay", None, "ahead"), elem_id="stopping")
            bar.needed.render()
            gr.HTML('<div id="announce" role="status" aria-live="polite"></div>', elem_id="announcing")
        bar.generate.render()
        bar.stop.render()

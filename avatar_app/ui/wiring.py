"""What the page's events call: Generate, Stop, and the readiness of Generate."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.request import InputError, Request
from avatar_app.ui import forms, handlers
from avatar_app.ui.jobs import Job, Make, Runs
from avatar_app.ui.run import Form, Results, Run, Updates

READY = ("audio", "portrait", "instruction", "voiceless", "head", "engine", "weights", "style_name", "style_clip",
         "partner")  # fields that decide whether Generate is ready  # fmt: skip


def connect(form: Form, results: Results, needed: gr.Markdown, make: Make) -> None:
    """Generate, Stop, and a Generate button that waits until what the chosen engine needs is there."""
    runs = Runs()

    async def run(http: gr.Request, *values: Any) -> AsyncIterator[Updates]:
        session = str(http.session_hash)
        named = form.named(values)
        if named["new_seed"]:
            named["seed"] = handlers.new_seed()
        stop = runs.begin(session)

        def read(folder: Path) -> Request:
            return forms.to_request(forms.with_choices(named), folder, stop.is_set)

        try:
            with Job(make, read, stop, partial(runs.end, session, stop)) as job:
                async for updates in Run(results, job).updates():
                    yield updates
        except InputError as error:
            yield {results.status: handlers.status_bar(str(error), 1.0, "failed")}

    def ask_to_stop(http: gr.Request) -> Any:
        runs.stop(str(http.session_hash))
        return gr.update(interactive=False)

    def ready(http: gr.Request, *values: Any) -> tuple[Any, str]:
        missing = forms.still_needed(dict(zip(READY, values, strict=True)))
        busy = runs.is_running(str(http.session_hash))
        return gr.update(interactive=not missing and not busy), handlers.needed_words(missing)

    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    begun = results.generate.click(
        run,
        list(form.inputs.values()),
        results.components(),
        concurrency_id="takes",
        concurrency_limit=1,
        show_progress="hidden",
        api_visibility="private",
    )
    readiness = [results.generate, needed]
    begun.then(ready, form.pick(READY), readiness, **quiet)  # what was changed meanwhile counts
    # On a phone the results lie below the fold.
    scroll = "() => document.querySelector('#status').scrollIntoView({behavior: 'smooth', block: 'nearest'})"
    results.generate.click(None, js=scroll, api_visibility="private")
    results.stop.click(ask_to_stop, None, results.stop, **quiet)
    changes = [one.change for one in form.pick(READY)]
    gr.on(changes, ready, form.pick(READY), readiness, trigger_mode="always_last", **quiet)
    for sound in form.pick(("audio", "partner")):
        sound.start_recording(lambda: gr.update(interactive=False), None, results.generate, **quiet)

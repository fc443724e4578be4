"""What the page's events call: Generate, Stop, and the readiness of Generate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.expected_time import RunTimes
from avatar_app.request import InputError, Request
from avatar_app.ui import expectation, forms, handlers
from avatar_app.ui.jobs import Job, Make, Runs
from avatar_app.ui.kept_page import KeptPage
from avatar_app.ui.run import Form, Results, Run, Updates
from avatar_app.ui.turns import Turns

READY = ("audio", "portrait", "consent", "instruction", "voiceless", "engine", "weights", "style_name", "style_clip",
         "partner", *expectation.FIELDS)  # fields that decide whether Generate is ready, and what it says  # fmt: skip


def connect(
    form: Form,
    results: Results,
    needed: gr.Markdown,
    make: Make,
    turns: Turns,
    times: RunTimes,
    kept: KeptPage,
    imposed: Mapping[str, Any],
) -> None:
    """Generate, Stop, and a Generate button that waits until what the chosen engine needs is there.

    imposed: values of fields that the host decides, whatever the form says.
    """
    runs = Runs()

    async def run(http: gr.Request, visitor: str, *values: Any) -> AsyncIterator[Updates]:
        session = str(http.session_hash)
        named = form.named(values) | dict(imposed)
        if named["new_seed"]:
            named["seed"] = handlers.new_seed()
        stop = runs.begin(session)

        try:
            wanted = await asyncio.to_thread(forms.with_choices, named)
            work = await asyncio.to_thread(expectation.work, wanted)
            keeper = kept.keeper(visitor)

            def read(folder: Path) -> Request:
                request = forms.to_request(wanted, folder, stop.is_set)
                keeper.begin(request)
                return request

            yield kept.earlier(results, visitor)
            expected = times.expected(work) if work else None
            turn = turns.join(stop, visitor or session, expected)
            with Job(keeper.follow(make), read, stop, keeper.close, turn, keeper.output) as job:
                async for updates in Run(results, job, keeper, expected).updates():
                    yield updates
                yield kept.earlier(results, visitor, keeper.kept())
        except InputError as error:
            yield {results.status: handlers.status_bar(str(error), 1.0, "failed")}
        finally:
            runs.end(session, stop)

    def ask_to_stop(http: gr.Request) -> Any:
        runs.stop(str(http.session_hash))
        return gr.update(interactive=False)

    def ready(http: gr.Request, *values: Any) -> tuple[Any, str]:
        may, words = expectation.ready_words(dict(zip(READY, values, strict=True)), times)
        busy = runs.is_running(str(http.session_hash))
        return gr.update(interactive=may and not busy), words

    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    begun = results.generate.click(
        run,
        [kept.visitor, *form.inputs.values()],
        results.components(),
        concurrency_limit=None,  # the turns are ours
        show_progress="hidden",
        api_visibility="private",
    )
    readiness = [results.generate, needed]
    begun.then(ready, form.pick(READY), readiness, **quiet)  # what was changed meanwhile counts
    results.stop.click(ask_to_stop, None, results.stop, **quiet)
    changes = [one.change for one in form.pick(READY)]
    gr.on(changes, ready, form.pick(READY), readiness, trigger_mode="always_last", **quiet)
    for sound in form.pick(("audio", "partner")):
        sound.start_recording(lambda: gr.update(interactive=False), None, results.generate, **quiet)

"""What programs call: /generate and /stop for gradio_client and MCP, with the inputs and limits of the command line."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app import presets
from avatar_app.engines.surface import SurfaceOption, options_of, surface_options
from avatar_app.expected_time import RunTimes
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui import consent, expectation, forms, handlers
from avatar_app.ui.api_parameters import (
    RESERVED,
    check_kinds,
    common_parameters,
    describe,
    engine_parameter,
    plain_value,
    result_value,
)
from avatar_app.ui.jobs import Finished, Job, Make, Runs
from avatar_app.ui.turns import Turns, Waiting

NEWS = 0.5  # seconds between two words of progress; a client that left is noticed at the next one
Answer = tuple[list[str], dict[str, Any]]


def offer(
    page: gr.Blocks, make: Make, turns: Turns, times: RunTimes, imposed: Mapping[str, Any], ask_consent: bool
) -> None:
    """Both endpoints. A run is ended by /stop, by its client's cancel(), and by its client's leaving.

    turns: the queue, which is shared with the page. times: how long runs take here. imposed: see wiring.connect.
    ask_consent: refuse a portrait that does not ship unless the caller says that it may be animated.
    """
    runs = Runs()
    common = common_parameters()
    reserved = [*RESERVED, *(one.name for one in common)]
    listed = [one for one in surface_options(reserved) if not one.option.local]
    parameters = [*common, *map(engine_parameter, listed)]

    async def generate(http: gr.Request, *given_values: Any) -> AsyncIterator[Answer]:
        *values, progress = given_values
        given = {one.name: value for one, value in zip(parameters, values, strict=True)}
        check_kinds(given, parameters)
        given["consent"] = bool(given["consent"]) or not ask_consent
        if await asyncio.to_thread(consent.is_missing, given):
            raise InputError(consent.ASKED_OF_PROGRAMS)
        run = given["run"] or uuid.uuid4().hex
        flag = runs.begin(run, owner=str(http.session_hash))

        def read(folder: Path) -> Request:
            return forms.to_request(as_form(given, listed) | dict(imposed), folder, flag.is_set)

        try:
            work = await asyncio.to_thread(expectation.work, as_form(given, listed))
            turn = turns.join(flag, str(http.session_hash), times.expected(work) if work else None)
            with Job(make, read, flag, turn=turn) as job:
                async for answer in _answers(job, progress):
                    yield answer
        finally:
            runs.end(run, flag)

    def stop(run: str) -> bool:
        """End a run of /generate: its call then returns what is finished, with "complete": false.

        Args:
            run: The name that /generate was given for the run.

        Returns:
            Whether a run of that name was going on, or waited for its turn.
        """
        return isinstance(run, str) and runs.stop(run)

    def left(http: gr.Request) -> None:
        runs.stop_of(str(http.session_hash))

    describe(generate, parameters)
    trigger = gr.Button(visible=False)
    trigger.click(
        generate,
        [one.component for one in parameters],
        [gr.File(file_count="multiple", label="files", visible=False), result_value()],
        api_name="generate",
        concurrency_limit=None,  # the turns are ours
        show_progress="hidden",
    )
    asked, answered = plain_value("run", "string"), plain_value("stopped", "boolean")
    trigger.click(stop, asked, answered, api_name="stop", queue=False, show_progress="hidden")
    page.unload(left)


def as_form(given: Mapping[str, Any], listed: Sequence[SurfaceOption]) -> dict[str, Any]:
    """The endpoint's values as the page's form has them. Raises InputError for an engine that is not there."""
    values = {**given, "voiceless": given["audio"] is None, "style_name": given["style"]}
    spec, weights = forms.chosen(values)
    preset = given["preset"] or presets.USUAL
    usual = presets.options_of(spec, weights, preset)
    size = presets.size_of(preset) if given["size"] is None else given["size"]
    return {**values, "size": size, "options": {**usual, **options_of(spec, given, list(listed))}}


async def _answers(job: Job, tell: Callable[..., Any]) -> AsyncIterator[Answer]:
    """How far it is and the takes so far, every NEWS seconds, and at the end all files and what result.json says.

    tell: ((percent, 100), desc=words, unit), for clients that show progress apart.
    """
    samples: list[Sample] = []
    result: dict[str, Any] = {"samples": [], "complete": False}  # of a run that was stopped before it wrote anything
    progress, told = Event("inputs", 0.0, "Starting"), -NEWS
    async for item in job.items():
        if isinstance(item, Sample):
            samples.append(item)
        elif isinstance(item, Waiting):
            progress = Event("inputs", 0.0, item.words)
        elif isinstance(item, Request):
            progress = Event("inputs", 0.0, "Starting")  # whoever waited is told at once that it is over
        elif isinstance(item, Event):
            progress = item
            result = item.data if item.stage == "done" and item.data else result
        elif isinstance(item, Finished) and item.error is not None:
            raise item.error
        if isinstance(item, Waiting) or time.monotonic() - told >= NEWS:  # a place changes seldom, and is told at once
            told = time.monotonic()
            tell((round(100 * progress.fraction), 100), desc=progress.message, unit="%")
            news = {"complete": False, "progress": round(progress.fraction, 3), "message": progress.message}
            yield handlers.all_files(samples, job.folder), news
    yield handlers.all_files(samples, job.folder), result

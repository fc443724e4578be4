"""The one gate for errors: whoever calls, from the page or as a program, is told in a sentence, never in raw Python."""

from __future__ import annotations

import json
import logging
import reprlib
from collections.abc import Iterator, Sequence
from typing import Any

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta

from avatar_app.request import InputError
from avatar_app.ui.sessions import Calls
from avatar_app.ui.uploads import Uploads

log = logging.getLogger(__name__)

UNOPENED = "picture.svg"  # a name by which gradio hands a picture's path on without opening it
LONGEST = 600  # characters of what anybody is told


class Page(gr.Blocks):
    """Blocks whose every answer to an error is a sentence for a person; what is refused leaves no traceback."""

    is_template = True  # to the browser it is what it is made of

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.uploads, self.calls = Uploads(), Calls()

    async def process_api(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As gradio has it, but for errors; and it is noted whose files pass, and which calls are over."""
        session = kwargs.get("session_hash") or ""
        self.calls.forget(self)
        self.calls.note(session, kwargs.get("event_id"))
        self.uploads.note(session, inputs)
        try:
            answer = await super().process_api(block_fn, inputs, *args, **kwargs)
        except Exception as error:
            raise told(error) from error
        self.uploads.note(session, answer.get("data"))
        return answer

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        """As gradio has it, but pictures are not opened: what is no picture is for the handler to say in its place."""
        given = list(inputs)
        for k, block in enumerate(block_fn.inputs[: len(inputs)]):
            if isinstance(block, gr.Image) and isinstance(given[k], dict):
                given[k] = {**given[k], "orig_name": UNOPENED}
        try:
            return list(await super().preprocess_data(block_fn, given, *args, **kwargs))
        except gr.Error:
            raise
        except Exception as error:  # whatever it is: it came from outside
            log.info("an input was refused: %s", error)
            raise refusal(_unusable(block_fn.inputs, inputs)) from error

    @property
    def mcp_server_obj(self) -> Any:
        """Gradio's server for assistants, which are told results as JSON."""
        return self._assistants

    @mcp_server_obj.setter
    def mcp_server_obj(self, server: Any) -> None:
        self._assistants = server
        if server is None:
            return
        words = server.postprocess_output_data

        def as_json(data: Sequence[Any], *rest: Any) -> Any:
            return words([*_each(data)], *rest)

        server.postprocess_output_data = as_json


def told(error: Exception) -> gr.Error:
    """The error as whoever waits for an answer gets it."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, InputError):
        return refusal(str(error))
    log.error("an event failed", exc_info=error)
    return refusal(f"Something went wrong ({type(error).__name__}); the server's log has the details.")


def refusal(words: str) -> gr.Error:
    """A sentence for whoever asked, cut where it repeats too much; gradio prints no traceback of it."""
    if len(words) > LONGEST:
        words = f"{words[: LONGEST // 2]} … {words[-LONGEST // 4 :]}"
    return gr.Error(words, duration=None, print_exception=False)


def _unusable(blocks: Sequence[Any], values: Sequence[Any]) -> str:
    """What is wrong with values that gradio cannot read: files are all that it reads of them."""
    for block, value in zip(blocks, values, strict=False):
        is_file = isinstance(value, dict) and isinstance(value.get("path") or value.get("url"), str)
        if getattr(block, "data_model", None) and value is not None and not is_file:
            return f"{block.label}: a file was expected, got {reprlib.repr(value)}; upload one."
    return "A file that was sent cannot be read: upload it here first."


def _each(data: Any) -> Iterator[Any]:
    """Every file of what was answered by itself, and what is none as JSON: gradio would write it as Python does."""
    if isinstance(data, list | tuple):
        for one in data:
            yield from _each(one)
    elif is_file_obj_with_meta(data):
        yield data
    else:
        yield json.dumps(data, ensure_ascii=False)

"""The one gate for errors: whoever calls, from the page or as a program, is told in a sentence, never in raw Python."""

from __future__ import annotations

import logging
from typing import Any

import gradio as gr

from avatar_app.request import InputError

log = logging.getLogger(__name__)

UNOPENED = "picture.svg"  # a name by which gradio hands a picture's path on without opening it
UNUSABLE = (
    "A value that was sent is not of the kind that its field expects: upload files, and write numbers as numbers."
)


class Page(gr.Blocks):
    """Blocks whose every answer to an error is a sentence for a person; what is refused leaves no traceback."""

    is_template = True  # to the browser it is what it is made of

    async def process_api(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """As gradio has it, but for errors."""
        try:
            return await super().process_api(*args, **kwargs)
        except Exception as error:
            raise told(error) from error

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
            raise refusal(UNUSABLE) from error


def told(error: Exception) -> gr.Error:
    """The error as whoever waits for an answer gets it."""
    if isinstance(error, gr.Error):
        return error
    if isinstance(error, InputError):
        return refusal(str(error))
    log.error("an event failed", exc_info=error)
    return refusal(f"Something went wrong ({type(error).__name__}); the server's log has the details.")


def refusal(words: str) -> gr.Error:
    """A sentence for whoever asked; gradio prints no traceback of it."""
    return gr.Error(words, duration=None, print_exception=False)

"""What the page says before a run: what is still needed, or how long it will take on this machine."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from avatar_app.expected_time import RunTimes, Work, in_words, work_of
from avatar_app.generate import DEFAULT_SECONDS
from avatar_app.request import InputError
from avatar_app.ui import forms, handlers

log = logging.getLogger(__name__)

FIELDS = ("samples", "size", "framing", "head", "duration")  # of the form, besides those that choose the engine


def work(values: Mapping[str, Any]) -> Work | None:
    """What a form comes to; None where its voice cannot be read."""
    spec, weights = forms.chosen(values)
    request = {**values, "engine": spec.name, "weights": weights}
    if values.get("audio") and not values.get("voiceless"):
        seconds = voice_seconds(str(values["audio"]))
    else:
        seconds = float(values.get("duration") or DEFAULT_SECONDS)
    return None if seconds is None else work_of(request, seconds)


def expected_words(values: Mapping[str, Any], times: RunTimes) -> str:
    """How long the run will take; empty where that cannot be said."""
    asked = work(values)
    if asked is None:
        return ""
    seconds = times.expected(asked)
    if seconds is None:
        return "How long this takes here is known after its first run."
    takes = "1 take" if asked.takes == 1 else f"{asked.takes} takes"
    return f"About {in_words(seconds)} here for {takes} of {in_words(asked.seconds)}."


def ready_words(values: Mapping[str, Any], times: RunTimes) -> tuple[bool, str]:
    """(whether Generate may be pressed, Markdown that says why not or how long it will take)."""
    missing = forms.still_needed(values)
    return not missing, handlers.needed_words(missing) or expected_words(values, times)


def voice_seconds(path: str) -> float | None:
    """Of a recording, as a run would read it; None where it cannot be read. What it was is remembered."""
    try:
        return _seconds(path, Path(path).stat().st_mtime_ns)
    except (InputError, OSError) as error:
        log.info("a voice has no length: %s", error)
        return None


@lru_cache(maxsize=64)
def _seconds(path: str, changed: int) -> float:
    from avatar_app.speech.recording import load_speech

    return load_speech(path).duration

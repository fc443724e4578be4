"""Text read aloud by a small synthetic voice, where `hibari-tts` is installed (the extra "voices")."""

from __future__ import annotations

import importlib.util
import re

import numpy as np

from avatar_app.request import MAX_TRANSCRIPT_CHARS, InputError
from avatar_app.types import Array

INSTALL = "pip install -r requirements-voices.txt"
SPEEDS = (0.6, 1.6)  # times the voice's own pace
PAUSE = 0.6  # seconds where a text has "…", "..." or a line of its own
SEED = 7  # the same text always sounds the same


def available() -> bool:
    """Whether the voice is installed; loads nothing."""
    return importlib.util.find_spec("hibari") is not None


def read_aloud(text: str, speed: float = 1.0) -> tuple[int, Array]:
    """(rate in Hz, (n,) float32 samples) of English text; "..." and new lines make pauses.

    Raises InputError for no text, too much of it, a speed outside SPEEDS, and where the voice is not installed.
    """
    pieces = [piece.strip() for piece in re.split(r"…|\.{3,}|\n", text)]
    if not any(re.search(r"\w", piece) for piece in pieces):
        raise InputError("There is nothing to read aloud: write a sentence in English.")
    if len(text) > MAX_TRANSCRIPT_CHARS:
        raise InputError(f"A text may have at most {MAX_TRANSCRIPT_CHARS} characters; this one has {len(text)}.")
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise InputError(f"The reading speed must be from {SPEEDS[0]:g} to {SPEEDS[1]:g}; got {speed:g}.")
    if not available():
        raise InputError(f"The voice that reads texts is not installed: {INSTALL}")
    from hibari import SAMPLE_RATE, Hibari

    voice, pause = Hibari(), np.zeros(round(PAUSE * SAMPLE_RATE), np.float32)
    parts = [np.asarray(voice(piece, speed=speed, seed=SEED)) if piece else None for piece in pieces]
    spoken = [part for piece in parts for part in (pause, piece) if part is not None][1:]
    return int(SAMPLE_RATE), np.concatenate(spoken).astype(np.float32)

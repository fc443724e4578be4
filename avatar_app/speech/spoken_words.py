"""Which English word is said when: a transcript laid along what the phone recogniser hears."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech.phone_recogniser import LATENCY, STEP, symbol_probabilities
from avatar_app.speech.pronunciation import pronounce
from avatar_app.speech.spoken_text import words_of
from avatar_app.speech.word_lattice import BLANK, BOUNDARY, Placed, place
from avatar_app.types import Array

log = logging.getLogger(__name__)

BEFORE, AFTER = 0.05, 0.08  # seconds from a word's begin to its first peak, and from its last peak to its end
NEXT = 0.3  # seconds from a word's last peak within which the next word begins where this one ends
SHORTEST = 0.04  # seconds
HEARD = 0.3  # probability from which a phone of the text was heard
FITS = 0.6  # share of a text's placed phones that must be heard
TOLD, SPOKEN = 0.3, 0.8  # share of the heard phones that is the text's, or of the text that is spoken: one must do

Timed = tuple[str, float, float]  # a word, its start and its end in seconds


@dataclass(frozen=True)
class Alignment:
    """Words as they are spoken, and how well they fit.

    heard: share of their phones that were heard. told: share of all heard phones that are theirs. spoken: share of the
    text's words that were placed.
    """

    words: tuple[Timed, ...]
    heard: float
    told: float
    spoken: float

    @property
    def fits(self) -> bool:
        """Whether the recording says what the text says."""
        return bool(self.words) and self.heard >= FITS and (self.told >= TOLD or self.spoken >= SPOKEN)


def align(samples: Array, text: str) -> Alignment | None:
    """The words of an English text in (n,) mono 16 kHz samples; None without hama, which listens.

    Words that are left out, added or repeated are coped with; the text's words come as often as they are said.
    """
    probabilities = symbol_probabilities(samples)
    if probabilities is None:
        return None
    return align_heard(probabilities, text, len(samples) / SAMPLE_RATE)


def align_heard(probabilities: Array, text: str, seconds: float) -> Alignment:
    """The same of (T, 191) answers that were made before, of a recording of some seconds."""
    known = [(word, phones) for word in words_of(text) if (phones := pronounce(word))]
    placed = place(probabilities, [phones for _, phones in known])
    matched = [probability > HEARD for one in placed for probability in one.probabilities]
    count = max(_phones_heard(probabilities), 1)
    result = Alignment(
        tuple(_timed(placed, [word for word, _ in known], seconds)),
        float(np.mean(matched)) if matched else 0.0,
        sum(matched) / count,
        len({one.word for one in placed}) / max(len(known), 1),
    )
    figures = (result.heard, result.told, result.spoken)
    log.info("words: %d placed, %.2f of them heard, %.2f told, %.2f spoken", len(placed), *figures)
    return result


def _phones_heard(probabilities: Array) -> int:
    """How many phones the recogniser finds by itself."""
    best = probabilities.argmax(axis=1)
    order = best[np.flatnonzero(np.diff(best, prepend=-1))]
    return int((order < probabilities.shape[1] + min(BOUNDARY, BLANK)).sum())


def _timed(placed: Sequence[Placed], words: Sequence[str], seconds: float) -> list[Timed]:
    """Words with times: they begin somewhat before their first peak, and last until the next one or their last."""
    step = STEP / SAMPLE_RATE
    firsts = [max((one.steps[0] - LATENCY) * step - BEFORE, 0.0) for one in placed]
    lasts = [(one.steps[-1] - LATENCY) * step for one in placed]
    timed = []
    for index, one in enumerate(placed):
        follows = index + 1 < len(placed) and firsts[index + 1] - lasts[index] < NEXT - BEFORE
        end = firsts[index + 1] if follows else min(lasts[index] + AFTER, seconds)
        start = min(firsts[index], seconds - SHORTEST)
        timed.append((words[one.word], round(start, 3), round(max(end, start + SHORTEST), 3)))
    return timed

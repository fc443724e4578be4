"""When a voice speaks, pauses and stresses, and which words it says when: what cues of an instruction are tied to.

listening.py makes the map of a recording; here is what instructions are read with, before anything heavy is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass

Span = tuple[float, float]  # start and end, seconds


@dataclass(frozen=True)
class Word:
    """A spoken word, lower case without punctuation, and its times in seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class VoiceMap:
    """Of one recording, in seconds, in order.

    speech: stretches of talk. pauses: gaps of 0.25 s and more before, between and after them. stresses: the middles of
    the most stressed syllables. words: None where nobody could tell which words are spoken; `why` says so then, as a
    sentence for a person that names what to do.
    """

    speech: tuple[Span, ...]
    pauses: tuple[Span, ...]
    stresses: tuple[float, ...]
    words: tuple[Word, ...] | None = None
    why: str = ""

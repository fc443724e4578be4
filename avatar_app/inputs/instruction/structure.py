"""The structure of an instruction: its clauses, what they say about their time, and their places in seconds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

STEP_SECONDS = 4.0  # longest stay in one step of "first ..., then ..." that is not the last
EDGE_SECONDS = 2.0  # length of "at the end", "at the beginning"

Groups = dict[str, str]  # the named parts of a match in lower case; "all": the whole of it as written


@dataclass(frozen=True)
class VoiceCue:
    """What of the voice a clause is tied to.

    kind: "word", "pauses", "first_word", "last_word", "stress", "speech_start" or "speech_end". word: what is spoken,
    lower case, for "word"; " / " between several. which: "" for all of them, or "first", "last", "middle", "longest",
    "between" (sentences).
    """

    kind: str
    word: str = ""
    which: str = ""


@dataclass(frozen=True)
class When:
    """What a clause says about its time, in seconds; None where it says nothing.

    start and end count from the beginning. brief: over in a second or so. whole: all the time. otherwise: whenever
    the clauses before do not hold.
    """

    start: float | None = None
    end: float | None = None
    length: float | None = None
    later: float | None = None  # from the start of the clause before, or from its end where that is told
    after: float | None = None  # from the beginning, or `later` where that would be before the clause before
    first: float | None = None  # seconds at the beginning
    last: float | None = None  # seconds before the end
    before_end: float | None = None  # starts so many seconds before the end
    until_end: float | None = None  # is over so many seconds before the end
    by: float | None = None  # what grows is full then, and what does not grow starts then
    share_start: float | None = None  # 0 to 1 of the duration
    share_end: float | None = None  # 0 to 1 of the duration
    every: float | None = None  # seconds from one time to the next
    brief: bool = False
    whole: bool = False
    otherwise: bool = False
    cue: VoiceCue | None = None
    until: VoiceCue | None = None  # over where this begins
    problem: str = ""  # why the time cannot be kept, a sentence for a person

    def merged(self, other: When) -> When:
        """Both statements; the first one wins where they disagree."""
        mine = {k: v for k, v in vars(self).items() if v is not None and v is not False and v != ""}
        return replace(other, **mine)

    @property
    def only_extent(self) -> bool:
        """Says how long, how often or until when, but not when it starts."""
        extent = ("length", "end", "until_end", "share_end", "every", "brief", "until")
        return self != When() and self == When(**{name: getattr(self, name) for name in extent})


Rule = tuple[str, Callable[[Groups], When]]  # a pattern and what its match says
Rewording = tuple[str, str | Callable[[re.Match[str]], str]]  # a pattern and the plainer words for its match


@dataclass(frozen=True)
class Clause:
    """A step of an instruction.

    soft: set off by full stops only, not by "then" or a time. count: how often, where the text holds one count.
    counts: each count with the part of the text that it belongs to, as written. pace: "slow", "fast" or "".
    returns: a way back to rest ("come back to the middle"), which ends what was held. beside: holds at the same time
    as the clause before. problems: sentences for a person; a clause with one is not placed.
    """

    text: str
    when: When = When()
    soft: bool = True
    count: int | None = None
    counts: tuple[tuple[str, int], ...] = ()
    pace: str = ""
    returns: bool = False
    beside: bool = False
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Placed:
    """The index of a clause and its place in the recording, seconds. A clause can have several places."""

    index: int
    start: float
    end: float

"""Timing of an instruction: reads its times and words of sequence, and places its clauses in seconds.

Only structure is read here ("at 3 seconds", "then", "for the first two seconds"). What a clause means is decided by
inputs/instruction/understanding.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

STEP_SECONDS = 4.0  # longest stay in one step of "first ..., then ..." that is not the last
EDGE_SECONDS = 2.0  # length of "at the end", "at the beginning"

_WORDS: dict[str, float] = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
}
_WORDS |= {
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "half a": 0.5,
    "a couple of": 2,
}
_NUMBER = r"(?:\d+(?:[.,]\d+)?|\.\d+|half a|a couple of|" + "|".join(w for w in _WORDS if " " not in w) + ")"
_UNIT = r"(?:milliseconds?|ms|minutes?|mins?|m|seconds?|secs?|s)\b"
_CLOCK = r"\d+:\d\d(?:\.\d+)?"
_LENGTH = rf"{_NUMBER}(?: and a half)?\s*{_UNIT}(?: and a half)?"
_SPAN = rf"(?:{_CLOCK}|{_LENGTH}|(?:second|t\s*=)\s*\d+(?:[.,]\d+)?\s*(?:{_UNIT})?)"
_TO = r"\s*(?:-|–|—|to|until|till|through)\s*"


@dataclass(frozen=True)
class When:
    """What a clause says about its time, in seconds; None where it says nothing.

    end and start count from the beginning; `later` from the start of the clause before. middle: from half of the
    time on. whole: all the time.
    """

    start: float | None = None
    end: float | None = None
    length: float | None = None
    later: float | None = None
    first: float | None = None  # seconds at the beginning
    last: float | None = None  # seconds before the end
    middle: bool = False
    whole: bool = False

    def merged(self, other: When) -> When:
        """Both statements; the first one wins where they disagree."""
        mine = {k: v for k, v in vars(self).items() if v is not None and v is not False}
        return replace(other, **mine)


@dataclass(frozen=True)
class Clause:
    """A step of an instruction. soft: set off by full stops only, not by "then" or a time."""

    text: str
    when: When = When()
    soft: bool = True


@dataclass(frozen=True)
class Placed:
    """The index of a clause and its place in the recording, seconds."""

    index: int
    start: float
    end: float


def seconds(text: str) -> float:
    """ "1.5 s", "two seconds", "0:03", "500 ms", "second 4", "one and a half seconds" in seconds."""
    if re.fullmatch(_CLOCK, text):
        minutes, rest = text.split(":")
        return 60 * int(minutes) + float(rest)
    number = re.search(_NUMBER, text)
    if not number:
        raise ValueError(f"not a time: {text!r}")
    found = number.group()
    value = _WORDS[found] if found in _WORDS else float(found.replace(",", "."))
    value += 0.5 if "and a half" in text else 0.0
    unit = re.search(r"\b(?:\d+(?:[.,]\d+)?)?\s*(ms|milli|min|m\b)", text)
    return value * {"ms": 1e-3, "milli": 1e-3, "min": 60.0, "m": 60.0}[unit.group(1)] if unit else float(value)


def _range(m: re.Match[str]) -> When:
    a, b = m["a"], m["b"]
    unit = re.search(rf"{_UNIT}$", b)
    if unit and not re.search(r"[a-z:]", a):
        a += unit.group()
    return When(start=seconds(a), end=seconds(b))


def _edge(m: re.Match[str]) -> When:
    length = seconds(m["n"]) if m["n"] else EDGE_SECONDS if not m["unit"] else seconds("one " + m["unit"])
    return When(first=length) if m["edge"] in ("first", "initial", "opening") else When(last=length)


# Pattern -> what it says. The first that matches at the earliest place wins.
_NUM = rf"(?:{_CLOCK}|{_NUMBER}(?: and a half)?(?:\s*{_UNIT})?)"
_RULES: tuple[tuple[str, Callable[[re.Match[str]], When]], ...] = (
    (rf"[\[(]\s*(?P<a>{_NUM}){_TO}(?P<b>{_NUM})\s*[\])]\s*:?", _range),
    (rf"(?:from |between |during )?(?:seconds? )?(?P<a>{_NUM})(?:{_TO}| and )(?P<b>{_SPAN})\s*:?", _range),
    (rf"(?:from |between |during )?seconds? (?P<a>\d+(?:[.,]\d+)?)(?:{_TO}| and )(?P<b>\d+(?:[.,]\d+)?)\s*:?", _range),
    (r"^(?P<a>\d+(?:[.,]\d+)?)\s*[-–]\s*(?P<b>\d+(?:[.,]\d+)?)\s*:", _range),
    (rf"(?:for |during |in |within |over )?(?:the |its |your )?(?P<edge>first|initial|opening|last|final) "
     rf"(?:(?P<n>{_NUMBER}\s*{_UNIT})|(?P<unit>seconds?\b))", _edge),
    (rf"(?:and )?(?P<n>{_SPAN}) (?:later|after that|afterwards)", lambda m: When(later=seconds(m["n"]))),
    (rf"after (?:another|further) (?P<n>{_NUMBER}\s*{_UNIT})", lambda m: When(later=seconds(m["n"]))),
    (rf"(?:for|lasting)(?: about| around| exactly| another)? (?P<n>{_LENGTH})",
     lambda m: When(length=seconds(m["n"]))),
    (rf"(?:until|till|up to|before) (?P<n>{_SPAN})", lambda m: When(end=seconds(m["n"]))),
    (rf"(?:starting |beginning )?(?:at|after|from|@|by|on|in)\s*(?:about |around |exactly |second )?(?P<n>{_SPAN})"
     rf"(?: on(?:wards?)?| in)?\s*:?", lambda m: When(start=seconds(m["n"]))),
    (rf"(?P<n>{_SPAN})\s*:", lambda m: When(start=seconds(m["n"]))),
    (r"(?:right )?(?:at|towards?|near|in) the (?:very )?(?:end|finish|close)\b(?: of the \w+)?",
     lambda m: When(last=EDGE_SECONDS)),
    (r"(?:right )?(?:at|in) the (?:very )?(?:beginning|start)\b(?: of the \w+)?", lambda m: When(first=EDGE_SECONDS)),
    (r"half ?way(?: through)?(?: the \w+)?|in the middle\b(?: of the \w+)?", lambda m: When(middle=True)),
    (r"throughout(?: the (?:whole )?\w+)?|all the time|from start to finish|from (?:the )?beginning to (?:the )?end|"
     r"(?:for |during )?the (?:whole|entire) (?:time|video|clip|recording|take|speech|way)(?: through)?|at all times",
     lambda m: When(whole=True)),
)  # fmt: skip

_HARD = (
    r"\s*(?:;|->|→|=>|,?\s*\b(?:and then|but then|then|and after that|after that|and afterwards?|afterwards?|"
    r"and finally|finally|lastly|and lastly|and next|followed by|subsequently|later on|and later)\b,?|,\s*next\b,?)\s*"
)
_SOFT = r"(?<=[.!?])\s+|\s*\n\s*"
_OPENING = re.compile(
    r"^(?:(?:at )?first(?: of all)?|firstly|to begin with|next|second(?:ly)?|third(?:ly)?|now)\b[,:]?\s*", re.I
)
_FIRST_MARK = 0xE000  # the private character that stands for the first time expression
_MARKS = "[\ue000-\uf8ff]"


def split_clauses(text: str) -> list[Clause]:
    """The steps of an instruction in the order in which they happen, with the times that they state."""
    marked, times = _mark_times(text)
    clauses: list[Clause] = []
    for soft_part in re.split(_SOFT, marked):
        parts = [p for h in re.split(_HARD, soft_part, flags=re.I) for p in _ordered(h)]
        for part in parts:
            clauses += [replace(c, soft=len(parts) == 1 and c.when == When()) for c in _timed(part, times)]
    return clauses


def _mark_times(text: str) -> tuple[str, list[When]]:
    """Replaces each time expression by one private character."""
    text = re.sub(r"[^\S\n]+", " ", re.sub(_MARKS, " ", text))  # long blanks would make the patterns slow
    times: list[When] = []
    marked, done = "", 0
    rules = [(re.compile(rule if rule[0] == "^" else rf"(?<![\w.]){rule}", re.I), read) for rule, read in _RULES]
    upcoming = [rule.search(text) for rule, _ in rules]
    while any(upcoming):
        _, index = min((match.start(), i) for i, match in enumerate(upcoming) if match)
        found, (rule, read) = upcoming[index], rules[index]
        assert found is not None
        times.append(read(rule.search(found.group().lower()) or found))
        marked += f"{text[done : found.start()]} {chr(_FIRST_MARK + len(times) - 1)} "
        done = found.end()
        for i, match in enumerate(upcoming):
            if match and match.start() < done:
                upcoming[i] = rules[i][0].search(text, done)
    return marked + text[done:], times


def _ordered(text: str) -> list[str]:
    """ "a before b" and "after a, b" as [a, b]; anything else as it is."""
    for pattern, order in (
        (r"^\s*before (?P<b>(?:you |\w+ing\b)[^,]*), (?P<a>.+)$", "ab"),
        (r"^\s*(?:after|once) (?P<a>(?:you |\w+ing\b)[^,]*), (?P<b>.+)$", "ab"),
        (r"^(?P<a>.+?),? before (?P<b>(?:you |\w+ing\b).*)$", "ab"),
        (r"^(?P<b>.+?),? (?:after|once) (?P<a>(?:you |\w+ing\b).*)$", "ab"),
    ):
        if match := re.match(pattern, text, re.I | re.S):
            return [match[name] for name in order]
    return [text]


def _timed(text: str, times: list[When]) -> list[Clause]:
    """One clause per stated time; parts without a time stay with the time before them."""
    marks = re.findall(_MARKS, text)
    pieces = [text] if len(marks) == 0 else re.split(r"\s*,\s*(?:and\s+|but\s+)?", text)
    if len(marks) > 1:
        pieces = [p for piece in pieces for p in re.split(r"\s+and\s+(?=[^,]*[\ue000-\uf8ff])", piece)]
        pieces = [p for piece in pieces for p in _split_at_marks(piece)]
    groups: list[tuple[list[str], When]] = []
    for piece in pieces:
        found = [times[ord(mark) - _FIRST_MARK] for mark in re.findall(_MARKS, piece)]
        words = _clean(re.sub(_MARKS, " ", piece))
        when = When()
        for item in found:
            when = when.merged(item)
        if found and groups and not groups[-1][0]:  # "at 2 s, for 1 s, smile"
            groups[-1] = ([words] if words else [], groups[-1][1].merged(when))
        elif found or not groups:
            groups.append(([words] if words else [], when))
        elif words:
            groups[-1][0].append(words)
    return [Clause(", ".join(words), when) for words, when in groups if words]


def _split_at_marks(text: str) -> list[str]:
    """ "[0-2] smile [2-4] frown" has its times in front, "smile [0-2] frown [2-4]" behind."""
    in_front = re.match("\\s*[\ue000-\uf8ff]", text)
    return re.split(r"(?<=\w)\s+(?=[\ue000-\uf8ff])" if in_front else r"(?<=[\ue000-\uf8ff])\s+(?=\w)", text)


def _clean(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip(" ,:;.-–")
    text = _OPENING.sub("", text)
    return re.sub(r"^(?:and|but)\s+|\s+(?:and|but)$", "", text).strip(" ,:;.")


def place(clauses: list[Clause], duration: float, brief: Callable[[Clause], bool]) -> list[Placed]:
    """Start and end of every clause, not clipped to the duration, in order of their starts.

    Steps without times share the time up to the next stated one: each but the last gets an equal part of at most
    STEP_SECONDS, the last one the rest. brief: whether a clause that states only its start is over quickly (a nod).
    """
    fixed = _absolute(clauses, duration)
    placed: list[Placed] = []
    cursor, i = 0.0, 0
    while i < len(fixed):
        when = fixed[i].when
        start = cursor if when.start is None else when.start
        if when.end is not None or when.length is not None:
            end = when.end if when.end is not None else start + (when.length or 0.0)
            cursor = max(end, start)
            placed.append(Placed(i, start, cursor))
            i += 1
            continue
        count = 1  # of this step and the untimed ones after it
        while i + count < len(fixed) and fixed[i + count].when == When():
            count += 1
        cursor = _limit(fixed[i + count :], start, duration)
        if count == 1 and when.start is not None and brief(clauses[i]):
            cursor = min(cursor, start + EDGE_SECONDS)
        part = min((cursor - start) / count, STEP_SECONDS)
        ends = [start + (k + 1) * part for k in range(count - 1)] + [cursor]
        placed += [Placed(i + k, start + k * part, ends[k]) for k in range(count)]
        i += count
    return sorted(placed, key=lambda p: p.start)


def _limit(following: list[Clause], start: float, duration: float) -> float:
    """When a run of steps that begins at `start` must be over, seconds."""
    limit = duration
    if following and following[0].when.start is not None:
        limit = following[0].when.start
    elif following:  # "... for 2 seconds" needs room
        limit = duration - sum(clause.when.length or 0.0 for clause in following)
    return limit if limit > start else max(duration, start)


def _absolute(clauses: list[Clause], duration: float) -> list[Clause]:
    """Clauses whose times are only start, end (both from the beginning) and length."""
    fixed: list[Clause] = []
    for clause in clauses:
        when = _from_edges(clause.when, duration)
        before = fixed[-1].when if fixed else None
        starts = (before.start if before else None, when.start)
        if starts[0] is not None and starts[1] is not None and when.end is None and starts[1] <= starts[0]:
            when = replace(when, start=None, later=when.start)  # "at 3 s smile, then after 2 s nod"
        later, when = when.later, replace(when, later=None)
        if later is not None and before is None:
            when = replace(when, start=later)
        elif later is not None and before and before.end is None and before.length is None:
            fixed[-1] = replace(fixed[-1], when=replace(before, length=later))
        elif later is not None and before:
            end = before.end if before.end is not None else (before.start or 0.0) + (before.length or 0.0)
            when = replace(when, start=end + later)
        fixed.append(replace(clause, when=when))
    return fixed


def _from_edges(when: When, duration: float) -> When:
    """first, last and middle as start and end; an edge without a stated length is at most half of the whole."""
    if when.first is not None:
        return When(start=0.0, end=min(when.first, duration))
    if when.last is not None:
        return When(start=max(0.0, duration - when.last), end=duration)
    return replace(when, start=duration / 2, middle=False) if when.middle else when

"""Places the clauses of an instruction in the seconds of a recording."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from avatar_app.inputs.instruction.cue_spans import ONSETS, cue_spans
from avatar_app.inputs.instruction.structure import EDGE_SECONDS, STEP_SECONDS, Clause, Placed, When
from avatar_app.speech.voice_map import Span, VoiceMap

_MOMENT, _GLANCE = 1.0, 0.8  # seconds that something brief takes
_PER_COUNT = 0.45  # seconds that one of several brief gestures takes at least
_EVERY_BRIEF, _EVERY_HELD = 1.0, 2.0  # longest time of something that comes again and again
_SHORTEST = 0.04  # seconds of a frame
_SEEN = 0.8  # seconds that are needed to see something
_GLANCES = re.compile(r"\b(?:glanc|peek|peep|flash|flick|dart)", re.I)

_ROW = (When(), When(brief=True))  # steps that share their time equally, though some are over sooner

Brief = Callable[[Clause], bool]


def place(clauses: list[Clause], duration: float, brief: Brief, voice: VoiceMap | None = None) -> list[Placed]:
    """Start and end of every clause within the duration (seconds), in order of their starts.

    Steps without times share the time up to the next stated one: each but the last gets an equal part of at most
    STEP_SECONDS, the last one the rest. What repeats or is tied to the voice has a place for each time and takes no
    time from the others. A clause that starts after the end has its place there, with the end at its start; one whose
    time or cue cannot be found has none: `problems` says why. brief: whether a clause that states only its start is
    over quickly (a nod).
    """
    spans: dict[int, list[Span]] = {i: [] for i in range(len(clauses))}
    steps: list[int] = []
    begun: float | None = None  # where something of its own that stands right before ends
    anchored: list[Clause] = []
    for i, clause in enumerate(clauses):
        if clause.problems or clause.beside or clause.when.otherwise:
            continue
        when = _resolved(clause, duration, voice)
        if when is None:
            continue
        if _of_its_own(when):
            spans[i] = _own_spans(clause, when, duration, brief, voice)
            begun = spans[i][0][1] if spans[i] else None
            continue
        if begun is not None and when == When() and not clause.soft:
            when = When(start=begun)
        begun = None
        steps.append(i)
        anchored.append(replace(clause, when=when))
    for placed in _in_turn(anchored, duration, brief):
        spans[steps[placed.index]] = [(placed.start, placed.end)]
    for i, clause in enumerate(clauses):
        if clause.beside and not clause.problems:
            spans[i] = _beside(clause, spans[i - 1] if i else [(0.0, duration)])
        elif clause.when.otherwise and not clause.problems:
            spans[i] = _outside([span for k in range(i) for span in spans[k]], duration)
    found = [Placed(i, *_within(span, duration)) for i, many in spans.items() for span in many]
    return sorted(found, key=lambda p: p.start)


def problems(clauses: list[Clause], duration: float, voice: VoiceMap | None = None) -> tuple[str, ...]:
    """What of the clauses' times and cues cannot be kept in a recording of `duration` seconds, for a person."""
    told: list[str] = []
    for clause in clauses:
        told += clause.problems
        when = _shares(clause.when, duration)
        for cue in (when.cue, when.until) if not clause.problems else ():
            why = cue_spans(cue, voice)[1] if cue else ""
            told += [f"Not done: '{clause.text}', as {why}."] if why else []
        start = when.start if when.start is not None else when.after
        if start is not None and start >= duration and not clause.problems:
            end = f"after the end of the recording ({duration:.1f} s)"
            told.append(f"Not done: '{clause.text}' starts at {start:g} s, {end}.")
    return tuple(dict.fromkeys(told))


def _of_its_own(when: When) -> bool:
    """Whether a clause takes no time from the others."""
    return when.cue is not None or when.every is not None or (when.brief and when.start is not None)


def _resolved(clause: Clause, duration: float, voice: VoiceMap | None) -> When | None:
    """When with starts and ends in seconds; None where its cue cannot be found."""
    when = _shares(clause.when, duration)
    if when.until is not None:
        until, _ = cue_spans(when.until, voice)
        until = [span for span in until if span[0] > (when.start or 0.0)] or until
        if not until:
            return None
        when = replace(when, until=None, end=until[0][0])
    if when.cue is None:
        return when
    spans, _ = cue_spans(when.cue, voice)
    if not spans:
        return None
    if when.cue.kind not in ONSETS:
        return when
    return replace(when, cue=None, start=max(0.0, min(spans[0][0], duration - _MOMENT)))


def _shares(when: When, duration: float) -> When:
    """Edges, shares and the rest in seconds; an edge without a stated length is at most half of the whole."""
    if when.first is not None:
        when = replace(when, first=None, start=0.0, end=min(when.first, duration))
    elif when.last is not None:
        when = replace(when, last=None, start=max(0.0, duration - when.last), end=duration)
    if when.before_end is not None:
        when = replace(when, before_end=None, start=max(0.0, duration - when.before_end))
    if when.until_end is not None:
        when = replace(when, until_end=None, end=max(0.0, duration - when.until_end))
    if when.by is not None:
        full = when.by > duration - _SEEN / 2 and when.by <= duration
        when = replace(when, by=None, end=when.by) if full else replace(when, by=None, start=when.by)
    if when.share_start is not None:
        when = replace(when, share_start=None, start=when.share_start * duration)
    if when.share_end is not None and (when.share_end < 1 or when.start is not None):
        when = replace(when, end=when.share_end * duration)
    return replace(when, share_end=None, whole=False)


def _own_spans(clause: Clause, when: When, duration: float, brief: Brief, voice: VoiceMap | None) -> list[Span]:
    start, end = when.start or 0.0, duration if when.end is None else min(when.end, duration)
    if when.every is not None:
        end = end if when.length is None else min(end, start + when.length)
        length = min(0.8 * when.every, _EVERY_BRIEF if when.brief or brief(clause) else _EVERY_HELD)
        if (
            when.start is not None and when.end is None and when.length is None
        ):  # "every three seconds, starting at 3 s"
            times = 1 + int(max(0.0, end - start - 0.5 * length) / when.every)
            return [(start + k * when.every, start + k * when.every + length) for k in range(times)]
        times = max(1, int((end - start) / when.every + 0.5)) if end > start else 0
        first = (start + end - (times - 1) * when.every) / 2  # as many as the rate says, in the middle of the time
        return [(first + k * when.every - length / 2, first + k * when.every + length / 2) for k in range(times)]
    if when.cue is None:
        return [(start, start + _length(clause, when))]
    spans = [span for span in cue_spans(when.cue, voice)[0] if span[1] > start and span[0] < end]
    spans = [(max(0.0, min(a, duration - _SEEN)), b) for a, b in spans]  # a last word may be over at once
    stated = when.length if when.length is not None else _length(clause, when) if when.brief else None
    if stated is not None and when.cue.kind not in ("stress",):
        spans = [(a, a + stated if when.length is not None else min(b, a + stated)) for a, b in spans]
    return spans


def _length(clause: Clause, when: When) -> float:
    """Seconds that a brief clause takes."""
    if when.length is not None:
        return when.length
    moment = _GLANCE if _GLANCES.search(clause.text) else _MOMENT
    return max(moment, _PER_COUNT * (clause.count or 1))


def _beside(clause: Clause, before: list[Span]) -> list[Span]:
    """The places of the clause before; a brief one is over sooner."""
    if not clause.when.brief:
        return before
    return [(start, min(end, start + _length(clause, clause.when))) for start, end in before]


def _outside(taken: list[Span], duration: float) -> list[Span]:
    """What is left of the duration; all of it where nothing is."""
    free: list[Span] = []
    reached = 0.0
    for start, end in [*sorted(taken), (duration, duration)]:
        if start - reached > 0.2:
            free.append((reached, start))
        reached = max(reached, end)
    return free or [(0.0, duration)]


def _within(span: Span, duration: float) -> Span:
    """Within the duration; what starts after it has no length."""
    start = max(0.0, span[0])
    return start, max(start, min(span[1], duration))


def _in_turn(clauses: list[Clause], duration: float, brief: Brief) -> list[Placed]:
    """Steps one after the other, in order of the text."""
    fixed = _absolute(clauses)
    placed: list[Placed] = []
    cursor, i = 0.0, 0
    while i < len(fixed):
        when = fixed[i].when
        start = cursor if when.start is None else when.start
        if when.end is not None or when.length is not None or when.brief:
            length = when.length if when.length is not None else _length(clauses[i], when) if when.brief else 0.0
            cursor = max(start, when.end if when.end is not None else start + length)
            placed.append(Placed(i, start, cursor))
            i += 1
            continue
        count = 1  # of this step and the untimed ones after it
        while i + count < len(fixed) and fixed[i + count].when in _ROW:
            count += 1
        if when == When() and placed and start >= duration - _SHORTEST:  # no room left: beside the step before
            placed += [Placed(i + k, placed[-1].start, placed[-1].end) for k in range(count)]
            i += count
            continue
        cursor = _limit(fixed[i + count :], start, duration)
        if count == 1 and when.start is not None and brief(clauses[i]):
            cursor = min(cursor, start + EDGE_SECONDS)
        part = min((cursor - start) / count, STEP_SECONDS)
        ends = [start + (k + 1) * part for k in range(count - 1)] + [cursor]
        for k in range(count):
            short = fixed[i + k].when.brief
            end = min(ends[k], start + k * part + _length(clauses[i + k], fixed[i + k].when)) if short else ends[k]
            placed.append(Placed(i + k, start + k * part, end))
        i += count
    return placed


def _limit(following: list[Clause], start: float, duration: float) -> float:
    """When a run of steps that begins at `start` must be over, seconds."""
    limit = duration
    if following and following[0].when.start is not None:
        limit = following[0].when.start
    elif following:  # "... for 2 seconds" needs room
        limit = duration - sum(_room(clause) for clause in following)
    return limit if limit > start else max(duration, start)


def _room(clause: Clause) -> float:
    when = clause.when
    return when.length if when.length is not None else _length(clause, when) if when.brief else 0.0


def _absolute(clauses: list[Clause]) -> list[Clause]:
    """Clauses whose times are only start, end (both from the beginning), length and brief."""
    fixed: list[Clause] = []
    for clause in clauses:
        when = clause.when
        before = fixed[-1].when if fixed else None
        if when.after is not None:  # "at 3 s smile, then after 2 s nod"
            later = before is not None and before.start is not None and when.after <= before.start
            when = replace(when, after=None, later=when.after) if later else replace(when, after=None, start=when.after)
        later_by, when = when.later, replace(when, later=None)
        if later_by is not None and before is None:
            when = replace(when, start=later_by)
        elif later_by is not None and before and before.end is None and before.length is None:
            fixed[-1] = replace(fixed[-1], when=replace(before, length=later_by))
        elif later_by is not None and before:
            end = before.end if before.end is not None else (before.start or 0.0) + (before.length or 0.0)
            when = replace(when, start=end + later_by)
        fixed.append(replace(clause, when=when))
    return fixed

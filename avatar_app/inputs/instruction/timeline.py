"""Timeline of an instruction: emotions and actions with their times, read by timing.py and understanding.py."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES
from avatar_app.inputs.instruction.plan import PlanStep
from avatar_app.inputs.instruction.timing import Clause, Placed, place, split_clauses
from avatar_app.request import FPS
from avatar_app.types import Array

if TYPE_CHECKING:
    from avatar_app.inputs.instruction.understanding import ParsedInstruction

_CHUNKS = re.compile(r"\s*(?:[,;&+/]|\b(?:and|but|while)\b)\s*", re.I)
_STRENGTHS = ((0.25, "faint"), (0.5, "light"), (0.85, "medium"), (1.1, "strong"), (9.0, "extreme"))
STEADY = (1.0, 1.0)  # neither growing nor fading
_CONTINUATION_WORDS = 5
_SHORTEST = 0.04  # seconds; a step that is shorter than a frame is not shown


class Asked(NamedTuple):
    """An action with its place: index in ACTION_NAMES, strength (-1: avoided), seconds; see PlanStep for the rest."""

    action: int
    strength: float
    start: float
    end: float
    times: int | None = None
    slow: bool = False


@dataclass(frozen=True)
class Segment:
    """One step of the instruction.

    start, end: seconds. emotions, actions: {name: strength}: 0.35 slightly, 0.65 unstated, 1.0 very; -1 means that it
    must not happen. not_understood: parts of `text`, word for word. counts: {name: times}, of gestures that were
    counted. confidence: {name: 0 to 1}, 1 where it is not named. grows: see PlanStep. timed: its times were stated.
    """

    start: float
    end: float
    text: str
    emotions: dict[str, float]
    actions: dict[str, float]
    not_understood: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    grows: tuple[float, float] = STEADY
    slow: bool = False
    timed: bool = True

    def describe(self) -> str:
        """ "0.0-4.0 s: happy (medium), nod (light, twice), not: blink"."""
        named = {**self.emotions, **self.actions}
        wanted = [self._said(name, value) for name, value in named.items() if value > 0]
        avoided = [f"not: {_words(name)}" for name, value in named.items() if value < 0]
        return f"{self.start:.1f}-{self.end:.1f} s: {', '.join(wanted + avoided) or 'neutral'}"

    def _said(self, name: str, value: float) -> str:
        details = [_strength_word(value)]
        if self.grows != STEADY:
            details.append("growing" if self.grows[1] > self.grows[0] else "fading")
        if name in self.counts:
            times = self.counts[name]
            details.append({1: "once", 2: "twice"}.get(times, f"{times} times"))
        return f"{_words(name)} ({', '.join(details)})"

    def plan(self) -> list[PlanStep]:
        """Its wishes one by one."""
        return [
            PlanStep(
                self.start,
                self.end,
                name,
                strength,
                self.counts.get(name),
                self.text,
                self.confidence.get(name, 1.0),
                self.grows,
                self.slow,
            )
            for name, strength in {**self.emotions, **self.actions}.items()
        ]


@dataclass(frozen=True)
class Timeline:
    """The whole instruction. notes: sentences about what could not be done, or was not understood for sure."""

    segments: tuple[Segment, ...]
    duration: float
    notes: tuple[str, ...] = ()

    @property
    def not_understood(self) -> tuple[str, ...]:
        """All parts that carry no meaning for a face, each once, in order."""
        return tuple(dict.fromkeys(part for segment in self.segments for part in segment.not_understood))

    @property
    def plan(self) -> tuple[PlanStep, ...]:
        """Every wish once, by its start: one that goes on from step to step is one wish."""
        steps: list[PlanStep] = []
        for step in (step for segment in self.segments for step in segment.plan()):
            for k, before in enumerate(steps):
                if before.what == step.what and _goes_on(before, step):
                    words = before.words if step.words in before.words else f"{before.words}; {step.words}"
                    steps[k] = replace(before, end=max(before.end, step.end), words=words)
                    break
            else:
                steps.append(step)
        return tuple(steps)

    def describe(self) -> list[str]:
        """Plain sentences: each step, then what was not understood."""
        lines = [segment.describe() for segment in self.segments]
        return [*lines, *(f"Not understood: '{part}'" for part in self.not_understood), *self.notes]

    def emotion_curve(self, frames: int) -> Array:
        """(frames, 28) float32 at 25 fps in EMOTION_NAMES order, from -1 (avoided) to about 1.5."""
        curve = np.zeros((frames, len(EMOTION_NAMES)), np.float32)
        for segment in self.segments:
            rows = slice(round(segment.start * FPS), round(segment.end * FPS))
            size = len(curve[rows])
            for name, strength in segment.emotions.items():
                grown = strength if strength < 0 else strength * np.linspace(*segment.grows, size)
                curve[rows, EMOTION_NAMES.index(name)] = grown
        return curve

    def tokens(self) -> list[Asked]:
        """Every action, by the start of its step; one that grows as a row of short ones, each stronger."""
        return [asked for segment in self.segments for asked in _asked(segment)]

    def asks_for_something(self, frames: int) -> bool:
        """Whether anything of it shows within so many frames."""
        return bool(self.tokens()) or bool(self.emotion_curve(frames).any())


def timeline_of(steps: Iterable[PlanStep], duration: float) -> Timeline:
    """The timeline of a plan, one segment for each of its steps."""
    segments = []
    for step in steps:
        feels = step.what in EMOTION_NAMES
        wish, counts = {step.what: step.strength}, {} if step.count is None else {step.what: step.count}
        segments.append(
            Segment(
                step.start,
                min(step.end, duration),
                step.words,
                wish if feels else {},
                {} if feels else wish,
                counts=counts,
                confidence={step.what: step.confidence},
                grows=step.grows,
                slow=step.slow,
            )
        )
    return Timeline(tuple(segments), duration)


def _goes_on(before: PlanStep, step: PlanStep) -> bool:
    """Whether a step is the one before, carried on."""
    same = (before.strength, before.count, before.grows, before.slow) == (step.strength, None, step.grows, step.slow)
    return same and step.count is None and abs(step.start - before.end) < _SHORTEST and step.grows == STEADY


def _asked(segment: Segment) -> list[Asked]:
    length = segment.end - segment.start
    pieces = 1 if segment.grows == STEADY else max(2, round(length))
    edges = np.linspace(segment.start, segment.end, pieces + 1).tolist()
    factors = np.interp((np.arange(pieces) + 0.5) / pieces, (0, 1), segment.grows).tolist()
    return [
        Asked(
            ACTION_NAMES.index(name),
            strength * (factor if strength > 0 else 1),
            start,
            end,
            segment.counts.get(name),
            segment.slow,
        )
        for name, strength in segment.actions.items()
        for (start, end), factor in zip(pairwise(edges), factors, strict=True)
    ]


def _words(name: str) -> str:
    return ACTIONS[name].words if name in ACTIONS else name


def _strength_word(strength: float) -> str:
    return next(word for limit, word in _STRENGTHS if strength < limit)


def read_instruction(text: str, duration: float) -> Timeline:
    """The timeline of `text` over `duration` seconds.

    An emotion lasts until another one, or "neutral", is named; an action lasts through its own step. Sentences that
    only forbid something, or only name a manner of speaking, hold for the whole recording. Empty text gives a timeline
    without segments and loads no model.
    """
    clauses = split_clauses(text)
    if not clauses:
        return Timeline((), duration)
    meanings = _understand_clauses(clauses)
    constant = [_holds_throughout(c, m.meaning, len(clauses)) for c, m in zip(clauses, meanings, strict=True)]
    steps = [c for c, always in zip(clauses, constant, strict=True) if not always]
    known = [m for m, always in zip(meanings, constant, strict=True) if not always]
    placed = place(steps, duration, lambda c: _is_brief(known[steps.index(c)].meaning))
    notes = tuple(
        f"Not done: '{known[p.index].text}' starts at {p.start:g} s, after the end of the recording ({duration:.1f} s)."
        for p in placed
        if p.start > duration - _SHORTEST
    )
    kept = [p for p in placed if p.start <= duration - _SHORTEST and p.end - p.start >= _SHORTEST]
    segments = _segments(kept, known, duration)
    for meaning in (m for m, always in zip(meanings, constant, strict=True) if always):
        segments = _add_throughout(segments, meaning, duration)
    return Timeline(tuple(segments), duration, notes)


@dataclass(frozen=True)
class _Meaning:
    """A clause's text, what it asks for, and its parts without meaning."""

    text: str
    meaning: ParsedInstruction
    not_understood: tuple[str, ...] = ()


def _understand_clauses(clauses: list[Clause]) -> list[_Meaning]:
    """All clauses and their comma parts in one batch; parts that seem empty get a second look in their context."""
    from avatar_app.inputs.instruction.understanding import understand  # torch: only where something is instructed

    texts = [clause.text for clause in clauses]
    chunks = [[part for part in _CHUNKS.split(text) if part] for text in texts]
    parts = [part for group in chunks if len(group) > 1 for part in group]
    answers = dict(zip([*texts, *parts], understand([*texts, *parts]), strict=True))

    # "wink with the left eye, then the right": a short step that names nothing may continue the one before.
    joined = {
        i: f"{texts[i - 1]} and {texts[i]}" for i in range(1, len(texts)) if _may_continue(texts[i], answers[texts[i]])
    }
    # "raise your brows and lids": a part is only without meaning if the clause means the same without it.
    doubtful = {(i, part) for i, group in enumerate(chunks) if len(group) > 1 for part in group if answers[part].empty}
    without = {(i, part): texts[i].replace(part, "", 1) for i, part in sorted(doubtful)}
    second = [*joined.values(), *without.values()]
    answers |= dict(zip(second, understand(second), strict=True)) if second else {}

    meanings: list[_Meaning] = []
    for i, text in enumerate(texts):
        meaning = answers[text]
        if i in joined:
            both, before = answers[joined[i]], meanings[-1].meaning.named
            emotions = {name: value for name, value in both.emotions.items() if name not in before}
            actions = {name: value for name, value in both.actions.items() if name not in before}
            meaning = replace(meaning, emotions=emotions, actions=actions)
        lost = tuple(p for p in chunks[i] if (i, p) in without and answers[without[i, p]].named == meaning.named)
        meanings.append(_Meaning(text, meaning, (text,) if meaning.empty else lost))
    return meanings


def _may_continue(text: str, answer: ParsedInstruction) -> bool:
    return not answer.named and not answer.neutral and len(text.split()) <= _CONTINUATION_WORDS


def _holds_throughout(clause: Clause, meaning: ParsedInstruction, clauses: int) -> bool:
    if clause.when.whole:
        return True
    named = meaning.named
    constant = all(value < 0 or (name in ACTIONS and ACTIONS[name].kind == "manner") for name, value in named.items())
    return clauses > 1 and clause.soft and bool(named) and constant


def _is_brief(meaning: ParsedInstruction) -> bool:
    named = [name for name, value in meaning.named.items() if value > 0]
    return bool(named) and all(name in ACTIONS and ACTIONS[name].kind == "repeated" for name in named)


def _segments(placed: list[Placed], meanings: list[_Meaning], duration: float) -> list[Segment]:
    """Segments within the recording; each takes over the emotion of the one before unless it names its own."""
    segments: list[Segment] = []
    carried: dict[str, float] = {}
    for item in placed:
        known = meanings[item.index]
        emotions = known.meaning.emotions
        if known.meaning.neutral:
            carried = {}
        if any(value > 0 for value in emotions.values()):
            carried = {name: value for name, value in emotions.items() if value > 0}
        else:
            carried = {name: value for name, value in carried.items() if name not in emotions}
            emotions = {**carried, **emotions}
        start, end = max(0.0, item.start), min(item.end, duration)
        segments.append(Segment(start, end, known.text, emotions, known.meaning.actions, known.not_understood))
    return segments


def _add_throughout(segments: list[Segment], constant: _Meaning, duration: float) -> list[Segment]:
    """Adds what holds all the time to every segment, and segments where there were none."""
    emotions, actions = constant.meaning.emotions, constant.meaning.actions
    filled: list[Segment] = []
    reached = 0.0
    for segment in [*segments, Segment(duration, duration, "", {}, {})]:
        if segment.start - reached >= _SHORTEST:
            filled.append(Segment(reached, segment.start, constant.text, emotions, actions, constant.not_understood))
        if segment.end > segment.start:
            own = replace(segment, emotions={**emotions, **segment.emotions}, actions={**actions, **segment.actions})
            filled.append(replace(own, not_understood=(*segment.not_understood, *constant.not_understood)))
        reached = max(reached, segment.end)
    return filled

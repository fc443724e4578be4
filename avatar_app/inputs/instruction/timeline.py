"""Timeline of an instruction: emotions and actions with their times; reading.py makes it of words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from avatar_app.face.facs import ACTION_NAMES, ACTIONS, EMOTION_NAMES
from avatar_app.face.wishes import kind_of, words_for
from avatar_app.inputs.instruction.plan import PlanStep, plan_as_json
from avatar_app.request import FPS
from avatar_app.types import Array

_STRENGTHS = ((0.25, "faint"), (0.5, "light"), (0.85, "medium"), (1.1, "strong"), (9.0, "extreme"))
STEADY = (1.0, 1.0)  # neither growing nor fading
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

    start, end: seconds. emotions, actions (of face and body): {name: strength}: 0.35 slightly, 0.65 unstated, 1.0
    very; -1 means that it must not happen. not_understood: parts of `text`, word for word. counts: {name: times}, of
    gestures that were
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
        avoided = [f"not: {words_for(name)}" for name, value in named.items() if value < 0]
        return f"{self.start:.1f}-{self.end:.1f} s: {', '.join(wanted + avoided) or 'neutral'}"

    def _said(self, name: str, value: float) -> str:
        details = [_strength_word(value)]
        if self.grows != STEADY:
            details.append("growing" if self.grows[1] > self.grows[0] else "fading")
        if name in self.counts:
            times = self.counts[name]
            details.append({1: "once", 2: "twice"}.get(times, f"{times} times"))
        if self.slow and kind_of(name) == "repeated":
            details.append("slow")
        return f"{words_for(name)} ({', '.join(details)})"

    def plan(self) -> list[PlanStep]:
        """Its wishes one by one."""
        return [
            PlanStep(
                round(self.start, 2),
                round(self.end, 2),
                name,
                round(strength, 2),
                self.counts.get(name),
                self.text,
                self.confidence.get(name, 1.0),
                self.grows,
                self.slow,
                not self.timed,
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
        ordered = sorted(self.segments, key=lambda segment: segment.start)
        for step in (step for segment in ordered for step in segment.plan()):
            for k, before in enumerate(steps):
                if before.what == step.what and _goes_on(before, step):
                    words = before.words if step.words in before.words else f"{before.words}; {step.words}"
                    loose = before.loose and step.loose
                    steps[k] = replace(before, end=max(before.end, step.end), words=words, loose=loose)
                    break
            else:
                steps.append(step)
        return tuple(steps)

    def describe(self) -> list[str]:
        """Plain sentences: each step, then what was not understood."""
        lines = [segment.describe() for segment in self.segments]
        return [*lines, *(f"Not understood: '{part}'" for part in self.not_understood), *self.notes]

    def told(self) -> dict[str, Any]:
        """How the instruction was taken, in sentences and as a plan that can be edited and given back."""
        return {"understood": self.describe(), "plan": plan_as_json(self.plan)}

    def emotion_curve(self, frames: int) -> Array:
        """(frames, 28) float32 at 25 fps in EMOTION_NAMES order, from -1 (avoided) to about 1.5."""
        curve = np.zeros((frames, len(EMOTION_NAMES)), np.float32)
        for step in self.plan:
            if step.what in EMOTION_NAMES:
                last = frames if step.end > self.duration - _SHORTEST else round(step.end * FPS)
                rows = slice(round(step.start * FPS), last)
                factors = np.linspace(*step.grows, len(curve[rows])) if step.wanted else 1
                curve[rows, EMOTION_NAMES.index(step.what)] = step.strength * factors
        return curve

    def tokens(self) -> list[Asked]:
        """Every action of face and head, by its start; one that grows as a row of short ones, each stronger.

        Made of the plan, as the curve is, so that a plan that is given back unchanged is acted in the same way.
        """
        return [asked for step in self.plan if step.what in ACTIONS for asked in _asked(step)]

    def asks_for_something(self, frames: int) -> bool:
        """Whether anything of it shows within so many frames."""
        return bool(self.tokens()) or bool(self.emotion_curve(frames).any())


def timeline_of(steps: Iterable[PlanStep], duration: float) -> Timeline:
    """The timeline of a plan, one segment for each of its steps that begins within the duration."""
    segments = []
    for step in (step for step in steps if step.start < duration):
        feels = step.what in EMOTION_NAMES
        wish, counts = {step.what: step.strength}, {} if step.count is None else {step.what: step.count}
        segments.append(
            Segment(
                step.start,
                duration if step.end > duration - _SHORTEST else step.end,
                step.words,
                wish if feels else {},
                {} if feels else wish,
                counts=counts,
                confidence={step.what: step.confidence},
                grows=step.grows,
                slow=step.slow,
                timed=not step.loose,
            )
        )
    return Timeline(tuple(segments), duration)


def _goes_on(before: PlanStep, step: PlanStep) -> bool:
    """Whether a step is the one before, carried on."""
    same = (before.strength, before.count, before.grows, before.slow) == (step.strength, None, step.grows, step.slow)
    return same and step.count is None and abs(step.start - before.end) < _SHORTEST and step.grows == STEADY


def _asked(step: PlanStep) -> list[Asked]:
    pieces = 1 if step.grows == STEADY or step.count else max(2, round(step.end - step.start))
    edges = np.linspace(step.start, step.end, pieces + 1).tolist()
    factors = np.interp((np.arange(pieces) + 0.5) / pieces, (0, 1), step.grows).tolist()
    action = ACTION_NAMES.index(step.what)
    return [
        Asked(action, step.strength * (factor if step.wanted else 1), start, end, step.count, step.slow)
        for (start, end), factor in zip(pairwise(edges), factors, strict=True)
    ]


def _strength_word(strength: float) -> str:
    return next(word for limit, word in _STRENGTHS if strength < limit)

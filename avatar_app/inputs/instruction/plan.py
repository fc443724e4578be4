"""The plan of an instruction: what happens when, how strongly and how often, for people and programs to edit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from avatar_app.face.wishes import WISHES
from avatar_app.request import InputError

MAX_STEPS = 200
STRONGEST = 1.5
AVOIDED = -1.0
_MAX_COUNT = 50


@dataclass(frozen=True)
class PlanStep:
    """One wish with its place in the recording.

    start, end: seconds. what: a name of face/wishes.py. strength: 0.65 where nobody said, 1 very, at most
    1.5; -1 means that it must not happen. count: how often a gesture happens between the two times; None as often as
    people do it. words: the words of the instruction that it comes from. confidence: 0 to 1, of having understood them.
    grows: factors on the strength at its start and its end. slow: a gesture in no hurry. loose: nobody stated its
    times, so that each sample may begin up to 0.7 s earlier or later.
    """

    start: float
    end: float
    what: str
    strength: float = 0.65
    count: int | None = None
    words: str = ""
    confidence: float = 1.0
    grows: tuple[float, float] = (1.0, 1.0)
    slow: bool = False
    loose: bool = False

    @property
    def wanted(self) -> bool:
        """Whether it is to happen, not to be avoided."""
        return self.strength > 0


def plan_as_json(steps: Iterable[PlanStep]) -> list[dict[str, Any]]:
    """What result.json and the page show; `read_plan` takes it back. What is as usual is left out."""
    usual = {"count": None, "grows": (1.0, 1.0), "slow": False, "loose": False}
    rows = []
    for step in steps:
        row = {k: v for k, v in asdict(step).items() if k not in usual or v != usual[k]}
        row |= {k: round(row[k], 2) for k in ("start", "end", "strength", "confidence")}
        rows.append(row | ({"grows": list(step.grows)} if "grows" in row else {}))
    return rows


def read_plan(plan: Any) -> tuple[PlanStep, ...]:
    """The steps of JSON text, of a list of mappings, or of PlanStep objects, by their starts.

    Raises InputError that names the step and what is wrong with it.
    """
    if isinstance(plan, str):
        try:
            plan = json.loads(plan)
        except (ValueError, RecursionError) as error:
            line = f"line {error.lineno} cannot be read" if isinstance(error, json.JSONDecodeError) else "this is not"
            raise InputError(f"The plan must be JSON as in result.json; {line}.") from error
    if isinstance(plan, Mapping) or not isinstance(plan, Iterable):
        raise InputError(f"The plan must be a list of steps, as in result.json; got {type(plan).__name__}.")
    rows = list(plan)
    if len(rows) > MAX_STEPS:
        raise InputError(f"A plan may have at most {MAX_STEPS} steps; this one has {len(rows)}.")
    steps = [_read_step(row, f"Step {k} of the plan") for k, row in enumerate(rows, 1)]
    return tuple(sorted(steps, key=lambda step: step.start))


def _read_step(row: Any, name: str) -> PlanStep:
    given = _fields(row, name)
    start, end = (_number(given, key, 0, 1e6, name) for key in ("start", "end"))
    if end <= start:
        raise InputError(f"{name} must end after it starts; it goes from {start:g} to {end:g} s.")
    strength, confidence = _number(given, "strength", -1, STRONGEST, name), _number(given, "confidence", 0, 1, name)
    count, grows = given["count"], given["grows"]
    if count is not None and (count := _number(given, "count", 1, _MAX_COUNT, name)) != int(count):
        raise InputError(f"{name}: count must be a whole number; got {count:g}.")
    if not isinstance(grows, list | tuple) or len(grows) != 2:
        raise InputError(f"{name}: grows must be two factors, such as [0.2, 1].")
    first, last = (_number({"grows": factor}, "grows", 0, 2, name) for factor in grows)
    slow, loose, words = given["slow"], given["loose"], given["words"]
    if not isinstance(slow, bool) or not isinstance(loose, bool) or not isinstance(words, str):
        raise InputError(f"{name}: slow and loose must be true or false, and words a text.")
    times = None if count is None else int(count)
    strength = AVOIDED if strength < 0 else strength
    return PlanStep(start, end, given["what"], strength, times, words, confidence, (first, last), slow, loose)


def _fields(row: Any, name: str) -> dict[str, Any]:
    """Every field of a step, as given or as usual."""
    if isinstance(row, PlanStep):
        row = asdict(row)
    if not isinstance(row, Mapping):
        raise InputError(f"{name} must be an object with start, end, what and strength; got {type(row).__name__}.")
    usual = asdict(PlanStep(0.0, 0.0, "")) | {"start": None, "end": None}
    if unknown := set(row) - set(usual):
        raise InputError(f"{name} has no field {sorted(map(str, unknown))[0]!r:.60}; there are: {', '.join(usual)}.")
    what = row.get("what")
    if not isinstance(what, str) or what not in WISHES:
        see = "which is no emotion or action: see docs/words.md for their names"
        raise InputError(f"{name} asks for {what!r:.60}, {see}.")
    return usual | dict(row)


def _number(row: Mapping[str, Any], key: str, low: float, high: float, name: str) -> float:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:  # nor is NaN
        raise InputError(f"{name}: {key} must be a number from {low:g} to {high:g}; got {value!r:.60}.")
    return float(value)

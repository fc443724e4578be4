"""Sentences with what a face is to do: those of the grammar, the names of wishes, and the 28 published prompts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avatar_app.engines.language_guided.poses import actable, height_of
from avatar_app.engines.language_guided.prompts import FRAME, PROMPTS, as_learned
from avatar_app.engines.language_guided.strengths import FULL, MEDIUM
from avatar_app.face.facs import ACTIONS, EMOTIONS
from avatar_app.face.wishes import words_for
from avatar_app.inputs.instruction.reading import read_instruction
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.training.instructions.phrases import Grammar
from avatar_app.types import Array

NAMED = ("{}", "the person is {}", "look {}", "be {}", "please {}")
# Prompts that say nothing a plan can hold.
MEANT: dict[str, dict[str, float]] = {
    "aha": {"raise_brows": 0.65, "open_mouth": 0.35},
    "biting tongues": {"bite_lip": 0.65},
    "blank stare": {"widen_eyes": 0.5, "part_lips": 0.5},
    "no comment": {"press_lips": 0.65},
    "oh no": {"fearful": 0.65},
    "serious": {"lower_brows": 0.4, "press_lips": 0.35},
}


@dataclass(frozen=True)
class Lesson:
    """A sentence and the motion (58,) of what it asks for, at its height; wishes: strengths by name."""

    text: str
    wishes: dict[str, float]

    @property
    def motion(self) -> Array:
        """(58,)."""
        return acted(self.wishes)

    @property
    def known(self) -> str:
        """What the project calls a lone wish, else the sentence: see wishes_in_time.Wish."""
        return words_for(*self.wishes) if len(self.wishes) == 1 else self.text


def acted(wishes: dict[str, float]) -> Array:
    """(58,) float32 of wishes that are all at their height."""
    parts = [min(strength / FULL, 1.3) * height_of(name) for name, strength in wishes.items() if strength > 0]
    motion = np.sum(parts, axis=0) if parts else np.zeros(58)
    motion[:52] = np.clip(motion[:52], 0, 1)
    return motion.astype(np.float32)


def lessons(count: int, seed: int, held: bool = False) -> list[Lesson]:
    """`count` sentences of the grammar, and in training every name and prompt. held: with words that are held out."""
    can = set(actable())
    found = []
    for phrase in Grammar(seed, held=held).phrases(count):
        wishes = {name: value for name, value in phrase.targets.items() if name in can and value > 0}
        if wishes:
            found.append(Lesson(phrase.text, wishes))
    return found if held else [*found, *named(), *prompts()]


def named() -> list[Lesson]:
    """Every wish as it is said back."""
    names = [name for name in (*EMOTIONS, *ACTIONS) if height_of(name).any()]
    return [Lesson(frame.format(words_for(name)), {name: MEDIUM}) for name in names for frame in NAMED]


def prompts() -> list[Lesson]:
    """The published ones, in their sentence and bare, as the project reads them."""
    found = []
    for word in PROMPTS:
        wishes = MEANT.get(word) or wishes_of(read_instruction(as_learned(word), 4.0))
        found += [Lesson(text, wishes) for text in (FRAME.format(word), word)]
    return found


def wishes_of(timeline: Timeline) -> dict[str, float]:
    """Strengths of all that is wanted, whenever."""
    can = set(actable())
    return {step.what: step.strength for step in timeline.plan if step.what in can and step.wanted}

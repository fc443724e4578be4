"""What the clauses of an instruction ask for: labels with the strengths and counts that their words say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avatar_app.face.facs import ACTIONS
from avatar_app.inputs.instruction.intensity import ramp_of, strength_of
from avatar_app.inputs.instruction.structure import Clause

if TYPE_CHECKING:
    from avatar_app.inputs.instruction.understanding import ParsedInstruction

_CHUNKS = re.compile(r"\s*(?:[,;&+/]|\b(?:and|but|while|with)\b)\s*", re.I)
_CONTINUATION_WORDS = 5
_STEADY = (1.0, 1.0)


@dataclass(frozen=True)
class Meaning:
    """A clause's text, what it asks for, its parts without meaning, and sentences about what is in doubt."""

    text: str
    meaning: ParsedInstruction
    not_understood: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    grows: tuple[float, float] = _STEADY
    notes: tuple[str, ...] = ()

    @property
    def gestures_only(self) -> bool:
        """Whether everything that it wants comes and goes, as nods do."""
        named = [name for name, value in self.meaning.named.items() if value > 0]
        return bool(named) and all(name in ACTIONS and ACTIONS[name].kind == "repeated" for name in named)


def understand_clauses(clauses: list[Clause]) -> list[Meaning]:
    """All clauses and their parts in one batch; parts that seem empty get a second look in their context."""
    from avatar_app.inputs.instruction.understanding import understand  # torch: only where something is instructed

    texts = [clause.text for clause in clauses]
    chunks = [[part for part in _CHUNKS.split(text) if part] for text in texts]
    parts = [part for group in chunks if len(group) > 1 for part in group]
    counted = [part for clause in clauses for part, _ in clause.counts]
    first = list(dict.fromkeys([*texts, *parts, *counted]))
    answers = dict(zip(first, understand(first), strict=True))

    # "wink with the left eye, then the right": a short step that names nothing may continue the one before.
    joined = {
        i: f"{texts[i - 1]} and {texts[i]}" for i in range(1, len(texts)) if _may_continue(texts[i], answers[texts[i]])
    }
    # "raise your brows and lids": a part is only without meaning if the clause means the same without it.
    doubtful = {(i, part) for i, group in enumerate(chunks) if len(group) > 1 for part in group if answers[part].empty}
    without = {(i, part): texts[i].replace(part, "", 1) for i, part in sorted(doubtful)}
    second = [*joined.values(), *without.values()]
    answers |= dict(zip(second, understand(second), strict=True)) if second else {}

    meanings: list[Meaning] = []
    for i, text in enumerate(texts):
        meaning = answers[text]
        if i in joined:
            both, before = answers[joined[i]], meanings[-1].meaning.named
            emotions = {name: value for name, value in both.emotions.items() if name not in before}
            actions = {name: value for name, value in both.actions.items() if name not in before}
            meaning = replace(meaning, emotions=emotions, actions=actions)
        if meaning.empty and len(chunks[i]) > 1:  # a list that is too long for one look
            meaning = _together(meaning, [answers[part] for part in chunks[i]])
        lost = tuple(p for p in chunks[i] if (i, p) in without and answers[without[i, p]].named == meaning.named)
        said = {part: answers[part] for part in chunks[i]} if len(chunks[i]) > 1 else {text: meaning}
        found = Meaning(text, meaning, (text,) if meaning.empty else lost)
        meanings.append(_detailed(found, clauses[i], said, {part: answers[part] for part, _ in clauses[i].counts}))
    return meanings


def _together(meaning: ParsedInstruction, parts: list[ParsedInstruction]) -> ParsedInstruction:
    return replace(
        meaning,
        emotions={name: value for part in parts for name, value in part.emotions.items()},
        actions={name: value for part in parts for name, value in part.actions.items()},
        confidence={name: value for part in parts for name, value in part.confidence.items()},
    )


def _may_continue(text: str, answer: ParsedInstruction) -> bool:
    return not answer.named and not answer.neutral and len(text.split()) <= _CONTINUATION_WORDS


def _detailed(
    found: Meaning, clause: Clause, said: dict[str, ParsedInstruction], counted: dict[str, ParsedInstruction]
) -> Meaning:
    """With the strengths, counts and doubts that the words of the clause say."""
    meaning, notes = found.meaning, []
    emotions, actions = dict(meaning.emotions), dict(meaning.actions)
    for part, answer in said.items():
        strength = strength_of(part)
        for name, value in answer.named.items():
            group = emotions if name in emotions else actions
            if group.get(name, value) * value < 0 and not _with_what(part, clause.text):
                group[name] = value
                if any(other.named.get(name, value) * value < 0 for other in said.values()):
                    notes.append(
                        f"'{found.text}' asks for and forbids the same ({_words(name)}): the later one counts."
                    )
            elif strength is not None and group.get(name, -1) > 0 and value > 0:
                group[name] = strength
    if len(said) == 1 and (strength := strength_of(clause.text)) is not None:
        emotions, actions = (
            {name: strength if value > 0 else value for name, value in group.items()} for group in (emotions, actions)
        )
    counts = {
        name: times
        for part, times in clause.counts
        for name in (counted[part].actions if counted[part].actions else actions)
        if actions.get(name, -1) > 0 and (ACTIONS[name].kind == "repeated" or len(actions) == 1)
    }
    meaning = replace(meaning, emotions=emotions, actions=actions)
    return replace(
        found, meaning=meaning, counts=counts, grows=ramp_of(clause.text) or _STEADY, notes=(*notes, *_guess(found))
    )


def _with_what(part: str, text: str) -> bool:
    """Whether a part only says with what: "do not wink with the left eye" asks for no left wink."""
    return re.search(rf"\bwith\s+{re.escape(part)}", text, re.I) is not None


def _guess(found: Meaning) -> tuple[str, ...]:
    """ "did you mean ...?" for a clause whose meaning is not sure."""
    guesses = [_words(name) for name, _ in getattr(found.meaning, "guesses", ())]
    if not found.meaning.empty or not guesses:
        return ()
    *most, last = guesses
    return (f"Not sure what '{found.text}' asks for: did you mean {', '.join(most)}{' or ' if most else ''}{last}?",)


def _words(name: str) -> str:
    return ACTIONS[name].words if name in ACTIONS else name

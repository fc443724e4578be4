"""What the clauses of an instruction ask for: labels with the strengths and counts that their words say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from avatar_app.face.wishes import kind_of, words_for
from avatar_app.inputs.instruction.bans import widened
from avatar_app.inputs.instruction.body_words import BodyWords, body_words
from avatar_app.inputs.instruction.conflicts import rivals_of
from avatar_app.inputs.instruction.intensity import only_strength, ramp_of, strength_of
from avatar_app.inputs.instruction.structure import Clause

if TYPE_CHECKING:
    from avatar_app.inputs.instruction.understanding import ParsedInstruction

_CHUNKS = re.compile(
    r"\s*(?:[,;&+]|(?<!\d)/(?!\d)|\b(?:and|but|while|with|as (?:if|though)|"
    r"like(?= (?:an?|some\w*|the|his|her|you|she|he|they)\b))\b)\s*",
    re.I,
)
_LISTED = re.compile(r"\s*(?:[,;&+]|(?<!\d)/(?!\d)|\b(?:and|but|while)\b)\s*", re.I)  # likenesses stay with a ban
_TOLD_OF = re.compile(
    r"^(?:and |then |so )?(?:he|she|they|it|"
    r"the (?:man|woman|lady|girl|boy|person|speaker|portrait|avatar))(?: then| just| slowly| quickly| also| now)? "
    r"(?P<verb>(?!is\b|has\b|was\b|does\b)\w{3,}?)s\b",
    re.I,
)
_YOURS = re.compile(r"\b(?:his|her|their|its)\b", re.I)
_CONTINUATION_WORDS = 5
_STEADY = (1.0, 1.0)
_BANS = re.compile(r"(?:please )?(?:do ?n['’]?o?t|do not|never|no|not|without|avoid|stop|neither)\b", re.I)
_EMPTY = re.compile(
    r"(?:please )?(?:make|have|let|get|looks?|be|acts?|is|it|this)(?: (?:him|her|them|it|you|the \w+))?(?: look|"
    r" act| be)?",
    re.I,
)
_WITH = re.compile(r"\bwith\b", re.I)  # what follows says how or with what
_ADVERB = re.compile(r"^(?:[A-Z ]+\()?(?:very |rather |quite |so )?[a-z]+ly$")  # "wearily, with a sigh"
_DOUBTFUL = 0.8  # confidence below which the user is told what was understood
_SURE = 0.78  # from which a part of a list is believed by itself


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
        return bool(named) and all(kind_of(name) == "repeated" for name in named)


def understand_clauses(clauses: list[Clause], bodily: bool = False) -> list[Meaning]:
    """What each clause asks of face and head, and where it is `bodily` of arms, hands and trunk, too."""
    if not bodily:
        return _of_faces(clauses)
    bodies = [body_words(clause.text) for clause in clauses]
    faces = _of_faces([replace(c, text=_without(c.text, b)) for c, b in zip(clauses, bodies, strict=True)])
    return [
        _with_body(found, clause, body) if body.wanted else found
        for found, clause, body in zip(faces, clauses, bodies, strict=True)
    ]


def _without(text: str, body: BodyWords) -> str:
    """A clause without the words that ask something of the body; a blank where nothing else is said."""
    for words in body.said.values():
        text = text.replace(words, " ")
    left = re.sub(r"[,;&+]|\b(?:and|but|with|he|she|they|it|please|then|to|a|the|once|twice)\b", " ", text, flags=re.I)
    return text if re.search(r"[^\W\d_]{2}", left) or not body.said else "."


def _with_body(found: Meaning, clause: Clause, body: BodyWords) -> Meaning:
    meaning = replace(
        found.meaning,
        actions={**found.meaning.actions, **body.wanted},
        confidence={**found.meaning.confidence, **dict.fromkeys(body.wanted, 1.0)},
        guesses=(),
    )
    counts = {name: clause.count for name in body.wanted if clause.count and kind_of(name) == "repeated"}
    lost = tuple(part for part in found.not_understood if re.search(r"\w{3}", part) and part != found.text)
    if counts:  # "wave twice and smile" counts no smiles
        counts |= {name: times for name, times in found.counts.items() if kind_of(name) == "repeated"}
    return replace(
        found, text=clause.text, meaning=meaning, counts=counts or found.counts, not_understood=lost, notes=()
    )


def texts_of(clauses: list[Clause]) -> list[str]:
    """The clauses, their parts and what they count: all that the reader is asked about at first."""
    parts = [part for group in map(_chunks, clauses) if len(group) > 1 for part in group]
    counted = [part for clause in clauses for part, _ in clause.counts]
    return list(dict.fromkeys([*(clause.text for clause in clauses), *parts, *counted]))


def _chunks(clause: Clause) -> list[str]:
    return [part for part in (_LISTED if _BANS.match(clause.text) else _CHUNKS).split(clause.text) if part]


def _of_faces(clauses: list[Clause]) -> list[Meaning]:
    """All clauses and their parts in one batch; parts that seem empty get a second look in their context."""
    from avatar_app.inputs.instruction.understanding import understand  # torch: only where something is instructed

    texts, chunks = [clause.text for clause in clauses], [_chunks(clause) for clause in clauses]
    first = texts_of(clauses)
    answers = dict(zip(first, understand(first), strict=True))

    # "wink with the left eye, then the right": a short step that names nothing may continue the one before.
    joined = {
        i: f"{texts[i - 1]} and {texts[i]}"
        for i in range(1, len(texts))
        if _may_continue(texts[i], answers[texts[i]], texts[i - 1])
    }
    # "raise your brows and lids": a part is only without meaning if the clause means the same without it.
    empty = {part for part in first if answers[part].empty and not _says_nothing(part)}
    doubtful = {(i, part) for i, group in enumerate(chunks) if len(group) > 1 for part in group if part in empty}
    without = {(i, part): texts[i].replace(part, "", 1) for i, part in sorted(doubtful)}
    # "he narrows his eyes" where only "narrow your eyes" is known.
    ordered = {text: _ordered(text) for text in first if not answers[text].named and not answers[text].neutral}
    ordered = {text: order for text, order in ordered.items() if order != text}
    second = [*joined.values(), *without.values(), *ordered.values()]
    answers |= dict(zip(second, understand(second), strict=True)) if second else {}
    answers |= {text: answers[order] for text, order in ordered.items() if answers[order].named}

    meanings: list[Meaning] = []
    for i, text in enumerate(texts):
        meaning = answers[text]
        if i in joined and not meaning.named:
            both, before = answers[joined[i]], meanings[-1].meaning.named
            emotions = {name: value for name, value in both.emotions.items() if name not in before}
            actions = {name: value for name, value in both.actions.items() if name not in before}
            meaning = replace(meaning, emotions=emotions, actions=actions)
        if (meaning.empty and len(chunks[i]) > 1) or _independent(chunks[i], texts[i], answers):
            meaning = _together(meaning, [answers[part] for part in chunks[i]])
        elif len(chunks[i]) > 1 and not _WITH.search(texts[i]):
            meaning = _completed(meaning, [(part, answers[part]) for part in chunks[i]])
        meaning = _felt(
            _kept_still(meaning), [answers[part] for part in chunks[i] if part in answers and _ADVERB.search(part)]
        )
        lost = tuple(
            part for part in chunks[i] if (i, part) in without and answers[without[i, part]].named == meaning.named
        )
        said = {part: answers[part] for part in chunks[i]} if len(chunks[i]) > 1 else {text: meaning}
        found = Meaning(text, meaning, (text,) if meaning.empty else lost)
        meanings.append(_detailed(found, clauses[i], said, {part: answers[part] for part, _ in clauses[i].counts}))
    return meanings


def _says_nothing(part: str) -> bool:
    return _EMPTY.fullmatch(part) is not None or only_strength(part)


def _ordered(text: str) -> str:
    """A story of somebody as an order to them."""
    return _YOURS.sub("your", _TOLD_OF.sub(r"\g<verb>", text)) if _TOLD_OF.match(text) else text


def _together(meaning: ParsedInstruction, parts: list[ParsedInstruction]) -> ParsedInstruction:
    return replace(
        meaning,
        emotions={name: value for part in parts for name, value in part.emotions.items()},
        actions={name: value for part in parts for name, value in part.actions.items()},
        confidence={name: value for part in parts for name, value in part.confidence.items()},
    )


def _completed(meaning: ParsedInstruction, parts: list[tuple[str, ParsedInstruction]]) -> ParsedInstruction:
    """With what its parts name for sure by themselves: one look at a long list misses some of it."""
    named, opposed = set(meaning.named), {rival for name in meaning.named for rival in rivals_of(name)}
    for part, answer in parts:
        sure = {name for name, chance in answer.confidence.items() if chance >= _SURE and name not in named | opposed}
        if len(part.split()) < 2 or not sure:
            continue
        kept = replace(
            answer,
            emotions={n: v for n, v in answer.emotions.items() if n in sure},
            actions={n: v for n, v in answer.actions.items() if n in sure},
            confidence={n: c for n, c in answer.confidence.items() if n in sure},
        )
        meaning = _together(meaning, [meaning, kept])
        named |= sure
    return meaning


def _felt(meaning: ParsedInstruction, adverbs: list[ParsedInstruction]) -> ParsedInstruction:
    """With the feeling that something is done with: one look at "wearily, with a sigh" misses it."""
    sure = [a for a in adverbs if a.emotions and min(a.confidence.get(name, 0.0) for name in a.emotions) >= _SURE]
    if not meaning.actions or meaning.emotions or not sure:
        return meaning
    return _together(meaning, [meaning, *(replace(answer, actions={}) for answer in sure)])


def _independent(parts: list[str], text: str, answers: dict[str, ParsedInstruction]) -> bool:
    """Whether every part of a list names something for sure, so that the list means what its parts mean."""
    if len(parts) < 2 or min(len(part.split()) for part in parts) < 2 or _WITH.search(text) or _BANS.match(text):
        return False
    return all(answers[p].named and min(answers[p].confidence.values(), default=0) >= _SURE for p in parts)


def _kept_still(meaning: ParsedInstruction) -> ParsedInstruction:
    """ "less wobbling of the head" asks for a head that is held."""
    if meaning.actions.get("move_more", 0.0) >= 0:
        return meaning
    actions = {name: value for name, value in meaning.actions.items() if name != "move_more"}
    confidence = meaning.confidence.get("move_more", 1.0)
    return replace(
        meaning,
        actions={**actions, "stay_still": 0.65},
        confidence={**meaning.confidence, "stay_still": confidence},
    )


def _may_continue(text: str, answer: ParsedInstruction, before: str) -> bool:
    if _BANS.match(before) and not re.match(r"(?:or|nor|and)\b", text, re.I):
        return False  # "No winking. Keep the mischief."
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
                        f"'{found.text}' asks for and forbids the same ({words_for(name)}): the later one counts."
                    )
            elif strength is not None and group.get(name, -1) > 0 and value > 0:
                group[name] = strength
    overall = [part for part in said if only_strength(part) and (len(said) > 1 or not said[part].named)]
    if (overall or len(said) == 1) and (strength := strength_of(overall[-1] if overall else clause.text)) is not None:
        emotions, actions = (
            {name: strength if value > 0 else value for name, value in group.items()} for group in (emotions, actions)
        )
    counts = {
        name: times
        for part, times in clause.counts
        for name in (counted[part].actions if counted[part].actions else actions)
        if actions.get(name, -1) > 0 and (kind_of(name) == "repeated" or len(actions) == 1)
    }
    meaning = widened(replace(meaning, emotions=emotions, actions=actions), clause.text)
    return replace(
        found, meaning=meaning, counts=counts, grows=ramp_of(clause.text) or _STEADY, notes=(*notes, *_guess(found))
    )


def _with_what(part: str, text: str) -> bool:
    """Whether a part only says with what: "do not wink with the left eye" asks for no left wink."""
    return re.search(rf"\bwith\s+{re.escape(part)}", text, re.I) is not None


def _guess(found: Meaning) -> tuple[str, ...]:
    """ "did you mean ...?" for a clause whose meaning is not sure."""
    named, guesses = found.meaning.confidence, [words_for(name) for name, _ in found.meaning.guesses]
    if named and max(named.values()) < _DOUBTFUL:
        taken = " and ".join(words_for(name) for name in named)
        return (f"'{found.text}' was taken for '{taken}', which is not sure.",)
    if not found.meaning.empty or not guesses:
        return ()
    *most, last = guesses
    return (f"Not sure what '{found.text}' asks for: did you mean {', '.join(most)}{' or ' if most else ''}{last}?",)

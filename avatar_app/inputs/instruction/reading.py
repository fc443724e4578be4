"""Reads an instruction: from its words to the timeline that engines act."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from avatar_app.face.wishes import kind_of
from avatar_app.inputs.instruction.accounting import unaccounted
from avatar_app.inputs.instruction.body_words import body_words, unable
from avatar_app.inputs.instruction.conflicts import settle
from avatar_app.inputs.instruction.deeds import plain_deeds
from avatar_app.inputs.instruction.impossible import impossible
from avatar_app.inputs.instruction.languages import LANGUAGES
from avatar_app.inputs.instruction.languages.translate import to_english
from avatar_app.inputs.instruction.meanings import Meaning, understand_clauses
from avatar_app.inputs.instruction.placing import place, problems
from avatar_app.inputs.instruction.plan import read_plan
from avatar_app.inputs.instruction.rewording import reword
from avatar_app.inputs.instruction.spoken import may_name_words, tied_to_words
from avatar_app.inputs.instruction.stage_directions import Direction, direction_clauses, split_directions
from avatar_app.inputs.instruction.structure import Clause, Placed, When
from avatar_app.inputs.instruction.timeline import Segment, Timeline, timeline_of
from avatar_app.inputs.instruction.timing import split_clauses
from avatar_app.inputs.instruction.turns import in_turn
from avatar_app.request import Request
from avatar_app.speech.voice_map import VoiceMap

_SHORTEST = 0.04  # seconds; a step that is shorter than a frame is not shown
_BECOMING = re.compile(r"\b(?:be|becomes?|gets?|turns?|looks?|starts?|ends?|goes|then|later|now|finally|again)\b", re.I)
_TURNING = re.compile(r"(?:slowly|suddenly|gradually|all at once|little by little|bit by bit|then)\b", re.I)
_NO_BUT = re.compile(r"\b(?:(?:any|every|no)thing|all) but\b", re.I)  # here "but" joins no two wishes
Listen = Callable[[bool], VoiceMap]  # whether words are needed -> the map of the voice


def timeline_for(request: Request, duration: float, listen: Listen | None = None, bodily: bool = False) -> Timeline:
    """What a request wants to happen when: of its plan, where it has one, or of its instruction."""
    if request.plan is not None and request.plan != "":
        steps = read_plan(request.plan)
        late = [step for step in steps if step.start >= duration]
        end = f"after the end of the recording ({duration:.1f} s)"
        notes = tuple(f"Not done: {step.what!r} of the plan starts at {step.start:g} s, {end}." for step in late)
        return replace(timeline_of(steps, duration), notes=notes)
    return read_instruction(request.instruction, duration, listen, bodily)


def read_instruction(text: str, duration: float, listen: Listen | None = None, bodily: bool = False) -> Timeline:
    """The timeline of `text` over `duration` seconds.

    An emotion lasts until another one, or "neutral", is named; an action lasts through its own step. Sentences that
    only forbid something, or only name a manner of speaking, hold for the whole recording. listen: called where
    something is tied to the voice; None where there is none. Empty text gives a timeline without segments and loads no
    model. bodily: a body is shown, too, so that arms and hands are read as well; without it they are told.
    """
    if not text.strip():
        return Timeline((), duration)
    translated = to_english(text)
    if not translated.known:
        note = f"This instruction seems to be {translated.language}: please write it in {LANGUAGES}."
        return Timeline((Segment(0.0, duration, text, {}, {}, (text,)),), duration, (note,))
    plain = _NO_BUT.sub(_without_but, translated.text)
    directions = split_directions(plain, _means_something)
    clauses, voice = _directed(directions, duration, listen) if directions else _clauses(plain, listen)
    if not clauses:
        return Timeline((), duration)
    timeline = _arranged(clauses, duration, voice, bodily)
    acted = "\n".join(direction.text for direction in directions) if directions else translated.text
    unknown = tuple(f"The {translated.language} word '{word}' is not known." for word in translated.unknown)
    timeline = replace(timeline, notes=(*timeline.notes, *_not_shown(acted, bodily), *unknown))
    return replace(timeline, notes=(*timeline.notes, *unaccounted(acted, timeline)))


def _without_but(match: re.Match[str]) -> str:
    return "not" if not match.group().lower().startswith("nothing") else "only"


def _directed(
    directions: list[Direction], duration: float, listen: Listen | None
) -> tuple[list[Clause], VoiceMap | None]:
    """The steps of the directions in a dialogue, and the voice that speaks it."""
    voice = listen(True) if listen else None
    plain = [replace(direction, text=reword(direction.text)) for direction in directions]
    return _plain(direction_clauses(plain, duration, voice)), voice


def _clauses(text: str, listen: Listen | None) -> tuple[list[Clause], VoiceMap | None]:
    """The steps of an instruction, and the voice where they are tied to it."""
    told, voice = reword(text), None
    if listen and may_name_words(told):
        voice = listen(True)
        told = tied_to_words(told, voice.words)
    clauses = in_turn(_plain(split_clauses(told)))
    tied = [cue for clause in clauses for cue in (clause.when.cue, clause.when.until) if cue is not None]
    if tied and listen and voice is None:
        voice = listen(any(cue.kind.endswith("word") for cue in tied))
    return clauses, voice if tied else None


def _plain(clauses: list[Clause]) -> list[Clause]:
    return [replace(clause, text=plain_deeds(clause.text)) for clause in clauses]


def _means_something(text: str) -> bool:
    from avatar_app.inputs.instruction.understanding import understand

    return bool(understand([text])[0].named)


def _not_shown(text: str, bodily: bool) -> tuple[str, ...]:
    """Sentences on what is asked for and cannot be seen."""
    if bodily:
        return (*unable(text), *impossible(text, bodily))
    said = [words for name, words in body_words(text).said.items() if name not in ("gesture_more", "hands_still")]
    hands = tuple(f"Not shown: '{words}', as only face and head are moved here." for words in said)
    return (*hands, *impossible(text))


def _arranged(clauses: list[Clause], duration: float, voice: VoiceMap | None, bodily: bool) -> Timeline:
    """Understood, placed, and without contradictions."""
    meanings = understand_clauses(clauses, bodily)
    clauses, meanings, idle = _without_idle(*_without_reasons(clauses, meanings))
    clauses = _as_one(clauses, meanings)
    clauses, meanings = _manners_apart(clauses, meanings)
    constant = [_holds_throughout(c, m, len(clauses)) for c, m in zip(clauses, meanings, strict=True)]
    for k, clause in enumerate(clauses[1:2], 1):
        constant[k - 1] = constant[k - 1] and not _TURNING.match(clause.text)
    for k, clause in enumerate(clauses):  # what is said beside a clause needs its place
        if clause.beside and k:
            constant[k - 1] = False
    steps = [c for c, always in zip(clauses, constant, strict=True) if not always]
    known = [m for m, always in zip(meanings, constant, strict=True) if not always]
    brief = {clause.text for clause, meaning in zip(steps, known, strict=True) if meaning.gestures_only}
    placed = place(steps, duration, lambda clause: clause.text in brief, voice)
    kept = [p for p in placed if p.start <= duration - _SHORTEST and p.end - p.start >= _SHORTEST]
    segments = _segments(kept, steps, known, duration)
    for meaning in (m for m, always in zip(meanings, constant, strict=True) if always):
        segments = _add_throughout(segments, meaning, duration)
    segments, conflicts = settle(segments)
    if segments and idle:
        lost = tuple(part for meaning in idle for part in meaning.not_understood)
        segments[0] = replace(segments[0], not_understood=(*segments[0].not_understood, *lost))
    doubts = [note for meaning in [*meanings, *idle] for note in meaning.notes]
    notes = dict.fromkeys([*problems(clauses, duration, voice), *doubts, *conflicts])
    return Timeline(tuple(segments), duration, tuple(notes))


def _manners_apart(clauses: list[Clause], meanings: list[Meaning]) -> tuple[list[Clause], list[Meaning]]:
    """ "Whispering, with a glance to the left": what is brief is the glance, and not the manner of all that is said."""
    apart: list[tuple[Clause, Meaning]] = []
    for clause, known in zip(clauses, meanings, strict=True):
        manners = {name: value for name, value in known.meaning.actions.items() if kind_of(name) == "manner"}
        others = {name: value for name, value in known.meaning.actions.items() if name not in manners}
        if manners and others and clause.when == When(brief=True):
            held = replace(known.meaning, emotions={}, actions=manners)
            apart.append((replace(clause, when=When(whole=True)), replace(known, meaning=held, counts={})))
            known = replace(known, meaning=replace(known.meaning, actions=others))
        apart.append((clause, known))
    return [clause for clause, _ in apart], [known for _, known in apart]


def _without_reasons(clauses: list[Clause], meanings: list[Meaning]) -> tuple[list[Clause], list[Meaning]]:
    """Without sentences that only say again what was counted: "Two head shakes. He is telling himself no."."""
    kept: list[int] = []
    for k, (clause, known) in enumerate(zip(clauses, meanings, strict=True)):
        before = meanings[kept[-1]] if kept else None
        wanted = {name for name, value in known.meaning.named.items() if value > 0}
        again = before is not None and known.gestures_only and wanted <= set(before.counts)
        if not (again and clause.soft and clause.when == When() and not known.counts):
            kept.append(k)
    return [clauses[k] for k in kept], [meanings[k] for k in kept]


def _without_idle(clauses: list[Clause], meanings: list[Meaning]) -> tuple[list[Clause], list[Meaning], list[Meaning]]:
    """Without sentences that ask for nothing, which take no time, and these sentences' meanings."""
    idle = [
        clause.soft and clause.when == When() and not clause.returns and not m.meaning.named and not m.meaning.neutral
        for clause, m in zip(clauses, meanings, strict=True)
    ]
    for k, clause in enumerate(clauses[1:2], 1):  # "A soldier. Slowly his face crumples.": at first it has not
        idle[k - 1] = idle[k - 1] and not _TURNING.match(clause.text)
    if all(idle) or not any(idle):
        return clauses, meanings, []
    kept = [(c, m) for c, m, nothing in zip(clauses, meanings, idle, strict=True) if not nothing]
    return [c for c, _ in kept], [m for _, m in kept], [m for m, nothing in zip(meanings, idle, strict=True) if nothing]


def _as_one(clauses: list[Clause], meanings: list[Meaning]) -> list[Clause]:
    """ "Eyes left, head right. Distrustful.": a sentence of mood alone tells how what stands before it is done."""
    if len(clauses) < 2 or not all(clause.soft and clause.when == When() for clause in clauses):
        return clauses
    moods = [_mood_only(c, m) for c, m in zip(clauses, meanings, strict=True)]
    if sum(moods) != 1 or any(m.meaning.emotions for m, mood in zip(meanings, moods, strict=True) if not mood):
        return clauses
    at = moods.index(True)
    return [replace(c, when=When(whole=True)) if k == at else c for k, c in enumerate(clauses)]


def _mood_only(clause: Clause, known: Meaning) -> bool:
    felt = [value for value in known.meaning.emotions.values() if value > 0]
    return bool(felt) and not known.meaning.actions and not _BECOMING.search(clause.text)


def _holds_throughout(clause: Clause, known: Meaning, clauses: int) -> bool:
    if clause.problems or clause.beside:
        return False
    if clause.when.whole:
        return True
    named = known.meaning.named
    constant = all(value < 0 or kind_of(name) == "manner" for name, value in named.items())
    return clauses > 1 and clause.soft and clause.when == When() and bool(named) and constant


def _segments(placed: list[Placed], clauses: list[Clause], meanings: list[Meaning], duration: float) -> list[Segment]:
    """Segments within the recording; each takes over the emotion of the one before unless it names its own."""
    segments: list[Segment] = []
    carried: dict[str, float] = {}
    reached = 0.0
    for item in placed:
        known, clause = meanings[item.index], clauses[item.index]
        emotions, actions = ({}, {}) if clause.returns else (known.meaning.emotions, known.meaning.actions)
        if carried and item.start - reached >= _SHORTEST:  # a feeling goes on through what nobody spoke of
            segments.append(Segment(reached, item.start, "", carried, {}, timed=False))
        reached = max(reached, item.end)
        passing = _passes(clause, item, duration)
        if (known.meaning.neutral or clause.returns) and not passing:
            carried = {}
        if any(value > 0 for value in emotions.values()):
            mine = {name: value for name, value in emotions.items() if value > 0}
            carried = carried if passing else mine
        else:
            left = {name: value for name, value in carried.items() if name not in emotions}
            emotions = {**left, **emotions}
            carried = carried if passing else left
        if known.grows != (1.0, 1.0):  # what has grown stays grown
            carried = {name: value * known.grows[1] for name, value in carried.items()}
        segments.append(
            Segment(
                max(0.0, item.start),
                min(item.end, duration),
                known.text,
                emotions,
                actions,
                known.not_understood if not clause.returns else (),
                known.counts if clause.when.every is None else dict.fromkeys(_gestures(actions), 1),
                known.meaning.confidence,
                known.grows,
                clause.pace == "slow",
                clause.when != When(),
            )
        )
    if carried and placed and duration - reached >= _SHORTEST:
        segments.append(Segment(reached, duration, "", carried, {}, timed=False))
    return segments


def _gestures(actions: dict[str, float]) -> list[str]:
    return [name for name, value in actions.items() if value > 0 and kind_of(name) == "repeated"]


def _passes(clause: Clause, item: Placed, duration: float) -> bool:
    """Whether a clause comes and goes beside the others, so that feelings go on after it as they were."""
    when = clause.when
    ends = when.end is not None or when.length is not None or when.brief or when.share_end is not None
    return when.cue is not None or when.every is not None or (ends and item.end < duration - _SHORTEST)


def _add_throughout(segments: list[Segment], constant: Meaning, duration: float) -> list[Segment]:
    """Adds what holds all the time to every segment, and segments where there were none."""
    emotions, actions = constant.meaning.emotions, constant.meaning.actions
    filled: list[Segment] = []
    reached = 0.0
    for segment in [*segments, Segment(duration, duration, "", {}, {})]:
        if segment.start - reached >= _SHORTEST:
            filled.append(
                Segment(
                    reached,
                    segment.start,
                    constant.text,
                    emotions,
                    actions,
                    constant.not_understood,
                    constant.counts,
                    timed=False,
                )
            )
        if segment.end > segment.start:
            own = replace(segment, emotions={**emotions, **segment.emotions}, actions={**actions, **segment.actions})
            filled.append(replace(own, not_understood=(*segment.not_understood, *constant.not_understood)))
        reached = max(reached, segment.end)
    return filled

"""What an instruction says and its plan does not hold: told to the user, so that no misreading is silent.

The reader and its rules may take a sentence for another one. Here the plain markers of the sentence are counted up once
more, with no understanding at all: words that name an action or a feeling outright, counts, times, words of order, cues
of the voice and negations. Each must have left something in the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from avatar_app.face.wishes import words_for
from avatar_app.inputs.instruction.accounting_markers import (
    AFTER,
    BEFORE,
    CHANGE,
    FORBIDS,
    IN_TURN,
    LASTING,
    MIXED,
    NEGATED,
    NO_BAN,
    NOT_ORDER,
    ORDER,
    OTHER,
    POINT,
    QUOTED,
    RANGE,
    REPEATED,
    STRONG,
    TAKEN_BACK,
    VOICE,
    WEAK,
)
from avatar_app.inputs.instruction.accounting_words import Named, named_outright
from avatar_app.inputs.instruction.counting import counts_of
from avatar_app.inputs.instruction.marks import times_told
from avatar_app.inputs.instruction.plan import PlanStep
from avatar_app.inputs.instruction.retractions import settled
from avatar_app.inputs.instruction.structure import When
from avatar_app.inputs.instruction.timeline import STEADY, Timeline
from avatar_app.speech.voice_map import Span

_NEAR = 1.1  # seconds by which a time of the plan may miss a stated one
_EDGE = 0.4  # seconds from the beginning or to the end that do not count
_VERY, _LITTLE = 0.85, 0.5  # strengths from which something is strong, and up to which it is weak
_FAR = 300  # letters around a word in which its sentence is looked for
_AT_ONCE = (
    ("nod", "shake_head"),
    ("wink_left", "wink_right"),
    ("look_left", "look_right"),
    ("look_up", "look_down"),
    ("turn_left", "turn_right"),
    ("tilt_left", "tilt_right"),
)  # what no face shows together

_GLAD = frozenset(["happy", "excited", "amused", "relieved", "proud", "loving", "confident", "calm"])
_GRIM = frozenset(["sad", "angry", "fearful", "disgusted", "nervous", "disappointed"])

Found = list[tuple[re.Match[str], Named]]


def unaccounted(text: str, timeline: Timeline) -> tuple[str, ...]:
    """Sentences for a person on what `text` says and the timeline of it does not hold; () where nothing is missing.

    text: the instruction in English. What the timeline's notes quote is not told again. No model is asked: about a
    millisecond.
    """
    known = " ".join([*timeline.not_understood, *timeline.notes]).lower()
    steps = timeline.plan
    marked, times = times_told(settled(text))
    plain = QUOTED.sub(" ", marked)
    found = list(_found(plain))
    lost = [*_lost_words(plain, found, steps), *_lost_degrees(plain, steps), *_lost_counts(plain, steps)]
    if "Not done" not in " ".join(timeline.notes):
        lost += list(_lost_times(times, timeline)) or _lost_cues(text, timeline)
    lost = [words for words in dict.fromkeys(lost) if words.lower() not in known]
    notes = []
    if lost:
        quoted = [f"'{words}'" for words in lost]
        listed = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
        notes.append(f"Perhaps misread: of {listed} nothing is in the plan.")
    notes += [
        note
        for note in (
            *_withdrawn(text, plain, found, steps),
            *_against(plain, found, bool(times) or bool(ORDER.search(plain)), steps),
            *_at_once(plain, timeline),
        )
        if note.lower() not in known
    ]
    return tuple(dict.fromkeys(notes))


def _found(text: str) -> Iterator[tuple[re.Match[str], Named]]:
    for named in named_outright():
        for match in named.pattern.finditer(text):
            yield match, named


def _clause_before(text: str, at: int) -> str:
    """What stands before a place in its sentence."""
    return re.split(r"[.;!?\n:]", text[max(0, at - _FAR) : at])[-1]


def _sentence(text: str, at: int) -> str:
    """The sentence around a place."""
    after = text[at : at + _FAR]
    end = re.search(r"[.;!?\n]", after)
    return _clause_before(text, at) + (after[: end.end()] if end else after)


def _lost_words(text: str, found: Found, steps: Sequence[PlanStep]) -> Iterator[str]:
    named = {step.what for step in steps}
    wanted = {step.what for step in steps if step.wanted}
    for match, word in found:
        around = _sentence(text, match.start())
        if CHANGE.search(around):
            continue
        kept = LASTING.search(_clause_before(text, match.start()).split(",")[-1])
        negations = not kept and len(NEGATED.findall(LASTING.sub(" ", around)))
        if not word.shown & (named if negations else wanted) and (
            not negations or not NEGATED.search(_clause_before(text, match.start()))
        ):
            yield match.group()
    sides = {part for name in wanted for part in name.split("_")}
    if (other := OTHER.search(text)) and sides & {"left", "right"} and not {"left", "right"} <= sides:
        yield other.group()


def _against(text: str, found: Found, timed: bool, steps: Sequence[PlanStep]) -> Iterator[str]:
    """What is plainly forbidden and nevertheless done."""
    held = {step.what for step in steps if not step.wanted}
    for match, word in found:
        forbidden = FORBIDS.search(_clause_before(text, match.start()))
        around = _sentence(text, match.start())
        if not forbidden or CHANGE.search(around) or NO_BAN.search(forbidden.group() + text[match.end() :][:8]):
            continue
        if len(NEGATED.findall(around)) == 1:
            done = [s.what for s in steps if s.wanted and s.what in word.meant and (s.what not in held or not timed)]
            if done:
                said = f"{forbidden.group().strip()} {match.group()}"
                yield f"Perhaps misread: '{said}', but the plan has '{words_for(done[0])}'."


def _withdrawn(text: str, plain: str, found: Found, steps: Sequence[PlanStep]) -> Iterator[str]:
    """What the text takes back and the plan has: "make her happy. No wait, sad"."""
    known = {name for _, word in found for name in word.shown}
    for match, word in _found(QUOTED.sub(" ", text)) if TAKEN_BACK.search(text) else ():
        done = [step.what for step in steps if step.wanted and step.what in word.meant - known]
        if done and not re.search(rf"\b{re.escape(match.group())}\b", plain, re.I):
            yield f"Perhaps misread: '{match.group()}' was taken back, but the plan has '{words_for(done[0])}'."


def _lost_degrees(text: str, steps: Sequence[PlanStep]) -> Iterator[str]:
    """Words for much or little where nothing of the plan is strong or weak."""
    strengths = [step.strength * factor for step in steps if step.wanted for factor in step.grows]
    if not strengths or NEGATED.search(text) or CHANGE.search(text):
        return
    if (strong := STRONG.search(text)) and max(strengths) < _VERY:
        yield strong.group()
    if (weak := WEAK.search(text)) and min(strengths) > _LITTLE:
        yield weak.group()


def _lost_counts(text: str, steps: Sequence[PlanStep]) -> Iterator[str]:
    if CHANGE.search(text):
        return
    counted = [(part, times) for part, times in counts_of(text) if times > 1]
    counted += [(m.group(), len(re.findall(m[1], m.group(), re.I))) for m in REPEATED.finditer(text)]
    for part, times in counted:
        if not any(_happens(steps, what, times) for what in {s.what for s in steps if s.wanted}):
            yield part


def _happens(steps: Sequence[PlanStep], what: str, times: int) -> bool:
    mine = [step for step in steps if step.what == what and step.wanted]
    return len(mine) == times or sum(step.count or 1 for step in mine) == times or any(s.count == times for s in mine)


def _lost_times(times: list[tuple[When, str]], timeline: Timeline) -> Iterator[str]:
    duration = timeline.duration
    spans = _spans(timeline)
    timed = any(segment.timed for segment in timeline.segments)
    inner = any(start > _EDGE or end < duration - _EDGE for start, end in spans)
    for when, words in times:
        if when.problem or when.whole or when.otherwise or when.every:
            continue
        if when.cue is not None or when.until is not None:
            met = inner and timed
        else:
            met = all(_met(at, spans, duration) for at in _stated(when, duration))
            shares = [share * duration for share in (when.share_start, when.share_end) if share is not None]
            met = met and (not shares or any(_met(at, spans, duration) for at in shares))
        if when.last is not None:
            met = met and any(start > min(0.3 * duration, duration - 1.5 * when.last) for start, _ in spans)
        if when.length is not None and 1 < when.length < duration - 1:
            met = met and any(abs(end - start - when.length) < _NEAR for start, end in spans)
        if not met:
            yield words


def _lost_cues(text: str, timeline: Timeline) -> list[str]:
    """Cues of the voice and ranges that no rule took for one, where all of the plan lasts throughout."""
    if not timeline.plan or CHANGE.search(text):
        return []
    spans = _spans(timeline)
    lost = [
        match.group()
        for match in (*RANGE.finditer(text), *POINT.finditer(text))
        if sorted({*map(float, match.groups())}) == [*map(float, match.groups())]
        and max(map(float, match.groups())) <= timeline.duration
        and not all(_met(float(at), spans, timeline.duration) for at in match.groups())
    ]
    cue = VOICE.search(text)
    throughout = all(start < _EDGE and end > timeline.duration - _EDGE for start, end in spans)
    return [*lost, cue.group().strip(" \"“‘'")] if cue and throughout else lost


def _spans(timeline: Timeline) -> list[Span]:
    """The places of all wishes, and of segments that are neutral."""
    free = [(part.start, part.end) for part in timeline.segments if not part.emotions and not part.actions]
    return list(dict.fromkeys([*free, *((step.start, step.end) for step in timeline.plan)]))


def _met(at: float, spans: list[Span], duration: float) -> bool:
    """Whether something begins or ends near a time."""
    return at >= duration - _EDGE or any(abs(edge - at) < _NEAR for span in spans for edge in span)


def _stated(when: When, duration: float) -> list[float]:
    """The seconds at which something must begin or end."""
    found = [when.start, when.end, when.by]
    found += [duration - back for back in (when.before_end, when.until_end) if back is not None]
    return [at for at in found if at is not None]


def _at_once(text: str, timeline: Timeline) -> Iterator[str]:
    """Words of order where all of the plan happens at once, or the other way round."""
    steps, duration = timeline.plan, timeline.duration
    wanted = [step for step in steps if step.wanted]
    for first, second in _AT_ONCE:
        places = [{(s.start, s.end) for s in wanted if s.what == what} for what in (first, second)]
        if places[0] & places[1] and "opposites" not in " ".join(timeline.notes):
            yield f"Perhaps misread: '{words_for(first)}' and '{words_for(second)}' are at the same time in the plan."
    glad, grim = (next((s for s in wanted if s.what in feelings), None) for feelings in (_GLAD, _GRIM))
    if glad and grim and (glad.start, glad.end) == (grim.start, grim.end) and not MIXED.search(text):
        yield f"Perhaps misread: '{grim.what}' and '{glad.what}' are at the same time in the plan."
    if not steps or NOT_ORDER.search(text) or CHANGE.search(text):
        return
    spans = _spans(timeline)
    whole = all(start < _EDGE and end > duration - _EDGE for start, end in spans)
    order = ORDER.search(text)
    if order and whole and not any(step.grows != STEADY for step in steps):
        yield f"Perhaps misread: '{order.group()[:60]}' is not in the plan, where all happens at once."
    elif not NEGATED.search(text):
        for first, second in _pairs(text):
            before, after = _onsets(first, steps), _onsets(second, steps)
            if before and after and max(after) < min(before) + _EDGE / 4:
                yield f"Perhaps misread: in the plan '{second[:40]}' does not come after '{first[-40:]}'."


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """What comes first and what after it, as the text says."""
    yield from pairwise(part.strip(" ,.;") for part in IN_TURN.split(text))
    for rule in (BEFORE, AFTER):
        yield from ((match["a"].strip(), match["b"].strip()) for match in rule.finditer(text))


def _onsets(part: str, steps: Sequence[PlanStep]) -> list[float]:
    """When what is named in a part begins, if it names one thing only."""
    meant = [named.meant for _, named in _found(part)]
    return [step.start for step in steps if len(meant) == 1 and step.wanted and step.what in meant[0]]

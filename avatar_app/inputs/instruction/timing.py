"""Structure of an instruction: its clauses with their times, counts and cues.

What a clause means is decided by inputs/instruction/understanding.py. time_words.py, shares.py and cues.py read what is
said about time, steps.py words of sequence, corrections.py oppositions, counting.py counts; placing.py gives seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from avatar_app.inputs.instruction.corrections import corrects, oppose, refuses, scraps
from avatar_app.inputs.instruction.counting import counts_of, one_gesture
from avatar_app.inputs.instruction.intensity import ramp_of
from avatar_app.inputs.instruction.marks import MARK, mark_times, marks_of
from avatar_app.inputs.instruction.placing import place, problems
from avatar_app.inputs.instruction.steps import clean, joins_in, polite, repeats, returns, sentences, steps_of
from avatar_app.inputs.instruction.structure import Clause, Placed, When
from avatar_app.inputs.instruction.time_words import seconds

__all__ = ["Clause", "Placed", "When", "place", "problems", "seconds", "split_clauses"]

_TALKS = re.compile(r"\b(?:talk|speak|say|breath|articulat|mumbl|whisper|chew)", re.I)
_BRIEF = re.compile(
    r"\b(?:quick(?:ly)?|glanc(?:e|es|ing)|peeks?|peeps?|flash(?:es|ing)?|flick(?:s|er|ers)?(?! of)|fleeting|darts?)\b",
    re.I,
)
_SLOW = re.compile(r"\bslow(?:ly|y|er|ish)?\b|\b(?:leisurely|unhurried(?:ly)?|lazily|in slow motion)\b", re.I)
_FAST = re.compile(
    r"\b(?:quick(?:ly|er)?|fast(?:er)?|rapid(?:ly)?|swift(?:ly)?|abrupt(?:ly)?|sudden(?:ly)?|hast(?:y|ily))\b", re.I
)
_SHUT = re.compile(r"\b(?:clos|shut)", re.I)
_OPENS = re.compile(r"(?:(?:they|and|eyes|then) )*opens?(?: (?:them|up|again|wide)){0,2}[.!]?", re.I)  # what was shut
_CHUNK = re.compile(r"(,\s*(?:(?:and|but|with)\s+)?|\s+(?:and|but|while|with)\s+)", re.I)
_VERB = re.compile(
    r"(?:(?:\w+ly|an?|one|two|three|four|double|the|also|then|keep|keeps|keep on|to|she|he|(?:have|make|let) (?:him|"
    r"her|them|it)) )*(?:nod|shak|blink|"
    r"wink|smil|frown|glanc|look|turn|tilt|rais|lift|lower|flash|clos|open|smirk|"
    r"keep (?:the|his|her|your)|hold|quick|roll|laugh|sigh|wrinkl|puff|bit|squint|lean|press|pout|peek|eyebrow|brow)",
    re.I,
)


@dataclass
class _Group:
    """Words that share their times; more than one anchor means that they happen more than once."""

    words: list[str] = field(default_factory=list)
    whens: list[When] = field(default_factory=list)

    @property
    def anchored(self) -> bool:
        return any(not when.only_extent for when in self.whens)

    def add(self, when: When) -> None:
        if self.whens and (when.only_extent or self.whens[-1].only_extent or when.cue or self.whens[-1].cue):
            self.whens[-1] = self.whens[-1].merged(when)
        else:
            self.whens.append(when)


def split_clauses(text: str) -> list[Clause]:
    """The steps of an instruction in the order in which they happen, with the times that they state."""
    marked, times = mark_times(text)
    marked = _apart(marked, times)
    clauses: list[Clause] = []
    pending: list[When] = []  # of a line that holds nothing but a time
    for sentence in sentences(marked):
        steps = steps_of(sentence)
        for step in steps:
            groups = _groups(step, times)
            if not any(group.words for group in groups):
                pending += [when for group in groups for when in group.whens]
                continue
            for when in pending:
                groups[0].whens = [w.merged(when) for w in groups[0].whens or [When()]]
            pending = []
            for group in groups:
                clauses += _clauses(group, len(steps) == 1, clauses)
    if clauses and pending:
        clauses += _late(clauses, pending)
    asked = [clause for clause in clauses if not polite(clause.text)]
    told = [_counted(clause) for clause in _corrected(asked or clauses)]
    in_turn = [clause for clause in told if not clause.soft and not clause.beside]
    return [_once(clause) if clause in in_turn and len(in_turn) > 1 else clause for clause in told]


def _apart(marked: str, times: list[When]) -> str:
    """ "keep still the whole time and nod twice" in two sentences."""

    def ends(match: re.Match[str]) -> str:
        whole = marks_of(match[1], times)[0].whole and _VERB.match(match["rest"])
        return f"{match[1]}. {match['rest']}" if whole else match[0]

    return re.sub(rf"({MARK})\s*(?:and|but)\s+(?P<rest>[^,.;]+)", ends, marked)


def _groups(step: str, times: list[When]) -> list[_Group]:
    """One group per stated time; parts without a time stay with the time before them."""
    pieces = [step] if not re.search(MARK, step) else re.split(r"\s*,\s*(?:and\s+|but\s+)?", step)
    pieces = [part for piece in pieces for part in _at_and(piece, times)]
    groups: list[_Group] = []
    for piece in pieces:
        tokens = [token for token in re.split(rf"({MARK})", piece) if token.strip(" ,:;.-–")]
        if not any(re.match(MARK, token) for token in tokens):
            words = clean(piece)
            if words and groups:
                groups[-1].words.append(words)
            elif words:
                groups.append(_Group([words]))
            continue
        found = _front_or_behind(tokens, times)
        if groups and groups[-1].words and groups[-1].whens and not groups[-1].anchored and not found[0].words:
            for when in found.pop(0).whens:  # "tilt for 3 s, starting at 5 s"
                groups[-1].add(when)
        if groups and (cue := _cue_of(groups[-1])) and all(when.only_extent for group in found for when in group.whens):
            for group in found:  # "when I say so, relax, close your eyes for a moment"
                group.whens = [when.merged(cue) for when in group.whens]
        groups += found
    return _gathered(groups)


def _cue_of(group: _Group) -> When | None:
    """The cue alone that all words of a group are tied to."""
    cues = [when.cue for when in group.whens if when.cue is not None]
    return When(cue=cues[0]) if len(cues) == len(group.whens) == 1 else None


def _at_and(piece: str, times: list[When]) -> list[str]:
    """Divides "nod at 4 s and wink at 6 s", but not "raise your brows and nod at 4 s"."""
    whens = marks_of(piece, times)
    extents = sum(when.only_extent for when in whens)
    many = max(extents, len(whens) - extents) > 1
    behind = re.match(
        rf"[^\ue000-\uf8ff]*\w[^\ue000-\uf8ff]*{MARK}\s*and\s[^\ue000-\uf8ff]*\w[^\ue000-\uf8ff]*{MARK}", piece
    )
    parts = re.split(rf"\s+and\s+(?=[^,]*{MARK})", piece) if many or behind else [piece]
    if any(when.every or when.brief for when in whens) and len(parts) == 1:
        cut = re.match(r"(?P<a>[^,\ue000-\uf8ff]*\w)\s+(?:and|but)\s+(?P<b>.*)$", piece, re.S)
        if cut and _VERB.match(clean(re.sub(MARK, " ", cut["b"]))):
            parts = [cut["a"], cut["b"]]
    return parts


def _front_or_behind(tokens: list[str], times: list[When]) -> list[_Group]:
    """ "[0-2] smile [2-4] frown" has its times in front, "smile [0-2] frown [2-4]" behind."""
    made: list[_Group] = []
    i = 0
    while i < len(tokens):
        group = _Group()
        in_front = bool(re.match(MARK, tokens[i]))
        while i < len(tokens) and re.match(MARK, tokens[i]):
            group.add(marks_of(tokens[i], times)[0])
            i += 1
        if i < len(tokens):
            words = clean(tokens[i])
            group.words += [words] if words else []
            i += 1
        while i < len(tokens) and re.match(MARK, tokens[i]):
            when = marks_of(tokens[i], times)[0]
            if in_front and not when.only_extent and i + 1 < len(tokens):
                break
            group.add(when)
            i += 1
        made.append(group)
    return _tails_joined(made)


def _tails_joined(groups: list[_Group]) -> list[_Group]:
    """Words behind the last time of a piece belong to it: "at 2 s she looks up for a moment as if she prayed"."""
    joined: list[_Group] = []
    for group in groups:
        if joined and not group.whens and joined[-1].words:
            joined[-1].words[-1] += " " + " ".join(group.words)
        else:
            joined.append(group)
    return joined


def _gathered(groups: list[_Group]) -> list[_Group]:
    """Times without words go to the words after them ("at 2 s, for 1 s, smile") or else repeat those before them."""
    gathered: list[_Group] = []
    for group in groups:
        waiting = bool(gathered) and not gathered[-1].words
        if waiting and not (len(gathered) > 1 and gathered[-1].anchored and group.anchored):
            for when in group.whens:
                gathered[-1].add(when)
            gathered[-1].words = group.words
        else:
            gathered.append(group)
    return gathered


def _clauses(group: _Group, alone: bool, before: list[Clause]) -> list[Clause]:
    """The clauses of one group: one for each of its times, more where some of its words are over sooner than others."""
    whens = group.whens or [When()]
    text = ", ".join(group.words)
    if not text:
        return _late(before, whens) if group.whens and before else []
    if repeats(text):
        return _late(before, whens, again=True) if before else []
    soft = alone and whens == [When()]
    beside = whens == [When()] and bool(before) and joins_in(text)
    made: list[Clause] = []
    for when in whens:
        if when.by is not None and ramp_of(text):  # "growing, a full grin by second 9"
            when = replace(when, by=None, end=when.by)
        found = tuple([f"Not done: '{text}', as {when.problem}."] if when.problem else [])
        opens = bool(before) and bool(_OPENS.fullmatch(text)) and bool(_SHUT.search(before[-1].text))
        clause = Clause(text, when, soft and not beside, beside=beside, problems=found)
        made += [replace(clause, returns=True)] if opens else _returned(clause)
    return [part for clause in made for part in _hurried(clause)]


def _late(before: list[Clause], whens: list[When], again: bool = False) -> list[Clause]:
    """The clause before at another time, or with what is said about it afterwards (changes `before` then)."""
    last = before[-1]
    made: list[Clause] = []
    for when in whens:
        late = last.when == When() and not last.problems  # "a tiny smile, but only in the final second"
        if (when.only_extent or late) and not again and last.when.merged(when) != last.when:
            before[-1] = replace(last, when=last.when.merged(when), soft=False)
        elif when.problem:
            made.append(
                replace(last, when=when, soft=False, problems=(f"Not done: '{last.text}', as {when.problem}.",))
            )
        else:
            made.append(replace(last, when=when, soft=False, beside=False))
    return made


def _returned(clause: Clause) -> list[Clause]:
    """Divides "the frown goes away and there is a smile" and marks what returns to rest."""
    if not returns(clause.text):
        return [clause]
    pieces = _CHUNK.split(clause.text)
    back = [i for i in range(0, len(pieces), 2) if returns(pieces[i])]
    if len(pieces) == 1 or not back:
        return [replace(clause, returns=True)]
    rest = [pieces[i] for i in range(0, len(pieces), 2) if i not in back]
    made = [replace(clause, text=", ".join(pieces[i] for i in back), returns=True)]
    return [*made, replace(clause, text=", ".join(rest), beside=True)] if rest else made


def _hurried(clause: Clause) -> list[Clause]:
    """Marks what is over quickly; where other words of the clause are not, those become a clause of their own."""
    pieces = _CHUNK.split(clause.text)
    quick = [i for i in range(0, len(pieces), 2) if _BRIEF.search(pieces[i]) and not _TALKS.search(pieces[i])]
    lasting = [i for i in range(0, len(pieces), 2) if i not in quick]
    if not quick or clause.when.length or clause.when.every or clause.when.whole or clause.when.brief:
        return [clause]
    brief = replace(clause.when, brief=True)
    wanted = [i for i in lasting if _VERB.match(pieces[i])]
    if not wanted or not all(_VERB.match(pieces[i]) for i in quick) or clause.when != When():
        return [replace(clause, when=brief)]
    kept = replace(clause, text=", ".join(pieces[i] for i in lasting))
    return [kept, replace(clause, text=", ".join(pieces[i] for i in quick), when=brief, beside=True, soft=False)]


def _corrected(clauses: list[Clause]) -> list[Clause]:
    """Sets what is wanted and what is not beside each other, the wanted first."""
    made: list[Clause] = []
    for clause in clauses:
        if made and (wanted := scraps(clause.text)) is not None:
            when = made.pop().when if clause.when == When() else clause.when
            made += [replace(clause, text=wanted, when=when)] if wanted else []
            continue
        refused = refuses(made[-1].text, clause.text) if made else None
        if refused:
            made[-1] = replace(made[-1], text=refused)
            continue
        both = oppose(clause.text)
        if both is None and made and not made[-1].beside and clause.when == When():
            both = corrects(made[-1].text, clause.text)
            clause = replace(clause, when=made.pop().when) if both else clause
        if both is None:
            made.append(clause)
            continue
        made.append(replace(clause, text=both[0]))
        made.append(replace(clause, text=both[1], beside=True, soft=False))
    return made


def _once(clause: Clause) -> Clause:
    lasts = clause.when.end or clause.when.length or clause.when.every or clause.when.whole or clause.when.cue
    if clause.count is not None or lasts or not one_gesture(clause.text):
        return clause
    return replace(clause, count=1, counts=((clause.text, 1),))


def _counted(clause: Clause) -> Clause:
    counts = counts_of(clause.text)
    pace = "slow" if _SLOW.search(clause.text) else "fast" if _FAST.search(clause.text) else ""
    return replace(clause, counts=counts, count=counts[0][1] if len(counts) == 1 else None, pace=pace)

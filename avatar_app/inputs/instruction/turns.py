"""What cannot be at once comes in turn: a row of parts that contradict each other tells a sequence without saying so.

"glance down as if reading, look back up and be delighted" names no order, and nobody can look down and up together.
"""

from __future__ import annotations

import re
from dataclasses import replace

from avatar_app.inputs.instruction.counting import counts_of, one_gesture
from avatar_app.inputs.instruction.deeds import plain_deeds
from avatar_app.inputs.instruction.meanings import texts_of
from avatar_app.inputs.instruction.structure import Clause, When

_PART = re.compile(r"\s*(?:,\s*(?:and |but )?(?:then )?|\.{2,}|…|\s/\s|\s(?:and|but)\s)\s*", re.I)
_TOGETHER = re.compile(
    r"\b(?:at once|same time|simultaneous\w*|both|mix(?:ed|ture)?|blend|whil(?:e|st)(?! (?:talk|speak|say))|without|"
    r"not|no|never|instead|rather|torn|"
    r"between|half|either|or|don['’]?t|neither|nor|alternat\w+|every|each|against|still)\b|n['’]t\b",
    re.I,
)
_PLACES = re.compile(
    r"^(?:his |her |the |with )*(?:sad |wide |soft |hard |cold )?(?:eyes?|mouth|lips?|brows?|eyebrows?|head|chin)\b",
    re.I,
)
_OPPOSED = (
    ("look_left", "look_right"), ("look_up", "look_down"), ("turn_left", "turn_right"), ("tilt_left", "tilt_right"),
    ("head_up", "head_down"), ("lean_forward", "lean_back"), ("nod", "shake_head"), ("close_eyes", "widen_eyes"),
    ("smile", "mouth_frown"), ("press_lips", "laugh"), ("press_lips", "open_mouth"), ("wink_left", "wink_right"),
    ("lower_brows", "raise_brows"), ("yawn", "smile"), ("yawn", "laugh"),
)  # fmt: skip
_GLAD = frozenset(["happy", "excited", "amused", "relieved", "proud", "loving", "confident", "calm"])
_GRIM = frozenset(
    ["sad", "angry", "fearful", "disgusted", "nervous", "annoyed", "disappointed", "embarrassed", "bored", "tired"]
)
# A finite verb or an order: something happens, and it is no list of qualities.
_HAPPENS = re.compile(
    r"^(?:and |then |just |suddenly |slowly |finally |he |she |they |it |(?:his|her|the|an?) (?:\w+ )?\w+ |let |man |"
    r"woman |guy |girl |boy )*"
    r"(?!is\b|his\b|this\b|as\b|looks like\b|eyes\b|lips\b|brows\b|always\b)(?:[a-z]{2,}[^s\W]s\b|look|turn|glance|"
    r"get|become|break|burst|"
    r"smile|frown|laugh|nod|shake|close|open|relax|calm|cheer|wake|go|start|end|gasp)",
    re.I,
)
# A feeling with what it is about: "frightened at the noise", "relieved it's only the cat".
_CAUSED = re.compile(
    r"^(?:and |then |he |she |they |is |looks? )*(?:\w+ly )?\w+ (?:at|by|of|about|when|that|because|as|after|it['’]?s|"
    r"it is|it was|to (?:find|see|hear|learn))\b",
    re.I,
)
# Without one of these words, or something that happens, no part can contradict another: saves asking the reader.
_OPPOSABLE = re.compile(
    r"\b(?:left|right|up|down|forwards?|back|in|nod|shak|clos|shut|open|wide|press|wink|yawn|brow|eyebrow|smil|frown|purs)",
    re.I,
)
_STORY = re.compile(r"(?:(?:and|then|he|she|they) )*(?!is\b|has\b)[a-z]{3,}s\b", re.I)
_MOMENT = re.compile(
    r"\b(?:nod|blink|wink|shake|sigh|yawn|laugh|chuckle|giggle|gulp|gasp|swallow|sniff|cough|wince|flinch|glance|"
    r"exhale|inhale|breathe|"
    r"purse|pucker|puff|stick|eye-?roll|roll|shrug|twitch|kiss)(?:e?s)?\b",
    re.I,
)
_LASTS = re.compile(
    r"\b(?!thing\b|something\b|nothing\b|everything\b|king\b|evening\b)\w{2,}ing\b|\b(?:all|always|whole|more|lots|"
    r"many)\b",
    re.I,
)
_BARE = re.compile(
    r"(?:and |then |finally |at last |back |over |all the way |slowly |quickly |straight )*(?:to |over to |back to )?"
    r"(?:the |his |her |your )?(?P<side>left|right|up|down)(?: again| side)?",
    re.I,
)
_VERB = re.compile(
    r"\b(?P<verb>(?:turn|tilt|look|glanc|lean|shift|mov)(?:e?s|ing|e)?(?: (?:the|his|her|your) (?:head|eyes))?|"
    r"(?:head|eyes?|gaze) (?:goes|go|moves?|turns?|tilts?|swings?))\b",
    re.I,
)


def in_turn(clauses: list[Clause]) -> list[Clause]:
    """The clauses with rows of contradictory parts divided, and with the verb that a bare side left out."""
    told = _with_verbs(clauses)
    parts = [_parts(clause) for clause in told]
    if asked := [part for row in parts if len(row) > 1 and not _moments(row) and _may_clash(row) for part in row]:
        from avatar_app.inputs.instruction.understanding import understand  # torch: only where something is instructed

        understand([*asked, *texts_of(told)])  # which remembers: one batch takes half of the time of two
    return [step for clause, row in zip(told, parts, strict=True) for step in _divided(clause, row)]


def _with_verbs(clauses: list[Clause]) -> list[Clause]:
    """ "head goes to the right, then over to the left": the verb of the one before."""
    made: list[Clause] = []
    for clause in clauses:
        said = [match for before in made[-2:] for match in _VERB.finditer(before.text)]
        match = _BARE.fullmatch(clause.text.strip(" .!,"))
        made.append(replace(clause, text=f"{said[-1]['verb']} {match['side']}") if match and said else clause)
    return made


def _parts(clause: Clause) -> list[str]:
    """The parts of a clause that may come in turn; one where it stays whole."""
    parts = [plain_deeds(part) for part in _PART.split(clause.text) if part.strip()]
    whole = clause.when in (When(), When(brief=True)) and not clause.beside and not clause.returns
    told = re.search(r",|\.\.|…|\s/\s", clause.text) or _STORY.match(clause.text)
    if not 1 < len(parts) < 9 or not told or not whole or clause.problems or _TOGETHER.search(clause.text):
        return [clause.text]
    return parts


def _divided(clause: Clause, parts: list[str]) -> list[Clause]:
    if len(parts) < 2:
        return [clause]
    rows = [[part] for part in parts] if _moments(parts) else _rows(parts)
    return [_step(clause, ", ".join(row)) for row in rows] if len(rows) > 1 else [clause]


def _step(clause: Clause, text: str) -> Clause:
    counts = counts_of(text) or (((text, 1),) if one_gesture(text) else ())
    count = counts[0][1] if len(counts) == 1 else None
    return replace(clause, text=text, when=When(), soft=False, pace="", counts=counts, count=count)


def _moments(parts: list[str]) -> bool:
    """Whether three or more parts are a row of moments: "nervous laugh, gulp, fake smile"."""
    brief = [bool(_MOMENT.search(part)) for part in parts]
    return len(parts) > 2 and sum(brief) > 1 and not any(_LASTS.search(part) for part in parts)


def _may_clash(parts: list[str]) -> bool:
    return any(_OPPOSABLE.search(part) or _HAPPENS.match(part) or _CAUSED.match(part) for part in parts[1:])


def _rows(parts: list[str]) -> list[list[str]]:
    """The parts in rows of what can be shown together."""
    if not _may_clash(parts):
        return [parts]
    from avatar_app.inputs.instruction.understanding import understand  # torch: only where something is instructed

    named = [{name for name, value in answer.named.items() if value > 0} for answer in understand(parts)]
    rows, here = [[parts[0]]], set(named[0])
    for before, part, names in zip(parts, parts[1:], named[1:], strict=False):
        caused = bool(_CAUSED.match(before) and _CAUSED.match(part))
        if _clash(here, names, caused or (bool(_HAPPENS.match(part)) and not _PLACES.match(part))):
            rows.append([])
            here = set()
        rows[-1].append(part)
        here |= names
    return rows


def _clash(before: set[str], after: set[str], happens: bool) -> bool:
    """Whether what is named after cannot be shown with what is named before; of feelings only where something happens,
    or each is about something of its own."""
    if any((a in before and b in after) or (b in before and a in after) for a, b in _OPPOSED):
        return not any(a in s and b in s for a, b in _OPPOSED for s in (before, after))
    felt = [(bool(names & _GLAD), bool(names & _GRIM)) for names in (before, after)]
    return happens and felt in ([(True, False), (False, True)], [(False, True), (True, False)])

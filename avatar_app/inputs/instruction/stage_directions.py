"""Stage directions: "(looks down) Well... I suppose so. (forces a smile)" acts the brackets and leaves the dialogue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from avatar_app.inputs.instruction.cues import words_of
from avatar_app.inputs.instruction.marks import MARK, mark_times
from avatar_app.inputs.instruction.structure import Clause, When
from avatar_app.inputs.instruction.timing import split_clauses
from avatar_app.speech.voice_map import VoiceMap

_BRACKETS = re.compile(
    r"\(([^()\n]{1,200})\)|\[([^\[\]\n]{1,200})\]|<([a-z][^<>\n]{1,80})>|"
    r"(?<![\w*])\*{1,2}([^*\n]{2,200})\*{1,2}(?!\w)",
    re.I,
)
_NO_DIRECTION = re.compile(
    r"[\W\d]*$|(?:au ?\d+[\s,+&]*)+$|(?:but|not|and|or|i\.?e|e\.?g|which|that|like|if|about|approx|only|just|see|"
    r"left|right|the(?! (?:\w+ )?\w+ \w+s\b)|"
    r"please|for|at|from|in|medium|optional|max|min)\b|\W*\d",
    re.I,
)
_SCENE = re.compile(r"^\s*(?:INT|EXT|INT\./EXT)\.?\s[^\n]{0,80}?(?:[-–—]\s*[A-Z]+\b\.?|\n)\s*")
_SPEAKER = re.compile(r"(?:^|[\n.!?]\s*)\s*([A-Z][A-Z'’ .]{1,30}?)\s*(?=\(|:|$)")
_COLON = re.compile(r"^\s*:")
_SPOKEN = re.compile(
    r"\b(?:i|i['’](?:m|ve|ll|d)|my|me|we|we['’]re|our|us|oh|well|hmm+|um+|uh|ah+|hey|okay|yeah|yes|fine|what|who|"
    r"why|where|how|"
    r"never mind|sure|thanks|sorry|darling|sir|madam|goodbye|hello|you|you['’]re|your|don['’]t know|it['’]s|"
    r"that['’]s|can['’]t|"
    r"won['’]t|was|were|wasn['’]t)\b|\?|\.\.\.|…|!|[\"“”]",
    re.I,
)
_REQUEST = re.compile(
    r"(?:^|[.!?;,\n]\s*|\b(?:then|and|to|please|just)\s+)(?:look|turn|tilt|nod|shake|smile|frown|raise|lower|lift|"
    r"drop|blink|wink|"
    r"close|open|stare|glance|lean|keep|hold|be|show|act|laugh|squint|press|pout|talk|speak|face|roll|bite|puff|"
    r"stretch|wrinkle|"
    r"whisper|shout|start|begin|end|make|give|try|do)\b(?! it\b| you\b| me\b)|"
    r"\b(?:please|(?:could|can|would|will) (?:you|she|he|we|the)|i(?: would|['’]d)? (?:want|need|like|love)|should|"
    r"eyebrows?|brows?|"
    r"eyes|eyelids?|mouth|lips?|chin|cheeks?|head|nose|jaw|forehead|facial|expression|smiles?|smiling|frowns?|nods?|"
    r"seconds?|"
    r"slightly|the (?:portrait|avatar|face|clip|video))\b",
    re.I,
)
_NARRATION = re.compile(
    r"(?:^|[.!?]\s+)(?:she|he|they|a (?:man|woman|lady|boy|girl)|the (?:man|woman|lady|girl|boy|person|speaker|"
    r"portrait)) \w+s\b",
    re.I,
)
_STAGE_WORD = re.compile(r"(?:(?:she|he|they|[a-z]+ly)[ ,]+)?[a-z]+(?:s|ing)\b", re.I)
_BEAT = re.compile(
    r"(?:an? )?(?:(?:long|short|tiny|small) )?(?:beat|pause|silence)", re.I
)  # time that passes, nothing to act
_SIDE = re.compile(r"\b(?P<side>[RL])\b(?! ?\.\w)")
_TAIL, _GAP = 2.0, 1.0  # seconds that the last direction has, and that one has before the next, if there is room


@dataclass(frozen=True)
class Direction:
    """What is acted, the dialogue right after it, and the share (0 to 1) of the dialogue that is spoken before it."""

    text: str
    following: str
    share: float


def split_directions(text: str, means_something: Callable[[str], bool] | None = None) -> list[Direction] | None:
    """The stage directions of a text with dialogue around them, in order; None where it is an instruction.

    It is dialogue if a scene or a speaker is named in capitals, or if what stands outside the brackets is spoken (first
    or second person, a question, an interjection) and asks for nothing (no imperative of acting, no part of the face,
    no story in the third person, no time). Where neither shows, `means_something` is asked whether the outside names
    an emotion or an action; without it the brackets must read like directions ("sighs", "looking down").
    """
    found = [m for m in _BRACKETS.finditer(text) if not _NO_DIRECTION.match(_inside(m))]
    if not found:
        return None
    edges = [0, *(edge for m in found for edge in m.span()), len(text)]
    outside = [_dialogue(text[a:b]) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    if not _SCENE.match(text) and not _is_dialogue(text, " ".join(outside).strip(), found, means_something):
        return None
    total = sum(map(len, outside))
    shares = [sum(map(len, outside[: i + 1])) / total if total else i / len(found) for i in range(len(found))]
    return [Direction(_inside(m), " ".join(outside[i + 1 :]).strip(), shares[i]) for i, m in enumerate(found)]


def _inside(match: re.Match[str]) -> str:
    inside = next(part for part in match.groups() if part is not None).strip(" *.:")
    return _SIDE.sub(lambda m: "left" if m["side"] == "L" else "right", inside)


def _dialogue(text: str) -> str:
    """Without scene and speaker."""
    return _COLON.sub("", _SPEAKER.sub(" ", _SCENE.sub("", text))).strip()


def _is_dialogue(
    text: str, outside: str, found: list[re.Match[str]], means_something: Callable[[str], bool] | None
) -> bool:
    inside = [_inside(match) for match in found]
    if not re.search(r"\w", outside):
        staged = [bool(_STAGE_WORD.match(part) or "," in part or _BEAT.fullmatch(part)) for part in inside]
        return len(inside) > 1 and sum(staged) > len(inside) / 2  # "*blinks* *blinks again* *slow grin*"
    if re.search(MARK, mark_times(outside)[0]) or _NARRATION.search(outside) or _REQUEST.search(outside):
        return False
    if re.fullmatch(r"(?:(?:then|and|next|finally|first)\b|[\s,;>-])+", outside, re.I):
        return False
    named = any(_SPEAKER.match(text[: match.end()]) or _SPEAKER.search(text[: match.start()]) for match in found)
    if _SPOKEN.search(outside) or (named and re.search("[a-z]", outside)):
        return True
    if means_something is not None:
        return not means_something(outside)
    return any(_STAGE_WORD.match(part) for part in inside)


def direction_clauses(directions: list[Direction], duration: float, voice: VoiceMap | None = None) -> list[Clause]:
    """Clauses of the directions with the seconds at which they start; `place` lays them out."""
    starts = direction_starts(directions, duration, voice)
    clauses: list[Clause] = []
    for i, (direction, start) in enumerate(zip(directions, starts, strict=True)):
        end = starts[i + 1] if i + 1 < len(starts) else duration
        if _BEAT.fullmatch(direction.text):
            continue
        parts = split_clauses(direction.text) or [Clause(direction.text)]
        steps = [part for part in parts if part.when == When() and not part.beside]
        for part in parts:
            if part in steps:
                begin = start + (end - start) * steps.index(part) / len(steps)
                part = replace(part, when=When(start=begin), soft=False)
            clauses.append(part)
    return clauses


def direction_starts(directions: list[Direction], duration: float, voice: VoiceMap | None = None) -> list[float]:
    """Seconds at which the directions begin, each later than the one before: at the words that follow, where the voice
    map holds them, else in proportion to the dialogue before them."""
    heard = _heard(directions, voice)
    starts = [heard.get(i, direction.share * duration) for i, direction in enumerate(directions)]
    gap = min(_GAP, duration / (len(starts) + 1))
    latest = duration - min(_TAIL, duration / (len(starts) + 1))
    for i in reversed(range(len(starts))):
        starts[i] = min(starts[i], latest)
        latest = starts[i] - gap
    earliest = 0.0
    for i, start in enumerate(starts):
        starts[i] = max(start, earliest)
        earliest = starts[i] + gap
    return starts


def _heard(directions: list[Direction], voice: VoiceMap | None) -> dict[int, float]:
    """Index of a direction -> when the word after it is spoken. Empty unless half of the dialogue is spoken."""
    if voice is None or not voice.words or not directions:
        return {}
    said = words_of(directions[0].following)  # all but what stands before the first direction
    spoken = ["".join(words_of(word.text)) for word in voice.words]
    blocks = SequenceMatcher(None, said, spoken, autojunk=False).get_matching_blocks()
    pairs = {block.a + k: block.b + k for block in blocks for k in range(block.size)}
    if not said or len(pairs) < len(said) / 2:
        return {}
    places = {i: len(said) - len(words_of(direction.following)) for i, direction in enumerate(directions)}
    return {i: voice.words[pairs[place]].start for i, place in places.items() if place in pairs}

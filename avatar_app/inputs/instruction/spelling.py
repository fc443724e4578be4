"""Mends typing errors in the words that an instruction is likely to hold: "smlie" is "smile", "tounge" is "tongue"."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from functools import lru_cache
from pathlib import Path

from avatar_app.inputs.instruction.symbols import signs_to_words
from avatar_app.inputs.instruction.text_encoder import known_words

SHORTEST = 4  # letters; shorter words have too many neighbours
TWO_ERRORS = 15  # letters of both words together from which on two errors are mended
COMMONEST = 2000  # words that an error is mended to
_ENDINGS = ("s", "es", "ed", "ing", "er", "ers", "ly", "y", "ness", "less", "ful", "ish")
_HASTY = {
    "u": "you",
    "ur": "your",
    "teh": "the",
    "upp": "up",
    "plz": "please",
    "pls": "please",
    "hed": "head",
    "lft": "left",
}
# A negation that negates nothing: "she cannot stop grinning" grins.
_UNABLE_TO_STOP = re.compile(
    r"\b(?:can ?not|can['’]?t|could(?: not|n['’]?t)|do(?:es)?(?: not|n['’]?t)|unable to|won['’]?t|never)"
    r"(?: you| ever| dare){0,3} (?:stop|help|quit|cease)s?\b(?: but\b)?",
    re.I,
)
_VOWELS = str.maketrans("", "", "aeiouy")


def mended(text: str, words: Mapping[str, int], known: Container[str]) -> str:
    """`text` with unknown words replaced by the likeliest of `words` (word: its rank, 0 is commonest) nearby, if any.

    Words in `known` are right as they are, whatever they mean. Case is kept where nothing is mended.
    """

    def mend(match: re.Match[str]) -> str:
        word = match.group().lower()
        if word in _HASTY:
            return _HASTY[word]
        if len(word) < SHORTEST or word in words or word in known or _stem_is_known(word, words, known):
            return match.group()
        return nearest(word, words) or match.group()

    return re.sub(r"(?<![\w'’])[A-Za-z]+(?![\w'’])", mend, text)


def nearest(word: str, words: Mapping[str, int]) -> str | None:
    """The likeliest of the commonest `words` one error away from `word`, two for long words; None if there is none."""
    letters, own = sorted(word), set(word)
    near = [
        other
        for other, rank in words.items()
        if rank < COMMONEST
        and abs(len(other) - len(word)) <= 2
        and other[0] in word[:2]
        and len(other) >= SHORTEST - 1
        and len(own ^ set(other)) <= 4  # an error adds a letter and takes one away at most; counting errors is slow
    ]
    close = [
        other
        for other in near
        if sorted(other) == letters or (len(own ^ set(other)) <= 2 and distance(word, other) == 1)
    ]
    if not close:
        long = [other for other in near if other[0] == word[0] and len(other) + len(word) >= TWO_ERRORS]
        close = [other for other in long if distance(word, other) <= 2]
    return min(close, key=lambda other: _unlikely(word, other, words[other]), default=None)


def _stem_is_known(word: str, words: Mapping[str, int], known: Container[str]) -> bool:
    """ "blushes" is a form of "blush", "juts" of "jut", "hummed" of "hum", "teasing" of "tease"."""
    stems = [word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)]
    stems += [stem + "e" for stem in stems] + [stem[:-1] for stem in stems if stem[-2:-1] == stem[-1:]]
    return any(len(stem) >= SHORTEST - 1 and (stem in known or stem in words) for stem in stems)


def _unlikely(word: str, other: str, rank: int) -> tuple[int, int]:
    """Letters that changed place, and vowels, are mistaken more often than the first letter and consonants."""
    moved = sorted(word) == sorted(other) or set(word) == set(other)
    same_sound = word.translate(_VOWELS) == other.translate(_VOWELS)
    return (2 * (word[0] != other[0]) - moved - same_sound, rank)


def distance(a: str, b: str) -> int:
    """Letters to add, drop, change or swap with the next, to make `b` of `a` (Damerau 1964, without overlaps)."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[-1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def tidied(text: str, words: dict[str, int]) -> str:
    """What the model reads: signs as words, typing errors mended, "cannot stop smiling" as "keeps smiling"."""
    text = signs_to_words(text.strip())
    if words and text:
        text = mended(text, words, known_words())
    return _UNABLE_TO_STOP.sub("keeps", text)


@lru_cache(maxsize=2)
def load_words(folder: Path) -> dict[str, int]:
    """Words of instructions with their rank, commonest first, as training wrote them; empty without the file."""
    path = folder / "words.txt"
    lines = path.read_text(encoding="utf-8").split() if path.is_file() else []
    return {word: rank for rank, word in enumerate(lines)}

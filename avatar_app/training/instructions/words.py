"""The words of the grammar, by label: which exist, which are held out, how strong they are."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from avatar_app.face.facs import ACTION_NAMES, EMOTION_NAMES
from avatar_app.training.instructions.word_lists import read_lists

AVOIDED = -1.0
WEAK, MEDIUM, STRONG = 0.35, 0.65, 1.0
LEVELS = {"weak": WEAK, "medium": MEDIUM, "strong": STRONG}  # lists of degree words in frames.txt
HELD_OUT = 10  # one word or frame in so many is kept for validation
ALWAYS_TRAINED = 4  # the first words of a list are too basic to hold out

# Feelings that a described scene does not tell apart; sentences with a scene are not judged on the neighbours.
NEIGHBOURS: tuple[frozenset[str], ...] = tuple(
    frozenset(group.split())
    for group in (
        "happy excited amused relieved proud loving",
        "sad disappointed sympathetic",
        "angry annoyed",
        "fearful nervous",
        "surprised awed curious",
        "shy embarrassed nervous",
        "bored tired annoyed",
        "contemptuous proud confident",
        "mischievous amused",
        "suspicious confused curious",
        "calm relieved",
    )
)


def held_out(item: str) -> bool:
    """Whether a word or frame is kept for validation; depends on its text alone. Names with codes never are."""
    coded = "AU" in item or "_" in item
    return not coded and zlib.crc32(item.encode()) % HELD_OUT == 0


def split_level(word: str) -> tuple[str, float | None]:
    """("grin", None), or ("beam", 1.0) for "beam!", ("giggle", 0.35) for "giggle~"."""
    level = {"!": STRONG, "~": WEAK}.get(word[-1])
    return (word[:-1] if level else word), level


def opposite(side: str) -> str:
    return "right" if side == "left" else "left"


@dataclass(frozen=True)
class Words:
    """One label's words. kind -> items with "{side}" and "{dir}" still open; side is "" for most labels."""

    lists: dict[str, list[str]]
    side: str = ""


def vocabulary() -> dict[str, Words]:
    """label -> its words, for all emotions and actions of face/facs.py."""
    words: dict[str, Words] = {}
    more = read_lists("scenes.txt")
    for name, lists in read_lists("emotions.txt").items():
        lists["scenes"] += [scene for scenes in more[name].values() for scene in scenes]
        words[name] = Words(lists)
    for key, lists in (read_lists("mouth.txt") | read_lists("actions.txt") | read_lists("manner.txt")).items():
        for side in ("left", "right") if "{side}" in key else ("",):
            words[key.replace("{side}", side)] = Words(lists, side)
    if set(words) != set(EMOTION_NAMES + ACTION_NAMES):
        raise ValueError(
            f"labels without words or words without label: {set(words) ^ set(EMOTION_NAMES + ACTION_NAMES)}"
        )
    return words

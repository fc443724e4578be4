"""The words of the grammar, by label: which exist, which are held out, how strong they are."""

from __future__ import annotations

import re
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

# Words of an emotion's text that are an action's too: "a shy smile" may smile or not, so that action is not judged.
MENTIONS: tuple[tuple[str, str], ...] = (
    ("sigh", r"\b(sigh|exhal|breath)"),
    ("yawn", r"\byawn"),
    ("chew", r"\b(chew|munch|eat)"),
    ("sing", r"\b(sing|hum|croon|song)"),
    ("laugh", r"\b(laugh|giggl|chuckl|hyster|cackl|chortl|lmf?ao|lol)|stitches"),
    ("smile", r"\b(smil|grin|beam)"),
    ("whisper", r"\b(whisper|quiet|hush)"),
    ("shout", r"\b(shout|yell|scream|bellow|loud|bawl|announc)"),
    ("lower_brows", r"\b(frown|scowl|glower|brow|forehead)"),
    ("nod", r"\bnod"),
    ("shake_head", r"\bshak"),
    ("blink", r"\bblink"),
    ("roll_eyes", r"\broll"),
    ("stay_still", r"\b(freez|frozen|still|petrif|paralys)"),
    ("open_mouth", r"\b(mouth|jaw|gasp|gape|agog)"),
    ("widen_eyes", r"\b(eyes|eyed|stare)\b"),
    ("squint", r"\b(eyes|eyed|squint)\b"),
    ("look_down", r"\b(down|floor|shoes|toes|lowered|away)\b"),
    ("head_down", r"\b(down|head|hang)\b"),
    ("head_up", r"\b(up|nose|chin|high|tall|chest)\b"),
    ("smirk_left", r"\bsmirk"),
    ("smirk_right", r"\bsmirk"),
    ("wrinkle_nose", r"\bnose"),
    ("raise_brows", r"\bbrow"),
    ("lean_back", r"\b(recoil|back)"),
    ("lean_forward", r"\blean"),
    ("tilt_left", r"\btilt"),
    ("press_lips", r"\b(lip|teeth)"),
    ("stretch_lips", r"\b(teeth|grimac|winc)"),
    ("raise_upper_lip", r"\b(sneer|snarl|lip)"),
    ("look_left", r"\b(side|away|askance|shoulder)"),
    ("pucker_lips", r"\b(pout|kiss|lemon)"),
    ("close_eyes", r"\b(asleep|doz|nod off|sleep|eyelid)"),
    ("move_more", r"\b(bounc|energ|lively|animated|fidget)"),
    ("raise_inner_brows", r"\b(puppy|plead|brow)"),
    ("raise_left_brow", r"\bbrow|eyebrow"),
    ("mumble", r"\b(mumbl|mutter|grumbl)"),
)


def mentioned(text: str) -> frozenset[str]:
    """Actions that a text names in passing."""
    return frozenset(name for name, pattern in MENTIONS if re.search(pattern, text, re.I))


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
    more, figures, spoken = (read_lists(name) for name in ("scenes.txt", "figures.txt", "spoken.txt"))
    for name, lists in read_lists("emotions.txt").items():
        lists["scenes"] += [scene for scenes in more[name].values() for scene in scenes]
        words[name] = Words(_merged(lists, figures[name]))
    actions = read_lists("mouth.txt") | read_lists("actions.txt") | read_lists("manner.txt")
    for key in actions | spoken:
        lists = _merged(actions.get(key, {}), spoken[key])
        for side in ("left", "right") if "{side}" in key else ("",):
            words[key.replace("{side}", side)] = Words(lists, side)
    if set(words) != set(EMOTION_NAMES + ACTION_NAMES):
        raise ValueError(
            f"labels without words or words without label: {set(words) ^ set(EMOTION_NAMES + ACTION_NAMES)}"
        )
    return words


def _merged(lists: dict[str, list[str]], more: dict[str, list[str]]) -> dict[str, list[str]]:
    return {kind: lists.get(kind, []) + more.get(kind, []) for kind in {**lists, **more}}

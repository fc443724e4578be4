"""Text as people say it: reductions, hesitations, repairs and broken-off words written into English sentences."""

from __future__ import annotations

import re

import numpy as np

_REDUCED = (
    *((r"\bgoing to\b", "gonna"), (r"\bwant to\b", "wanna"), (r"\bhave to\b", "hafta"), (r"\bgot to\b", "gotta")),
    *((r"\bkind of\b", "kinda"), (r"\bsort of\b", "sorta"), (r"\bout of\b", "outta"), (r"\bgive me\b", "gimme")),
    *((r"\blet me\b", "lemme"), (r"\bbecause\b", "cuz"), (r"\bdo not know\b", "dunno"), (r"\bdon't know\b", "dunno")),
    *((r"\bused to\b", "useta"), (r"\bprobably\b", "probly"), (r"\band\b", "an'"), (r"\bthem\b", "'em")),
    *((r"\bI am\b", "I'm"), (r"\bit is\b", "it's"), (r"\bdid not\b", "didn't"), (r"\bcould have\b", "coulda")),
    *((r"\bwould have\b", "woulda"), (r"\bshould have\b", "shoulda"), (r"\b(\w{3,})ing\b", r"\1in'")),
    *((r"\bwhat are you\b", "whatcha"), (r"\bdid you\b", "didja"), (r"\bdon't you\b", "doncha")),
)
_FILLERS = ("um", "uh", "er", "hmm", "well", "you know", "I mean", "like", "so", "okay", "right", "mm")
_OPENERS = (
    *("Well,", "So,", "Um,", "Uh,", "Oh,", "Okay, so", "Yeah, no,", "I mean,", "Right, and", "And, uh,", "But um,"),
    *("Yeah,", "Mm, well,", "See,", "You know what?", "Hmm.", "Anyway,", "Honestly,", "Ah,", "Look,"),
)
_TALK = (
    "I don't know, maybe we could have moved it a bit earlier|that was kind of a big problem for my family|"
    "I was going to buy one but my mom had probably bought it before|we used to have a place up by the river|"
    "it is about five or six people every week|she probably forgot to give me the phone number|"
    "and then my boss came by and gave me the form|I want to be sure everybody is fine with that|"
    "the movie was pretty bad, but the music was beautiful|they have to fix the bathroom before we move in|"
    "people keep asking me about my job|I could have been a bit more careful with the paper|"
    "because nobody would believe me if I told them|it was maybe four months before the baby was born|"
    "we put them up on the roof and just waited|my brother sort of lives above the shop|"
    "you have to push it a little bit from below|there was something funny about the whole thing|"
    "I mean what are you supposed to do with that|give me a couple of minutes to think about it|"
    "he never came back from vacation, which was weird|it is not that important to me at the moment|"
    "we mostly make videos about food and travel|the battery was empty, so I had to go back up|"
    "that would have been much better for both of them|I love the fact that you can put both on top|"
    "my favorite part was the bubble bath, obviously|the problem is you never know who is at the door"
)
_ENDS = (".", ".", ".", "?", "!", "...", ", you know.", ", right?", ", or something.", ", I guess.", ", so, yeah.")


def conversation(rng: np.random.Generator) -> str:
    """One sentence of talk, as it would be written."""
    text = str(rng.choice(_TALK.split("|")))
    if rng.random() < 0.25:
        text += f" {rng.choice(['and', 'but', 'so'])} {rng.choice(_TALK.split('|'))}"
    return text[0].upper() + text[1:] + str(rng.choice(_ENDS))


def spontaneous(text: str, rng: np.random.Generator) -> str:
    """The sentence with what spontaneous talk adds and swallows; each kind now and then."""
    for pattern, said in _REDUCED:
        if rng.random() < 0.7:
            text = re.sub(pattern, said, text, flags=re.IGNORECASE)
    words = text.split()
    if len(words) > 3 and rng.random() < 0.45:
        words = _hesitant(words, rng)
    if len(words) > 3 and rng.random() < 0.3:
        words = _repaired(words, rng)
    if rng.random() < 0.35:
        words[0] = words[0] if words[0].startswith("I") else words[0][0].lower() + words[0][1:]
        words.insert(0, str(rng.choice(_OPENERS)))
    if rng.random() < 0.08:
        laugh = str(rng.choice(["Haha!", "Ha ha ha.", "Hahaha, oh.", "Heh heh.", "Hah!", "Huh."]))
        words.insert(0 if rng.random() < 0.5 else len(words), laugh)
    return " ".join(words)


def _hesitant(words: list[str], rng: np.random.Generator) -> list[str]:
    for _ in range(int(rng.integers(1, 3))):
        at = int(rng.integers(1, len(words)))
        before = words[at - 1] if words[at - 1][-1] in ",.?!" else words[at - 1] + ","
        words = [*words[: at - 1], before, str(rng.choice(_FILLERS)) + ",", *words[at:]]
    return words


def _repaired(words: list[str], rng: np.random.Generator) -> list[str]:
    """One to three words said twice, or a word broken off and begun again."""
    at = int(rng.integers(0, len(words) - 2))
    if rng.random() < 0.6 or len(words[at]) < 4:
        again = [word.strip(",.?!") for word in words[at : at + int(rng.integers(1, 4))]]
        again[-1] += str(rng.choice([",", ",", " —"]))
    else:
        again = [words[at][: max(2, len(words[at]) // 2)] + " —"]
    return [*words[:at], *again, *words[at:]]

"""Typing errors, text speak and the spelling of people who write as they hear, for the training phrases."""

from __future__ import annotations

import random
import re
import string

# Words whose letters may not change freely: one slip makes another word of them.
_KEPT = frozenset(("close", "lower", "raise", "left", "right", "down", "open", "shut", "calm", "head", "mouth"))
_BESIDE_KEYS = (
    "a=sqz b=vn c=xv d=sf e=wr f=dg g=fh h=gj i=uo j=hk k=jl l=k m=n n=bm o=ip p=o q=wa r=et s=ad t=ry "
    "u=yi v=cb w=qe x=zc y=tu z=x"
)
_NEIGHBOURS = {pair[0]: pair[2:] for pair in _BESIDE_KEYS.split()}


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """(what is meant, what is written) of "a=b" items; "_" is a space."""
    halves = (item.replace("_", " ").split("=") for item in text.split())
    return tuple((meant, written) for meant, written in halves)


# What one writes who writes by ear, or in a hurry; "right" is never made of "left".
_BY_EAR = _pairs(
    "ight=ite ph=f ough=uf tion=shun ee=ea ea=ee ie=ei ei=ie ai=ay ck=k ll=l tt=t pp=p ss=s rr=r ng=n "
    "wh=w kn=n sc=s ous=us er=or er=a or=er ch=tch que=k ence=ance ible=able ely=ly le=el ues=us oo=u "
    "ou=ow x=ks c=s c=k s=z i=e e=i a=e gue=ge mb=m sh=s "
)
_TEXT_SPEAK = _pairs(
    "you=u your=ur your=you're are=r please=pls please=plz and=n and=& with=w/ with=wiv because=cuz "
    "very=v though=tho to=2 for=4 the=teh the=da the= a= people=ppl really=rly right=rigth right=rihgt "
    "left=lft left=leftt right=rite head=haed head=hed eyes=eye's eyes=eys mouth=mouht mouth=moth "
    "down=donw up=upp open=opn close=clsoe her=hers his=he's his=him is=are looks=look has=have "
    "should=shud could=cud eyebrows=eyebrow eyebrows=eye_brows raise=rase raised=rised turn=tern "
    "their=there lips=lip smiling=smileing smile=smlie smile=simle "
)


def misspell(text: str, rng: random.Random) -> str:
    """`text` with one to three errors, as people make them."""
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        text = rng.choice((_letters, _letters, _letters, _by_ear, _by_ear, _text_speak, _spaces))(text, rng)
    return text


def _long_words(text: str) -> list[re.Match[str]]:
    return [m for m in re.finditer(r"[a-z]{4,}", text) if m.group() not in _KEPT]


def _letters(text: str, rng: random.Random) -> str:
    """One letter of one word swapped with the next, dropped, doubled, or hit beside its key."""
    words = _long_words(text)
    if not words:
        return text
    spot = rng.choice(words)
    i = rng.randrange(spot.start() + 1, spot.end() - 1)
    return rng.choice(
        (
            text[:i] + text[i + 1] + text[i] + text[i + 2 :],
            text[:i] + text[i + 1 :],
            text[:i] + text[i] + text[i:],
            text[:i] + rng.choice(_NEIGHBOURS[text[i]]) + text[i + 1 :],
        )
    )


def _by_ear(text: str, rng: random.Random) -> str:
    words = _long_words(text)
    if not words:
        return text
    spot = rng.choice(words)
    word = spot.group()
    fits = [(a, b) for a, b in _BY_EAR if a in word[1:]]
    if not fits:
        return text
    a, b = rng.choice(fits)
    return text[: spot.start()] + word[0] + word[1:].replace(a, b, 1) + text[spot.end() :]


def _text_speak(text: str, rng: random.Random) -> str:
    fits = [(a, b) for a, b in _TEXT_SPEAK if re.search(rf"\b{a}\b", text)]
    if not fits:
        return _letters(text, rng)
    a, b = rng.choice(fits)
    return re.sub(" +", " ", re.sub(rf"\b{a}\b", b, text)).strip() or text


def _spaces(text: str, rng: random.Random) -> str:
    """A space left out, or a plural with an apostrophe."""
    if rng.random() < 0.5 and (words := re.findall(r"\b[a-z]{3,}[^s\W]s\b", text)):
        word = rng.choice(words)
        return text.replace(word, f"{word[:-1]}'s", 1)
    gaps = [m.start() for m in re.finditer(" ", text)]
    if not gaps:
        return text
    i = rng.choice(gaps)
    return text[:i] + text[i + 1 :]


def gibberish(rng: random.Random) -> str:
    """Letters without meaning: keys hit at random, invented words, digits."""
    rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm", string.ascii_lowercase)

    def invented() -> str:
        return "".join(
            rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(1, 3))
        ) + rng.choice(("", "rk", "nt", "x", "mp", "sh"))

    def mashed() -> str:
        return "".join(rng.choice(rng.choice(rows)) for _ in range(rng.randint(2, 9)))

    def digits() -> str:
        return "".join(rng.choice(string.digits + "..:-x") for _ in range(rng.randint(1, 8)))

    def repeated() -> str:
        return rng.choice(string.ascii_lowercase) * rng.randint(2, 9)

    kind = rng.choice((invented, mashed, mashed, digits, repeated))
    text = " ".join(kind() for _ in range(rng.randint(1, 4)))
    return text if any(c.isalnum() for c in text) else invented()

"""Sayings and figures of speech: what the nearest known one asks for, by the sentence encoder's sense of meaning.

A trained reader of labels generalises from words to like words, and idioms have none: "the penny drops" is no coin. So
the list is compared as a whole, and used where the model itself is not sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from avatar_app.inputs.instruction.text_encoder import TOKEN_WIDTH, TokenStates
from avatar_app.weights import load_safetensors

FILE, WORDS = "sayings.safetensors", "sayings.txt"
NEAR = 0.8  # cosine from which a text is taken for a saying; of English sentences about other things 2 % are as near
CONTAINED = 0.9  # how sure a text is that holds a saying word for word
SPELLED_OUT = 0.95  # and one that holds a saying of three words and more, which says nothing else
_LEAST_WORDS, _LEAST_LETTERS = 2, 8
_MANY_WORDS, _LONG_WORD, _MOST = 3, 6, 0.6
_DROPPED = frozenset(["a", "an", "the", "be", "is", "are", "was", "were", "been"])
_POSSESSIVES = frozenset(["my", "your", "his", "her", "its", "our", "their", "one's", "ones"])
_NEGATING = re.compile(r"no|not|never|without|nothing|nobody|.*n't")
_ENDINGS = ("ing", "ed", "es", "s")


@dataclass(frozen=True)
class Sayings:
    """vectors: (384, n) float32, columns of length 1. wanted: (n, labels) -1, 0 or 1."""

    vectors: torch.Tensor
    wanted: torch.Tensor
    labels: tuple[str, ...]
    texts: tuple[tuple[str, ...], ...]  # words of each, as `plain_words` gives them
    starts: dict[str, list[int]]  # first word -> which ones may be told by their words
    single: dict[str, int]  # the long ones of one word, as written -> which one


@lru_cache(maxsize=2)
def load_sayings(folder: Path, labels: tuple[str, ...]) -> Sayings | None:
    """The list of a checkpoint, or None where it has none. labels: all that there are, in the order of the file."""
    if not (folder / FILE).is_file():
        return None
    held = load_safetensors(folder / FILE)
    if held["wanted"].shape[1] != len(labels):
        return None
    texts = (folder / WORDS).read_text(encoding="utf-8").splitlines()
    words = tuple(plain_words(text) for text in texts)
    starts: dict[str, list[int]] = {}
    for k, saying in enumerate(words):
        if len(saying) >= _LEAST_WORDS and sum(map(len, saying)) >= _LEAST_LETTERS:
            starts.setdefault(saying[0], []).append(k)
    alone = [(text.lower(), k) for k, text in enumerate(texts) if len(text) >= _LONG_WORD and text.isalpha()]
    vectors = held["vectors"].float().T.contiguous()  # a few rows times this are a third as slow as times its transpose
    return Sayings(vectors, held["wanted"], labels, words, starts, dict(alone))


def plain_words(text: str) -> tuple[str, ...]:
    """Words in which wordings of one saying agree: without articles, whose it is and endings."""
    words = re.findall(r"[a-z']+", text.lower().replace("’", "'"))
    return tuple("their" if word in _POSSESSIVES else _stem(word) for word in words if word not in _DROPPED)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word


def contained(sayings: Sayings, text: str, negated: bool = False) -> tuple[dict[str, float], float]:
    """{label: 1 or -1} of the longest saying that a text holds word for word, and how sure; {}, 0 if there is none.

    negated: the text holds a negation, so that only sayings that hold one themselves say what it means.
    """
    words = plain_words(text)
    found = [
        (len(sayings.texts[k]), -k)
        for i, word in enumerate(words)
        for k in sayings.starts.get(word, ())
        if words[i : i + len(sayings.texts[k])] == sayings.texts[k]
        and (not negated or _is_nearly_all(sayings.texts[k], words))
    ]
    if found:
        length, row = max(found)
        return _named(sayings, -row), SPELLED_OUT if length >= _MANY_WORDS else CONTAINED
    if negated:
        return {}, 0.0
    rows = [sayings.single[word] for word in re.findall(r"[a-z]+", text.lower()) if word in sayings.single]
    return (_named(sayings, rows[0]), CONTAINED) if rows else ({}, 0.0)


def _is_nearly_all(saying: tuple[str, ...], words: tuple[str, ...]) -> bool:
    """Whether a saying with a negation of its own is most of what a text says."""
    return len(saying) >= _MOST * len(words) and any(_NEGATING.fullmatch(word) for word in saying)


def _named(sayings: Sayings, row: int) -> dict[str, float]:
    signs = sayings.wanted[row].tolist()
    return {label: float(sign) for label, sign in zip(sayings.labels, signs, strict=True) if sign}


def sentence_vectors(tokens: TokenStates) -> torch.Tensor:
    """(B, 384) of length 1: the mean of the last layer's states, as MiniLM was trained to compare sentences by."""
    last = tokens.states[..., -TOKEN_WIDTH:] * tokens.mask[..., None]
    mean = last.sum(dim=1) / tokens.mask.sum(dim=1, keepdim=True)
    return torch.nn.functional.normalize(mean, dim=1)


def nearest(sayings: Sayings, vectors: torch.Tensor) -> list[tuple[dict[str, float], float]]:
    """For each of (B, 384) vectors: {label: 1 wanted, -1 avoided} of the nearest saying, and its cosine."""
    near, at = (vectors @ sayings.vectors).max(dim=1)
    return [(_named(sayings, row), closeness) for row, closeness in zip(at.tolist(), near.tolist(), strict=True)]

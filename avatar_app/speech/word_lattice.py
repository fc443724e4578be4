"""Where the phones of a text are in a recording: the best path through the recogniser's answers.

The path follows connectionist temporal classification (Graves et al. 2006): phones in order with blanks between them.
Between words it may also pass speech that is not in the text, at a price for every phone, and go on at any other word,
at a price: people leave out, add and repeat words, and play a sentence twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from avatar_app.speech.phone_recogniser import classes_of_symbols
from avatar_app.speech.phones import VISEMES, VOWELS
from avatar_app.types import Array

Whole = npt.NDArray[np.int32]

BOUNDARY, BLANK = -2, -1  # symbols
LIKE, VOWEL = 0.3, 0.1  # how far a symbol of the same viseme, and any vowel for a vowel, counts as the one wanted
FAINTEST = 1e-3  # probability of what was not heard at all
BOUNDARY_WITHIN = 0.1  # how far a boundary within a word counts as a blank
UNTOLD = 0.1  # how far any phone counts between words
JUMP = 14.0  # nats, the price of going on at another word than the next


@dataclass(frozen=True)
class Placed:
    """A word of the text (its number there) and, for each of its phones, the 20 ms step and the probability there."""

    word: int
    steps: tuple[int, ...]
    probabilities: tuple[float, ...]


def place(probabilities: Array, words: Sequence[Sequence[int]]) -> list[Placed]:
    """Words in the order in which they are spoken; any of them may be missing or come again.

    probabilities: (T, 191) of phone_recogniser.symbol_probabilities. words: symbols of each word, at least one.
    """
    phones = np.array([phone for word in words for phone in word], np.int32)
    owner = np.repeat(np.arange(len(words)), [len(word) for word in words]).astype(np.int32)
    if not len(phones) or not len(probabilities):
        return []
    heard = probabilities @ _weights()[:, phones]
    path = _best_path(probabilities, heard, phones, owner)
    return _visits(path, heard, owner)


def _weights() -> Array:
    """(191, 191): how far the row's symbol counts as the column's."""
    classes = [frozenset(found) for found in classes_of_symbols()]
    vowels = {VISEMES.index(name) for name in VOWELS}
    table = np.eye(len(classes), dtype=np.float32)
    for row, mine in enumerate(classes):
        for column, wanted in enumerate(classes):
            if row != column and mine and wanted:
                both = VOWEL if mine <= vowels and wanted <= vowels else 0.0
                table[row, column] = LIKE if mine & wanted else both
    return table


def _silences(probabilities: Array) -> tuple[Array, Array]:
    """(T,) log-probabilities of no phone within a word, and of none of the text's between words."""
    blank, boundary = probabilities[:, BLANK], probabilities[:, BOUNDARY]
    within = np.log(blank + BOUNDARY_WITHIN * boundary + FAINTEST)
    between = np.log(np.maximum(blank + boundary, UNTOLD * (1 - blank - boundary)) + FAINTEST)
    return within, between


def _best_path(probabilities: Array, heard: Array, phones: Whole, owner: Whole) -> Whole:
    """(T,) state of every step (Viterbi). States: before each of K phones a blank or a gap, and a gap at the end."""
    steps, states = len(heard), 2 * len(phones) + 1
    edge = np.diff(owner, prepend=-1, append=len(owner)) != 0
    gaps = 2 * np.flatnonzero(edge)
    ends = np.sort(np.concatenate([gaps, gaps[1:] - 1]))  # a word ends in its last phone or in the gap after it
    skip = np.full(states, -np.inf, np.float32)  # no blank is needed between two different phones
    skip[3::2][np.diff(phones) != 0] = 0
    within, between = _silences(probabilities)
    said = np.empty(states, np.float32)  # log-probabilities of one step
    score = np.full(states, -np.inf, np.float32)
    score[gaps] = -JUMP
    score[:2] = 0
    back = np.zeros((steps, states), np.int8)  # how many states back; -1: by a jump
    source = np.zeros(steps, np.int32)
    one, two = np.full(states, -np.inf, np.float32), np.full(states, -np.inf, np.float32)
    for step in range(steps):
        said[0::2] = np.where(edge, between[step], within[step])
        said[1::2] = np.log(heard[step] + FAINTEST)
        if step == 0:
            score += said
            continue
        one[1:], two[2:] = score[:-1], score[:-2] + skip[2:]
        best = np.maximum(np.maximum(score, one), two)
        back[step] = np.where(score == best, 0, np.where(one == best, 1, 2))
        source[step] = ends[score[ends].argmax()]
        jumped = score[source[step]] - JUMP
        better = gaps[best[gaps] < jumped]
        best[better], back[step, better] = jumped, -1
        score = best + said
    return _walk_back(back, source, int(ends[score[ends].argmax()]))


def _walk_back(back: npt.NDArray[np.int8], source: Whole, last: int) -> Whole:
    """(T,) states of the path that ends in the state `last`."""
    path = np.empty(len(back), np.int32)
    path[-1] = last
    for step in range(len(back) - 1, 0, -1):
        code = back[step, path[step]]
        path[step - 1] = source[step] if code < 0 else path[step] - code
    return path


def _visits(path: Whole, heard: Array, owner: Whole) -> list[Placed]:
    """The words along a path: each phone where it is surest."""
    changes = np.flatnonzero(np.diff(path, prepend=-1))
    found: list[tuple[int, int, float]] = []  # phone, step, probability
    placed: list[Placed] = []

    def close() -> None:
        if found:
            word = int(owner[found[0][0]])
            placed.append(Placed(word, tuple(step for _, step, _ in found), tuple(sure for *_, sure in found)))
            found.clear()

    for first, last in zip(changes, [*changes[1:], len(path)], strict=True):
        state = int(path[first])
        phone = state // 2
        if state % 2 == 0:
            continue
        if found and (owner[phone] != owner[found[0][0]] or phone <= found[-1][0]):
            close()
        step = int(first + heard[first:last, phone].argmax())
        found.append((phone, step, float(heard[step, phone])))
    close()
    return placed

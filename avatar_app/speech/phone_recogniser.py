"""Phone recogniser: hama's, a small network that was trained on people and comes, compiled, with its package.

The project's own speech encoder was trained on synthesised voices; each errs where the other does not. Without the
package, or where it brings no library for the machine (Windows), the encoder listens alone.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from avatar_app.request import SAMPLE_RATE, InputError
from avatar_app.speech.phones import VISEMES, phones_from_ipa
from avatar_app.types import Array

log = logging.getLogger(__name__)

STEP = 320  # samples: 50 answers a second
STRETCH = 6.0  # seconds recognised at a time: it costs more than twice as much to recognise twice as much
OVERLAP = 1.0  # seconds that neighbouring stretches share; of each, the half next to it counts
EDGE = 0.2  # seconds of quiet put around a recording, without which its first and last phones are lost
LATENCY = 2  # steps by which answers come after the middles of their phones, measured on aligned recordings
REACH = 1.25  # steps, sigma: the answers are single peaks, and their phones last until about half-way to the next
FAINTEST = 1e-4  # of the spread peaks: where there is no more, little was heard, and less says nothing
TIE_BAR = "\N{COMBINING DOUBLE INVERTED BREVE}"
REMEMBERED = 4  # voices, a megabyte for ten minutes of one
AT_ONCE = 2  # stretches, each by one thread without the interpreter's lock


@dataclass(frozen=True)
class Heard:
    """What was recognised.

    shares: (frames, 15) share of every viseme of phones.VISEMES in each 40 ms; rows sum to 1, far from any phone to 0.
    lips: (2 * frames,) how surely a p, b or m is released, 0 to 1, in each 20 ms.
    """

    shares: Array
    lips: Array


def available() -> bool:
    """Whether the package and its library for this machine are installed."""
    return _session() is not None


def recognise(samples: Array, frames: int) -> Heard | None:
    """What (n,) mono 16 kHz samples of any level say in `frames` frames of 40 ms; None without the package.

    About a tenth of the recording's length on one core, half that on two; those heard last are remembered, as other
    words for the same voice are common. The same samples give the same bits.
    """
    if _session() is None:
        log.info("hama is not installed for this machine: the speech encoder listens alone")
        return None
    digest = hashlib.blake2b(np.asarray(samples, np.float32).tobytes()).hexdigest()
    return _heard(_Asked(digest, frames, [samples]))


def forget() -> None:
    """Lets go of every voice that is remembered."""
    _heard.cache_clear()


@dataclass(frozen=True)
class _Asked:
    """digest: of the samples, which are taken out of `once` when they are listened to, and not kept."""

    digest: str
    frames: int
    once: list[Array] = field(compare=False)


@lru_cache(maxsize=REMEMBERED)
def _heard(asked: _Asked) -> Heard:
    visemes = _in_stretches(_session(), asked.once.pop(), _answers)
    return Heard(_filled(visemes, asked.frames), _cut(visemes[:, VISEMES.index("PBM")], 2 * asked.frames))


def symbol_probabilities(samples: Array) -> Array | None:
    """(about n / 320, 191) probability of every symbol, every 20 ms of (n,) mono 16 kHz samples; None without hama.

    Rows come LATENCY steps late. The last two symbols are the boundary of words and the blank between phones.
    """
    session = _session()
    return None if session is None else _in_stretches(session, samples, _probabilities)


def _in_stretches(session: Any, samples: Array, answers_of: Callable[[Any, Array], Array]) -> Array:
    """Answers for samples of any level and length from their beginning on: of overlapping stretches, at once."""
    quiet = np.random.default_rng(0).normal(0, 3e-4, round(EDGE * SAMPLE_RATE)).astype(np.float32)
    sound = np.concatenate([quiet, np.clip(samples, -1, 1).astype(np.float32), quiet])
    stretches = _stretches(len(sound))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda stretch: answers_of(session, sound[stretch[0] : stretch[1]]), stretches))
    return _joined(answers, [first // STEP for first, _ in stretches])[round(EDGE * SAMPLE_RATE) // STEP :]


def _stretches(count: int) -> list[tuple[int, int]]:
    """First and last sample of equally long stretches of at most about STRETCH seconds that share OVERLAP."""
    shared = round(OVERLAP * SAMPLE_RATE)
    parts = max(1, math.ceil((count - shared) / ((STRETCH - OVERLAP) * SAMPLE_RATE)))
    step = max(1, math.ceil((count - shared) / parts / STEP)) * STEP
    return [(k * step, min(k * step + step + shared, count)) for k in range(parts)]


def spoken(samples: Array) -> tuple[list[int], Array]:
    """What short (n,) mono 16 kHz samples say: visemes in order, and (T, 15) shares of them every 20 ms.

    Rows sum to 1, blanks left out, and come LATENCY steps late. Raises InputError without the package.
    """
    session = _session()
    if session is None:
        raise InputError("Labelling recordings needs hama: run `pip install hama`.")
    probabilities = _probabilities(session, samples.astype(np.float32))
    best = probabilities.argmax(axis=1)
    classes = classes_of_symbols()
    order = [viseme for symbol in best[np.flatnonzero(np.diff(best, prepend=-1))] for viseme in classes[symbol]]
    shares = probabilities @ _visemes_of_symbols() + 1e-6
    return order, shares / shares.sum(axis=1, keepdims=True)


def _probabilities(session: Any, sound: Array) -> Array:
    """(about n / 320, 191) probability of every symbol."""
    log_probabilities, _ = session.run(
        ["log_probs", "out_lengths"], {"waveform": sound[None], "waveform_lengths": np.array([len(sound)])}
    )
    probabilities: Array = np.exp(log_probabilities[0])
    return probabilities


def _answers(session: Any, sound: Array) -> Array:
    """(about n / 320, 15) probability of every viseme; most of the rest of 1 is the blank between phones."""
    answers: Array = _probabilities(session, sound) @ _visemes_of_symbols()
    return answers


def _joined(answers: list[Array], firsts: list[int]) -> Array:
    """Answers of overlapping stretches, which begin at the steps `firsts`, as those of the whole."""
    half = round(OVERLAP * SAMPLE_RATE) // STEP // 2
    ends = [first + half for first in firsts[1:]]
    parts = [
        answer[(half if k else 0) : (ends[k] - firsts[k] if k < len(ends) else None)]
        for k, answer in enumerate(answers)
    ]
    return np.concatenate(parts)


def _filled(answers: Array, frames: int) -> Array:
    """(frames, 15) shares: every phone's peak reaches about half-way to its neighbours."""
    spread = gaussian_filter1d(_cut(answers, 2 * frames), REACH, axis=0, truncate=8.0)
    total = spread.sum(axis=1, keepdims=True)
    return (spread / (total + FAINTEST)).reshape(frames, 2, -1).mean(axis=1).astype(np.float32)


def _cut(answers: Array, steps: int) -> Array:
    """The first `steps` of the answers without their latency; nothing where there are fewer."""
    cut = answers[LATENCY : LATENCY + steps]
    return np.pad(cut, [(0, steps - len(cut))] + [(0, 0)] * (answers.ndim - 1)).astype(np.float32)


@lru_cache(maxsize=1)
def _session() -> Any | None:
    """hama's recogniser; None where it cannot be had. Several threads may use it at once."""
    if find_spec("hama") is None:
        return None
    from hama import _engine, asr

    return asr.ASRModel().session if _engine.available() else None


@lru_cache(maxsize=1)
def classes_of_symbols() -> tuple[tuple[int, ...], ...]:
    """Which visemes each of hama's 191 symbols is, in order; none for blanks, tones and marks."""
    from hama.vocab import Vocabulary

    symbols = [*Vocabulary.load(None).decoder, "<wb>", "<blank>"]
    # Affricates are tied by a bar that would make two phones of them.
    plain = ["" if symbol.startswith("<") else symbol.replace(TIE_BAR, "") for symbol in symbols]
    return tuple(tuple(VISEMES.index(viseme) for viseme in phones_from_ipa(symbol)) for symbol in plain)


@lru_cache(maxsize=1)
def _visemes_of_symbols() -> Array:
    """(191, 15) shares of visemes in every symbol."""
    classes = classes_of_symbols()
    table = np.zeros((len(classes), len(VISEMES)), np.float32)
    for row, visemes in zip(table, classes, strict=True):
        for viseme in visemes:
            row[viseme] += 1 / len(visemes)
    return table

"""Phone recogniser: pocketsphinx, whose acoustic model comes with the package and was trained on people.

The project's own speech encoder was trained on synthesised voices, this one on American English; each errs where the
other does not. Without the package the encoder's visemes are used as they are.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.request import FPS, SAMPLE_RATE
from avatar_app.speech.phones import ARPABET, VISEMES, Phone, split
from avatar_app.types import Array

log = logging.getLogger(__name__)

EDGE = 0.2  # seconds of quiet put around every stretch, without which its first and last phones are lost
STRETCH = 20.0  # seconds recognised at a time, which bounds memory
OVERLAP = 1.0  # seconds that neighbouring stretches share; of each, the half next to it counts
RATE = 500  # Hz at which phones are laid out before they are averaged over frames


def available() -> bool:
    """Whether pocketsphinx is installed."""
    return find_spec("pocketsphinx") is not None


def recognised_shares(samples: Array, frames: int) -> Array | None:
    """(frames, 15) share of every viseme of phones.VISEMES in each 40 ms, sum 1; None without pocketsphinx.

    samples: (n,) mono 16 kHz, any level. About a twentieth of the recording's length on one core.
    """
    if not available():
        log.info("pocketsphinx is not installed: visemes come from the speech encoder alone")
        return None
    decoder = _decoder()
    loud = float(np.abs(samples).max(initial=0.0))
    level = 0.9 / max(loud, 1e-4)  # what is quieter than -80 dB is no recording of anybody
    laid = np.zeros((frames * RATE // FPS, len(VISEMES)), np.float32)
    laid[:, VISEMES.index("SIL")] = 1
    step = STRETCH - OVERLAP
    start = 0.0
    while start * SAMPLE_RATE < len(samples):
        stretch = samples[round(start * SAMPLE_RATE) : round((start + STRETCH) * SAMPLE_RATE)] * level
        counts_from = start + (OVERLAP / 2 if start else 0.0)
        for phone in recognise(decoder, stretch):
            first, last = round(max(phone.start + start, counts_from) * RATE), round((phone.end + start) * RATE)
            laid[first : max(first, last)] = 0
            laid[first : max(first, last), VISEMES.index(phone.viseme)] = 1
        start += step
    shares: Array = laid.reshape(frames, RATE // FPS, -1).mean(axis=1)
    return shares


def recognise(decoder: Any, samples: Array) -> list[Phone]:
    """Phones of a stretch of at most some tens of seconds, (n,) 16 kHz in [-1, 1]; times from its start."""
    decode(decoder, edged(samples))
    found = [(segment.word, segment.start_frame, segment.end_frame + 1) for segment in decoder.seg()]
    return phones_of(found, len(samples) / SAMPLE_RATE)


def edged(samples: Array) -> bytes:
    """(n,) samples as pocketsphinx takes them, with EDGE seconds of quiet on both sides."""
    # Noise instead of zeros: the recogniser takes digital silence for a missing recording.
    quiet = np.random.default_rng(0).normal(0, 3e-4, round(EDGE * SAMPLE_RATE)).astype(np.float32)
    sound = np.concatenate([quiet, np.clip(samples, -1, 1), quiet])
    return (sound * 32767).astype(np.int16).tobytes()


def decode(decoder: Any, sound: bytes) -> None:
    """One utterance from beginning to end."""
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()


def phones_of(found: Iterable[tuple[str, int, int]], seconds: float) -> list[Phone]:
    """Phones of (ARPAbet name, start, end) in hundredths of an edged sound, within the `seconds` between its edges."""
    phones: list[Phone] = []
    for name, first, last in found:
        start, end = max(first / 100 - EDGE, 0.0), min(last / 100 - EDGE, seconds)
        if end > start:
            phones += split(start, end, ARPABET.get(name.lower(), ("SIL",)))
    return phones


def _decoder() -> Any:
    from pocketsphinx import Decoder, get_model_path

    model = Path(get_model_path()) / "en-us" / "en-us-phone.lm.bin"
    # A weak language model and wide beams: other people's names and languages are spoken here, too.
    return Decoder(allphone=str(model), lm=None, dict=None, lw=1.0, beam=1e-20, pbeam=1e-20, loglevel="FATAL")

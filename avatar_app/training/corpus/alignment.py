"""Forced alignment of real recordings with their transcripts (pocketsphinx), for evaluation only."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.request import SAMPLE_RATE, InputError
from avatar_app.speech.phones import ARPABET, Phone, split
from avatar_app.speech.recording import Speech, load_speech
from avatar_app.types import Array

EDGE = 0.2  # seconds of quiet put around a recording, without which its first and last phones are lost


@dataclass(frozen=True)
class Recording:
    """A real recording and its phones."""

    name: str
    speech: Speech
    phones: tuple[Phone, ...]


def read_recordings(folder: Path) -> list[Recording]:
    """Every recording of `folder`/transcripts.csv (columns file, transcript) that can be aligned.

    Raises InputError when the folder has no transcripts or pocketsphinx is not installed.
    """
    table = folder / "transcripts.csv"
    if not table.exists():
        raise InputError(f"{folder} has no transcripts.csv (columns: file, transcript): name a folder of recordings.")
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    recordings = []
    for row in rows:
        speech = load_speech(folder / row["file"])
        phones = align(speech, row["transcript"])
        if phones:
            recordings.append(Recording(row["file"], speech, phones))
    return recordings


def align(speech: Speech, transcript: str) -> tuple[Phone, ...]:
    """Phones of an English recording; () when the words cannot be aligned."""
    alignment = _alignment(speech, transcript)
    found = [(p.name, p.start, p.start + p.duration) for p in alignment.phones()] if alignment else []
    return tuple(phones_of(found, speech.duration))


def align_words(speech: Speech, transcript: str) -> list[tuple[str, float, float]]:
    """(word, start, end in seconds) of an English recording; [] when the words cannot be aligned."""
    alignment = _alignment(speech, transcript)
    found = [(w.name, w.start, w.start + w.duration) for w in alignment.words()] if alignment else []
    return [(name, first / 100 - EDGE, last / 100 - EDGE) for name, first, last in found if name[0].isalpha()]


def _alignment(speech: Speech, transcript: str) -> Any:
    """pocketsphinx's, or None. Two passes: words, then phones."""
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise InputError("Aligning recordings needs pocketsphinx: run `pip install pocketsphinx`.") from error
    decoder = Decoder(lm=None, loglevel="FATAL")
    words = [w for w in re.sub(r"[^a-z' ]", " ", transcript.lower().replace("-", " ")).split() if w.strip("'")]
    for word in dict.fromkeys(words):
        if not decoder.lookup_word(word) and not _add_word(decoder, word):
            return None
    # A recording cut off in its last word cannot be aligned without a moment of room noise around it.
    sound = edged(speech.samples * 2)
    decoder.set_align_text(" ".join(words))
    try:
        _decode(decoder, sound)
        decoder.set_alignment()
        _decode(decoder, sound)
        return decoder.get_alignment()
    except RuntimeError:  # the words and the sound do not fit
        return None


def edged(samples: Array) -> bytes:
    """(n,) samples as pocketsphinx takes them, with EDGE seconds of quiet on both sides."""
    # Noise instead of zeros: pocketsphinx takes digital silence for a missing recording.
    quiet = np.random.default_rng(0).normal(0, 3e-4, round(EDGE * SAMPLE_RATE)).astype(np.float32)
    sound = np.concatenate([quiet, np.clip(samples, -1, 1), quiet])
    return (sound * 32767).astype(np.int16).tobytes()


def _decode(decoder: Any, sound: bytes) -> None:
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


def _add_word(decoder: Any, word: str) -> bool:
    """Adds a word that the dictionary lacks, as flite's letter-to-sound rules say it; False when nobody can say it."""
    if shutil.which("flite") is None:
        return False
    command = ["flite", "-voice", "slt", "-t", word, "-ps", "none"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    phones = [phone.upper() for phone in said.stdout.split() if phone != "pau"]
    if not phones:
        return False
    spelled = " ".join({"AX": "AH", "AXR": "ER", "IX": "IH"}.get(phone, phone) for phone in phones)
    decoder.add_word(word, spelled, True)
    return True

"""When real talkers say what: forced alignment of recordings with transcripts (pocketsphinx), for evaluation only."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.inputs.speech import Speech, load_speech
from avatar_app.request import InputError
from avatar_app.training.phones import ARPABET, Phone, split


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
    """Phones of an English recording; () when the words cannot be aligned. Two passes: words, then phones."""
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise InputError("Aligning recordings needs pocketsphinx: run `pip install pocketsphinx`.") from error
    decoder = Decoder(lm=None, loglevel="FATAL")
    words = [w for w in re.sub(r"[^a-z' ]", " ", transcript.lower().replace("-", " ")).split() if w.strip("'")]
    known = [w for w in words if decoder.lookup_word(w)]
    if len(known) < len(words):
        return ()
    sound = (np.clip(speech.samples * 2, -1, 1) * 32767).astype(np.int16).tobytes()
    decoder.set_align_text(" ".join(words))
    try:
        _decode(decoder, sound)
        decoder.set_alignment()
        _decode(decoder, sound)
        alignment = decoder.get_alignment()
    except RuntimeError:  # the words and the sound do not fit
        return ()
    if alignment is None:
        return ()
    phones: list[Phone] = []
    for phone in alignment.phones():
        start, end = phone.start / 100, (phone.start + phone.duration) / 100
        phones += split(start, end, ARPABET.get(phone.name.lower(), ("SIL",)))
    return tuple(phones)


def _decode(decoder: Any, sound: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()

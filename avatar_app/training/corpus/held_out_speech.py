"""Held-out test recordings: synthesised texts and languages that training never had."""

from __future__ import annotations

import numpy as np

from avatar_app.request import SAMPLE_RATE
from avatar_app.speech.recording import load_speech
from avatar_app.training.corpus import voices
from avatar_app.training.corpus.alignment import Recording

# Not of sentences.py, nor of the books it reads.
TEXTS = (
    "The fog came in before noon, and by evening we could hardly see the bridge from our balcony.",
    "Papa bought me a purple bicycle, but my brother borrowed it within a week.",
    "Five of the volunteers have moved their vans to the far side of the village.",
    "Whose job was it to choose the blue shoes for Sue and Matthew?",
    "Most people remember the summer when the old mill burned down.",
    "Could you show me how to open up the lower cupboard? I am afraid it is jammed.",
)


def held_out_texts() -> list[Recording]:
    """English test sentences by voices of training; what is left of mistakes when nothing but the text is new."""
    espeak = voices.Espeak()
    said = [espeak.speak(text, "en-us+f3", 165, 50, 55) for text in TEXTS[:3]]
    said += [voices.flite(text, "rms", 1.0, 110.0) for text in TEXTS[3:]]
    return _recordings(said)


def held_out_languages() -> dict[str, list[Recording]]:
    """{espeak-ng language: recordings} of languages that training never had."""
    espeak = voices.Espeak()
    return {
        language: _recordings([espeak.speak(text, f"{language}+m3", 165, 50, 55) for text in TEXTS[:3]])
        for language in voices.HELD_OUT_LANGUAGES
    }


def _recordings(said: list[voices.Utterance | None]) -> list[Recording]:
    """Utterances with half a second of room around them."""
    result = []
    rng = np.random.default_rng(0)
    for utterance in (u for u in said if u is not None):
        room = rng.normal(0, 3e-4, SAMPLE_RATE // 2).astype(np.float32)
        speech = load_speech((SAMPLE_RATE, np.concatenate([room, utterance.samples, room])))
        phones = tuple(voices.Phone(p.start + 0.5, p.end + 0.5, p.viseme) for p in utterance.phones)
        result.append(Recording(utterance.voice, speech, phones))
    return result

"""Listens to a recording for what cues of an instruction are tied to: talk, pauses, stresses and words."""

from __future__ import annotations

from avatar_app.speech import phone_recogniser, prosody, spoken_words, transcription
from avatar_app.speech.recording import Speech
from avatar_app.speech.voice_map import Span, VoiceMap, Word

LEAST_PAUSE = 0.25  # seconds
NOT_ASKED = "Nobody asked which words are said in the recording."
NO_TRANSCRIPT = (
    'To act on words, give the transcript (--transcript, or the field "What is said"), or install the recogniser: '
    "pip install -r requirements-words.txt."
)
NO_RECOGNISER = (
    "Words cannot be found in a recording on this machine, which hama has no library for: "
    'give times instead, such as "at 2 s".'
)
OTHER_WORDS = (
    "The transcript does not fit the recording, so its words were not found there: "
    "write what is said, word for word, in English."
)
UNCLEAR = (
    "The words of this recording could not be made out (only English ones can): "
    'give the transcript (--transcript, or the field "What is said").'
)


def map_voice(speech: Speech, transcript: str | None = None, need_words: bool = True) -> VoiceMap:
    """Where a recording speaks, pauses and stresses, and which words it says when.

    transcript: what is said in it, in English; words of it may be missing, more or said again. None or "": the
    recogniser of the extra "words" writes one. need_words: without, they are not looked for, which takes 0.04 instead
    of about 2 s for 10 s.
    """
    loudness = prosody.measure(speech.samples)
    spans = [] if speech.silent else prosody.talk(loudness)
    stresses = prosody.stresses(speech.samples, loudness, spans)
    words, why = None, NOT_ASKED
    if need_words:
        words, why = _words(speech, (transcript or "").strip(), spans) if spans else ((), "")
    return VoiceMap(tuple(spans), _pauses(spans, speech.duration), tuple(stresses), words, why)


def _pauses(spans: list[Span], seconds: float) -> tuple[Span, ...]:
    """What is between stretches of talk; the whole recording where there are none."""
    edges = [0.0, *(time for span in spans for time in span), seconds]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return tuple((start, end) for start, end in gaps if end - start >= LEAST_PAUSE or not spans)


def _words(speech: Speech, transcript: str, spans: list[Span]) -> tuple[tuple[Word, ...] | None, str]:
    """(the words, "") or (None, why there are none)."""
    if not phone_recogniser.available():
        return None, NO_RECOGNISER
    if not transcript and not transcription.available():
        return None, NO_TRANSCRIPT
    text = transcript or transcription.transcribe(speech.samples, spans)
    found = spoken_words.align(speech.samples, text)
    if found is None or not found.fits:
        return None, OTHER_WORDS if transcript else UNCLEAR
    return tuple(Word(*timed) for timed in found.words), ""

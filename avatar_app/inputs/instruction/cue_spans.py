"""Where in a recording a cue holds: the spans of a VoiceCue by the voice's map, or why there are none."""

from __future__ import annotations

from avatar_app.inputs.instruction.cues import words_of
from avatar_app.inputs.instruction.structure import VoiceCue
from avatar_app.speech.voice_map import Span, VoiceMap, Word

ONSETS = ("speech_start", "speech_end")  # cues that say when something begins, not how long it lasts
_LEAD, _LEAST = 0.15, 0.8  # seconds that a word's cue holds before the word, and at least after its start
_STRESS = 0.3  # seconds before and after a stressed syllable
_SHORTEST_PAUSE = 0.3
_NAMES = {"pauses": "the pauses", "stress": "the stressed words", "last_word": "the last word"}
_NAMES |= {"first_word": "the first word", "speech_start": "the start of the talking", "speech_end": "its end"}


def cue_spans(cue: VoiceCue, voice: VoiceMap | None) -> tuple[list[Span], str]:
    """(Spans in seconds, in order and not over each other; "") or ([], why there are none, a clause for a person)."""
    if voice is None:
        return [], f"it is tied to {_said(cue)}, and there is no recording to find that in"
    if cue.kind == "word" and voice.words is None:
        return [], f"it is tied to {_said(cue)}. {voice.why or 'Nobody could tell which words are spoken when'}".strip(
            " ."
        )
    spans = _apart(_chosen(_found(cue, voice), cue.which))
    if spans:
        return spans, ""
    if cue.kind == "word":
        return [], f"{_said(cue)} is not spoken in the recording"
    return [], f"it is tied to {_said(cue)}, and the recording has none"


def _said(cue: VoiceCue) -> str:
    return (
        "the word " + " or ".join(f"'{part}'" for part in cue.word.split(" / "))
        if cue.kind == "word"
        else _NAMES[cue.kind]
    )


def _found(cue: VoiceCue, voice: VoiceMap) -> list[Span]:
    spoken, talk = voice.words or (), voice.speech
    if cue.kind == "word":
        wanted = [words_of(part) for part in cue.word.split(" / ")]
        return [_around(words) for part in wanted for words in _occurrences(part, spoken)]
    if cue.kind == "first_word" and (spoken or talk):
        return [_around(spoken[:1]) if spoken else (talk[0][0] - _LEAD, talk[0][0] + _LEAST)]
    if cue.kind == "last_word" and (spoken or talk):
        return [_around(spoken[-1:]) if spoken else (talk[-1][1] - 0.6, talk[-1][1] + 0.2)]
    if cue.kind == "pauses":
        inside = [p for p in voice.pauses if p[1] - p[0] >= _SHORTEST_PAUSE]
        if cue.which and talk:  # pauses between words, not the silence before and after them
            inside = [p for p in inside if p[0] > talk[0][0] and p[1] < talk[-1][1]]
        return inside
    if cue.kind == "stress":
        return [(time - _STRESS, time + _STRESS) for time in voice.stresses]
    if cue.kind == "speech_start" and talk:
        return [(talk[0][0] - _LEAD, talk[0][0] + _LEAST)]
    return [(talk[-1][1], talk[-1][1] + _LEAST)] if cue.kind == "speech_end" and talk else []


def _around(words: tuple[Word, ...]) -> Span:
    return words[0].start - _LEAD, max(words[-1].end, words[0].start + _LEAST)


def _occurrences(wanted: list[str], spoken: tuple[Word, ...]) -> list[tuple[Word, ...]]:
    """All places where the wanted words follow each other; their singulars or plurals where they are nowhere spoken."""
    heard, n = [("".join(words_of(word.text)), word) for word in spoken], len(wanted)
    runs = [heard[i : i + n] for i in range(len(heard) - n + 1)] if n else []
    exact = [run for run in runs if [key for key, _ in run] == wanted]
    keys = [_singular(word) for word in wanted]
    found = exact or [run for run in runs if [_singular(key) for key, _ in run] == keys]
    return [tuple(word for _, word in run) for run in found]


def _singular(word: str) -> str:
    """ "countries", "country's" and "country" alike, near enough."""
    word = word.removesuffix("'s").removesuffix("'").replace("-", "")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _chosen(spans: list[Span], which: str) -> list[Span]:
    if not spans or which in ("", "between"):
        return spans
    if which == "longest":
        return [max(spans, key=lambda span: span[1] - span[0])]
    return [spans[{"first": 0, "last": -1, "middle": (len(spans) - 1) // 2}[which]]]


def _apart(spans: list[Span]) -> list[Span]:
    """Spans that overlap meet halfway, so that each of them is seen."""
    apart: list[Span] = []
    for start, end in sorted(spans):
        if apart and start < apart[-1][1]:
            start = (start + apart[-1][1]) / 2
            apart[-1] = (apart[-1][0], start)
        apart.append((max(0.0, start), end))
    return apart

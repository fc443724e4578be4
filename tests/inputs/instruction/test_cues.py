"""Cues tied to the voice: read from text, and found in a voice's map or told."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.structure import VoiceCue
from avatar_app.inputs.instruction.timing import place, problems, split_clauses
from avatar_app.speech.voice_map import VoiceMap, Word

WORDS = tuple(
    Word(text, start, start + 0.3)
    for text, start in [("in", 0.5), ("any", 0.9), ("country", 1.3), ("a", 4.0), ("printed", 4.4), ("book", 4.8)]
)
VOICE = VoiceMap(
    speech=((0.5, 1.7), (4.0, 5.2)),
    pauses=((0.0, 0.5), (1.7, 4.0), (4.7, 4.95), (5.2, 8.0)),
    stresses=(1.4, 4.5, 4.9),
    words=WORDS,
)
DEAF = VoiceMap(VOICE.speech, VOICE.pauses, VOICE.stresses, None, "Give what is said with --transcript.")


def spans(text: str, voice: VoiceMap | None = VOICE) -> list[tuple[float, float]]:
    placed = place(split_clauses(text), 8.0, lambda clause: "nod" in clause.text, voice)
    return [(round(p.start, 2), round(p.end, 2)) for p in placed]


@pytest.mark.parametrize(
    ("text", "cue", "left"),
    [
        ("when I say *country*, nod", VoiceCue("word", "country"), "nod"),
        ("nod whenever she says 'country'", VoiceCue("word", "country"), "nod"),
        ("each time you mention the word “Country” nod", VoiceCue("word", "country"), "nod"),
        ("when I say country, nod", VoiceCue("word", "country"), "nod"),
        ("on the word 'ask' turn left", VoiceCue("word", "ask"), "turn left"),
        ("on the word ask turn left", VoiceCue("word", "ask"), "turn left"),
        ('glares at "printed book"', VoiceCue("word", "printed book"), "glares"),
        ("the first time I say country look up", VoiceCue("word", "country", "first"), "look up"),
        ("nod when you hear 'country'", VoiceCue("word", "country"), "nod"),
        ("nod on 'country' and 'book'", VoiceCue("word", "country / book"), "nod"),
        ("in the pauses raise the brows", VoiceCue("pauses"), "raise the brows"),
        ("blink whenever he isn't speaking", VoiceCue("pauses"), "blink"),
        ("smile while silent", VoiceCue("pauses"), "smile"),
        ("blink between sentences", VoiceCue("pauses", which="between"), "blink"),
        ("at every comma, blink", VoiceCue("pauses", which="between"), "blink"),
        ("smile during the longest pause", VoiceCue("pauses", which="longest"), "smile"),
        ("on the last word wink", VoiceCue("last_word"), "wink"),
        ("look up on her very first word", VoiceCue("first_word"), "look up"),
        ("nod on the emphasised words", VoiceCue("stress"), "nod"),
        ("nod with each stress", VoiceCue("stress"), "nod"),
        ("lift the brows wherever your voice is loudest", VoiceCue("stress"), "lift the brows"),
        ("when he starts talking, smile", VoiceCue("speech_start"), "smile"),
        ("smile when the talking stops", VoiceCue("speech_end"), "smile"),
    ],
)
def test_cues_are_read(text: str, cue: VoiceCue, left: str) -> None:
    (clause,) = split_clauses(text)
    assert (clause.when.cue, clause.text) == (cue, left)


@pytest.mark.parametrize(
    "text", ["smile with your lips closed", "look at the camera", "talk with stress in your voice", "when happy, nod"]
)
def test_what_is_no_cue_stays_text(text: str) -> None:
    (clause,) = split_clauses(text)
    assert clause.when.cue is None and clause.text == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("when I say 'Countries', nod", [(1.15, 2.1)]),
        ("nod at 'printed book'", [(4.25, 5.2)]),
        ("on the first word look up", [(0.35, 1.3)]),
        ("on the last word look up", [(4.65, 5.6)]),
        ("in the pauses smile", [(0.0, 0.5), (1.7, 4.0), (5.2, 8.0)]),
        ("smile between the sentences", [(1.7, 4.0)]),
        ("nod on each stressed word", [(1.1, 1.7), (4.2, 4.7), (4.7, 5.2)]),
        ("when she starts speaking, smile", [(0.35, 8.0)]),
        ("when the talking stops nod", [(5.2, 7.2)]),
        ("in the pauses from 1 s to 3 s smile", [(1.7, 4.0)]),
        ("when I say country look up for 2 s", [(1.15, 3.15)]),
        ("smile until I say 'a printed book', then nod", [(0.0, 3.85), (3.85, 8.0)]),
        ("nod on 'country' and 'book'", [(1.15, 2.1), (4.65, 5.6)]),
        ("smile, and when I say country nod", [(0.0, 8.0), (1.15, 2.1)]),
        ("when I say country nod, then smile", [(1.15, 2.1), (2.1, 8.0)]),
    ],
)
def test_cues_are_found_in_the_voice(text: str, expected: list[tuple[float, float]]) -> None:
    assert spans(text) == expected
    assert problems(split_clauses(text), 8.0, VOICE) == ()


@pytest.mark.parametrize(
    ("text", "voice", "told"),
    [
        ("when I say 'banana', nod", VOICE, "'banana' is not spoken"),
        ("when I say 'country', nod", DEAF, "--transcript"),
        ("in the pauses nod", None, "no recording"),
        ("nod until I say 'banana'", VOICE, "'banana' is not spoken"),
        ("nod with each stress", VoiceMap((), (), ()), "has none"),
        ("when I say 'book printed', nod", VOICE, "'book printed' is not spoken"),
    ],
)
def test_cues_that_cannot_be_found_are_told_and_not_placed(text: str, voice: VoiceMap | None, told: str) -> None:
    assert spans(text, voice) == []
    (problem,) = problems(split_clauses(text), 8.0, voice)
    assert told in problem and "nod" in problem


def test_a_cue_that_needs_no_words_is_found_without_them() -> None:
    assert spans("on the first word look up", DEAF) == [(0.35, 1.3)]
    assert spans("on the last word look up", DEAF) == [(4.6, 5.4)]


def test_speech_that_goes_on_to_the_end_leaves_a_second_for_what_follows_it() -> None:
    assert spans("when the talking stops smile", VoiceMap(((0.0, 8.0),), (), ())) == [(7.0, 8.0)]


def test_otherwise_fills_what_cues_leave() -> None:
    assert spans("in the pauses smile, otherwise frown") == [
        (0.0, 0.5),
        (0.5, 1.7),
        (1.7, 4.0),
        (4.0, 5.2),
        (5.2, 8.0),
    ]

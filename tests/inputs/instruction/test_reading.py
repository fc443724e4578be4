"""From words to the timeline: other languages, the voice, what cannot be done, and feelings that go on."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.reading import read_instruction, timeline_for
from avatar_app.request import Request
from avatar_app.speech.voice_map import VoiceMap, Word

VOICE = VoiceMap(((0.0, 2.0), (3.0, 6.0)), ((2.0, 3.0),), (1.0, 4.0), (Word("country", 4.0, 4.5),))


def test_another_language_is_told_by_name_and_nothing_is_done() -> None:
    made = read_instruction("Usmívej se a dvakrát přikývni, prosím", 4.0)
    assert made.plan == () and made.not_understood
    assert "please write it in English, Spanish" in made.notes[0]


def test_a_language_of_the_lexicons_is_read() -> None:
    assert [step.what for step in read_instruction("sonríe, por favor", 4.0).plan] == ["smile"]


@pytest.mark.parametrize(
    ("text", "need_words"), [('when I say "country", nod', True), ("in the pauses raise your eyebrows", False)]
)
def test_the_voice_is_listened_to_only_where_something_is_tied_to_it(text: str, need_words: bool) -> None:
    asked: list[bool] = []

    def listen(words: bool) -> VoiceMap:
        asked.append(words)
        return VOICE

    made = read_instruction(text, 6.0, listen)
    assert asked == [need_words]
    start = 4.0 if need_words else 2.0
    assert made.plan[0].start == pytest.approx(start, abs=0.5)
    read_instruction("smile", 6.0, listen)
    assert len(asked) == 1


def test_what_is_tied_to_a_voice_that_is_not_there_is_told_and_not_done() -> None:
    made = read_instruction('when I say "country", nod', 6.0)
    assert made.plan == () and made.notes and made.notes[0].startswith("Not done: ")


def test_an_impossible_time_is_told() -> None:
    made = read_instruction("5-2s: smile", 8.0)
    assert made.notes and not any(step.what == "smile" for step in made.plan)


def test_a_feeling_goes_on_beside_what_comes_and_goes() -> None:
    made = read_instruction("happy. at 2 s look surprised for 1 s", 6.0)
    happy = [(step.start, step.end) for step in made.plan if step.what == "happy"]
    assert happy[0][0] == 0 and happy[-1][1] == 6.0
    assert [(s.start, s.end) for s in made.plan if s.what == "surprised"] == [(2.0, 3.0)]


def test_what_has_grown_stays_grown() -> None:
    made = read_instruction("get gradually sad, then nod", 6.0)
    assert next(s for s in made.plan if s.what == "sad").grows[1] == 1.0
    assert made.plan[-1].what == "nod" and max(s.end for s in made.plan if s.what == "sad") == 6.0


def test_contradictions_reach_the_notes() -> None:
    assert any("opposites" in note for note in read_instruction("look left and look right", 4.0).notes)


def test_no_words_and_no_plan_ask_for_nothing() -> None:
    assert timeline_for(Request(duration=2.0), 2.0).segments == ()

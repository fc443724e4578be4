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


def _shown(text: str, duration: float = 10.0) -> list[tuple[str, float, float]]:
    """(what, start, end) of all that is wanted, in order."""
    return [(s.what, s.start, s.end) for s in read_instruction(text, duration).plan if s.wanted]


def _never(text: str, name: str) -> list[tuple[float, float]]:
    return [(s.start, s.end) for s in read_instruction(text, 10.0).plan if s.what == name and not s.wanted]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("start angry, end up smiling, but without blinking", "blink"),
        ("tilt your head left but don't smile, and look up", "smile"),
        ("smile for three seconds. At no point should he nod.", "nod"),
    ],
)
def test_what_is_forbidden_without_a_time_is_forbidden_throughout(text: str, name: str) -> None:
    assert _never(text, name) == [(0.0, 10.0)]


def test_what_is_forbidden_for_a_time_or_wanted_elsewhere_is_not() -> None:
    assert _never("no smiling for three seconds", "smile") == [(0.0, 3.0)]
    assert _never("first smile, then don't smile", "smile")[0][0] > 2
    assert _never("nod without blinking, then look up", "blink")[0][1] < 6


def test_sentences_that_ask_for_nothing_take_no_time() -> None:
    assert _shown("Please raise your eyebrows. The weather in Leeds was dreadful on Monday.") == [
        ("raise_brows", 0.0, 10.0)
    ]


def test_a_sentence_of_mood_tells_how_the_rest_is_done() -> None:
    shown = {what: (start, end) for what, start, end in _shown("Head down, eyes closed. Heartbroken.")}
    assert shown["head_down"] == shown["close_eyes"] == shown["sad"] == (0.0, 10.0)


def test_what_is_scrapped_is_not_done() -> None:
    shown = {what for what, _, _ in _shown("he nods. No, scrap that, he shakes his head")}
    assert shown == {"shake_head"}


def test_a_side_alone_corrects_the_side_before() -> None:
    assert [what for what, _, _ in _shown("look to the left. Sorry, I mean right")] == ["look_right"]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("a wide grin, but only in the final second", (9.0, 10.0)),
        ("with three seconds to go she smiles", (7.0, 10.0)),
        ("smile @ 4.5", (4.5, 10.0)),
        ("smile from two to five seconds", (2.0, 5.0)),
        ("wait for four seconds, then smile", (4.0, 10.0)),
        ("smile 3 s in, hold it for 2 s", (3.0, 5.0)),
        ("keep smiling until the last third", (0.0, 6.67)),
    ],
)
def test_times_in_other_words(text: str, span: tuple[float, float]) -> None:
    smiles = [(start, end) for what, start, end in _shown(text) if what == "smile"]
    assert smiles[0] == pytest.approx(span, abs=0.01)


def test_what_stays_still_all_the_time_stays_so_beside_what_moves() -> None:
    shown = {what for what, _, _ in _shown("hold your head still the whole time and wink twice")}
    assert "stay_still" in shown and shown & {"wink_left", "wink_right"}


def test_a_long_list_is_read_part_by_part() -> None:
    wanted = {"raise_inner_brows", "mouth_frown", "look_down", "tilt_right", "press_lips"}
    text = "inner brows up, mouth corners down, lips pressed together, eyes to the floor, head tilted to the right"
    assert wanted <= {what for what, _, _ in _shown(text)}


def test_directions_in_angle_brackets_are_acted() -> None:
    assert {what for what, _, _ in _shown("<sighs> I suppose you are right. <winks>")} & {"wink_left", "wink_right"}


def test_less_movement_is_a_head_that_is_held() -> None:
    assert [what for what, _, _ in _shown("less wobbling of the head")] == ["stay_still"]


def _counts(text: str) -> list[tuple[str, int | None]]:
    return [(s.what, s.count) for s in read_instruction(text, 10.0).plan if s.wanted]


def test_a_bare_gesture_among_steps_happens_once() -> None:
    assert _counts("look up, then nod") == [("look_up", None), ("nod", 1)]
    assert _counts("nod") == [("nod", None)] and _counts("smile, then keep nodding")[1] == ("nod", None)


def test_opposites_in_a_list_come_in_turn() -> None:
    shown = _shown("glance left, glance right, frown")
    assert [what for what, _, _ in shown][:2] == ["look_left", "look_right"]
    assert shown[0][2] <= shown[1][1] + 0.01


def test_what_is_done_once_something_is_done_comes_after_it_and_before_the_finish() -> None:
    order = [what for what, _, _ in _shown("look left once you have looked right, and finish on a smile")]
    assert order == ["look_right", "look_left", "smile"]


def test_parts_that_are_sure_make_up_a_list() -> None:
    assert {"lower_brows", "raise_chin"} <= {
        what for what, _, _ in _shown("chin held high, brows right down, very stern")
    }


def test_eyes_close_where_the_voice_pauses() -> None:
    made = read_instruction("close your eyes every time the voice stops", 6.0, lambda words: VOICE)
    assert [(s.start, s.end) for s in made.plan] == [(2.0, 3.0)]


def test_a_manner_lasts_beside_a_glance() -> None:
    plan = read_instruction("whispering, with a glance to the left", 10.0).plan
    spans = {step.what: step.end for step in plan}
    assert spans["whisper"] == 10.0 and spans["look_left"] < 2.0


@pytest.mark.parametrize(
    "text", ["keep dead still, except that you nod once at the end", "frozen except for one nod at 8 s"]
)
def test_what_is_excepted_from_stillness_is_wanted(text: str) -> None:
    plan = read_instruction(text, 10.0).plan
    assert [step.count for step in plan if step.what == "nod" and step.strength > 0] == [1]


def test_a_count_after_a_timed_gesture_counts_it() -> None:
    (step,) = read_instruction("at 3 s she rolls her eyes, just the once", 10.0).plan
    assert (step.what, step.count) == ("roll_eyes", 1)


def test_the_feeling_in_which_something_is_done_is_read_beside_it() -> None:
    plan = read_instruction("(nervously, with a small nod)", 10.0).plan
    assert {step.what for step in plan} == {"nervous", "nod"}

"""Times and words of sequence, without any model."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avatar_app.inputs.instruction.intensity import ramp_of, strength_of
from avatar_app.inputs.instruction.stage_directions import direction_clauses, split_directions
from avatar_app.inputs.instruction.timing import When, place, problems, seconds, split_clauses
from avatar_app.speech.voice_map import VoiceMap, Word

WORDS = tuple(Word(text, float(i), i + 0.5) for i, text in enumerate(["say", "the", "word", "when", "I", "pause"]))
VOICE = VoiceMap(((0.0, 6.0),), ((6.0, 8.0),), (1.0, 2.5), WORDS)


def laid_out(text: str, duration: float = 10.0) -> list[tuple[str, float, float]]:
    clauses = split_clauses(text)
    placed = place(clauses, duration, brief=lambda clause: clause.text.startswith("nod"))
    return [(clauses[p.index].text, round(p.start, 2), round(p.end, 2)) for p in placed]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("smile", [("smile", 0, 10)]),
        ("0-2s: smile; then look left", [("smile", 0, 2), ("look left", 2, 10)]),
        ("smile, then wink, and finally frown", [("smile", 0, 3.33), ("wink", 3.33, 6.67), ("frown", 6.67, 10)]),
        ("smile then frown", [("smile", 0, 4), ("frown", 4, 10)]),
        ("at 3 seconds nod", [("nod", 3, 5)]),
        ("at 3 seconds smile", [("smile", 3, 10)]),
        ("from 1 to 2.5 s look up, then smile", [("look up", 1, 2.5), ("smile", 2.5, 10)]),
        ("after two seconds, turn left", [("turn left", 2, 10)]),
        ("smile for the first two seconds", [("smile", 0, 2)]),
        ("in the last second, wink", [("wink", 9, 10)]),
        ("first surprised then smile at the end", [("surprised", 0, 8), ("smile", 8, 10)]),
        ("smile at 2 s, nod at 4 s and wink at 6 s", [("smile", 2, 4), ("nod", 4, 6), ("wink", 6, 10)]),
        ("smile for 2 seconds, then frown", [("smile", 0, 2), ("frown", 2, 10)]),
        ("smile until 3 s, then frown", [("smile", 0, 3), ("frown", 3, 10)]),
        ("smile. 2 seconds later wink", [("smile", 0, 2), ("wink", 2, 10)]),
        ("at 3 s smile, then after 2 s wink", [("smile", 3, 5), ("wink", 5, 10)]),
        ("[0-2] smile [2-4] frown", [("smile", 0, 2), ("frown", 2, 4)]),
        ("0:01-0:03 smile", [("smile", 1, 3)]),
        ("smile before turning left", [("smile", 0, 4), ("turning left", 4, 10)]),
        ("turn left after smiling", [("smiling", 0, 4), ("turn left", 4, 10)]),
        ("1s: wink, 3s: shake your head", [("wink", 1, 3), ("shake your head", 3, 10)]),
        ("smile for 500 ms, wink for half a second", [("smile", 0, 0.5), ("wink", 0.5, 1)]),
        ("halfway through look down", [("look down", 5, 10)]),
        ("at 12 seconds wink", [("wink", 12, 12)]),
        ("in the initial 3 seconds smile", [("smile", 0, 3)]),
        ("in the opening 3 seconds smile", [("smile", 0, 3)]),
        ("at 2 s and smile", [("smile", 2, 10)]),
        ("before turning left, smile", [("smile", 0, 4), ("turning left", 4, 10)]),
        ("after smiling, turn left", [("smiling", 0, 4), ("turn left", 4, 10)]),
        ("at 2 s, for 1 s, smile", [("smile", 2, 3)]),
        ("smile, then frown for 2 seconds", [("smile", 0, 8), ("frown", 8, 10)]),
        ("4-6s: wink; 0-2s: smile", [("smile", 0, 2), ("wink", 4, 6)]),
        ("smile\nwink", [("smile", 0, 4), ("wink", 4, 10)]),
        ("raise your brows and nod at 3 s", [("raise your brows and nod", 3, 10)]),
        ("0:03 frown", [("frown", 3, 10)]),
        ("00:00:02,500 frown", [("frown", 2.5, 10)]),
        (
            "7\n00:00:01,000 --> 00:00:02,000\nfrown\n\n8\n00:00:04,000 --> 00:00:09,500\nsmile\nwink\n",
            [("frown", 1, 2), ("smile, wink", 4, 9.5)],
        ),
        ("frown 2–4 s", [("frown", 2, 4)]),
        ("frown 2—4s", [("frown", 2, 4)]),
        ("frown 2~4s", [("frown", 2, 4)]),
        ("t=2.5 frown, t=5 smile", [("frown", 2.5, 5), ("smile", 5, 10)]),
        ("around the 4-second mark he frowns, and again near 8", [("he frowns", 4, 8), ("he frowns", 8, 10)]),
        ("after a second and a half frown", [("frown", 1.5, 10)]),
        ("at 4 s frown for 3 s", [("frown", 4, 7)]),
        ("at 4 s frown, hold it for 3 s, then smile", [("frown", 4, 7), ("smile", 7, 10)]),
        ("at 2s frown for 1s, at 6s smile", [("frown", 2, 3), ("smile", 6, 10)]),
        ("nod at 1, 4 and 7 seconds", [("nod", 1, 3), ("nod", 4, 6), ("nod", 7, 9)]),
        ("wink at 2 s, at 5 s and at 8 s", [("wink", 2, 5), ("wink", 5, 8), ("wink", 8, 10)]),
        ("first half angry, second half calm", [("angry", 0, 5), ("calm", 5, 10)]),
        ("for the last quarter frown", [("frown", 7.5, 10)]),
        ("frown for the middle third", [("frown", 3.33, 6.67)]),
        ("the first 20 % frown, then smile", [("frown", 0, 2), ("smile", 2, 10)]),
        ("30% in he frowns", [("he frowns", 3, 10)]),
        ("two thirds of the way through frown", [("frown", 6.67, 10)]),
        ("from 20% to 60% frown", [("frown", 2, 6)]),
        ("frown until halfway, then smile", [("frown", 0, 5), ("smile", 5, 10)]),
        ("near the end frown", [("frown", 8, 10)]),
        ("frown in the middle", [("frown", 3.33, 6.67)]),
        ("as you start, frown", [("frown", 0, 2)]),
        ("smile right at the end", [("smile", 8, 10)]),
        ("look right at the end", [("look right", 8, 10)]),
        ("to begin with frown, then smile", [("frown", 0, 4), ("smile", 4, 10)]),
        ("at 2 s frown until the end", [("frown", 2, 10)]),
        ("frown at 3 s, from then on smile", [("frown", 3, 6.5), ("smile", 6.5, 10)]),
        ("start sad, get angry, end up smiling", [("sad", 0, 3.33), ("get angry", 3.33, 6.67), ("smiling", 6.67, 10)]),
        ("begin with a frown and end with a grin", [("a frown", 0, 4), ("a grin", 4, 10)]),
        ("go from bored to happy", [("bored", 0, 4), ("happy", 4, 10)]),
        ("frown only after you have winked", [("you have winked", 0, 4), ("frown", 4, 10)]),
        ("a wink before the smile", [("a wink", 0, 4), ("the smile", 4, 10)]),
        ("wink, and frown once that is done", [("wink", 0, 4), ("frown", 4, 10)]),
        (
            "turn left, come back to the front, and wink",
            [("turn left", 0, 3.33), ("come back to the front", 3.33, 6.67), ("wink", 6.67, 10)],
        ),
        (
            "nod every 2 seconds",
            [("nod", 0.5, 1.5), ("nod", 2.5, 3.5), ("nod", 4.5, 5.5), ("nod", 6.5, 7.5), ("nod", 8.5, 9.5)],
        ),
        ("nod every other second from 2 to 6 s", [("nod", 2.5, 3.5), ("nod", 4.5, 5.5)]),
        ("smile and nod every five seconds", [("smile", 0, 10), ("nod", 2, 3), ("nod", 7, 8)]),
        ("nod twelve times a minute", [("nod", 2, 3), ("nod", 7, 8)]),
        ("quickly glance left at 4 s", [("quickly glance left", 4, 4.8)]),
        ("for a moment frown, then smile", [("frown", 0, 1), ("smile", 1, 10)]),
        ("smile and briefly frown at 4 s", [("smile", 0, 10), ("frown", 4, 5)]),
        ("smile, with a quick glance left", [("smile", 0, 10), ("a quick glance left", 0, 0.8)]),
        ("from 2 to 4 s frown, otherwise smile", [("smile", 0, 2), ("frown", 2, 4), ("smile", 4, 10)]),
        ("wave at the end. A smile is fine too.", [("wave", 8, 10), ("A smile is fine too", 8, 10)]),
        ("hello! frown a bit. thanks so much", [("frown a bit", 0, 10)]),
        ("At 4 s:\nfrown", [("frown", 4, 10)]),
        ("if it fits then smile", [("if it fits, smile", 0, 10)]),
        ("sad at first, happy later", [("sad", 0, 4), ("happy", 4, 10)]),
        ("angry for 40% of the time and calm for the rest", [("angry", 0, 4), ("calm", 4, 10)]),
    ],
)
def test_clauses_are_laid_out_in_time(text: str, expected: list[tuple[str, float, float]]) -> None:
    assert laid_out(text) == expected


@pytest.mark.parametrize("text", ["nod three times", "smile at 50%", "raise one eyebrow", "wink at the second camera"])
def test_numbers_that_are_no_times_stay_in_the_text(text: str) -> None:
    assert laid_out(text) == [(text, 0, 10)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5 s", 1.5),
        ("two seconds", 2),
        ("0:03", 3),
        ("1:02", 62),
        ("500 ms", 0.5),
        ("half a second", 0.5),
        ("one and a half seconds", 1.5),
        ("second 4", 4),
        ("2 min", 120),
        ("2 m", 120),
        ("1,5 sec", 1.5),
        ("250milliseconds", 0.25),
    ],
)
def test_spoken_and_written_times(text: str, value: float) -> None:
    assert seconds(text) == pytest.approx(value)


def test_a_range_has_one_unit() -> None:
    assert laid_out("from 1 to 2 minutes smile", 300.0) == [("smile", 60, 120)]


def test_of_two_statements_about_a_time_the_first_wins() -> None:
    assert When(start=1.0).merged(When(start=2.0, end=3.0)) == When(start=1.0, end=3.0)


def test_throughout_is_marked_and_takes_no_step() -> None:
    clauses = split_clauses("smile throughout, wink at 3 s")
    assert [(c.text, c.when.whole) for c in clauses] == [("smile", True), ("wink", False)]


@pytest.mark.parametrize("text", ["", "   ", "...", "\n\n", "then", ", ;"])
def test_nothing_said_gives_no_clause(text: str) -> None:
    assert split_clauses(text) == []


def test_segments_never_overlap_when_only_sequence_words_are_given() -> None:
    for duration in (0.3, 2.0, 7.0, 600.0):
        placed = laid_out("smile, then nod, then wink; look up. frown and then laugh", duration)
        assert len(placed) == 6
        assert all(abs(a[2] - b[1]) < 0.02 for a, b in pairwise(placed))
        assert placed[-1][2] == pytest.approx(duration)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("frown 5-2s", "'5-2s' ends before it starts"),
        ("frown from 80% to 20%", "ends before it starts"),
        ("frown at 1:2:3:4", "cannot be read"),
        ("frown every 0 seconds", "is no rate"),
    ],
)
def test_impossible_times_are_told_and_not_guessed(text: str, told: str) -> None:
    assert laid_out(text) == []
    (problem,) = problems(split_clauses(text), 10.0)
    assert told in problem and "frown" in problem


def test_a_start_after_the_end_is_told() -> None:
    (problem,) = problems(split_clauses("smile, at 01:02 frown"), 10.0)
    assert problem == "Not done: 'frown' starts at 62 s, after the end of the recording (10.0 s)."


def test_ways_back_to_rest_are_marked() -> None:
    clauses = split_clauses("at 1 s look left, at 3 s back to the middle, at 5 s the smile goes away and you nod")
    assert [(c.text, c.returns, c.beside) for c in clauses] == [
        ("look left", False, False),
        ("back to the middle", True, False),
        ("the smile goes away", True, False),
        ("you nod", False, True),
    ]


def test_pace_is_read() -> None:
    assert [c.pace for c in split_clauses("slowly nod, then suddenly frown, then smile")] == ["slow", "fast", ""]


PIECES = st.sampled_from(
    [
        "at 3 s",
        "smile",
        "nod twice",
        ",",
        "and",
        "then",
        "when I say",
        "'x",
        "*",
        "(",
        "[",
        "0-2",
        "50%",
        "every",
        "for a moment",
        "first half",
        "-->",
        "\n",
        "00:00:01,000",
        "don't",
        "instead of",
        "before",
        "once",
        "  ",
        ":",
        "a a",
        "1:1:1",
        "otherwise",
        "until the end",
        "in the pauses",
        "again",
        "back to",
        "no,",
        "“",
        ".",
        "...",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=500), st.lists(PIECES, max_size=90).map(" ".join)), st.sampled_from([0.3, 5.0, 60.0]))
@example(" " * 500, 5.0)
@example("\n" * 500, 5.0)
@example("a " * 250, 5.0)
@example("thank you " * 50 + "x", 5.0)
@example("1" * 500, 5.0)
@example("1:" * 250, 5.0)
@example("1, " * 166, 5.0)
@example("at 1, " * 83, 5.0)
@example("'" * 500, 5.0)
@example("*a" * 250, 5.0)
@example("(" * 500, 5.0)
@example("(a " * 160, 5.0)
@example("when I say " * 45, 5.0)
@example("before you " * 45, 5.0)
@example("no, " * 125, 5.0)
@example("and " * 125, 5.0)
@example("just " * 100, 5.0)
@example("the " * 125, 5.0)
@example("--> " * 125, 5.0)
@example("A" * 500, 5.0)
@example("A." * 250, 5.0)
def test_any_text_is_read_quickly_and_placed_within_the_recording(text: str, duration: float) -> None:
    text = text[:500]
    started = time.thread_time()
    clauses = split_clauses(text)
    placed = place(clauses, duration, lambda clause: "nod" in clause.text, VOICE)
    directions = split_directions(text)
    acted = direction_clauses(directions, duration, VOICE) if directions else []
    placed_acts = place(acted, duration, lambda clause: False, VOICE)
    strength_of(text), ramp_of(text)
    assert time.thread_time() - started < 0.2
    assert all(isinstance(told, str) for told in problems(clauses, duration, VOICE))
    for p in (*placed, *placed_acts):
        assert 0 <= p.start <= p.end and (p.end <= duration or p.start == p.end)


def test_a_sentence_is_read_in_a_few_milliseconds() -> None:
    text = "at 3 seconds slowly raise your eyebrows twice, then smile a little until the end and don't blink at all"
    split_clauses(text)
    started = time.thread_time()
    for _ in range(10):
        place(split_clauses(text), 10.0, lambda clause: False, VOICE)
    assert (time.thread_time() - started) / 10 < 0.016  # twice what it takes at most

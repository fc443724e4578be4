"""Times of editors as plain seconds, and words of the voice that nobody quoted."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.plain_times import plain_times
from avatar_app.inputs.instruction.spoken import may_name_words, tied_to_words
from avatar_app.inputs.instruction.timing import place, split_clauses
from avatar_app.speech.voice_map import Word

WORDS = tuple(
    Word(text, float(k), k + 0.5) for k, text in enumerate(["a", "true", "printed", "book", "which", "had", "power"])
)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("00:00:02:00 to 00:00:04:12 (25 fps): smile", "2 s to 4.48 s : smile"),
        ("frames 0-48 @24fps smile", "0 s - 2 s  smile"),
        ("IN 2.0 OUT 4.5 smile", "[2.0 s - 4.5 s] smile"),
        ("0.5 neutral | 3.0 smile", "0.5 s: neutral\n3.0 s: smile"),
        ("1 nod, 2 blinks", "1 nod, 2 blinks"),
        ("0:02 smile", "0:02 smile"),
    ],
)
def test_times_of_editors_become_seconds(text: str, plain: str) -> None:
    assert plain_times(text) == plain


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("wink two seconds before the end", (8.0, 10.0)),
        ("frown until 3 s before the end", (0.0, 7.0)),
        ("a smile that grows more and more by second 9", (0.0, 9.0)),
        ("(4.0–end) relief", (4.0, 10.0)),
        ("puff the cheeks at two fifths of the clip", (4.0, 10.0)),
        ("tilt the head from the third second to the seventh", (3.0, 7.0)),
        ("a frown doesn't come before 4 seconds and is gone by 7", (4.0, 7.0)),
        ("stare at the ceiling from 3 till 6 like a dreamer", (3.0, 6.0)),
        ("he sighs, it takes two seconds, starting at 3", (3.0, 5.0)),
        ("smile for no longer than 2 seconds, beginning at 4 s", (4.0, 6.0)),
    ],
)
def test_times_against_the_end_and_limits(text: str, span: tuple[float, float]) -> None:
    placed = place(split_clauses(text), 10.0, lambda clause: False)
    assert [(round(p.start, 2), round(p.end, 2)) for p in placed] == [span]


@pytest.mark.parametrize(
    ("text", "tied"),
    [
        ("lean in on power", "lean in on the word 'power'"),
        ("with a lift of the brows on printed book", "with a lift of the brows on the word 'printed book'"),
        ("printed -> wink", "on the word 'printed', wink"),
        ("mark the words 'true printed' with a nod", "on the word 'true printed', a nod"),
        ("look at the book", "look at the book"),
        ("smile with joy on the left", "smile with joy on the left"),
    ],
)
def test_spoken_words_are_cues_without_quotation_marks(text: str, tied: str) -> None:
    assert tied_to_words(text, WORDS) == tied
    assert tied_to_words(text, None) == text


def test_what_lasts_a_moment_shares_the_cue_before_it() -> None:
    clauses = split_clauses("when I say 'power' smile, close your eyes for a moment, then open")
    assert [c.when.cue and c.when.cue.word for c in clauses] == ["power", "power", None]
    assert [c.returns for c in clauses] == [False, False, True]


def test_plain_directions_name_no_words() -> None:
    assert not may_name_words("smile on the left side, then nod with both eyes closed")

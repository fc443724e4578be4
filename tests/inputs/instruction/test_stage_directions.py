"""Stage directions are acted, their dialogue is left out; instructions with brackets stay instructions."""

from __future__ import annotations

import pytest

from avatar_app.inputs.instruction.stage_directions import direction_clauses, direction_starts, split_directions
from avatar_app.inputs.instruction.timing import place
from avatar_app.speech.voice_map import VoiceMap, Word


@pytest.mark.parametrize(
    ("text", "acted"),
    [
        ("(sighs) Well... if you say so. (rolls eyes)", ["sighs", "rolls eyes"]),
        ("[laughs] Fine, you win.", ["laughs"]),
        ("*yawns* I never sleep here *rubs eyes*", ["yawns", "rubs eyes"]),
        ("[thunder] [he flinches, eyes wide] Who is there?", ["thunder", "he flinches, eyes wide"]),
        ("EXT. STREET - DAY. ANNA (frowning): The shop is closed. (nods)", ["frowning", "nods"]),
        ("ANNA (smiling): Where were you?\nBEN: Nowhere. (looks away)", ["smiling", "looks away"]),
        ("The bus was late again. (rolls eyes) Typical.", ["rolls eyes"]),
        ("(raises eyebrows) “Really?” (smirks)", ["raises eyebrows", "smirks"]),
        ("(frowns) (looks away)", ["frowns", "looks away"]),
    ],
)
def test_directions_are_split_from_dialogue(text: str, acted: list[str]) -> None:
    directions = split_directions(text)
    assert directions is not None and [d.text for d in directions] == acted
    assert [d.share for d in directions] == sorted(d.share for d in directions)


@pytest.mark.parametrize(
    "text",
    [
        "[0-2] smile [2-4] frown",
        "frown (but not too much)",
        "smile (AU12), brows up (AU1+2)",
        "she nods (gently) and frowns",
        "*frown* then *smile*",
        "please *nod*",
        "nod (twice)",
        "I want a grin (a small one)",
        "(smile)",
        "look surprised (eyes wide) at 2 s",
        "A man opens a box. He looks in (eyes down), then grins.",
        "when I say *country*, nod",
        "LOOK LEFT (slowly)",
        "smile",
        "",
    ],
)
def test_instructions_with_brackets_are_no_directions(text: str) -> None:
    assert split_directions(text) is None


def test_a_doubtful_text_is_decided_by_its_meaning() -> None:
    text = "Grumpy morning (yawns)"
    assert split_directions(text, lambda outside: True) is None
    assert split_directions(text, lambda outside: False) is not None


def test_directions_begin_in_proportion_to_the_dialogue_before_them() -> None:
    directions = split_directions("(nods) You there? aaaa (winks) Oh you bbbbb (frowns)")
    assert directions is not None
    assert direction_starts(directions, 20.0) == pytest.approx([0.0, 20 * 10 / 18, 18.0])


def test_directions_begin_at_the_spoken_words_where_these_are_known() -> None:
    directions = split_directions("(nods) You came back. (winks) I knew it. (frowns)")
    assert directions is not None
    said = [("you", 1.0), ("came", 2.0), ("back", 3.0), ("i", 7.0), ("knew", 7.5), ("it", 8.0)]
    words = tuple(Word(text, start, start + 0.3) for text, start in said)
    voice = VoiceMap(((1.0, 8.3),), (), (), words)
    assert direction_starts(directions, 12.0, voice) == pytest.approx([1.0, 7.0, 10.0])
    others = VoiceMap(((1.0, 8.3),), (), (), (Word("ball", 1.0, 1.3),))
    assert direction_starts(directions, 12.0, others) == direction_starts(directions, 12.0)


def test_directions_are_placed_in_order_with_room_for_the_last() -> None:
    directions = split_directions("[crash] [he jumps, eyes wide] What was that? [relieved, then smiles]")
    assert directions is not None
    clauses = direction_clauses(directions, 10.0)
    placed = place(clauses, 10.0, lambda clause: False)
    assert [clauses[p.index].text for p in placed] == ["crash", "he jumps, eyes wide", "relieved", "smiles"]
    assert [(p.start, p.end) for p in placed] == [(0.0, 1.0), (1.0, 8.0), (8.0, 9.0), (9.0, 10.0)]

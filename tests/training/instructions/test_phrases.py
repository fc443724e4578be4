"""The grammar that writes training phrases."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from avatar_app.inputs.instruction.understanding import LABELS
from avatar_app.training.instructions.clauses import Phrase
from avatar_app.training.instructions.inflection import contracted, gerund, third_person
from avatar_app.training.instructions.phrases import Grammar
from avatar_app.training.instructions.understanding_training import bare, mirrored, sentences_of, targets
from avatar_app.training.instructions.word_lists import DATA, read_lists, read_requests
from avatar_app.training.instructions.words import held_out, opposite, split_level, vocabulary

WHOLE = ("whole.txt", "mixed.txt")
SAYINGS = "sayings.txt"  # of another format: build_sayings.py reads it
INPUTS = Path(__file__).parents[2] / "inputs" / "instruction"


@pytest.fixture(scope="module")
def phrases() -> list[Phrase]:
    """Spelled as they should be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Grammar, "misspell", lambda self, text: text)
        return list(Grammar(3).phrases(12_000))


@pytest.fixture(scope="module")
def written() -> list[Phrase]:
    """With misspellings, as for training."""
    return list(Grammar(3).phrases(3_000))


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9 ]", "", text.lower()).strip()


def test_every_label_is_wanted_and_avoided_often(phrases: list[Phrase]) -> None:
    wanted = Counter(name for p in phrases for name, value in p.targets.items() if value > 0)
    avoided = Counter(name for p in phrases for name, value in p.targets.items() if value < 0)
    assert min(wanted[name] for name in vocabulary()) > 72
    assert min(avoided[name] for name in vocabulary()) > 18


def test_the_same_seed_writes_the_same_phrases(written: list[Phrase]) -> None:
    assert list(Grammar(3).phrases(200)) == written[:200]
    assert list(Grammar(4).phrases(200)) != written[:200]


def test_no_open_places_are_left(phrases: list[Phrase], written: list[Phrase]) -> None:
    assert not [p.text for p in phrases + written if re.search(r"[{}|~]|  ", p.text)]


def test_strengths_are_levels_or_avoided(phrases: list[Phrase]) -> None:
    assert {value for p in phrases for value in p.targets.values()} == {0.35, 0.65, 1.0, -1.0}


def test_sides_in_the_text_agree_with_the_label(phrases: list[Phrase]) -> None:
    sided = [p for p in phrases if len(p.targets) == 1 and mirrored(next(iter(p.targets))) not in p.targets]
    checked = 0
    for p in sided:
        (name,) = p.targets
        words = set(re.findall(r"left|right", p.text.lower()))
        seen_from_the_front = re.search("viewer|screen|camera (left|right)|picture|profile|that ear", p.text.lower())
        if len(words) == 1 and not seen_from_the_front and name.rpartition("_")[2] in ("left", "right"):
            assert words == {name.rpartition("_")[2]}, p
            checked += 1
    assert checked > 480


def test_training_never_sees_a_held_out_word_and_validation_always_something_new() -> None:
    lists = [items for words in vocabulary().values() for items in words.lists.values()]
    held = {split_level(i)[0] for items in lists for i in items[4:] if held_out(i) and "{" not in i and len(i) > 12}
    assert len(held) > 60
    trained = [p.text.lower() for p in Grammar(5).phrases(4_000) if len(p.targets) == 1]
    assert not [t for t in trained if t in held]
    validation = " ".join(p.text.lower() for p in Grammar(5, held=True).phrases(4_000))
    assert sum(word.lower() in validation for word in held) > 0.5 * len(held)


def test_test_sentences_are_in_no_word_list_and_can_be_kept_out_of_training() -> None:
    lists = sorted([*INPUTS.glob("phrasings*.csv"), *INPUTS.glob("out_of_domain_*.txt")])
    assert len(lists) == 5
    unseen = {bare(line) for path in lists for line in sentences_of(path)} - {""}
    assert len(unseen) > 900
    items = {
        bare(split_level(item)[0])
        for path in DATA.glob("*.txt")
        if path.name not in (*WHOLE, SAYINGS)
        for sections in read_lists(path.name).values()
        for section in sections.values()
        for item in section
    }
    items |= {bare(way) for name in WHOLE for request in read_requests(name) for way in request.ways}
    # Short ones are words of the language, such as "mumbling": training leaves out phrases that are nothing else.
    assert not [text for text in unseen & items if len(text.split()) >= 4]


def test_targets_leave_open_labels_unjudged() -> None:
    presence, level = targets(
        [Phrase("x", {"happy": 1.0, "nod": -1.0}, frozenset({"excited"})), Phrase("y", {}, plain=True)]
    )
    assert presence[0, [LABELS.index(n) for n in ("happy", "nod", "excited", "sad")]].tolist() == [1, 2, -100, 0]
    assert level[0, LABELS.index("happy")] == 2 and (level[0] >= 0).sum() == 1
    assert presence[1].sum() == 1 and presence[1, LABELS.index("plain")] == 1


@pytest.mark.parametrize(
    ("base", "ing", "third"),
    [
        ("raise your brows", "raising your brows", "raises your brows"),
        ("nod", "nodding", "nods"),
        ("be glad", "being glad", "is glad"),
        ("cry", "crying", "cries"),
        ("blush", "blushing", "blushes"),
        ("open your mouth", "opening your mouth", "opens your mouth"),
        ("don't move", "not moving", "does not move"),
    ],
)
def test_verb_forms(base: str, ing: str, third: str) -> None:
    assert (gerund(base), third_person(base)) == (ing, third)


def test_contractions_and_sides() -> None:
    assert contracted("you are happy and do not cry") == "you're happy and don't cry"
    assert (
        opposite("left") == "right" and mirrored("raise_left_brow") == "raise_right_brow" and mirrored("nod") == "nod"
    )

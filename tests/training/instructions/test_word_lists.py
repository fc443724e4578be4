"""The word lists: they name what exists, say nothing twice, and can be edited by hand without silent mistakes."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest

from avatar_app.face.facs import ACTION_NAMES, EMOTION_NAMES
from avatar_app.request import InputError
from avatar_app.training.instructions import word_lists
from avatar_app.training.instructions.clauses import Clauses
from avatar_app.training.instructions.word_lists import DATA, read_lists, read_requests
from avatar_app.training.instructions.words import ALWAYS_TRAINED, held_out, split_level, vocabulary

ACTION_LISTS = ["verbs", "states", "opposites"]
LISTS = {
    "actions.txt": ACTION_LISTS,
    "manner.txt": ACTION_LISTS,
    "mouth.txt": ACTION_LISTS,
    "emotions.txt": ["adjectives", "nouns", "adverbs", "scenes", "verbs"],
    "scenes.txt": ["scenes", "idioms", "lines"],
    "figures.txt": ["adjectives", "verbs", "looks", "roles", "scenes"],
    "spoken.txt": ["verbs", "states", "loose"],
}
SLOTS = {  # that may stand in the items of a file
    "actions.txt": {"side", "dir", "other"},
    "mouth.txt": {"side", "dir"},
    "spoken.txt": {"side", "dir"},
    "mixed.txt": {"side", "other", "dir", "opp"},
    "whole.txt": {"side", "other", "dir", "opp"},
    "requests.txt": {"v", "n"},
}
FRAME_SLOTS = {  # of each section of frames.txt: every frame has at least one
    "verb": {"vp", "ger", "third"},
    "opposite": {"vp"},
    "state": {"state"},
    "bare state": {"state"},
    "adjective": {"adj", "a"},
    "noun": {"noun"},
    "adverb": {"adv"},
    "scene": {"scene", "x"},
    "direction": {"side"},
    "join": {"a", "b", "b_ger", "b_vp", "b_state", "p", "q", "m", "n"},
    "wrapper": {"x"},
    "role": {"role"},
    "without": {"a", "a_vp", "a_ger", "a_state", "not_state", "not_ger", "not_vp"},
}
PEOPLE = "who"  # a section of persons, who fill the slot of that name; it may stand in every frame
WHOLE = ("whole.txt", "mixed.txt")
SAYINGS = "sayings.txt"  # of another format: build_sayings.py reads it
WORDS_ALONE = ("state", "adjective", "noun")  # their degrees are words to put before another, not frames
SAID_IN_TWO_WAYS = {"in fear", "chin up", "face {dir}"}  # trained in one list and held out, as something else, in one


def slots_of(item: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", item))


def items_of(name: str) -> list[str]:
    if name in WHOLE:
        return [way for request in read_requests(name) for way in request.ways]
    return [item for lists in read_lists(name).values() for items in lists.values() for item in items]


def test_every_label_has_its_lists_and_every_list_a_label() -> None:
    assert {path.name for path in DATA.iterdir()} == {
        *LISTS,
        *WHOLE,
        SAYINGS,
        "frames.txt",
        "requests.txt",
        "elsewhere.txt",
    }
    for name, wanted in LISTS.items():
        for label, lists in read_lists(name).items():
            assert list(lists) == wanted, (name, label)
            assert all(items for kind, items in lists.items() if kind != "opposites"), (name, label)
    for name in ("emotions.txt", "scenes.txt", "figures.txt"):
        assert list(read_lists(name)) == list(EMOTION_NAMES)
    assert sorted(set(vocabulary()) - set(EMOTION_NAMES)) == sorted(ACTION_NAMES)


def test_whole_requests_ask_for_labels_that_exist() -> None:
    for request in (request for name in WHOLE for request in read_requests(name)):
        for label in (label for label in request.labels if label != "neutral"):
            name, colon, level = label.removeprefix("-").partition(":")
            sides = [name.replace("{side}", a).replace("{other}", b) for a, b in (("left", "right"), ("right", "left"))]
            assert set(sides) <= {*EMOTION_NAMES, *ACTION_NAMES}, request
            assert not colon or float(level) in (0.35, 0.65, 1.0), request
        assert len({label.lstrip("-").partition(":")[0] for label in request.labels}) == len(request.labels), request


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.txt") if path.name != SAYINGS))
def test_items_are_clean_text_with_known_slots(name: str) -> None:
    for item in items_of(name):
        assert item.isprintable() and "  " not in item, item
        if name == "elsewhere.txt":  # code and other languages, taken as they are
            continue
        assert item.isascii() and re.search("[A-Za-z0-9?.{]", item), item
        bare = re.sub(r"\{\w+\}", "", item)
        assert not re.search(r"[{}|\[\]=]", bare), item
        if name != "frames.txt":
            assert not re.search(r"[~!]", item[:-1].replace("?!", "").replace("!,", "")), item
            assert slots_of(item) <= SLOTS.get(name, set()), item


def test_frames_have_the_slots_that_are_filled() -> None:
    for section, lists in read_lists("frames.txt").items():
        if section == PEOPLE:
            continue
        for kind, items in lists.items():
            alone = section in WORDS_ALONE and kind in ("weak", "medium", "strong")
            for item in items:
                known, slots = FRAME_SLOTS[section], slots_of(item)
                assert not slots if alone else slots & known and slots <= known | {PEOPLE}, item


def test_nothing_is_said_twice() -> None:
    labels: dict[tuple[str, str], set[str]] = defaultdict(set)
    for label, words in vocabulary().items():
        for kind, items in words.lists.items():
            texts = [split_level(item)[0] for item in items]
            assert len(texts) == len(set(texts)), (label, kind)
            for text in texts:
                labels[kind, text].add(re.sub("left|right", "", label))
    assert not {text: names for text, names in labels.items() if len(names) > 1}
    whole = [item for name in WHOLE for item in items_of(name)]
    files = [read_lists("requests.txt"), read_lists("elsewhere.txt")]
    requests = [item for file in files for lists in file.values() for item in lists.get("requests", [])]
    assert len(whole) == len(set(whole)) and len(requests) == len(set(requests))


def test_no_word_is_both_trained_and_held_out() -> None:
    trained, held = set(), set()
    for words in vocabulary().values():
        for items in words.lists.values():
            for place, item in enumerate(items):
                kept = place >= ALWAYS_TRAINED and held_out(item)
                (held if kept else trained).add(split_level(item)[0])
    for request in (request for name in WHOLE for request in read_requests(name)):
        trained |= {way for place, way in enumerate(request.ways) if not (place and held_out(way))}
        held |= {way for place, way in enumerate(request.ways) if place and held_out(way)}
    assert held & trained == SAID_IN_TWO_WAYS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("smile", "line 1: expected a .label."),
        ("[smile]\nverbs:\n    grin | | beam\n", "line 3: there is an empty item"),
        ("[smile]\n    grin\n", "line 2: expected"),
        ("[smile]\nverbs:\n    grin\nverbs:\n    beam\n", "line 4: verbs is there twice"),
        ("# words\n[smile]\n\n[smile]\n", "line 4: smile is there twice"),
    ],
)
def test_a_slip_of_the_hand_is_told(text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "words.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr(word_lists, "DATA", tmp_path)
    with pytest.raises(InputError, match=f"words.txt, {told}"):
        read_lists("words.txt")


def test_a_request_without_labels_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_lists, "DATA", tmp_path)
    (tmp_path / "words.txt").write_text("nod | yes = nod\nwink\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"line 2: expected ways to say it.*'wink'"):
        read_requests("words.txt")


def test_the_grammar_reads_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in DATA.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == "frames.txt":
            text = re.sub(r"(\[opposite\]\nframes:\n)(    .+\n)+", r"\1    kindly {vp}\n", text)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(word_lists, "DATA", tmp_path)
    assert Clauses(0).frames["opposite"]["frames"] == ["kindly {vp}"]

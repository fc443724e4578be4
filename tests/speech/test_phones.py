"""Phones as viseme classes."""

from __future__ import annotations

import pytest

from avatar_app.speech import phones
from avatar_app.speech.phones import VISEMES, VOWELS, Phone, is_late_stop, phones_from_ipa, split


def test_a_diphthong_is_two_phones_the_first_of_which_lasts_longer() -> None:
    assert split(1.0, 2.0, ("A",)) == [Phone(1.0, 2.0, "A")]
    assert split(1.0, 2.0, ("A", "I")) == [Phone(1.0, 1.6, "A"), Phone(1.6, 2.0, "I")]


@pytest.mark.parametrize(
    ("label", "visemes"),
    [
        *(("p", ("PBM",)), ("aɪ", ("A", "I")), ("dʒ", ("SHCH",)), ("ts", ("SZ",)), ("əl", ("AH", "TDNL"))),
        *(("tː", ("TDNL",)), ("eː", ("E",)), ("nt", ("TDNL",)), ("ˈ", ()), ("aɪə", ("A", "I"))),
    ],
)
def test_espeak_names_are_visemes_each_once_in_a_row_and_two_at_most(label: str, visemes: tuple[str, ...]) -> None:
    assert phones_from_ipa(label) == visemes


def test_only_voiceless_stops_are_timed_from_their_burst() -> None:
    assert all(is_late_stop(label) for label in ("p", "tʰ", "k", "q", "c"))
    assert not any(is_late_stop(label) for label in ("b", "d", "m", "a", ""))


@pytest.mark.parametrize("table", ["ARPABET", "ITALIAN", "CZECH", "FINNISH", "RUSSIAN"])
def test_every_phone_of_a_synthesizer_has_one_viseme_or_two_vowels(table: str) -> None:
    for classes in getattr(phones, table).values():
        assert set(classes) <= set(VISEMES) and (len(classes) == 1 or (len(classes) == 2 and set(classes) <= VOWELS))

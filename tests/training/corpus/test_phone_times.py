"""The times of a known sequence of phones, found in what two listeners hear."""

from __future__ import annotations

import numpy as np

from avatar_app.speech.phones import VISEMES
from avatar_app.training.corpus.phone_times import agreement, phone_times


def heard(*parts: tuple[str, int]) -> np.ndarray:
    """(T, 15) shares: each class for so many steps, half sure."""
    shares = np.full((sum(steps for _, steps in parts), len(VISEMES)), 0.5 / 14)
    at = 0
    for name, steps in parts:
        shares[at : at + steps, VISEMES.index(name)] = 0.5
        at += steps
    return shares


def classes(*names: str) -> list[int]:
    return [VISEMES.index(name) for name in names]


def test_phones_are_found_where_they_are_heard() -> None:
    sound = heard(("SIL", 20), ("PBM", 4), ("A", 10), ("SIL", 15), ("SZ", 6), ("I", 8), ("SIL", 10))
    phones = phone_times(classes("PBM", "A", "SZ", "I"), sound, np.full_like(sound, 1 / 15))
    assert [phone.viseme for phone in phones] == ["SIL", "PBM", "A", "SIL", "SZ", "I", "SIL"]
    assert [round(phone.start / 0.02) for phone in phones] == [0, 20, 24, 34, 49, 55, 63]


def test_the_same_class_twice_is_two_phones() -> None:
    sound = heard(("A", 10), ("TDNL", 10), ("A", 10))
    phones = phone_times(classes("A", "TDNL", "TDNL", "A"), sound, np.full_like(sound, 1 / 15))
    assert [phone.viseme for phone in phones] == ["A", "TDNL", "TDNL", "A"]


def test_every_phone_lasts_40_ms_though_nobody_hears_it() -> None:
    sound = heard(("A", 20), ("I", 20))
    phones = phone_times(classes("A", "KGNGH", "I"), sound, np.full_like(sound, 1 / 15))
    assert min(phone.end - phone.start for phone in phones) > 0.039


def test_more_phones_than_there_is_time_for_are_refused() -> None:
    sound = heard(("A", 5))
    assert phone_times(classes("A", "I", "A"), sound, sound) == () == phone_times([], sound, sound)


def test_agreement_tells_what_was_said_from_what_was_not() -> None:
    sound = heard(("PBM", 10), ("A", 10), ("SZ", 10))
    right = phone_times(classes("PBM", "A", "SZ"), sound, sound)
    wrong = phone_times(classes("W_U", "R", "FV"), sound, sound)
    assert agreement(right, sound) == 1.0 and agreement(wrong, sound) < 0.5

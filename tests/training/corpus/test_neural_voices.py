"""Tokens of neural voices as phones, and silences found in their sound."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar_app.request import InputError
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.neural_voices import (
    LAG,
    kokoro_folder,
    quiet_stretches,
    token_phones,
    tokens_of_ipa,
    with_silences,
)


def test_tokens_last_their_steps_less_the_aligners_lag() -> None:
    phones = token_phones(["^", "m", "ɑ", "$"], [10, 4, 8, 4], 0.65)
    assert [phone.viseme for phone in phones] == ["PBM", "A"]
    assert phones[1].start == pytest.approx(0.35 - LAG)


def test_stress_and_spaces_give_their_time_to_the_sound_after_them() -> None:
    phones = token_phones(["^", "s", "ˈ", "i", " ", "ʃ", "ɛ", "$"], [4, 2, 3, 3, 2, 2, 3, 4], 1.0)
    lengths = {phone.viseme: round((phone.end - phone.start) / 0.025) for phone in phones[1:]}
    assert lengths["I"] == 6 and lengths["SHCH"] == 4


def test_a_length_mark_lengthens_and_a_diphthong_is_two_phones() -> None:
    phones = token_phones(["^", "u", "ː", "I", "$"], [4, 2, 2, 4, 4], 1.0)
    assert [phone.viseme for phone in phones] == ["W_U", "A", "I"]
    assert phones[1].start == pytest.approx(0.2 - LAG)


def test_quiet_parts_of_the_sound_are_silence_and_stops_keep_a_closure() -> None:
    sound = np.zeros(16_000, np.float32)
    sound[4_800:8_000] = sound[11_200:14_400] = 0.3 * np.sin(np.arange(3_200))
    sound[13_600:] = 0
    phones = with_silences((Phone(0, 0.5, "A"), Phone(0.5, 0.75, "PBM"), Phone(0.75, 1.0, "E")), sound)
    assert [phone.viseme for phone in phones] == ["SIL", "A", "SIL", "PBM", "E", "SIL"]
    assert phones[0].end == pytest.approx(0.3, abs=0.02) and phones[3].start == pytest.approx(0.64, abs=0.02)
    assert all(a.end == pytest.approx(b.start, abs=2e-3) for a, b in pairwise(phones))


def test_short_gaps_are_no_silence() -> None:
    sound = 0.3 * np.sin(np.arange(16_000)).astype(np.float32)
    sound[8_000:9_000] = 0
    assert quiet_stretches(sound) == []


def test_ipa_is_written_in_the_networks_letters() -> None:
    assert tokens_of_ipa("(en)tʃˈeɪn(it) raɪ") == "ʧˈAn ɹI"


def test_where_kokoro_has_to_lie_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_KOKORO", str(tmp_path))
    with pytest.raises(InputError, match=r"install\.sh"):
        kokoro_folder()

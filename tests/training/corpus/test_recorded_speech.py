"""Recordings that label themselves: what is believed and what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.training.corpus import recorded_speech
from avatar_app.training.corpus.recorded_speech import SOURCES, decoded, label_recordings, trusted
from avatar_app.training.corpus.said import read_said

PHONES = (Phone(0, 0.2, "SIL"), *(Phone(0.2 + 0.1 * i, 0.3 + 0.1 * i, n) for i, n in enumerate(("A", "SZ") * 6)))


def heard(phones: tuple[Phone, ...]) -> np.ndarray:
    """(T, 15) shares of somebody who hears just these phones."""
    shares = np.full((round(phones[-1].end * 50), len(VISEMES)), 0.01)
    for phone in phones:
        shares[round(phone.start * 50) : round(phone.end * 50), VISEMES.index(phone.viseme)] = 0.86
    return shares


def test_what_both_hear_is_believed() -> None:
    assert trusted(PHONES, heard(PHONES))


def test_what_the_encoder_does_not_hear_is_left_out() -> None:
    other = tuple(Phone(p.start, p.end, "R" if p.viseme == "A" else p.viseme) for p in PHONES)
    assert not trusted(other, heard(PHONES))


@pytest.mark.parametrize("phones", [(), PHONES[:1], (Phone(0, 2, "A"),), (Phone(0, 0.02, "A"), Phone(0.02, 0.04, "I"))])
def test_paces_at_which_nobody_speaks_are_left_out(phones: tuple[Phone, ...]) -> None:
    assert not trusted(phones, heard(phones) if phones else heard(PHONES))


def test_too_short_and_unreadable_files_are_left_out(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "short.wav", 8_000, np.ones(800, np.int16))
    (tmp_path / "broken.ogg").write_bytes(b"no sound")
    assert decoded(tmp_path / "short.wav") is None and decoded(tmp_path / "broken.ogg") is None


def test_recordings_are_read_at_16_khz_and_one_level(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "tone.wav", 8_000, (900 * np.sin(np.arange(16_000))).astype(np.int16))
    sound = decoded(tmp_path / "tone.wav")
    assert sound is not None and len(sound) == 32_000 and np.abs(sound).max() == pytest.approx(0.5, abs=1e-3)


def test_labelled_recordings_are_kept_and_not_labelled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = SOURCES[0]
    folder = tmp_path / "root" / source.folder
    folder.mkdir(parents=True)
    tone = (9_000 * np.sin(np.arange(22_400))).astype(np.int16)
    wavfile.write(folder / "a.wav", 16_000, tone)
    (folder / "a.wav").rename(folder / "a.g722")
    monkeypatch.setattr(recorded_speech, "SOURCES", (source,))
    monkeypatch.setattr(recorded_speech, "decoded", lambda path: tone.astype(np.float32) / 32768)
    monkeypatch.setattr(recorded_speech, "spoken", lambda sound: (classes(PHONES), heard(PHONES)))
    label_recordings(tmp_path / "said", tmp_path / "root", lambda sound: heard(PHONES), 0)
    (path,) = (tmp_path / "said").glob("recorded_asterisk-en_*.safetensors")
    (said,) = read_said(path)
    assert said.voice == "recorded:asterisk-en" and [p.viseme for p in said.phones][1:4] == ["A", "SZ", "A"]
    monkeypatch.setattr(recorded_speech, "label", lambda *_: pytest.fail("labelled again"))
    label_recordings(tmp_path / "said", tmp_path / "root", lambda sound: heard(PHONES), 0)


def classes(phones: tuple[Phone, ...]) -> list[int]:
    return [VISEMES.index(phone.viseme) for phone in phones if phone.viseme != "SIL"]


def test_every_source_names_a_licence_and_none_is_more_than_two_fifths() -> None:
    minutes: dict[str, float] = {}
    for source in SOURCES:
        assert source.licence in ("CC-BY-3.0", "CC-BY-SA-3.0", "GPL-2", "GFDL-1.3") and source.by
        package = source.name.split("-")[0]
        minutes[package] = minutes.get(package, 0) + source.minutes
    assert max(minutes.values()) <= 0.4 * sum(minutes.values())
    assert not any(source.name.endswith(("-ro", "-da", "-hu", "-fi")) for source in SOURCES)

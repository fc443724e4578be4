"""What slow voices said is kept, and sessions are made of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar_app.speech.phones import Phone
from avatar_app.training.corpus import speech_corpus
from avatar_app.training.corpus.said import read_said, write_said
from avatar_app.training.corpus.session_making import broken_off, joined, wordless_session
from avatar_app.training.corpus.sessions import VARIANTS, read_corpus
from avatar_app.training.corpus.voices import Utterance


def utterance(voice: str, seconds: float = 1.0) -> Utterance:
    """A hiss between two silences."""
    sound = np.zeros(round(seconds * 16_000), np.float32)
    start, end = round(3_200 * seconds), round(12_800 * seconds)
    sound[start:end] = 0.2 * np.random.default_rng(0).standard_normal(end - start).clip(-3, 3)
    edges = (0, 0.2 * seconds, 0.5 * seconds, 0.8 * seconds, seconds)
    names = ("SIL", "SZ", "A", "SIL")
    return Utterance(sound, tuple(Phone(a, b, n) for a, b, n in zip(edges, edges[1:], names, strict=False)), voice)


def test_utterances_come_back_as_they_were_said(tmp_path: Path) -> None:
    made = [utterance("kokoro:af_heart"), utterance("hibari", 0.5)]
    write_said(tmp_path / "kokoro_000.safetensors", made)
    for one, again in zip(made, read_said(tmp_path / "kokoro_000.safetensors"), strict=True):
        assert again.voice == one.voice and again.phones == one.phones
        assert np.allclose(again.samples, one.samples, atol=1e-4)


def test_turns_are_up_to_three_utterances_of_one_voice() -> None:
    said = [utterance(voice) for voice in "aaaabcc"]
    assert [[one.voice for one in turn] for turn in speech_corpus.turns(said)] == [
        list("aaa"),
        ["a"],
        ["b"],
        list("cc"),
    ]


def test_every_file_said_becomes_shards_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        speech_corpus, "spoken_session", lambda said, rng: wordless_session(rng) if said else pytest.fail("nobody")
    )
    (tmp_path / "said").mkdir()
    write_said(tmp_path / "said" / "kokoro_000.safetensors", [utterance("a"), utterance("b")])
    speech_corpus.build_from_said(tmp_path, 0)
    shards = sorted(path.name for path in tmp_path.glob("shard_*"))
    assert shards == ["shard_kokoro_000_0.safetensors", "shard_kokoro_000_1.safetensors"]
    monkeypatch.setattr(speech_corpus, "spoken_session", lambda said, rng: pytest.fail("made again"))
    speech_corpus.build_from_said(tmp_path, 0)
    assert len(read_corpus(tmp_path)) == 4


@pytest.mark.parametrize("seed", range(4))
def test_phones_stay_with_their_sound_when_utterances_are_joined(seed: int) -> None:
    sound, phones = joined([utterance("a"), utterance("a", 0.7)], np.random.default_rng(seed))
    spoken = np.zeros(len(sound), bool)
    for phone in phones:
        if phone.viseme != "SIL":
            spoken[round(phone.start * 16_000) : round(phone.end * 16_000)] = True
    loud = np.abs(sound) > 0.1
    assert loud[spoken].mean() > 0.4 and loud[~spoken].mean() < 0.02
    assert phones[-1].end == pytest.approx(len(sound) / 16_000, abs=0.01)


def test_a_false_start_ends_with_a_phone() -> None:
    cut = broken_off(utterance("a"), np.random.default_rng(0))
    assert len(cut.samples) == int(cut.phones[-1].end * 16_000) < 16_000


def test_sessions_without_a_voice_have_no_phones() -> None:
    session = wordless_session(np.random.default_rng(0))
    assert session.phones == () and not session.visemes.any() and session.mel.shape[0] == VARIANTS
    assert 6 * 25 <= session.frames <= 12 * 25

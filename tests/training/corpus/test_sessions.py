"""A shard keeps phones, and lips are made of them when it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from avatar_app.request import InputError
from avatar_app.speech.phones import VISEMES, Phone
from avatar_app.training.corpus.sessions import VARIANTS, labelled, read_corpus, read_shard, speaking, write_shard

PHONES = (Phone(0.0, 0.4, "SIL"), Phone(0.4, 0.5, "PBM"), Phone(0.5, 0.7, "A"), Phone(0.7, 1.2, "SIL"))


def _session(phones: tuple[Phone, ...] = PHONES, frames: int = 30):  # type: ignore[no-untyped-def]
    sound = 0.1 * np.random.default_rng(0).standard_normal(frames * 640).astype(np.float32)
    mel = np.random.default_rng(1).standard_normal((VARIANTS, 4 * frames, 64)).astype(np.float16)
    return labelled(mel, phones, sound, frames)


def test_phones_and_stress_come_back_exactly(tmp_path: Path) -> None:
    sessions = [_session(), _session((), 12), _session(PHONES[:2], 20)]
    write_shard(tmp_path / "shard_000.safetensors", sessions)
    for made, read in zip(sessions, read_shard(tmp_path / "shard_000.safetensors"), strict=True):
        assert read.phones == made.phones and read.frames == made.frames
        assert read.stress == pytest.approx(made.stress)
        assert np.array_equal(read.mel, made.mel) and np.array_equal(read.visemes, made.visemes)


def test_lips_follow_the_phones_of_the_shard(tmp_path: Path) -> None:
    write_shard(tmp_path / "shard_000.safetensors", [_session(), _session((), 12)])
    spoken, silent = read_corpus(tmp_path)
    assert len(spoken.tracks) == 30 and spoken.tracks is spoken.tracks
    assert (spoken.tracks.viseme == VISEMES.index("PBM")).any() and spoken.tracks.closure.max() > 0.9
    assert not speaking(silent.tracks).any() and silent.tracks.closure.max() == 0


def test_shards_of_every_kind_of_voice_are_read(tmp_path: Path) -> None:
    for name in ("shard_000", "shard_kokoro_000_0", "shard_recorded_asterisk-en_00_1"):
        write_shard(tmp_path / f"{name}.safetensors", [_session()])
    assert len(read_corpus(tmp_path)) == 3


def test_a_shard_of_an_older_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    save_file({"frames": np.array([1])}, tmp_path / "shard_000.safetensors")
    with pytest.raises(InputError, match="older version"):
        read_corpus(tmp_path)

"""Training: every stage learns, an interrupted run goes on, and what it writes can be sampled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.engine import InstructAvatar, conditions_for
from avatar_app.engines.instruct_avatar.training import TrainingConfig, train
from avatar_app.request import InputError, Request
from avatar_app.training.coarticulation import lip_tracks
from avatar_app.training.phones import Phone
from avatar_app.training.speech_corpus import VARIANTS, Session, _write_shard, read_corpus

TINY = ModelConfig(width=32, blocks=1, heads=2, feed_forward=64)
SHORT = TrainingConfig(encoder_steps=3, joint_steps=2, steps=8, encoder_batch=2, batch=2, frames=40, save_every=4)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four sessions whose features are noise: enough to walk every stage."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("corpus")
    sessions = []
    for _ in range(4):
        edges = np.sort(rng.uniform(0, 5.6, 20))
        names = rng.choice(["PBM", "A", "I", "SZ", "W_U", "SIL"], 19)
        phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
        tracks = lip_tracks(phones, rng.standard_normal(90_000).astype(np.float32) * 0.1, 140)
        sessions.append(Session(rng.standard_normal((VARIANTS, 560, 65)).astype(np.float16), tracks))
    _write_shard(folder / "shard_000.safetensors", sessions)
    return folder


def test_a_corpus_comes_back_as_it_was_written(corpus: Path) -> None:
    sessions = read_corpus(corpus)
    assert [len(s.tracks) for s in sessions] == [140] * 4
    rng = np.random.default_rng(0)
    rng.uniform(0, 5.6, 20)
    rng.choice(["PBM", "A", "I", "SZ", "W_U", "SIL"], 19)
    rng.standard_normal(90_000)
    expected = rng.standard_normal((VARIANTS, 560, 65)).astype(np.float16)
    assert np.array_equal(sessions[0].features, expected)


def test_a_transposed_array_is_not_scrambled_by_the_shard(tmp_path: Path, corpus: Path) -> None:
    session = read_corpus(corpus)[0]
    turned = np.asfortranarray(session.features)
    _write_shard(tmp_path / "shard_000.safetensors", [Session(turned, session.tracks)])
    assert np.array_equal(read_corpus(tmp_path)[0].features, session.features)


def test_training_walks_all_stages_and_its_checkpoint_samples(corpus: Path, tmp_path: Path) -> None:
    train(tmp_path, corpus, build=False, config=SHORT, model_config=TINY)
    engine = InstructAvatar.from_folder(tmp_path)
    request = Request(samples=2, motion_only=True, duration=1.0, steps=3)
    clips = engine.sample(conditions_for(request, 25), lambda done: None, lambda: False)
    assert len(clips) == 2 and all(np.isfinite(clip.values()).all() for clip in clips)
    assert not np.array_equal(clips[0].values(), clips[1].values())


def test_an_interrupted_run_goes_on_where_it_was(corpus: Path, tmp_path: Path) -> None:
    half = TrainingConfig(**{**vars(SHORT), "steps": 6, "joint_steps": 0})
    train(tmp_path, corpus, build=False, config=half, model_config=TINY)
    before = torch.load(tmp_path / "state.pt", weights_only=True)
    train(tmp_path, corpus, build=False, config=SHORT, model_config=TINY)
    after = torch.load(tmp_path / "state.pt", weights_only=True)
    assert (before["step"], after["step"]) == (6, 8)
    assert after["seconds"] > before["seconds"]


def test_no_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--build-corpus"):
        train(tmp_path / "out", tmp_path / "none", build=False, config=SHORT, model_config=TINY)

"""Training the style encoder: the loss pulls clips of one speaker together, and an interrupted run goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.diffposetalk.style_encoder import StyleConfig, StyleEncoder
from avatar_app.engines.diffposetalk.style_training import (
    StyleTrainingConfig,
    batches,
    contrast,
    corrupt,
    motion_statistics,
    read_speech,
    retrieval,
    train,
)
from avatar_app.request import InputError
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import VARIANTS, labelled, write_shard

TINY = StyleConfig(58, 32, 1, 2, 64, constant_position=False)
SHORT = StyleTrainingConfig(steps=6, speakers=4, statistics=60)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shards of babble; one is kept from training."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("corpus")
    for shard in range(3):
        sessions = []
        for _ in range(2):
            edges = np.sort(rng.uniform(0, 6.8, 50))
            names = rng.choice(["PBM", "A", "I", "SZ", "W_U", "SIL"], 49)
            phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
            sound = rng.standard_normal(112_000).astype(np.float32) * 0.1
            mel = np.zeros((VARIANTS, 680, 64), np.float16)
            sessions.append(labelled(mel, phones, sound, 170))
        write_shard(folder / f"shard_{shard:03d}.safetensors", sessions)
    return folder


def test_speech_for_training_and_for_evaluation_are_apart(corpus: Path) -> None:
    learned, kept = read_speech(corpus), read_speech(corpus, unseen=True)
    assert (len(learned), len(kept)) == (4, 2)
    for a in learned:
        assert all(not np.array_equal(a.tracks.shape, b.tracks.shape) for b in kept)


def test_no_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--build-corpus"):
        read_speech(tmp_path)


def test_the_loss_is_low_only_where_partners_are_nearest() -> None:
    styles = torch.eye(6)
    assert contrast(styles, styles, 0.1) < 0.01
    assert contrast(styles, styles.roll(1, 0), 0.1) > 9
    alike = torch.ones(6, 6)
    assert contrast(alike, alike, 0.1) == pytest.approx(np.log(11), abs=1e-4)


def test_pairs_are_one_speaker_over_different_speech(corpus: Path) -> None:
    sessions = read_speech(corpus)
    batch = next(batches(sessions, replace(SHORT, speakers=24, corrupted=0.0), 3))
    assert batch["first"].shape == batch["second"].shape == (24, 100, 58)
    assert batch["first"].dtype == torch.float32
    means = [batch[name].mean(dim=1) for name in ("first", "second")]
    own = (means[0] - means[1]).norm(dim=1).mean()
    other = (means[0] - means[1].roll(1, 0)).norm(dim=1).mean()
    assert own < 0.6 * other
    assert (batch["first"] - batch["second"]).abs().amax(dim=(1, 2)).min() > 0.1
    again = next(batches(sessions, replace(SHORT, speakers=24, corrupted=0.0), 3))
    assert torch.equal(batch["second"], again["second"])


def test_corrupted_motion_stays_motion_and_hides_where_the_head_is_held(corpus: Path) -> None:
    clip = np.full((100, 58), 0.3, np.float32)
    seen = [corrupt(clip, np.random.default_rng(seed)) for seed in range(40)]
    assert all(s[:, :52].min() >= 0 and s[:, :52].max() <= 1 and s.dtype == np.float32 for s in seen)
    centred = [np.abs(np.median(s[:, 52:55], axis=0)).max() < 1e-6 for s in seen]
    assert 6 < sum(centred) < 28


def test_training_writes_weights_and_statistics_and_goes_on_after_a_stop(corpus: Path, tmp_path: Path) -> None:
    train(tmp_path, corpus, config=replace(SHORT, steps=3), model_config=TINY)
    first = torch.load(tmp_path / "style.pt", weights_only=True)
    path = train(tmp_path, corpus, config=SHORT, model_config=TINY)
    second = torch.load(tmp_path / "style.pt", weights_only=True)
    assert (first["step"], second["step"]) == (3, 6)
    stats = load_file(tmp_path / "stats.safetensors")
    mean, std = motion_statistics(read_speech(corpus), SHORT.statistics)
    assert np.array_equal(stats["mean"].numpy(), mean) and np.array_equal(stats["std"].numpy(), std)
    assert std.min() > 0.002
    model = StyleEncoder(TINY).eval()
    model.load_state_dict({name: value.float() for name, value in load_file(path).items()})
    found = retrieval(model, (stats["mean"], stats["std"]), read_speech(corpus, unseen=True), 0, speakers=3, rounds=2)
    assert found["queries"] == 6 and 0 <= found["retrieval"] <= 1

"""Training: every stage learns, an interrupted run goes on, and what it writes can be sampled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.encoder_training import true_articulation
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.motion_samples import motion_samples
from avatar_app.engines.instruct_avatar.training import TrainingConfig, train
from avatar_app.request import InputError
from avatar_app.speech.encoder import ARTICULATION, CLOSURE, TRACKS
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import VARIANTS, labelled, read_corpus, write_shard
from avatar_app.training.loop import Loop, LoopConfig, plot_curves
from avatar_app.training.scenes import examples

TINY = ModelConfig(
    width=32, blocks=1, heads=2, feed_forward=64, attention_span=6, encoder_width=16, encoder_dilations=(1, 2)
)
SHORT = TrainingConfig(encoder_steps=3, steps=6, adapt_steps=2, encoder_batch=2, batch=2, frames=40, statistics=20)


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
        sound = rng.standard_normal(90_000).astype(np.float32) * 0.1
        mel = rng.standard_normal((VARIANTS, 560, 64)).astype(np.float16)
        sessions.append(labelled(mel, phones, sound, 140))
    write_shard(folder / "shard_000.safetensors", sessions)
    return folder


def test_a_corpus_comes_back_as_it_was_written(corpus: Path) -> None:
    sessions = read_corpus(corpus)
    assert [len(s.tracks) for s in sessions] == [140] * 4
    rng = np.random.default_rng(0)
    rng.uniform(0, 5.6, 20)
    rng.choice(["PBM", "A", "I", "SZ", "W_U", "SIL"], 19)
    rng.standard_normal(90_000)
    assert np.array_equal(sessions[0].mel, rng.standard_normal((VARIANTS, 560, 64)).astype(np.float16))
    assert (np.diff(sessions[0].visemes.astype(int)) != 0).sum() > 8


def test_a_transposed_array_is_not_scrambled_by_the_shard(tmp_path: Path, corpus: Path) -> None:
    session = read_corpus(corpus)[0]
    turned = np.asfortranarray(session.mel)
    write_shard(tmp_path / "shard_000.safetensors", [replace(session, mel=turned)])
    assert np.array_equal(read_corpus(tmp_path)[0].mel, session.mel)


def test_training_walks_all_stages_and_its_checkpoint_samples(corpus: Path, tmp_path: Path) -> None:
    train(tmp_path, corpus, build=False, config=SHORT, model_config=TINY)
    engine = InstructAvatar.from_folder(tmp_path)
    clips = motion_samples(engine, None, None, 2, 1.0, steps=3)
    assert len(clips) == 2 and all(np.isfinite(clip.values()).all() for clip in clips)
    assert not np.array_equal(clips[0].values(), clips[1].values())


def test_an_interrupted_run_goes_on_where_it_was(corpus: Path, tmp_path: Path) -> None:
    train(tmp_path, corpus, build=False, part="encoder", config=SHORT, model_config=TINY)
    half = replace(SHORT, steps=4, adapt_steps=0)
    train(tmp_path, corpus, build=False, part="denoiser", config=half, model_config=TINY)
    before = torch.load(tmp_path / "denoiser.pt", weights_only=True)
    train(tmp_path, corpus, build=False, config=SHORT, model_config=TINY)
    after = torch.load(tmp_path / "denoiser.pt", weights_only=True)
    assert (before["step"], after["step"]) == (4, 6)
    assert after["seconds"] > before["seconds"]


def test_a_denoiser_without_an_encoder_stops_where_it_needs_one_and_keeps_its_steps(
    corpus: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="speech encoder"):
        train(tmp_path, corpus, build=False, part="denoiser", config=SHORT, model_config=TINY)
    assert torch.load(tmp_path / "denoiser.pt", weights_only=True)["step"] == 4


def test_the_denoiser_leaves_the_encoder_as_it_was(corpus: Path, tmp_path: Path) -> None:
    path = train(tmp_path, corpus, build=False, config=SHORT, model_config=TINY)
    encoder = torch.load(tmp_path / "encoder.pt", weights_only=True)["averaged"]
    shipped = load_file(path)
    for name, value in encoder.items():
        assert torch.equal(shipped[f"speech_encoder.{name}"], value.half()), name


def test_curves_are_logged_and_drawn(tmp_path: Path) -> None:
    model, averaged = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    loop = Loop("toy", model, averaged, LoopConfig(100, 0.05, warm_up=2), tmp_path)
    x = torch.randn(64, 2)
    batches = ({"x": x, "y": x @ torch.tensor([[1.0], [-2.0]])} for _ in range(1000))
    loop.run(100, batches, lambda b: {"error": ((loop.net(b["x"]) - b["y"]) ** 2).mean()})
    rows = (tmp_path / "toy.csv").read_text().splitlines()
    assert rows[0] == "step,seconds,error" and len(rows) == 3
    assert float(rows[2].split(",")[2]) < 0.5 * float(rows[1].split(",")[2])
    assert plot_curves(tmp_path / "toy.csv") in (None, tmp_path / "toy.png")


def test_a_run_can_be_watched_in_tensorboard(tmp_path: Path) -> None:
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    model, averaged = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    loop = Loop("toy", model, averaged, LoopConfig(100, 0.05, warm_up=2), tmp_path)
    loop.run(100, ({"x": torch.ones(4, 2)} for _ in range(100)), lambda b: {"error": loop.net(b["x"]).square().mean()})
    events = reading.EventAccumulator(str(tmp_path / "tensorboard" / "toy")).Reload()
    assert [event.step for event in events.Scalars("toy/error")] == [50, 100]


def test_smoothed_articulation_keeps_its_ranges_and_differs_by_row(corpus: Path) -> None:
    example = next(examples(read_corpus(corpus), 40, 0))
    batch = {"tracks": torch.as_tensor(example.tracks)[None].repeat(2, 1, 1)}
    batch["visemes"] = torch.as_tensor(example.visemes)[None].repeat(2, 1)
    out = true_articulation(batch, torch.Generator().manual_seed(0))
    assert out.shape == (2, 40, ARTICULATION) and not torch.equal(out[0], out[1])
    assert torch.allclose(out[..., TRACKS:].sum(dim=-1), torch.ones(2, 40), atol=1e-5)
    assert out[..., CLOSURE].min() >= 0 and out[..., CLOSURE].max() <= 1


def test_no_corpus_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--build-corpus"):
        train(tmp_path / "out", tmp_path / "none", build=False, config=SHORT, model_config=TINY)

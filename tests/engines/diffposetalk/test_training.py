"""Training of the embedded denoiser: it runs, an interrupted run goes on, and what it writes can be sampled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from avatar_app.engines.diffposetalk.embedded import EMBEDDED, EmbeddedModel
from avatar_app.engines.diffposetalk.embedded_losses import Losses
from avatar_app.engines.diffposetalk.engine import DiffPoseTalk
from avatar_app.engines.diffposetalk.style_encoder import EMBEDDED as STYLE
from avatar_app.engines.diffposetalk.style_encoder import StyleEncoder
from avatar_app.engines.diffposetalk.training import TrainingConfig, encode_corpus, train
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.request import InputError
from avatar_app.speech.encoder import ARTICULATION
from avatar_app.speech.phones import Phone
from avatar_app.speech.trained import load_speech_encoder
from avatar_app.training.corpus.sessions import VARIANTS, labelled, write_shard
from avatar_app.weights import checkpoints_folder

TINY = replace(EMBEDDED, feature_dim=32, n_layers=1, n_heads=2, n_diff_steps=20)
SHORT = TrainingConfig(steps=3, pairs=2, warm_up=1)
FRAMES = 210


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sessions whose sound is noise."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("corpus")
    sessions = []
    for _ in range(2):
        edges = np.sort(rng.uniform(0, FRAMES / 25, 30))
        names = rng.choice(["PBM", "A", "I", "SZ", "W_U", "SIL"], 29)
        phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
        sound = rng.standard_normal(FRAMES * 640).astype(np.float32) * 0.1
        mel = rng.standard_normal((VARIANTS, 4 * FRAMES, 64)).astype(np.float16)
        sessions.append(labelled(mel, phones, sound, FRAMES))
    write_shard(folder / "shard_000.safetensors", sessions)
    return folder


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained style encoder."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("style")
    save_file(StyleEncoder(STYLE).state_dict(), folder / "style_encoder.safetensors")
    save_file({"mean": torch.full((58,), 0.1), "std": torch.full((58,), 0.3)}, folder / "stats.safetensors")
    return folder


def test_a_run_that_was_interrupted_goes_on_and_can_be_sampled(corpus: Path, style: Path, tmp_path: Path) -> None:
    train(tmp_path, corpus, style=style, config=replace(SHORT, steps=2), model_config=TINY)
    before = load_file(tmp_path / "model.safetensors")
    train(tmp_path, corpus, style=style, config=SHORT, model_config=TINY)
    after = load_file(tmp_path / "model.safetensors")
    assert torch.load(tmp_path / "denoiser.pt", weights_only=True)["step"] == 3
    name = "head.denoising_net.transformer.layers.0.linear1.weight"
    assert (before[name] != after[name]).any()
    engine = DiffPoseTalk.from_folder(tmp_path)
    torch.testing.assert_close(engine.model.mean, torch.full((58,), 0.1))
    encoder = load_speech_encoder(checkpoints_folder() / "instruct_avatar").state_dict()
    for key, value in engine.model.speech_encoder.state_dict().items():
        torch.testing.assert_close(value, encoder[key])  # taken along unchanged, so that the model stands by itself


def test_encoded_speech_is_kept(corpus: Path, tmp_path: Path) -> None:
    encoder = load_speech_encoder(checkpoints_folder() / "instruct_avatar")
    first = encode_corpus(corpus, tmp_path, encoder)
    assert [encoded.articulation.shape for encoded in first] == [(VARIANTS, FRAMES, ARTICULATION)] * 2
    for parameter in encoder.parameters():
        parameter.data.zero_()
    again = encode_corpus(corpus, tmp_path, encoder)
    np.testing.assert_array_equal(first[1].articulation, again[1].articulation)


def test_without_a_corpus_it_says_what_to_do(style: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--build-corpus"):
        train(tmp_path / "out", tmp_path, style=style)


def losses(change: torch.Tensor, mask: torch.Tensor | None = None) -> dict[str, float]:
    target = torch.randn(2, 30, 58, generator=torch.Generator().manual_seed(0))
    mask = torch.ones(2, 30, dtype=torch.bool) if mask is None else mask
    return {name: float(v) for name, v in Losses(torch.ones(58))(target + change, target, mask).items()}


def test_losses_see_what_they_are_named_after() -> None:
    assert all(value == 0 for value in losses(torch.zeros(2, 30, 58)).values())
    constant = losses(torch.full((2, 30, 58), 0.5))
    assert constant["motion"] > 0 and max(constant["velocity"], constant["head"]) < 1e-9
    brow, jaw = (torch.zeros(2, 30, 58) for _ in range(2))
    brow[..., CHANNEL_NAMES.index("browInnerUp")] = jaw[..., CHANNEL_NAMES.index("jawOpen")] = 0.5
    assert losses(brow)["lips"] == 0 < losses(jaw)["lips"]
    nod = torch.zeros(2, 30, 58)
    nod[:, 15, CHANNEL_NAMES.index("head_rotation_x")] = 1
    assert losses(nod)["head"] > 0


def test_frames_that_do_not_count_do_not_count() -> None:
    change, mask = torch.zeros(2, 30, 58), torch.ones(2, 30, dtype=torch.bool)
    change[1, 20:], mask[1, 20:] = 5.0, False
    assert all(value == 0 for value in losses(change, mask).values())


def test_dropped_conditions_are_replaced_by_learned_ones() -> None:
    head = EmbeddedModel(TINY).head
    audio, style = torch.ones(3, 100, 32), torch.ones(3, 128)
    heard, styled = head.drop_conditions(audio, style, torch.tensor([0.1, 0.7, 0.95]))
    assert (styled[0] == 1).all() and (styled[1] == head.null_style_feat[0, 0]).all()
    assert (heard[1] == 1).all() and (heard[2] == head.null_audio_feat[0, 0]).all()

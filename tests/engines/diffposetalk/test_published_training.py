"""Training the published model: its losses fall, each clip is told of the other, and what it writes is installed."""

from __future__ import annotations

from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from avatar_app.engines.diffposetalk import checkpoint, published_training, training_run
from avatar_app.engines.diffposetalk.losses import WEIGHTS
from avatar_app.engines.diffposetalk.paths import installed_folder
from avatar_app.engines.diffposetalk.published_training import (
    ClipPairs,
    PublishedRun,
    PublishedTrainingConfig,
    train,
    usable_clips,
)
from avatar_app.request import InputError
from avatar_app.training.loop import Batch
from avatar_app.training.motion_lmdb import PER_FRAME, MotionLmdbWriter, Recording
from avatar_app.training.run import TrainingRun
from tests.network_spy import spy_on
from tests.standin_published import install_published

pytest.importorskip("lmdb", reason="the extra lmdb is not installed")

SHORT = PublishedTrainingConfig(steps=3, pairs=2, learning_rate=3e-3, warm_up=1, workers=0)
FRAMES = 40  # two windows of the stand-in


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tiny files of the published format, and FLAME's stand-in."""
    torch.set_num_threads(1)
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "checkpoints"))
    install_published(tmp_path / "mine", flame=True)
    return installed_folder()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people whose jaw follows their loudness, and a film that is too short."""
    folder = tmp_path_factory.mktemp("films")
    rng = np.random.default_rng(0)
    with MotionLmdbWriter(folder) as writer:
        for clip, frames in (("ann/000", 90), ("bob/000", 90), ("eve/000", 30)):
            loud = 0.5 + 0.5 * np.sin(np.arange(frames) / 3)
            audio = (np.repeat(loud, PER_FRAME) * rng.normal(0, 0.1, frames * PER_FRAME)).astype(np.float32)
            pose = np.zeros((frames, 6), np.float32)
            pose[:, 3], pose[:, 1] = 0.2 * loud, 0.05 * np.cos(np.arange(frames) / 7)
            exp = np.repeat(rng.normal(0, 0.3, (1, 50)), frames, axis=0).astype(np.float32)
            shape = np.repeat(rng.normal(0, 0.5, (1, 100)), frames, axis=0).astype(np.float32)
            writer.add(Recording(clip, audio, {"shape": shape, "exp": exp, "pose": pose}))
        writer.write_lists({"train": writer.clips()})
    return folder


def batch_of(data: Path, pairs: int = 2) -> Batch:
    stream = iter(ClipPairs(data, usable_clips(data, FRAMES), FRAMES, 0))
    rows = [next(stream) for _ in range(pairs)]
    return {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


@torch.no_grad()
def total(run: PublishedRun, batch: Batch) -> float:
    torch.manual_seed(0)
    return float(np.mean([sum(run.losses(batch).values()) for _ in range(4)]))


def test_the_loss_falls(data: Path, tmp_path: Path) -> None:
    run, batch = PublishedRun(SHORT, tmp_path), batch_of(data)
    before = total(run, batch)
    run.loop.run(8, repeat(batch), run.losses)
    assert total(run, batch) < 0.85 * before


def test_an_interrupted_run_goes_on_and_what_it_writes_can_be_installed(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checkpoint.load_published().model
    train(tmp_path / "out", data, config=SHORT)
    monkeypatch.setattr(published_training, "PublishedTrainingConfig", lambda: SHORT)
    wish = TrainingRun(tmp_path / "out", tmp_path, stage="published", steps=5, data=data)
    (path,) = training_run.run(wish)
    assert path.name == "iter_0000005.pt"
    checkpoint.install(path)
    after = checkpoint.load_published().model
    assert after.config == before.config
    changed = {name for name, value in after.state_dict().items() if not torch.equal(value, before.state_dict()[name])}
    assert "denoising_net.motion_dec.2.weight" in changed
    assert not {name for name in changed if "feature_extractor" in name or "feature_projection" in name}


def test_fresh_weights_keep_only_what_hears(tmp_path: Path) -> None:
    installed = checkpoint.load_published().model.state_dict()
    made = PublishedRun(PublishedTrainingConfig(fresh=True), tmp_path).loop.model.state_dict()
    for name in ("audio_encoder.encoder.layers.0.attention.k_proj.weight", "audio_encoder.encoder.layer_norm.weight"):
        assert torch.equal(made[name], installed[name])
    assert not torch.equal(made["denoising_net.motion_dec.2.weight"], installed["denoising_net.motion_dec.2.weight"])


NAMES = ("noisy", "step", "audio", "person", "prev_motion", "prev_audio", "indicator")


def spied(run: PublishedRun, batch: Batch) -> tuple[dict[str, Tensor], Batch]:
    """What the network is given for a batch, and the losses."""
    spy = spy_on(run.loop)
    torch.manual_seed(3)
    terms = run.losses(batch)
    return dict(zip(NAMES, spy.given, strict=True)), terms


def test_each_clip_gets_the_style_of_the_other_and_the_second_what_was_before(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, batch = PublishedRun(PublishedTrainingConfig(cut_first=1.0, cut_second=0.0), tmp_path), batch_of(data)
    run.loop.model.eval()
    monkeypatch.setattr(run, "style_encoder", lambda motion: motion.mean(dim=1).repeat(1, 3)[:, :128])
    monkeypatch.setattr(run.loop.model, "drop_conditions", lambda audio, style, u: (audio, style))
    given, terms = spied(run, batch)
    frames, stats = run.shape.n_motions, run.statistics
    exp = (batch["exp"] - stats.exp_mean) / stats.exp_std
    torch.testing.assert_close(given["person"][:2, 0, 100:150], exp[:, frames:].mean(dim=1))  # of the second
    torch.testing.assert_close(given["person"][2:, 0, 100:150], exp[:, :frames].mean(dim=1))
    torch.testing.assert_close(given["prev_motion"][2:, :, :50], exp[:, frames - 10 : frames])
    torch.testing.assert_close(given["prev_motion"][:2], run.loop.model.start_motion_feat.expand(2, -1, -1))
    whole = run.loop.model.extract_audio_feature(batch["audio"][:, : frames * PER_FRAME])
    torch.testing.assert_close(given["prev_audio"][2:], whole[:, -10:])  # although the first clip was cut
    assert (given["indicator"][:2, -1] == 0).all() and (given["indicator"][2:] == 1).all()
    assert list(terms) == list(WEIGHTS)


def test_frames_after_the_end_do_not_count(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, batch = PublishedRun(PublishedTrainingConfig(cut_first=1.0, cut_second=1.0), tmp_path), batch_of(data)
    run.loop.model.eval()
    monkeypatch.setattr(run, "style_encoder", lambda motion: torch.zeros(len(motion), 128))
    given, terms = spied(run, batch)
    last = run.shape.n_motions + int(given["indicator"][2:].sum(dim=1).max())  # of the longer second clip
    assert last < FRAMES
    batch["exp"][:, last:] += 1.0
    batch["audio"][:, last * PER_FRAME :] += 1.0
    _, again = spied(run, batch)
    for name, value in terms.items():
        torch.testing.assert_close(again[name], value)


def test_data_of_another_kind_and_missing_files_are_told(data: Path, installed: Path, tmp_path: Path) -> None:
    with MotionLmdbWriter(tmp_path / "own") as writer:
        clip = Recording("a/000", np.zeros(60 * PER_FRAME, np.float32), {"motion": np.zeros((60, 58), np.float32)})
        writer.add(clip)
        writer.write_lists({"train": ["a/000"]})
    with pytest.raises(InputError, match=r"learns from FLAME coefficients.*holds motion \(58\)"):
        train(tmp_path / "out", tmp_path / "own", config=SHORT)
    with pytest.raises(InputError, match="no recording of 100 frames"):
        usable_clips(data, 100)
    with pytest.raises(InputError, match="--data"):
        training_run.run(TrainingRun(tmp_path / "out", tmp_path, stage="published"))
    (installed / "flame.safetensors").unlink()
    with pytest.raises(InputError, match="FLAME is not installed"):
        train(tmp_path / "out", data, config=SHORT)

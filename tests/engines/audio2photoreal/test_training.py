"""Tiny runs of the four networks: losses fall, runs go on where they stopped, and what they write can be installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from avatar_app.engines.audio2photoreal import checkpoint, paths, training, training_run
from avatar_app.engines.audio2photoreal.dataset import Dataset
from avatar_app.engines.audio2photoreal.denoiser import FiLMTransformer
from avatar_app.engines.audio2photoreal.training_steps import DenoiserStep, keep_mask
from avatar_app.request import InputError
from avatar_app.training.run import TrainingRun
from tests.engines.audio2photoreal.standins import (
    CODEC_SIZE,
    FACE_SIZE,
    GUIDE_SIZE,
    POSE_SIZE,
    save_person,
    save_scenes,
)
from tests.fixtures import one_thread

STEPS = {"face": 16, "pose": 16, "vq": 40, "guide": 20}
RATES = {"face": 2e-3, "pose": 2e-3, "vq": 5e-3, "guide": 5e-3}


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(autouse=True)
def own_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(tmp_path / "checkpoints"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return save_scenes(tmp_path / "GQS883", scenes=8, frames=100)


def tiny(stage: str, steps: int) -> training.Recipe:
    recipe = replace(training.RECIPES[stage], steps=steps, learning_rate=RATES[stage], warm_up=5, batch=3, workers=0)
    crop = (50, 60) if stage in ("face", "pose") else (60, 60)
    return replace(recipe, crop=crop, face=FACE_SIZE, pose=POSE_SIZE, codec=CODEC_SIZE, guide=GUIDE_SIZE)


def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Sums of the losses of all steps that follow."""
    seen: list[float] = []
    plain = training.Run.losses

    def losses(self: training.Run, batch: Any) -> Any:
        found = plain(self, batch)
        seen.append(float(sum(found.values()).detach()))
        return found

    monkeypatch.setattr(training.Run, "losses", losses)
    return seen


@pytest.mark.parametrize("stage", training.STAGES)
def test_the_loss_falls_and_the_result_is_installed(
    stage: str, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.install(save_person(tmp_path / "given"))
    seen = watch(monkeypatch)
    steps = STEPS[stage]
    path = training.train(tmp_path / "out", data, tiny(stage, steps))
    assert len(seen) == steps
    assert sum(seen[-5:]) < 0.95 * sum(seen[:5])
    assert path.is_file()
    made = checkpoint.install(tmp_path / "out")
    kind = {"vq": paths.CODEC}.get(stage, stage)
    assert paths.installed_file("GQS883", kind) in made
    assert paths.installed_file("GQS883", paths.STATISTICS) in made
    checkpoint.load_network("GQS883", kind)


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = watch(monkeypatch)
    training.train(tmp_path / "out", data, tiny("vq", 6))
    training.train(tmp_path / "out", data, tiny("vq", 10))
    assert len(seen) == 10
    training.train(tmp_path / "out", data, tiny("vq", 10), resume=False)
    assert len(seen) == 20


def test_what_is_missing_is_told_before_anything_is_read(tmp_path: Path, data: Path) -> None:
    with pytest.raises(InputError, match="PXB184_models"):
        training.train(tmp_path / "out", data, tiny("face", 2))
    checkpoint.install(save_person(tmp_path / "given") / "diffusion")
    with pytest.raises(InputError, match="train the stage vq"):
        training.train(tmp_path / "out", data, tiny("guide", 2))


def test_the_guide_learns_the_codes_of_the_codec_beside_it(tmp_path: Path, data: Path) -> None:
    checkpoint.install(save_person(tmp_path / "given") / "diffusion")
    training.train(tmp_path / "out", data, tiny("vq", 3))
    run = training.Run(tiny("guide", 3), tmp_path / "out", Dataset.open(data))
    assert run.codec is not None and run.codec.config == CODEC_SIZE and not run.codec.training


def test_the_command_hands_over(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def train(output: Path, data: Path, recipe: training.Recipe, *, resume: bool) -> Path:
        asked.append((recipe.stage, recipe.steps))
        return output / recipe.stage

    monkeypatch.setattr(training, "train", train)
    wish = TrainingRun(tmp_path / "out", tmp_path / "corpus", data=data, steps=7)
    assert len(training_run.run(wish)) == 4
    assert asked == [("vq", 300_000), ("guide", 100_000), ("face", 155_000), ("pose", 7)]
    training_run.run(replace(wish, stage="vq"))
    assert asked[-1] == ("vq", 7)
    with pytest.raises(InputError, match="no stage 'style'"):
        training_run.run(replace(wish, stage="style"))
    with pytest.raises(InputError, match="--data FOLDER"):
        training_run.run(replace(wish, data=None))


def test_conditions_are_dropped_for_a_fifth_of_the_samples() -> None:
    torch.manual_seed(0)
    assert float(keep_mask(10_000, torch.device("cpu")).float().mean()) == pytest.approx(0.8, abs=0.02)


def test_dropped_conditions_teach_the_null_embeddings() -> None:
    torch.manual_seed(0)
    step = DenoiserStep(FiLMTransformer(POSE_SIZE), velocity_weight=2.0, dropped=1.0)
    motion, mask = torch.randn(2, 31, 104), torch.ones(2, 31, dtype=torch.bool)
    found = step(torch.randn(2, 40, POSE_SIZE.condition), motion, mask, key_frames=torch.randn(2, 2, 104))
    assert set(found) == {"motion", "velocity"}
    sum(found.values()).backward()
    network = step.network
    for learned in (network.null_cond_embed, network.null_cond_hidden, network.null_pose_embed):
        assert learned.grad is not None and learned.grad.abs().sum() > 0
    assert not network.cond_projection.weight.grad.abs().sum()
    assert not network.frame_cond_projection.weight.grad.abs().sum()

"""`avatar_app train dawn`: its stages hand on what they made, and end in a model that can be loaded."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.dawn import diffusion_training, lfg_training, pbnet_training, training_run
from avatar_app.engines.dawn.embedded import load_embedded
from avatar_app.engines.dawn.shards import write_shard
from avatar_app.paths import ROOT
from avatar_app.training.run import TrainingRun
from tests.engines.dawn import test_diffusion_training as diffusion
from tests.engines.dawn import test_lfg_training as lfg
from tests.engines.dawn import test_pbnet_training as pbnet


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of data that is ready, and recipes of one step."""
    pairs, clips = lfg.save_pairs(tmp_path / "data"), tmp_path / "clips_a.safetensors"
    write_shard(clips, diffusion.clips(np.random.default_rng(1)))
    (pairs / "face.png").touch()
    rng = np.random.default_rng(2)
    told = rng.normal(size=(4, 40, 26)), rng.normal(size=(4, 40, 6)), rng.normal(size=(4, 40, 2))
    motions = pbnet_training.Motions(*(part.astype(np.float32) for part in told))
    monkeypatch.setattr(training_run, "corpus_of", lambda *given: [])
    monkeypatch.setattr(training_run, "read_talks", lambda *given: [])
    monkeypatch.setattr(training_run, "build_clips", lambda *given: [clips])
    monkeypatch.setattr(pbnet_training, "make_motions", lambda *given: motions)
    monkeypatch.setattr(lfg_training, "LfgRecipe", lambda: replace(lfg.TINY, steps=1))
    monkeypatch.setattr(pbnet_training, "PbnetRecipe", lambda: replace(pbnet.TINY, steps=1))
    monkeypatch.setattr(diffusion_training, "DiffusionRecipe", lambda: replace(diffusion.TINY, steps=1))
    return pairs


def test_all_stages_end_in_a_model(data: Path, tmp_path: Path) -> None:
    made = training_run.run(TrainingRun(tmp_path / "run", tmp_path, data=data))
    assert [path.name for path in made[-2:]] == ["model.safetensors", "config.json"]
    networks = load_embedded(tmp_path / "run")
    for part, name in (("renderer", "lfg"), ("denoiser", "diffusion"), ("pose", "pose"), ("blink", "blink")):
        for key, value in load_file(tmp_path / "run" / f"{name}.safetensors").items():
            torch.testing.assert_close(getattr(networks, part).state_dict()[key], value, atol=2e-3, rtol=2e-3)


def test_a_run_begins_from_the_weights_that_are_given(data: Path, tmp_path: Path) -> None:
    training_run.run(TrainingRun(tmp_path / "run", tmp_path, data=data))
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "run" / "lfg.safetensors", tmp_path / "other")
    for stage, files in (("lfg", ["lfg"]), ("pbnet", ["pose", "blink"]), ("diffusion", ["diffusion"])):
        wish = TrainingRun(tmp_path / "other", tmp_path, stage=stage, data=data, start=tmp_path / "run", resume=False)
        training_run.run(wish)
        for name in files:
            first, after = (load_file(tmp_path / run / f"{name}.safetensors") for run in ("run", "other"))
            weights = [key for key, value in first.items() if value.ndim > 1]
            apart = max(float((first[key] - after[key]).abs().max()) for key in weights)
            assert 0 < apart < 0.02, name
            encoder = [key for key in weights if name == "lfg" and key.startswith(("first", "down"))]
            assert all(
                torch.equal(first[key].half().float(), after[key]) for key in encoder
            )  # as the denoiser knows it


def test_the_weights_that_ship_fit_the_recipes_to_begin_from(tmp_path: Path) -> None:
    wish = TrainingRun(tmp_path, tmp_path, start=ROOT / "checkpoints" / "dawn")
    frames = lfg_training.LfgStep(lfg_training.LfgRecipe())
    flow = diffusion_training.DiffusionStep(diffusion_training.DiffusionRecipe())
    frames.network.load_state_dict(training_run._start(wish, "renderer") or {})
    flow.network.load_state_dict(training_run._start(wish, "denoiser") or {})
    shipped, untold = load_embedded(ROOT / "checkpoints" / "dawn"), pbnet_training.untold()
    for kind, network in (("pose", shipped.pose), ("blink", shipped.blink)):
        values = len(pbnet_training.SPREAD[kind])
        shape = {"smoothing": untold["smoothing"][kind], "anchored": kind in untold["anchored"]}
        assert network.config == replace(pbnet_training.SMALL, values=values, **shape)

"""The training command makes what is shipped: all four networks, tiny, from a corpus to a sample."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar_app import generate
from avatar_app.cli.train import train as command
from avatar_app.engines.audio2photoreal import conversations, embedded_training, training_run
from avatar_app.engines.audio2photoreal.embedded import EmbeddedConfig
from avatar_app.paths import CHECKPOINTS
from avatar_app.request import FPS, InputError, Request
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import labelled, write_shard
from avatar_app.training.run import TrainingRun
from tests.fixtures import one_thread

SHIPPED = EmbeddedConfig()
TINY = EmbeddedConfig(
    replace(SHIPPED.codec, latent=8, codes=16),
    replace(SHIPPED.guide, codes=16, latent=16, layers=1, heads=2, hidden=16),
    replace(SHIPPED.pose, latent=32, layers=1, heads=2, hidden=32),
    replace(SHIPPED.face, latent=160, layers=1, heads=2, hidden=32),
)
STEPS = {"vq": 4, "guide": 3, "face": 3, "pose": 3}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three conversations and networks of a few thousand numbers."""
    made = {
        stage: replace(recipe, steps=STEPS[stage], batch=2, warm_up=1, config=TINY)
        for stage, recipe in embedded_training.RECIPES.items()
    }
    monkeypatch.setattr(embedded_training, "RECIPES", made)
    monkeypatch.setattr(embedded_training, "REGRESSED", 2)
    monkeypatch.setattr(conversations, "PER_SHARD", 3)
    monkeypatch.setattr(training_run, "HOURS", 0.01)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twelve seconds of a noisy voice that says ba, bi, bu."""
    names = ["PBM", "A", "PBM", "I", "SZ", "W_U", "PBM", "E"]
    phones = tuple(Phone(0.4 + 0.12 * i, 0.52 + 0.12 * i, names[i % len(names)]) for i in range(90))
    rng = np.random.default_rng(0)
    sound = (0.1 * rng.standard_normal(12 * 16_000)).astype(np.float32)
    mel = rng.standard_normal((2, 1200, 64)).astype(np.float16)
    (tmp_path / "corpus").mkdir()
    write_shard(tmp_path / "corpus" / "shard_000.safetensors", [labelled(mel, phones, sound, 12 * FPS)])
    return tmp_path / "corpus"


def test_the_command_makes_and_ships_all_that_a_sample_needs(
    small: None, corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "checkpoints"
    place.mkdir()
    shutil.copyfile(CHECKPOINTS / "manifest.json", place / "manifest.json")
    (place / "instruct_avatar").symlink_to(CHECKPOINTS / "instruct_avatar")
    monkeypatch.setenv("AVATAR_CHECKPOINTS", str(place))
    with one_thread():
        command("audio2photoreal", output=tmp_path / "run", corpus=corpus, hours=1.0, ship=True)
        shipped = {path.name for path in (place / "audio2photoreal").iterdir()}
        assert shipped == {"model.safetensors", "config.json"}
        told = json.loads((place / "audio2photoreal" / "config.json").read_text())
        assert {stage: recipe["steps"] for stage, recipe in told["recipe"].items()} == STEPS
        asked = Request(audio=(16_000, np.zeros(32_000, np.float32)), samples=1, engine="audio2photoreal",
                        motion_only=True, force=True, options={"steps": 2}, output=tmp_path / "out")  # fmt: skip
        (sample,) = generate(asked)
    assert sample.motion is not None and sample.motion.body is not None
    assert len(sample.motion) == 2 * FPS and np.isfinite(sample.motion.body.joints).all()


def test_what_is_missing_is_told(small: None, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--build-corpus"):
        training_run.run(TrainingRun(tmp_path / "run", tmp_path / "none"))
    with pytest.raises(InputError, match="train the stage vq first"):
        embedded_training.trained(tmp_path, "vq", TINY)

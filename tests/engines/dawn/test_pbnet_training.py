"""Training of the embedded PBNet."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.dawn import pbnet_training as training
from avatar_app.engines.dawn.pbnet import MotionDecoder, PbnetConfig
from avatar_app.request import InputError
from avatar_app.speech.trained import untrained

TINY = training.PbnetRecipe(
    steps=60, learning_rate=5e-3, batch=4, frames=40, save_every=30,
    config=PbnetConfig(width=16, layers=1, hidden=16, heads=2, head_width=8, audio=26, audio_width=8, latent=4,
                       buckets=32, max_distance=64, window=20),
)  # fmt: skip


def test_motions_need_a_corpus_that_is_long_enough() -> None:
    with pytest.raises(InputError, match="make a larger one"):
        training.make_motions([], untrained(), TINY)


@pytest.mark.parametrize("kind", ["pose", "blink"])
def test_a_tiny_run_follows_the_voice(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_app.training.loop.REPORT_EVERY", 10)
    rng = np.random.default_rng(0)
    audio = np.repeat(np.sign(rng.normal(size=(6, 4, 1))) * np.ones(26), 10, axis=1).astype(np.float32)
    pose = np.zeros((6, 40, 6), np.float32)
    pose[..., 1] = 6 * audio[..., 0]  # degrees of nodding, told by the voice
    eyes = np.repeat(0.1 * audio[..., :1], 2, axis=-1)
    motions = training.Motions(audio, pose, eyes)
    path = training.train(tmp_path, motions, kind, TINY)
    with (tmp_path / f"{kind}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["rebuilt"]) < 0.8 * float(rows[0]["rebuilt"])
    state = load_file(path)
    model = MotionDecoder.like(state, TINY.config.max_distance, TINY.config.window)
    model.load_state_dict(state)
    before = path.read_bytes()
    assert training.train(tmp_path, motions, kind, TINY).read_bytes() == before  # nothing is left to do
    learned = torch.load(tmp_path / f"{kind}.pt", weights_only=True)["averaged"]["decoder.finallayer.weight"]
    degrees = training.SPREAD[kind][1] / (180 if kind == "pose" else 1)  # what training calls one, in network units
    torch.testing.assert_close(state["finallayer.weight"][1], degrees * learned[1])


def test_the_critic_pushes_motion_the_other_way() -> None:
    x = torch.ones(1, requires_grad=True)
    (2 * training._Turned.apply(x)).sum().backward()
    assert x.grad is not None and float(x.grad) == -2

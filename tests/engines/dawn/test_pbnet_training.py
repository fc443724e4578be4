"""Training of the embedded PBNet."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from avatar_app.engines.dawn import pbnet_training as training
from avatar_app.engines.dawn.pbnet import MotionDecoder, PbnetConfig, draw_latent
from avatar_app.engines.dawn.pbnet_energy import energy
from avatar_app.request import InputError
from avatar_app.speech.trained import untrained

TINY = training.PbnetRecipe(
    steps=120, learning_rate=5e-3, batch=4, frames=40, save_every=60,
    config=PbnetConfig(width=16, layers=1, hidden=16, heads=2, head_width=8, audio=26, audio_width=8, latent=4,
                       buckets=32, max_distance=64, window=20),
)  # fmt: skip


def test_motions_need_a_corpus_that_is_long_enough() -> None:
    with pytest.raises(InputError, match="make a larger one"):
        training.make_motions([], untrained(), TINY)


def seesaw() -> training.Motions:
    """Heads that nod and eyes that close as the voice tells."""
    rng = np.random.default_rng(0)
    audio = np.repeat(np.sign(rng.normal(size=(6, 4, 1))) * np.ones(26), 10, axis=1).astype(np.float32)
    pose = np.zeros((6, 40, 6), np.float32)
    pose[..., 1] = 6 * audio[..., 0]  # degrees
    return training.Motions(audio, pose, np.repeat(0.1 * audio[..., :1], 2, axis=-1))


@pytest.mark.parametrize("kind", ["pose", "blink"])
def test_a_tiny_run_follows_the_voice(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_app.training.loop.REPORT_EVERY", 10)
    motions = seesaw()
    path = training.train(tmp_path, motions, kind, TINY)
    with (tmp_path / f"{kind}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["within120"]) < 0.8 * float(rows[0]["within120"])
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


def test_published_losses_fall_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    step = training.PbnetStep(replace(TINY.config, values=2))
    optimizer = torch.optim.Adam(step.parameters(), lr=5e-3)
    motions, given = seesaw(), np.random.default_rng(0)
    errors = []
    for batch, _ in zip(training.batches(motions, "blink", TINY, given), range(60), strict=False):
        losses = step(**batch)
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        errors.append(float(losses["rebuilt"].detach()))
    assert np.mean(errors[-10:]) < 0.8 * np.mean(errors[:10])


def test_the_score_is_least_where_draws_are_spread_as_the_truth() -> None:
    generator = torch.Generator().manual_seed(0)
    true = torch.randn(4000, 8, 1, generator=generator)
    scores = [
        float(energy(size * torch.randn(2, 4000, 8, 1, generator=generator).transpose(2, 3), true.transpose(1, 2)))
        for size in (0.0, 0.6, 1.0, 1.5)
    ]
    assert min(scores) == scores[2]


def test_smoothed_latents_stay_normal_and_change_slowly() -> None:
    config = replace(TINY.config, smoothing=(2.0, 8.0))
    latent = draw_latent(config, 40, 200, torch.Generator().manual_seed(0))
    assert latent.shape == (40, 200, 4)
    assert latent.std(dim=(0, 1)).tolist() == pytest.approx([1, 1, 1, 1], abs=0.12)
    moves = latent.diff(dim=1).abs().mean(dim=(0, 1))
    assert float(moves[0]) > 3 * float(moves[1]) and float(moves[0]) < 0.5
    white = draw_latent(TINY.config, 1, 5, torch.Generator().manual_seed(3))
    torch.testing.assert_close(white, torch.randn(1, 5, 4, generator=torch.Generator().manual_seed(3)))

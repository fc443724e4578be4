"""What the denoiser is given in training and what its losses count: every condition, every drop-out, every weight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.encoder_training import encoder_losses, true_articulation
from avatar_app.engines.instruct_avatar.inputs import Inputs
from avatar_app.engines.instruct_avatar.training import DenoiserRun, TrainingConfig, motion_statistics, train
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.speech.encoder import ACCENT, CLOSURE, SHAPES, TRACKS, VISEMES
from avatar_app.speech.phones import Phone
from avatar_app.training.corpus.sessions import VARIANTS, Session, labelled, read_corpus, write_shard
from avatar_app.training.loop import Batch
from tests.network_spy import spy_on

TINY = ModelConfig(
    width=32, blocks=1, heads=2, feed_forward=64, attention_span=6, encoder_width=16, encoder_dilations=(1, 2)
)
SHORT = TrainingConfig(
    encoder_steps=2,
    steps=4,
    adapt_steps=2,
    encoder_batch=2,
    batch=4,
    frames=40,
    statistics=10,
    drop_speech=0,
    drop_text=0,
)


@pytest.fixture(scope="module")
def sessions() -> list[Session]:
    rng = np.random.default_rng(0)
    edges = np.sort(rng.uniform(0, 5.6, 30))
    names = rng.choice(["PBM", "A", "I", "SZ", "W_U"], 29)
    phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
    sound = rng.standard_normal(90_000).astype(np.float32) * 0.1
    mel = rng.standard_normal((VARIANTS, 560, 64)).astype(np.float16)
    return [labelled(mel, phones, sound, 140)]


@pytest.fixture()
def run(sessions: list[Session], tmp_path: Path) -> DenoiserRun:
    torch.manual_seed(0)
    return DenoiserRun(SHORT, TINY, sessions, tmp_path)


def instructed(run: DenoiserRun, with_features: bool = False) -> Batch:
    """A batch in which every row has an emotion, an action and a resting expression."""
    batch = next(run._batches(with_features))
    return batch | {
        "emotion": torch.full_like(batch["emotion"], 0.5),
        "strengths": torch.full_like(batch["strengths"], 0.7),
        "resting": torch.full_like(batch["resting"], 0.2),
    }


def given_to(run: DenoiserRun, batch: Batch, **changed: Any) -> tuple[Tensor, Tensor, Inputs]:
    """Noisy motion, timestep and inputs of the network."""
    for name, value in changed.items():
        setattr(run.loss, name, value)
    spy = spy_on(run.loop)
    run._losses(batch)
    noisy, timestep, inputs = spy.given
    return noisy, timestep, inputs


def test_every_condition_reaches_the_network(run: DenoiserRun) -> None:
    batch = instructed(run)
    noisy, timestep, inputs = given_to(run, batch)
    for name in ("resting", "emotion", "actions", "strengths", "spans"):
        assert torch.equal(getattr(inputs, name), batch[name]), name
    torch.manual_seed(1)
    closures = true_articulation(batch)[..., CLOSURE] > 0.9
    assert (inputs.speech[..., CLOSURE][closures] > 0.5).all() and closures.any()
    target = run.model.normalise(batch["motion"])
    signal = run.loss.noise.alphas_cumprod[timestep].sqrt()[:, None, None]
    noise = (noisy - signal * target) / (1 - signal**2).sqrt()
    assert 0.9 < float(noise.std()) < 1.1 and abs(float(noise.mean())) < 0.05


def test_conditions_are_dropped_at_their_own_rates(run: DenoiserRun) -> None:
    batch = instructed(run)
    torch.nn.init.constant_(run.model.null_audio, 9.0)
    _, _, inputs = given_to(run, batch, drop_speech=1.0)
    assert (
        (inputs.speech == 9).all() and (inputs.emotion == 0.5).all() and (inputs.strengths == torch.tensor(0.7)).all()
    )
    _, _, inputs = given_to(run, batch, drop_speech=0.0, drop_text=1.0)
    assert not (inputs.emotion.any() or inputs.strengths.any()) and not (inputs.speech == 9).all(dim=2).any()
    many = {name: value[:1].repeat(300, *[1] * (value.ndim - 1)) for name, value in batch.items()}
    torch.manual_seed(0)
    _, _, inputs = given_to(run, many, drop_speech=0.1, drop_text=0.3)
    assert 0.04 < float((inputs.speech == 9).all(dim=(1, 2)).float().mean()) < 0.16
    assert 0.22 < float((inputs.strengths == 0).all(dim=1).float().mean()) < 0.38


def losses_of(run: DenoiserRun, batch: Batch, error: Tensor) -> dict[str, float]:
    """Of a network whose normalised answer is off by `error`."""
    target = run.model.normalise(batch["motion"])
    spy_on(run.loop, lambda *given: target + error)
    torch.manual_seed(5)
    return {name: float(value) for name, value in run._losses(batch).items()}


def test_losses_count_position_and_velocity_by_channel(run: DenoiserRun) -> None:
    batch = instructed(run)
    none = torch.zeros_like(batch["motion"])
    assert losses_of(run, batch, none) == {"motion": 0, "velocity": 0}
    constant, shaking = none + 0.1, none + 0.1
    shaking[:, ::2] *= -1
    still, moving = losses_of(run, batch, constant), losses_of(run, batch, shaking)
    assert still["motion"] == pytest.approx(moving["motion"]) and still["velocity"] < 1e-9 < 0.01 < moving["velocity"]
    jaw, nose = none.clone(), none.clone()
    jaw[..., CHANNEL_NAMES.index("jawOpen")] = nose[..., CHANNEL_NAMES.index("noseSneerLeft")] = 1
    assert losses_of(run, batch, jaw)["motion"] == pytest.approx(3 * losses_of(run, batch, nose)["motion"])


def test_errors_count_more_the_less_noise_there_is(run: DenoiserRun) -> None:
    weights = run.loss.steps[[0, 300, 600, 999]]
    assert weights.tolist() == sorted(weights.tolist(), reverse=True) and weights[0] > 10 * weights[-1] > 0
    batch = {name: value[:1] for name, value in instructed(run).items()}
    counted = set()
    for seed in range(6):
        target = run.model.normalise(batch["motion"])
        spy = spy_on(run.loop, lambda *given, answer=target + 1: answer)
        torch.manual_seed(seed)
        loss = float(run._losses(batch)["motion"])
        assert loss == pytest.approx(float(run.loss.steps[spy.given[1]]), rel=1e-4)
        counted.add(round(loss, 3))
    assert len(counted) > 2


def test_at_last_it_learns_from_what_the_encoder_reads(run: DenoiserRun, sessions: list[Session]) -> None:
    assert next(run._batches(with_features=False))["features"].shape[1] == 0
    batch = instructed(run, with_features=True)
    assert batch["features"].shape == (4, 160, 65)
    _, _, inputs = given_to(run, batch)
    torch.testing.assert_close(inputs.speech, run.model.speech_encoder.articulation(batch["features"]).float())


def test_both_parts_are_walked_in_turn(run: DenoiserRun, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, bool]] = []
    losses = run._losses
    monkeypatch.setattr(
        run, "_losses", lambda batch: seen.append((run.loop.step, batch["features"].shape[1] > 0)) or losses(batch)
    )
    torch.save({"averaged": run.model.speech_encoder.state_dict(), "step": 2}, run.output / "encoder.pt")
    run.train()
    assert seen == [(0, False), (1, False), (2, True), (3, True)]


def test_a_resumed_run_sees_other_examples(run: DenoiserRun) -> None:
    first = next(run._batches(with_features=True))
    run.loop.step = 2
    assert not torch.equal(next(run._batches(with_features=True))["motion"], first["motion"])


def test_the_average_of_the_weights_and_the_statistics_are_shipped(sessions: list[Session], tmp_path: Path) -> None:
    write_shard(tmp_path / "shard_000.safetensors", sessions)
    config = replace(SHORT, learning_rate=0.02)
    shipped = load_file(train(tmp_path, tmp_path, build=False, config=config, model_config=TINY))
    state = torch.load(tmp_path / "denoiser.pt", weights_only=True)
    for name, value in state["averaged"].items():
        expected = value if name in ("mean", "scale") else value.half()
        assert torch.equal(shipped[name], expected), name
    assert not torch.equal(state["averaged"]["in_proj.weight"], state["model"]["in_proj.weight"])
    mean, scale = motion_statistics(read_corpus(tmp_path), config.statistics)
    torch.testing.assert_close(shipped["mean"], mean)
    torch.testing.assert_close(shipped["scale"], scale)


def test_a_finished_run_is_not_walked_again(sessions: list[Session], tmp_path: Path) -> None:
    write_shard(tmp_path / "shard_000.safetensors", sessions)
    for resume, again in ((True, False), (False, True)):
        train(tmp_path, tmp_path, build=False, config=SHORT, model_config=TINY)
        first = [torch.load(tmp_path / f"{name}.pt", weights_only=True)["seconds"] for name in ("encoder", "denoiser")]
        train(tmp_path, tmp_path, build=False, config=SHORT, model_config=TINY, resume=resume)
        second = [torch.load(tmp_path / f"{name}.pt", weights_only=True)["seconds"] for name in ("encoder", "denoiser")]
        assert [a != b for a, b in zip(first, second, strict=True)] == [again, again]


class _Encoder:
    """Answers with what it is told."""

    def __init__(self, tracks: Tensor, visemes: Tensor) -> None:
        self.answer = tracks, visemes

    def __call__(self, features: Tensor) -> tuple[Tensor, Tensor]:
        return self.answer


def test_the_encoder_is_asked_for_curves_their_velocity_gates_and_classes() -> None:
    tracks, classes = torch.zeros(1, 20, TRACKS), torch.zeros(1, 40, dtype=torch.long)
    tracks[:, 5:10, CLOSURE] = 1
    logits = tracks.clone()
    logits[..., CLOSURE:ACCENT] = 12 * (2 * tracks[..., CLOSURE:ACCENT] - 1)
    sure = torch.nn.functional.one_hot(classes, VISEMES).float() * 20
    batch = {"features": torch.zeros(1, 80, 65), "tracks": tracks, "visemes": classes}

    def terms(tracks: Tensor, visemes: Tensor) -> dict[str, float]:
        encoder: Any = _Encoder(tracks, visemes)
        return {name: float(value) for name, value in encoder_losses(encoder, batch).items()}

    right = terms(logits, sure)
    assert right["lips"] == right["accent"] == 0 and right["gates"] < 1e-3
    offset, shaking = logits.clone(), logits.clone()
    offset[..., :SHAPES] += 0.1
    shaking[..., :SHAPES] += 0.1 * (-1.0) ** torch.arange(20)[:, None]
    assert 0 < 2 * terms(offset, sure)["lips"] < terms(shaking, sure)["lips"]
    missed, invented = logits.clone(), logits.clone()
    missed[:, 7, CLOSURE], invented[:, 15, CLOSURE] = -12, 12
    assert terms(missed, sure)["gates"] == pytest.approx(3 * terms(invented, sure)["gates"], rel=0.01)
    assert terms(logits, sure.roll(1, -1))["visemes"] > right["visemes"] + 1


def test_true_articulation_is_blurred_scaled_and_smoothed() -> None:
    tracks, classes = torch.zeros(200, 9, TRACKS), torch.zeros(200, 18, dtype=torch.long)
    tracks[:, 4, :SHAPES], tracks[:, 4, CLOSURE] = 0.5, 1
    out = true_articulation({"tracks": tracks, "visemes": classes}, torch.Generator().manual_seed(0))
    blurred = out[:, 3, CLOSURE] > 0
    assert 0.4 < float(blurred.float().mean()) < 0.8
    peaks = out[~blurred, 4, 0]
    assert float(peaks.min()) >= 0.4 and float(peaks.max()) <= 0.551 and float(peaks.std()) > 0.02
    assert 0.6 < float(out[..., TRACKS:].amax(dim=-1).min()) < 0.75

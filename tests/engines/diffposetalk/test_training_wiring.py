"""What the embedded denoiser is given in training and what its losses count: style, past, sound, ends, drop-outs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from avatar_app.engines.diffposetalk.embedded import EMBEDDED
from avatar_app.engines.diffposetalk.embedded_losses import GAP_SCALE, Losses
from avatar_app.engines.diffposetalk.style_encoder import EMBEDDED as STYLE
from avatar_app.engines.diffposetalk.style_encoder import StyleEncoder
from avatar_app.engines.diffposetalk.styles import PLACE
from avatar_app.engines.diffposetalk.training import (
    DenoiserRun,
    EncodedSession,
    TrainingConfig,
    _Stream,
    clip_ends,
)
from avatar_app.face.arkit import CHANNEL_NAMES
from avatar_app.face.lip_gap import gap_vector
from avatar_app.speech.encoder import CLOSURE
from avatar_app.speech.phones import Phone
from avatar_app.speech.trained import load_speech_encoder
from avatar_app.training.corpus.sessions import labelled
from avatar_app.training.loop import Batch
from avatar_app.training.teacher.coarticulation import lip_tracks, stress_of
from avatar_app.weights import checkpoints_folder
from tests.network_spy import spy_on

TINY = replace(EMBEDDED, feature_dim=32, n_layers=1, n_heads=2, n_diff_steps=20)
WHOLE = TrainingConfig(steps=3, pairs=2, warm_up=1, cut_first=0, cut_second=0)  # no clip ends early
FRAMES, PREVIOUS = TINY.n_motions, TINY.n_prev_motions
NAMES = ("noisy", "step", "audio", "person", "prev_motion", "prev_audio", "indicator")


@pytest.fixture()
def run(tmp_path: Path) -> DenoiserRun:
    torch.manual_seed(0)
    save_file(StyleEncoder(STYLE).state_dict(), tmp_path / "style_encoder.safetensors")
    save_file({"mean": torch.full((58,), 0.1), "std": torch.full((58,), 0.3)}, tmp_path / "stats.safetensors")
    encoder = load_speech_encoder(checkpoints_folder() / "instruct_avatar")
    return DenoiserRun(WHOLE, TINY, tmp_path, tmp_path, encoder)


@pytest.fixture()
def batch() -> Batch:
    rng = torch.Generator().manual_seed(1)
    return {
        "motion": torch.rand(2, 2 * FRAMES, 58, generator=rng),
        "audio": torch.rand(2, 2 * FRAMES, 26, generator=rng),
    }


def given_to(run: DenoiserRun, batch: Batch, drop: bool = False, **changed: float) -> dict[str, Tensor]:
    """What the network is given, by name; conditions are dropped only when asked."""
    run.config = replace(run.config, **changed)
    spy = spy_on(run.loop)
    if not drop:
        spy.drop_conditions = lambda audio, style, u: (audio, style)
    torch.manual_seed(3)
    run._compute(batch)
    return dict(zip(NAMES, spy.given, strict=True))


def test_each_clip_gets_the_style_of_the_other_without_the_place_of_the_head(
    run: DenoiserRun, batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Tensor] = []
    monkeypatch.setattr(run, "style_encoder", lambda motion: seen.append(motion) or torch.zeros(len(motion), 128))
    style = given_to(run, batch)["person"][:, 0]
    first, second = run.model.normalise(batch["motion"]).split(FRAMES, dim=1)
    rest = [i for i in range(58) if i not in range(58)[PLACE]]
    torch.testing.assert_close(seen[0][..., rest], torch.cat([second, first])[..., rest])
    assert not seen[0][..., PLACE].any()
    spread = style.std(dim=1)
    assert (spread > 0).all() and (spread < 0.4).all() and spread.unique().numel() == 4


def test_the_second_clip_goes_on_from_the_first(run: DenoiserRun, batch: Batch) -> None:
    given = given_to(run, batch)
    start_motion, start_audio = run.model.head.start(2)
    torch.testing.assert_close(given["prev_motion"][:2], start_motion)
    torch.testing.assert_close(given["prev_audio"][:2], start_audio)
    before = run.model.normalise(batch["motion"])[:, FRAMES - PREVIOUS : FRAMES]
    assert 0 < float((given["prev_motion"][2:] - before).detach().abs().max()) < 0.6  # a little noise on it
    heard = run.model.head.audio_feature_map(batch["audio"])
    torch.testing.assert_close(given["prev_audio"][2:], heard[:, FRAMES - PREVIOUS : FRAMES])
    torch.testing.assert_close(given["audio"], torch.cat(heard.split(FRAMES, dim=1)))


def test_clips_that_end_early_are_silent_and_uncounted_from_there(run: DenoiserRun, batch: Batch) -> None:
    given = given_to(run, batch, cut_first=1.0, cut_second=1.0)
    ends = given["indicator"].sum(dim=1).long()
    assert ((ends > 0) & (ends < FRAMES)).all()
    nothing = run.model.head.audio_feature_map(torch.zeros(26))
    target = torch.cat(run.model.normalise(batch["motion"]).split(FRAMES, dim=1))
    for row, end in enumerate(ends):
        assert (given["indicator"][row, :end] == 1).all() and not given["indicator"][row, end:].any()
        torch.testing.assert_close(given["audio"][row, end:], nothing.expand(FRAMES - int(end), -1))
    signal = run.model.head.diffusion_sched.alpha_bars[given["step"]].sqrt()[:, None, None]
    noise = (given["noisy"] - signal * target) / (1 - signal**2).sqrt()
    for row, end in enumerate(ends):  # beyond the end there is noise without motion under it
        with_motion, without = noise[row, end:], given["noisy"][row, end:] / (1 - signal[row] ** 2).sqrt()
        assert without.std() < 1.2 and (without - with_motion).abs().max() > 0
    late = {name: value.clone() for name, value in batch.items()}
    last = int(ends[2:].max())
    run.style_encoder = _NoStyle()
    terms = [_terms(run, some) for some in (batch, late)]
    late["motion"][:, FRAMES + last :] += 1
    assert terms[0] == terms[1] == _terms(run, late)


class _NoStyle(torch.nn.Module):
    def forward(self, motion: Tensor) -> Tensor:
        return torch.zeros(len(motion), 128)


def _terms(run: DenoiserRun, batch: Batch) -> dict[str, float]:
    torch.manual_seed(3)
    return {name: float(value) for name, value in run._compute(batch).items()}


def test_conditions_are_dropped(run: DenoiserRun, batch: Batch) -> None:
    many = {name: value[:1].repeat(60, 1, 1) for name, value in batch.items()}
    head = run.model.head
    given = given_to(run, many, drop=True)
    no_style = (given["person"][:, 0] == head.null_style_feat[0, 0]).all(dim=1)
    no_audio = (given["audio"] == head.null_audio_feat[0, 0]).all(dim=(1, 2))
    assert 0.3 < float(no_style.float().mean()) < 0.6 and 0.02 < float(no_audio.float().mean()) < 0.22


def test_what_came_before_is_predicted_for_the_second_clip_only(run: DenoiserRun, batch: Batch) -> None:
    first, second = run.model.normalise(batch["motion"]).split(FRAMES, dim=1)
    before = first[:, -PREVIOUS:]
    right = torch.cat([torch.cat([torch.zeros_like(before), before]), torch.cat([first, second])], dim=1)

    def terms(change: Tensor) -> dict[str, float]:
        spy_on(run.loop, lambda *given: right + change)
        return _terms(run, batch)

    early = torch.zeros_like(right)
    assert not any(terms(early).values())
    early[:2, :PREVIOUS] = 1.0  # what the first clip's answer says of the time before it
    assert not any(terms(early).values())
    early[2:, :PREVIOUS] = 1.0
    assert terms(early)["motion"] > 0


def test_clips_end_early_as_often_as_asked() -> None:
    torch.manual_seed(0)
    ends = clip_ends(2000, 100, 0.3, 0.4)
    assert ends.min() >= 1 and ends.max() == 100
    assert [round(float((part < 100).float().mean()), 1) for part in ends.chunk(2)] == [0.3, 0.4]


def test_sound_and_motion_are_of_the_same_frames() -> None:
    """The teacher shuts the lips where the articulation says so, in every example."""
    rng = np.random.default_rng(0)
    edges = np.sort(rng.uniform(0, 24, 120))
    names = rng.choice(["PBM", "A", "O", "A"], 119)
    phones = tuple(Phone(a, b, str(n)) for a, b, n in zip(edges, edges[1:], names, strict=False))
    sound = rng.standard_normal(600 * 640).astype(np.float32) * 0.1
    tracks = lip_tracks(phones, stress_of(phones, sound), 600)
    articulation = np.zeros((1, 600, 26), np.float16)
    articulation[0, :, CLOSURE], articulation[0, :, 0] = tracks.closure, 0.5
    session = labelled(np.zeros((0, 0, 0), np.float16), phones, sound, 600)
    stream = iter(_Stream([EncodedSession(session, articulation)], 200, 0))
    gap = gap_vector(58)
    agreement, scales = [], set()
    for _ in range(6):
        example = next(stream)
        closure = example["audio"][:, CLOSURE].numpy()
        agreement.append(np.corrcoef(closure, example["motion"].numpy() @ gap)[0, 1])
        scales.add(round(float(example["audio"][:, 0].max()), 3))
    assert max(agreement) < -0.3
    assert not torch.equal(
        next(stream)["audio"], next(iter(_Stream([EncodedSession(session, articulation)], 200, 1)))["audio"]
    )


def losses(change: Tensor, std: Tensor | None = None) -> dict[str, float]:
    target = torch.zeros_like(change)
    mask = torch.ones(change.shape[:2], dtype=torch.bool)
    return {
        name: float(value)
        for name, value in Losses(torch.ones(58) if std is None else std)(change, target, mask).items()
    }


def test_each_loss_counts_what_it_should_and_as_much() -> None:
    jaw, nose = torch.zeros(1, 30, 58), torch.zeros(1, 30, 58)
    jaw[..., CHANNEL_NAMES.index("jawOpen")] = nose[..., CHANNEL_NAMES.index("noseSneerLeft")] = 1
    assert losses(jaw)["motion"] == pytest.approx(3 * losses(nose)["motion"])
    ramp = nose * torch.arange(30)[None, :, None]
    shaking = nose * (-1.0) ** torch.arange(30)[None, :, None]
    weight = losses(nose)["motion"]
    assert losses(ramp)["velocity"] == pytest.approx(weight) and losses(ramp)["acceleration"] < 1e-6
    assert losses(shaking)["velocity"] == pytest.approx(4 * weight)
    assert losses(shaking)["acceleration"] == pytest.approx(0.25 * 16 * weight)
    opening = float(gap_vector(58)[CHANNEL_NAMES.index("jawOpen")]) * GAP_SCALE
    assert losses(jaw)["lips"] == pytest.approx(opening**2, rel=1e-4)
    chattering = jaw * (-1.0) ** torch.arange(30)[None, :, None]
    assert losses(chattering)["lips"] == pytest.approx(5 * opening**2, rel=1e-4)
    assert losses(jaw, torch.full((58,), 0.5))["lips"] == pytest.approx(opening**2 / 4, rel=1e-4)


def test_the_average_of_the_weights_is_shipped(run: DenoiserRun, batch: Batch, tmp_path: Path) -> None:
    run.train(iter([batch] * 3))
    shipped, state = load_file(run.export()), torch.load(tmp_path / "denoiser.pt", weights_only=True)
    name = "denoising_net.motion_dec.2.weight"
    assert torch.equal(shipped[f"head.{name}"], state["averaged"][name].half())
    assert not torch.equal(state["averaged"][name].half(), state["model"][name].half())

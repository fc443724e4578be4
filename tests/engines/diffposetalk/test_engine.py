"""What the engine promises whatever its weights are, tried with small random ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from avatar_app.engines.base import Conditions
from avatar_app.engines.diffposetalk.config import Guidance, Threshold
from avatar_app.engines.diffposetalk.embedded import EMBEDDED, EmbeddedModel, load_embedded, save_embedded
from avatar_app.engines.diffposetalk.engine import DiffPoseTalk, SamplingConfig
from avatar_app.engines.diffposetalk.sampling import clamp_to_quantile, plan_branches, spread_steps
from avatar_app.engines.diffposetalk.schedule import NoiseSchedule
from avatar_app.engines.diffposetalk.training import perturb
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.request import FPS, InputError, Request, Stopped
from avatar_app.speech.recording import Speech, silence
from avatar_app.styles import resolve_style

TINY = replace(EMBEDDED, feature_dim=32, n_layers=2, n_heads=2, n_diff_steps=40)


@pytest.fixture(scope="module")
def engine() -> DiffPoseTalk:
    torch.manual_seed(3)
    model = EmbeddedModel(TINY).eval()
    model.std.fill_(0.5)
    net = model.head.denoising_net  # untrained ones hardly listen to style and noise
    net.person_proj.weight.data *= 3
    net.feature_proj.weight.data *= 3
    return DiffPoseTalk(model, Path("nowhere"), SamplingConfig(steps=4))


@pytest.fixture(scope="module")
def style(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from avatar_app.engines.diffposetalk.styles import Style, save_style

    path = tmp_path_factory.mktemp("style") / "own.npz"
    vector = np.random.default_rng(1).normal(size=128).astype(np.float32)
    save_style(Style(vector, "own"), path)
    return path


def motion(engine: DiffPoseTalk, seconds: float = 5.0, stop: bool = False, **wishes: Any) -> list[np.ndarray]:
    """(T, 58) of every take."""
    request = Request(**{"duration": seconds, "samples": 1, "seed": 5, "motion_only": True} | wishes)
    speech: Speech = silence(seconds)
    style = None if request.style is None else resolve_style(request.style)
    conditions = Conditions(request, speech.frames, speech, None, Timeline((), speech.frames / FPS), style)
    return [clip.values() for clip in engine.sample(conditions, lambda done: None, lambda: stop)]


@pytest.mark.parametrize("seconds", [0.4, 4.0, 9.3])
def test_motion_is_as_long_as_the_voice(engine: DiffPoseTalk, seconds: float) -> None:
    (take,) = motion(engine, seconds)
    assert take.shape == (int(np.ceil(seconds * FPS)), 58)
    assert np.isfinite(take).all() and take[:, :52].min() >= 0 and take[:, :52].max() <= 1


def test_a_take_depends_on_its_seed_and_not_on_its_neighbours(engine: DiffPoseTalk) -> None:
    both, second = motion(engine, samples=2), motion(engine, seed=6)
    np.testing.assert_allclose(both[1], second[0], atol=1e-4)
    assert np.abs(both[0] - both[1]).max() > 0.01
    np.testing.assert_array_equal(both[0], motion(engine, samples=2)[0])


def test_windows_do_not_start_from_the_same_noise(engine: DiffPoseTalk) -> None:
    (take,) = motion(engine, 8.0)
    assert np.abs(take[:100] - take[100:]).max() > 0.01


def test_a_style_changes_the_motion_and_its_scale_how_much(engine: DiffPoseTalk, style: Path) -> None:
    plain = motion(engine)[0]
    weak, strong = (motion(engine, style=style, style_scale=scale)[0] for scale in (1.0, 4.0))
    assert np.abs(weak - plain).mean() > 1e-3
    assert np.abs(strong - plain).mean() > np.abs(weak - plain).mean()


def test_independent_guidance_is_another_one(engine: DiffPoseTalk, style: Path) -> None:
    a, b = (motion(engine, style=style, audio_scale=2.0, extras={"guidance": mode})[0] for mode in _MODES)
    assert np.abs(a - b).mean() > 1e-3


_MODES = ("incremental", "independent")


def test_the_head_can_be_kept_still(engine: DiffPoseTalk) -> None:
    (take,) = motion(engine, extras={"head_motion": False})
    assert not take[:, 52:].any() and take[:, :52].any()


def test_every_step_can_be_taken(engine: DiffPoseTalk) -> None:
    (take,) = motion(engine, 1.0, extras={"every_step": True})
    assert np.abs(take - motion(engine, 1.0)[0]).max() > 1e-3


@pytest.mark.parametrize("extras", [{"guidance": "sideways"}, {"thresholding": 1.5}, {"thresholding": (0.9, 4, 1)}])
def test_options_that_do_not_exist_are_refused(engine: DiffPoseTalk, extras: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        motion(engine, extras=extras)


def test_thresholding_keeps_motion_within_its_limit(engine: DiffPoseTalk) -> None:
    x = (
        torch.randn(3, 100, 58, generator=torch.Generator().manual_seed(0))
        * torch.tensor([0.1, 2.0, 9.0])[:, None, None]
    )
    clamped = clamp_to_quantile(x, Threshold(0.99, 1.0, 4.0)).abs().amax(dim=(1, 2))
    assert clamped[0] == x[0].abs().max() and x[1].abs().max() > 4.0 and 1 < clamped[1] <= 6 and clamped[2] == 4.0
    assert np.isfinite(motion(engine, extras={"thresholding": 0.9})[0]).all()


def test_a_stop_is_heard_between_steps(engine: DiffPoseTalk) -> None:
    with pytest.raises(Stopped):
        motion(engine, stop=True)


def test_scales_of_one_cost_one_evaluation() -> None:
    assert len(plan_branches(Guidance(audio_scale=1.0, style_scale=1.0))) == 1
    assert len(plan_branches(Guidance(audio_scale=1.0, style_scale=2.0))) == 2
    for mode in _MODES:
        assert sum(branch.weight for branch in plan_branches(Guidance(mode))) == pytest.approx(1.0)


@pytest.mark.parametrize("count", [1, 2, 10, 20])
def test_solver_steps_fall_from_all_noise_to_nearly_none(count: int) -> None:
    steps = spread_steps(NoiseSchedule(500).alpha_bars, count)
    assert steps[0] == 499 and steps == sorted(set(steps), reverse=True) and len(steps) == count
    assert count <= 2 or steps[-1] == 0


def test_weights_come_back_from_their_files(engine: DiffPoseTalk, tmp_path: Path) -> None:
    save_embedded(engine.model, tmp_path)
    again = replace(engine, model=load_embedded(tmp_path))
    np.testing.assert_allclose(motion(again)[0], motion(engine)[0], atol=0.05)  # stored in float16
    with pytest.raises(InputError, match=r"lacks model\.safetensors"):
        load_embedded(tmp_path / "elsewhere")


def test_doubted_articulation_stays_an_articulation() -> None:
    rng = np.random.default_rng(0)
    audio = np.abs(rng.normal(size=(50, 26))).astype(np.float32)
    audio[:, 11:] /= audio[:, 11:].sum(axis=1, keepdims=True)
    for _ in range(20):
        heard = perturb(audio, rng)
        np.testing.assert_allclose(heard[:, 11:].sum(axis=1), 1, atol=1e-4)
        assert heard.shape == audio.shape and np.abs(heard - audio).max() < audio.max()

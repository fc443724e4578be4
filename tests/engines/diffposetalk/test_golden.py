"""Modules and samplers against numbers recorded from the published implementation (random weights, random inputs)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from avatar_app.engines.diffposetalk.config import Guidance
from avatar_app.engines.diffposetalk.sampling import Steps, sample_window
from avatar_app.request import InputError
from tests.engines.diffposetalk import replay
from tests.fixtures import compare, load, of_kind

SYSTEM = "diffposetalk"
PLAIN_STEPS = 100  # the plain way is slow; above so many steps only the quick one is tried, which is the same function
pytestmark = pytest.mark.usefixtures("alone")


@of_kind(SYSTEM, "schedule")
def test_noise_levels_and_step_tables_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.schedule(f), replay.step_tables(f))


@of_kind(SYSTEM, "denoiser")
@torch.inference_mode()
def test_denoiser_predicts_what_the_published_one_does(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.denoiser(f), only="out/a/")


@of_kind(SYSTEM, "denoiser")
@torch.inference_mode()
def test_training_forward_drops_conditions_as_published(name: str) -> None:
    f = load(SYSTEM, name)
    if f.info.get("train"):
        compare(f, replay.training_forward(f), only="out/train/")


@of_kind(SYSTEM, "hubert")
@torch.inference_mode()
def test_audio_front_end_gives_the_published_features(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.audio_front_end(f))


@of_kind(SYSTEM, "style")
@torch.inference_mode()
def test_motion_and_coefficients_give_the_published_styles(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.style_encoder(f))


@of_kind(SYSTEM, "coefs")
def test_coefficients_become_motion_and_back(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.coefficients(f))


@pytest.mark.parametrize("plain", [False, True])
@of_kind(SYSTEM, "sampler")
@torch.inference_mode()
def test_windows_are_sampled_as_published(name: str, plain: bool) -> None:
    f = load(SYSTEM, name)
    if not plain or replay.args_of(f)["n_diff_steps"] <= PLAIN_STEPS:
        compare(f, replay.chains(f, plain), only=tuple(f"out/{chain['name']}/" for chain in f.info["chains"]))


@of_kind(SYSTEM, "sampler")
@torch.inference_mode()
def test_every_way_to_guide_gives_the_published_motion(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.variants(f), only="out/v_")


@of_kind(SYSTEM, "sampler")
def test_guiding_a_style_that_is_not_given_is_refused(name: str) -> None:
    f = load(SYSTEM, name)
    model = replay.model_of(f)
    window = replace(replay.window_of(f, model, 0), style=None)
    draw = replay.stored_noise(f, 0, model.config.n_diff_steps)
    with pytest.raises(InputError, match="none is given"):
        sample_window(model, window, f.tensors["in/x_T"], Guidance(), Steps(), draw)


@of_kind(SYSTEM, "e2e")
@torch.inference_mode()
def test_a_recording_becomes_the_published_coefficients(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.recordings(f))


@of_kind(SYSTEM, "losses")
def test_training_losses_and_their_gradients_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    only = tuple(f"out/{name}/" for name in ("train_step", "ntxent", *(case["name"] for case in f.info["cases"])))
    compare(f, replay.training_losses(f), replay.style_loss(f), only=only)

"""Modules and samplers against numbers recorded from the published implementation (random weights, random inputs)."""

from __future__ import annotations

import pytest
import torch

from tests.engines.audio2photoreal import replay
from tests.fixtures import compare, load, of_kind

SYSTEM = replay.SYSTEM
pytestmark = pytest.mark.usefixtures("alone")


@of_kind(SYSTEM, "denoiser")
@torch.inference_mode()
def test_denoiser_predicts_what_the_published_one_does(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.denoiser(f))


@of_kind(SYSTEM, "ddim")
@torch.inference_mode()
def test_noise_levels_and_guided_samples_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.schedule(f), replay.analytic_chains(f), replay.network_chains(f))


@of_kind(SYSTEM, "guide")
@torch.inference_mode()
def test_guide_draws_the_published_codes(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.guide(f), replay.nuclei(f))


@of_kind(SYSTEM, "lip")
@torch.inference_mode()
def test_lips_and_the_face_condition_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.lips(f))


@of_kind(SYSTEM, "enc")
@torch.inference_mode()
def test_audio_encoders_give_the_published_features(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.audio_encoders(f))


@of_kind(SYSTEM, "vq")
@torch.inference_mode()
def test_codec_gives_the_published_codes_and_poses(name: str) -> None:
    f = load(SYSTEM, name)
    compare(
        f, replay.codec(f), only=("out/encode", "out/quantised", "out/reconstructed", "out/decoded", "out/forward/")
    )


@pytest.mark.parametrize("case", ["ema", "kmeans"])
@of_kind(SYSTEM, "vq")
def test_a_training_step_moves_the_codec_as_published(name: str, case: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.codec_step(f, case), only=f"out/{case}/")


@of_kind(SYSTEM, "norm")
def test_batches_waves_and_losses_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.batches(f), replay.waves(f), replay.motion_losses(f))

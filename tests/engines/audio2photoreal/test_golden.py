"""Modules and samplers against numbers recorded from the published implementation (random weights, random inputs)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from tests.engines.audio2photoreal import replay
from tests.fixtures import Recorded, agrees, every, load, one_thread

SYSTEM = replay.SYSTEM


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with one_thread():
        yield


def of_kind(kind: str) -> pytest.MarkDecorator:
    """Runs a test on every fixture of a kind."""
    return pytest.mark.parametrize("name", every(SYSTEM, kind))


def compare(f: Recorded, *outputs: replay.Outputs, only: str | tuple[str, ...] = "out/") -> None:
    """Every output with its stored value; what is stored under `only` are all of them, and no others are made up."""
    compared = set()
    for key, value in (pair for group in outputs for pair in group):
        agrees(f, key, value)
        compared.add(key)
    assert compared >= {key for key in f.tensors if key.startswith(only)}


@of_kind("denoiser")
@torch.inference_mode()
def test_denoiser_predicts_what_the_published_one_does(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.denoiser(f))


@of_kind("ddim")
@torch.inference_mode()
def test_noise_levels_and_guided_samples_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.schedule(f), replay.analytic_chains(f), replay.network_chains(f))


@of_kind("guide")
@torch.inference_mode()
def test_guide_draws_the_published_codes(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.guide(f), replay.nuclei(f))


@of_kind("lip")
@torch.inference_mode()
def test_lips_and_the_face_condition_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.lips(f))


@of_kind("enc")
@torch.inference_mode()
def test_audio_encoders_give_the_published_features(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.audio_encoders(f))


@of_kind("vq")
@torch.inference_mode()
def test_codec_gives_the_published_codes_and_poses(name: str) -> None:
    f = load(SYSTEM, name)
    compare(
        f, replay.codec(f), only=("out/encode", "out/quantised", "out/reconstructed", "out/decoded", "out/forward/")
    )


@pytest.mark.parametrize("case", ["ema", "kmeans"])
@of_kind("vq")
def test_a_training_step_moves_the_codec_as_published(name: str, case: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.codec_step(f, case), only=f"out/{case}/")


@of_kind("norm")
def test_batches_waves_and_losses_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.batches(f), replay.waves(f), replay.motion_losses(f))

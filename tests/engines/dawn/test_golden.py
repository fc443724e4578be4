"""Networks and samplers against numbers recorded from the published implementation (random weights, random inputs)."""

from __future__ import annotations

import pytest
import torch

from tests.engines.dawn import replay
from tests.fixtures import compare

pytestmark = pytest.mark.usefixtures("alone")


@torch.inference_mode()
def test_frames_are_drawn_from_portrait_and_flow_as_published() -> None:
    f = replay.fixture("lfg_tiny")
    compare(f, replay.frames(f), only="out/decode/")


@torch.inference_mode()
def test_flow_between_two_pictures_is_the_published_one() -> None:
    f = replay.fixture("lfg_tiny")
    compare(f, replay.flow(f), only="out/full/")


@torch.inference_mode()
def test_denoiser_finds_the_noise_that_the_published_one_does() -> None:
    f = replay.fixture("unet_tiny")
    compare(f, replay.noise_in_clips(f))

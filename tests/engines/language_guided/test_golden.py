"""Networks and losses against numbers recorded from the published implementation (random weights, random inputs)."""

from __future__ import annotations

import pytest
import torch

from tests.engines.language_guided import replay
from tests.fixtures import MOST, compare, load

SYSTEM = replay.SYSTEM
pytestmark = pytest.mark.usefixtures("alone")


@replay.called("stylegan2_ops")
@torch.inference_mode()
def test_every_layer_does_what_the_published_one_does(name: str) -> None:
    f = load(SYSTEM, name)
    compare(
        f,
        replay.linear_layers(f),
        replay.modulated_convolutions(f),
        replay.resampling(f),
        replay.activations(f),
        replay.styled_layers(f),
    )


@replay.called("stylegan2_tiny")
@torch.inference_mode()
def test_generator_makes_the_published_pictures(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.generator(f))
    for key, picture in replay.previews(f):  # stored without tolerances
        torch.testing.assert_close(picture, f.tensors[key], atol=MOST, rtol=0)


@replay.called("latent_recurrent")
@torch.inference_mode()
def test_motion_codes_move_as_published_with_every_decay(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.motion_codes(f))


@replay.called("mapper")
@torch.inference_mode()
def test_mappers_give_the_published_offsets(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.mappers(f))


@replay.called("motion")
@torch.inference_mode()
def test_words_become_the_published_frames(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.motion(f))


@replay.called("losses")
def test_training_losses_and_their_gradients_are_the_published_ones(name: str) -> None:
    f = load(SYSTEM, name)
    compare(f, replay.training_losses(f), replay.text_losses(f))

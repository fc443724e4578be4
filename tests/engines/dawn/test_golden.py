"""Networks and samplers against numbers recorded from the published implementation (random weights, random inputs)."""

from __future__ import annotations

import pytest
import torch

from avatar_app.engines.dawn.face_place import published_weights
from avatar_app.engines.dawn.sampling import step_list
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


def test_noise_levels_and_steps_are_the_published_ones() -> None:
    f = replay.fixture("sampler")
    compare(f, replay.schedule(f), only="out/buffers/")
    for steps, listed in f.info["t_lists"].items():
        assert step_list(int(steps)) == listed


def test_clips_are_denoised_as_published() -> None:
    f = replay.fixture("sampler")
    compare(f, replay.clips(f), only=("out/s", "out/trace/"))


@pytest.mark.parametrize("name", ["pbnet_pose_tiny", "pbnet_blink_tiny"])
@torch.inference_mode()
def test_pose_and_blinks_are_the_published_ones(name: str) -> None:
    f = replay.fixture(name)
    compare(f, replay.motion(f))


def test_sound_is_brought_to_frames_as_published() -> None:
    f = replay.fixture("audio_resample")
    compare(f, replay.resampled(f))


def test_long_recordings_are_heard_in_the_published_pieces() -> None:
    for row in replay.fixture("audio_resample").info["chunk_table"]:
        samples = row["samples"]
        assert replay.hearing.frames_of(samples) == row["frames_25fps"]
        assert replay.hearing.pieces(samples) == [(piece["start"], piece["end"]) for piece in row["chunks"]]
        assert replay.last_sample_heard(samples) == (row["T50"], row["first_sample_of_last_row"])


@torch.inference_mode()
def test_the_face_is_placed_as_published() -> None:
    f = replay.fixture("face_loc")
    compare(f, replay.face_places(f))


def test_weights_that_no_checkpoint_holds_are_drawn_as_the_published_script_does() -> None:
    drawn, stored = published_weights(), replay.fixture("face_loc").weights
    assert drawn.keys() == stored.keys()
    assert all(torch.allclose(drawn[name], stored[name], rtol=0, atol=1e-7) for name in stored)


@torch.inference_mode()
def test_the_parts_together_give_the_published_frames() -> None:
    f = replay.fixture("pipeline_tiny")
    compare(f, replay.whole(f))

"""Sampling with everything encoded once gives what the published computation does, step by step and token by token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from avatar_app.diffusion.samplers import solve
from avatar_app.engines.audio2photoreal import published as p
from avatar_app.engines.audio2photoreal.audio_features import audio_tokens, face_condition
from avatar_app.engines.audio2photoreal.guide import nucleus_chooser
from avatar_app.engines.audio2photoreal.reference import reference_codes, reference_prediction
from avatar_app.engines.audio2photoreal.sampling import Ddim, encode_conditions, respaced, sample, valid_counts
from avatar_app.request import InputError, Stopped
from tests.engines.audio2photoreal.standins import networks
from tests.fixtures import one_thread

FRAMES = 70
CLOSE = 1e-4


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture(scope="module")
def person() -> dict[str, Any]:
    return networks()


@pytest.fixture(scope="module")
def sound() -> torch.Tensor:
    return torch.randn(1, FRAMES * 1600, 2, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="module")
def heard(person: dict[str, Any], sound: torch.Tensor) -> p.Heard:
    return p.hear(person["audio"], person["lips"], sound)


def noise(samples: int, width: int) -> torch.Tensor:
    return torch.randn(samples, FRAMES, width, generator=torch.Generator().manual_seed(2))


def test_lips_are_heard_in_chunks_of_four_seconds(person: dict[str, Any]) -> None:
    voice = torch.randn(1, 130 * 1600, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        whole, first, rest = (person["lips"](v) for v in (voice, voice[:, : 120 * 1600], voice[:, 120 * 1600 :]))
    assert whole.shape == (1, 130, 338, 3)
    torch.testing.assert_close(whole, torch.cat([first, rest], dim=1), atol=CLOSE, rtol=0)


@torch.inference_mode()
def test_face_is_that_of_the_published_computation(person: dict[str, Any], heard: p.Heard, sound: torch.Tensor) -> None:
    start, sounds = noise(3, 256), sound.expand(3, -1, -1)

    def hear() -> torch.Tensor:
        return face_condition(audio_tokens(person["audio"], sounds), person["lips"](sounds[..., 0]))

    slow = solve(reference_prediction(person["face"], hear, None, 10.0), start, Ddim(5))
    fast = p.sample_face(person["face"], heard, start, p.Settings(5, 10.0))
    torch.testing.assert_close(fast, slow, atol=CLOSE, rtol=1e-5)


@torch.inference_mode()
def test_poses_are_those_of_the_published_computation(
    person: dict[str, Any], heard: p.Heard, sound: torch.Tensor
) -> None:
    start, sounds = noise(3, 104), sound.expand(3, -1, -1)
    keys = p.draw_key_poses(person["guide"], person["codec"], heard, (1, 2, 3))
    predict = reference_prediction(person["pose"], lambda: audio_tokens(person["audio"], sounds), keys, 2.0)
    slow = solve(predict, start, Ddim(5))
    fast = p.sample_pose(person["pose"], heard, keys, start, p.Settings(5, 2.0))
    torch.testing.assert_close(fast, slow, atol=CLOSE, rtol=1e-5)


@torch.inference_mode()
def test_codes_are_those_of_the_published_computation(
    person: dict[str, Any], heard: p.Heard, sound: torch.Tensor
) -> None:
    def chooser() -> Any:
        return nucleus_chooser(0.97, [torch.Generator().manual_seed(seed) for seed in (4, 5)])

    guide = person["guide"]
    slow = reference_codes(guide, lambda: audio_tokens(person["audio"], sound), 3, 2, chooser())
    fast = guide.generate(guide.encode(heard.tokens), 3, 2, chooser())
    assert fast.shape == (2, 3, 4)
    assert torch.equal(fast.flatten(1), slow)


@torch.inference_mode()
def test_probabilities_with_kept_keys_are_those_of_the_whole_sequence(person: dict[str, Any], heard: p.Heard) -> None:
    guide, memory, seen = person["guide"], person["guide"].encode(heard.tokens), []

    def choose(probabilities: torch.Tensor, token: int) -> torch.Tensor:
        seen.append(probabilities)
        return (probabilities.argmax(dim=-1) + token) % guide.config.codes

    codes = guide.generate(memory, 3, 2, choose).flatten(1)
    whole = guide(torch.cat([guide.start(2), codes[:, :-1]], dim=1), memory).softmax(dim=-1)
    torch.testing.assert_close(torch.stack(seen, dim=1), whole, atol=CLOSE, rtol=0)


@torch.inference_mode()
def test_given_codes_are_kept_and_continued(person: dict[str, Any], heard: p.Heard) -> None:
    guide, memory = person["guide"], person["guide"].encode(heard.tokens)
    choose = nucleus_chooser(1e-9, [torch.Generator()] * 2)  # a nucleus of one code
    whole = guide.generate(memory, 3, 2, choose)
    assert torch.equal(guide.generate(memory, 3, 2, choose, given=whole[:, :2]), whole)
    assert torch.equal(guide.generate(memory, 2, 2, choose, given=whole[:, :2]), whole[:, :2])


def test_a_sample_depends_on_its_seed_alone(person: dict[str, Any], heard: p.Heard) -> None:
    both = p.draw_key_poses(person["guide"], person["codec"], heard, (7, 8), top_p=1.0)
    torch.testing.assert_close(
        both[1:], p.draw_key_poses(person["guide"], person["codec"], heard, (8,), top_p=1.0), atol=CLOSE, rtol=0
    )
    assert (both[0] - both[1]).abs().max() > 0.01


def test_guidance_of_one_asks_the_network_once(person: dict[str, Any], heard: p.Heard) -> None:
    start = noise(1, 256)
    model = person["face"]
    with torch.inference_mode():
        conditions = encode_conditions(model, heard.face)
    guided = sample(model, conditions, start, torch.ones(1), 5)
    torch.testing.assert_close(p.sample_face(model, heard, start, p.Settings(5, 1.0)), guided, atol=CLOSE, rtol=1e-5)


def test_sampling_stops_between_evaluations(person: dict[str, Any], heard: p.Heard) -> None:
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Stopped):
        p.sample_face(person["face"], heard, noise(1, 256), p.Settings(10, should_stop=stop))
    with pytest.raises(Stopped):
        p.draw_key_poses(person["guide"], person["codec"], heard, (1,), should_stop=stop)


def test_more_than_the_networks_hear_at_a_time_is_told(person: dict[str, Any], heard: p.Heard) -> None:
    long = p.Heard(torch.zeros(1, 700, 16), torch.zeros(1, 700, 16), 210)
    with pytest.raises(InputError, match=r"hear 6 s at a time; this is 7\.0 s"):
        p.sample_face(person["face"], long, noise(1, 256))


@pytest.mark.parametrize("steps", [0, 1, 3000, 999, 26])
def test_steps_that_cannot_be_spread_are_told(steps: int) -> None:
    if steps in valid_counts():
        assert len(respaced(steps)) == steps
        return
    with pytest.raises(InputError, match="the nearest that can is"):
        respaced(steps)

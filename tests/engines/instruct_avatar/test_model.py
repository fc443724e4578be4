"""The denoiser with random weights: gates, guidance inputs, length and batch independence."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from avatar_app.engines.instruct_avatar.config import ModelConfig
from avatar_app.engines.instruct_avatar.inputs import Inputs, cut_inputs
from avatar_app.engines.instruct_avatar.model import Denoiser, cue_times
from avatar_app.motion.talker import VECTOR
from avatar_app.speech.encoder import ARTICULATION

TINY = ModelConfig(width=32, blocks=2, heads=2, feed_forward=64, attention_span=6)


@pytest.fixture(scope="module")
def model() -> Denoiser:
    torch.manual_seed(0)
    return Denoiser(TINY).eval()


def inputs(frames: int, batch: int = 1, strength: float = 1.0) -> Inputs:
    generator = torch.Generator().manual_seed(1)
    return Inputs(
        speech=torch.rand(batch, frames, ARTICULATION, generator=generator),
        resting=torch.zeros(batch, 52),
        emotion=torch.rand(batch, frames, TINY.emotions, generator=generator) * strength,
        actions=torch.tensor([[3, 7]]).repeat(batch, 1),
        strengths=torch.tensor([[strength, -strength]]).repeat(batch, 1),
        spans=torch.tensor([[[0.2, 1.0], [0.5, 2.0]]]).repeat(batch, 1, 1),
        talker=torch.zeros(batch, VECTOR),
    )


def run(model: Denoiser, x: torch.Tensor, given: Inputs) -> torch.Tensor:
    with torch.inference_mode():
        return model(x, torch.full((len(x),), 500), given)


def opened(model: Denoiser) -> Denoiser:
    """The same network with its gates no longer zero, as after training."""
    torch.manual_seed(0)
    other = Denoiser(TINY).eval()
    other.load_state_dict(model.state_dict())
    for block in other.blocks:
        for layer in (block.emotion, block.motion.gate):
            torch.nn.init.normal_(layer.weight, std=0.2)
    return other


def test_untrained_text_branches_change_nothing(model: Denoiser) -> None:
    x = torch.randn(1, 40, 58)
    assert torch.equal(run(model, x, inputs(40)), run(model, x, inputs(40).without_text()))


def test_open_gates_let_both_branches_through_with_their_own_gain(model: Denoiser) -> None:
    net, x, given = opened(model), torch.randn(1, 40, 58), inputs(40)
    plain = run(net, x, given.without_text())
    emotion_only = run(net, x, replace(given, motion_gain=0.0))
    motion_only = run(net, x, replace(given, emotion_gain=0.0))
    assert not torch.allclose(emotion_only, plain) and not torch.allclose(motion_only, plain)
    assert not torch.allclose(run(net, x, given), emotion_only)


def test_a_cue_without_strength_is_no_cue(model: Denoiser) -> None:
    net, x = opened(model), torch.randn(1, 40, 58)
    silent = replace(inputs(40), emotion=torch.zeros(1, 40, TINY.emotions), strengths=torch.zeros(1, 2))
    none = replace(silent, actions=torch.zeros(1, 0, dtype=torch.long), strengths=torch.zeros(1, 0))
    assert torch.allclose(run(net, x, silent), run(net, x, replace(none, spans=torch.zeros(1, 0, 2))), atol=1e-6)


def test_a_cue_acts_in_its_time_and_not_long_before(model: Denoiser) -> None:
    frames, x = 300, torch.randn(1, 300, 58)
    late = replace(inputs(frames), spans=torch.tensor([[[10.0, 11.0], [10.0, 11.0]]]))
    net = opened(model)
    difference = (run(net, x, late) - run(net, x, replace(late, strengths=torch.zeros(1, 2)))).abs().amax(dim=(0, 2))
    assert difference[250:275].max() > 1e-3
    assert difference[:200].max() < 1e-6


def test_times_tell_before_inside_and_after() -> None:
    features, visible = cue_times(torch.tensor([[[1.0, 2.0]]]), 75)
    assert visible[0, :, 0].nonzero().flatten().tolist() == list(range(15, 70))
    assert features[0, 37, 0, 4] == 1 and features[0, 10, 0, 4] == 0


def test_batch_neighbours_do_not_matter(model: Denoiser) -> None:
    x = torch.randn(3, 30, 58)
    together = run(opened(model), x, inputs(30, batch=3))
    alone = run(opened(model), x[1:2], replace(inputs(30, batch=3), **_row(inputs(30, batch=3), 1)))
    assert torch.allclose(together[1:2], alone, atol=1e-5)


def _row(given: Inputs, k: int) -> dict[str, torch.Tensor]:
    names = ("speech", "resting", "emotion", "actions", "strengths", "spans", "talker")
    return {name: getattr(given, name)[k : k + 1] for name in names}


def test_an_untrained_talker_changes_nothing_and_a_trained_one_the_whole_motion(model: Denoiser) -> None:
    net, x, given = opened(model), torch.randn(1, 40, 58), inputs(40)
    other = replace(given, talker=torch.ones(1, VECTOR))
    assert torch.equal(run(net, x, given), run(net, x, other))
    for layer in (net.talker[2], *(block.modulate for block in net.blocks)):
        torch.nn.init.normal_(layer.weight, std=0.2)
    change = (run(net, x, other) - run(net, x, given)).abs().mean(dim=2)[0]
    assert change.min() > 1e-3  # in every frame


def test_gains_weigh_the_noisy_motion_against_the_rest_by_noise_and_talker(model: Denoiser) -> None:
    net, x, given = opened(model), torch.randn(1, 40, 58), inputs(40)
    plain = run(net, x, given)
    net.gains.bias.data[:58] = 0.5  # what passes
    assert torch.allclose(run(net, x, given), plain + 0.5 * x, atol=1e-4)
    net.gains.bias.data[:58], net.gains.bias.data[58:] = 0, -0.5
    assert torch.allclose(run(net, x, given), 0.5 * plain, atol=1e-4)
    torch.nn.init.normal_(net.gains.weight, std=0.1)
    torch.nn.init.normal_(net.talker[2].weight, std=0.1)
    assert not torch.allclose(run(net, x, given), run(net, x, replace(given, talker=torch.ones(1, VECTOR))), atol=1e-3)


def test_far_frames_do_not_see_each_other(model: Denoiser) -> None:
    x = torch.randn(1, 200, 58)
    other = x.clone()
    other[:, 150:] = 0
    difference = (run(model, x, inputs(200)) - run(model, other, inputs(200))).abs().amax(dim=(0, 2))
    assert difference[:100].max() == 0 and difference[150:].min() > 0


def test_training_and_inference_attention_agree(model: Denoiser) -> None:
    x, given = torch.randn(2, 50, 58), inputs(50, batch=2)
    fused = run(model, x, given)
    model.train()
    explicit = run(model, x, given)
    model.eval()
    assert torch.allclose(fused, explicit, atol=1e-4)


def test_windows_of_inputs_count_time_from_their_own_start() -> None:
    given = replace(inputs(300, batch=2), spans=torch.tensor([[[0.2, 1.0], [9.0, 10.0]]]).repeat(2, 1, 1))
    seen = cut_inputs(given, [(0, 200), (100, 300)])
    assert seen.speech.shape == (4, 200, ARTICULATION)
    assert torch.equal(seen.speech[2:], given.speech[:, 100:])
    assert torch.allclose(seen.spans[2, seen.actions[2] == 7], torch.tensor([[5.0, 6.0]]))


def test_cues_far_from_every_window_are_left_out() -> None:
    given = replace(inputs(300), spans=torch.tensor([[[0.2, 1.0], [11.0, 12.0]]]))
    assert cut_inputs(given, [(0, 100)]).actions.tolist() == [[3]]


def test_a_padded_cue_changes_nothing(model: Denoiser) -> None:
    net, x, given = opened(model), torch.randn(1, 40, 58), inputs(40)
    padded = replace(
        given,
        actions=torch.tensor([[3, 7, TINY.actions]]),
        strengths=torch.cat([given.strengths, torch.zeros(1, 1)], dim=1),
        spans=torch.cat([given.spans, torch.zeros(1, 1, 2)], dim=1),
    )
    assert torch.allclose(run(net, x, given), run(net, x, padded), atol=1e-5)

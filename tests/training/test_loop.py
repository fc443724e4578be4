"""The training loop: every part of the recipe is in effect, and a run that was stopped goes on as if it was not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import torch
from torch import nn

from avatar_app.training.loop import Batch, Loop, LoopConfig

CONFIG = LoopConfig(20, 0.05, warm_up=4, save_every=2)


def toy(folder: Path, config: LoopConfig = CONFIG) -> Loop:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    return Loop("toy", model, nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)), config, folder)


def batches(first: int = 0) -> Iterator[Batch]:
    for step in count(first):
        yield {"x": torch.randn(8, 3, generator=torch.Generator().manual_seed(step))}


def run(loop: Loop, last: int, scale: float = 1.0) -> None:
    """Learns the sum of the inputs."""

    def losses(batch: Batch) -> Batch:
        return {"error": scale * (loop.net(batch["x"])[:, 0] - batch["x"].sum(dim=1)).square().mean()}

    loop.run(last, batches(loop.step), losses)


def assert_same(a: Loop, b: Loop) -> None:
    for mine, theirs in ((a.model, b.model), (a.averaged, b.averaged)):
        torch.testing.assert_close(mine.state_dict(), theirs.state_dict(), rtol=0, atol=0)
    states = [loop.optimizer.state_dict()["state"] for loop in (a, b)]
    torch.testing.assert_close(states[0], states[1], rtol=0, atol=0)


def test_a_stopped_run_goes_on_bit_for_bit(tmp_path: Path) -> None:
    whole, half = toy(tmp_path / "whole"), toy(tmp_path / "half")
    for loop in (whole, half):
        loop.folder.mkdir()
    run(whole, 8)
    run(half, 4)
    resumed = toy(tmp_path / "half")
    for parameter in [*resumed.model.parameters(), *resumed.averaged.parameters()]:
        nn.init.constant_(parameter, 7.0)  # whatever is not loaded shows
    resumed.load()
    assert resumed.step == 4 and resumed.seconds == half.seconds > 0
    run(resumed, 8)
    assert_same(resumed, whole)


def test_the_state_is_saved_on_the_way(tmp_path: Path) -> None:
    loop = toy(tmp_path)

    def broken() -> Iterator[Batch]:
        yield from [batch for batch, _ in zip(batches(), range(5), strict=False)]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="gone"):
        loop.run(20, broken(), lambda batch: {"error": loop.net(batch["x"]).square().mean()})
    again = toy(tmp_path)
    again.load()
    assert again.step == 4


def test_the_average_follows_the_weights_slowly(tmp_path: Path) -> None:
    loop = toy(tmp_path, LoopConfig(200, 0.05, warm_up=4, ema=0.9, save_every=1000))
    expected = [parameter.detach().clone() for parameter in loop.model.parameters()]
    for step in range(30):
        run(loop, step + 1)
        keep = min(0.9, (1 + step) / (10 + step))
        expected = [keep * e + (1 - keep) * p.detach() for e, p in zip(expected, loop.model.parameters(), strict=True)]
    for mine, wanted, current in zip(loop.averaged.parameters(), expected, loop.model.parameters(), strict=True):
        torch.testing.assert_close(mine, wanted)
        assert not torch.equal(mine, current)


def test_the_rate_warms_up_falls_as_a_cosine_and_is_what_the_optimiser_uses(tmp_path: Path) -> None:
    config = LoopConfig(100, 1.0, warm_up=10)
    assert [config.rate(step) for step in (0, 50, 100, 150)] == pytest.approx([0.1, 0.51, 0.02, 0.02])
    assert config.rate(4) == pytest.approx(0.5, rel=0.01)
    loop = toy(tmp_path)
    for step in range(6):
        run(loop, step + 1)
        assert {group["lr"] for group in loop.optimizer.param_groups} == {CONFIG.rate(step)}


def test_gradients_are_clipped_and_do_not_pile_up(tmp_path: Path) -> None:
    loop = toy(tmp_path)
    run(loop, 1, scale=1e6)
    moments = [state["exp_avg"] for state in loop.optimizer.state_dict()["state"].values()]
    assert torch.cat([moment.flatten() for moment in moments]).norm() <= 0.1 * 1.001  # (1 - beta1) of a norm of 1
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in loop.model.parameters())


def test_weights_decay_and_biases_do_not(tmp_path: Path) -> None:
    loop = toy(tmp_path, LoopConfig(20, 0.1, warm_up=1, weight_decay=0.5))
    before = {name: value.clone() for name, value in loop.model.state_dict().items()}
    loop.run(1, batches(), lambda batch: {"nothing": 0 * loop.net(batch["x"]).sum()})
    after = loop.model.state_dict()
    torch.testing.assert_close(after["0.weight"], before["0.weight"] * (1 - 0.1 * 0.5))
    assert torch.equal(after["0.bias"], before["0.bias"])


def test_frozen_parameters_are_left_alone(tmp_path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    model[0].requires_grad_(False)
    loop = Loop("toy", model, nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1)), CONFIG, tmp_path)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    run(loop, 3)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"1.weight", "1.bias"}


def test_all_terms_are_minimised_together(tmp_path: Path) -> None:
    loop = toy(tmp_path)
    first, second = loop.model[0].bias, loop.model[1].bias
    before = [first.detach().clone(), second.detach().clone()]
    loop.run(2, batches(), lambda batch: {"a": first.square().sum(), "b": second.square().sum()})
    assert not torch.equal(first, before[0]) and not torch.equal(second, before[1])

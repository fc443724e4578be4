"""The one choice of a device, and what is said when a wish for one cannot be met."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from avatar_app.cli.app import app
from avatar_app.devices import WISH, autocast_dtype, devices_here, pick_device
from avatar_app.request import InputError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No wish; what torch says of the machine may be replaced."""
    monkeypatch.delenv(WISH, raising=False)
    return monkeypatch


def with_cards(machine: pytest.MonkeyPatch, cards: int, mps: bool = False) -> None:
    machine.setattr(torch.cuda, "is_available", lambda: cards > 0)
    machine.setattr(torch.cuda, "device_count", lambda: cards)
    machine.setattr(torch.backends.mps, "is_available", lambda: mps)
    machine.setattr(torch.version, "cuda", "13.0" if cards else None)


@pytest.mark.parametrize(("cards", "mps", "best"), [(2, False, "cuda"), (0, True, "mps"), (0, False, "cpu")])
def test_without_a_wish_the_fastest_is_taken(machine: pytest.MonkeyPatch, cards: int, mps: bool, best: str) -> None:
    with_cards(machine, cards, mps)
    assert pick_device() == torch.device(best)


@pytest.mark.parametrize("name", ["cpu", "CPU", " cpu ", "cpu:0", "cuda", "cuda:1", "mps", "mps:0"])
def test_a_wish_that_can_be_met_is_met(machine: pytest.MonkeyPatch, name: str) -> None:
    with_cards(machine, 2, mps=True)
    machine.setenv(WISH, name)
    assert pick_device() == torch.device(name.strip().lower())


def test_an_argument_goes_before_the_environment(machine: pytest.MonkeyPatch) -> None:
    machine.setenv(WISH, "banana")
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize("name", ["banana", "cuda", "cuda:7", "cuda:-1", "cuda:x", "mps", "cpu:3", "meta", "xla", ":0"])
def test_a_wish_that_cannot_be_met_names_what_there_is(machine: pytest.MonkeyPatch, name: str) -> None:
    with_cards(machine, 0)
    machine.setenv(WISH, name)
    with pytest.raises(InputError) as told:
        pick_device()
    sentence = str(told.value)
    assert sentence.startswith(f"AVATAR_DEVICE asks for {name!r}, but ")
    assert sentence.endswith("this machine has cpu: set it to one of them, or unset it.")
    assert ("built without CUDA" in sentence) == name.startswith("cuda")


@pytest.mark.parametrize("name", ["cuda:2", "cuda:7", "mps"])
def test_a_card_beyond_those_that_are_there_is_refused(machine: pytest.MonkeyPatch, name: str) -> None:
    with_cards(machine, 2)
    with pytest.raises(InputError, match=rf"no device '{name}' here: this machine has cpu, cuda, cuda:0, cuda:1: "):
        pick_device(name)


def test_this_machine_has_a_cpu_that_computes() -> None:
    assert devices_here()[0] == "cpu"
    assert autocast_dtype(torch.device("cpu")) in (None, torch.bfloat16)
    assert float(torch.ones(2, device=pick_device("cpu")).sum()) == 2.0


def test_the_command_line_says_it_in_one_line(machine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine.setenv(WISH, "cuda:99")
    output = tmp_path / "takes"
    command = ["generate", "--instruction", "happy", "--duration", "1", "--motion-only", "--output", str(output)]
    done = CliRunner().invoke(app, command)
    lines = done.stderr.splitlines()
    assert done.exit_code == 2, done.stderr
    assert len(lines) == 1 and "AVATAR_DEVICE asks for 'cuda:99', but " in lines[0], done.stderr
    assert not output.exists() or not any(output.iterdir())

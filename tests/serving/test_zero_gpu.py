"""ZeroGPU: what passes between processes is what came, for as long as a run is expected to take; elsewhere nothing."""

from __future__ import annotations

import pickle
import sys
import types
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from avatar_app.request import InputError, Request
from avatar_app.sample import Event
from avatar_app.serving import zero_gpu
from tests.ui.fakes import fake_generate

quick = partial(fake_generate, seconds_per_sample=0.05)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seconds that were asked for, of a `spaces` that pickles what passes, as the real one does."""
    seconds: list[int] = []

    def gpu(task: Callable[..., Any], duration: Callable[[Request], int]) -> Callable[[Request], Iterator[Any]]:
        assert callable(task)

        def lent(request: Request) -> Iterator[Any]:
            request = pickle.loads(pickle.dumps(request))  # noqa: S301 - our own
            seconds.append(duration(request))
            for item in task(request):
                yield pickle.loads(pickle.dumps(item))  # noqa: S301 - our own

        return lent

    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=gpu))  # type: ignore[arg-type]
    monkeypatch.setenv(zero_gpu.WHERE, "true")
    return seconds


def test_a_run_comes_through_with_its_news(asked: list[int], tmp_path: Path, voice: Path, portrait: Path) -> None:
    events: list[Event] = []
    request = Request(audio=str(voice), portrait=str(portrait), samples=2, size=128, output=tmp_path / "out")
    samples = list(zero_gpu.on_zero_gpu(quick)(request, on_event=events.append))
    assert [sample.index for sample in samples] == [1, 2] and all(sample.video.is_file() for sample in samples)
    assert events[-1].stage == "done" and events[-1].data["complete"]
    assert asked == [24], "3 s of two takes, and what loading takes"


def test_what_goes_wrong_is_told_and_what_is_to_stop_is_left(asked: list[int], tmp_path: Path, portrait: Path) -> None:
    refused = Request(instruction="refuse", portrait=str(portrait), duration=1.0, samples=1, output=tmp_path / "a")
    with pytest.raises(InputError, match="refused by the stand-in"):
        list(zero_gpu.on_zero_gpu(quick)(refused))
    stopped = Request(instruction="nod", portrait=str(portrait), duration=100.0, samples=9, output=tmp_path / "b")
    assert list(zero_gpu.on_zero_gpu(quick)(stopped, should_stop=lambda: True)) == []
    assert asked == [20, 300]


def test_elsewhere_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(zero_gpu.WHERE, raising=False)
    assert zero_gpu.on_zero_gpu(quick) is quick

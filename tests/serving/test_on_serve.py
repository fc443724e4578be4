"""Takes by Ray Serve: what comes is what the run told, several at once, and a run that is to stop is left."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.serving import many, on_serve, serve
from avatar_app.serving.serve import Service
from avatar_app.ui.jobs import Make
from tests.cli.test_app import run as run_app
from tests.ui import fakes

slow = functools.partial(fakes.fake_generate, seconds_per_sample=4.0)


@pytest.fixture(scope="module")
def make() -> Iterator[Make]:
    """The deployment, whose replicas work with the stand-in."""
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.serve")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setattr(on_serve, "generate", slow)
        patch.setattr(on_serve, "CORES", 1)
        for module in (on_serve, fakes):
            ray.cloudpickle.register_pickle_by_value(sys.modules[module.__name__])
        with on_serve.made_by_serve("local", 2) as made:
            yield made
        for module in (on_serve, fakes):
            ray.cloudpickle.unregister_pickle_by_value(sys.modules[module.__name__])


def request(portrait: Path, output: Path, **more: Any) -> Request:
    return Request(portrait=str(portrait), output=output, **{"instruction": "nod", "duration": 1.0, "size": 128} | more)


def test_a_run_comes_through_with_its_news_and_its_errors(make: Make, portrait: Path, tmp_path: Path) -> None:
    events: list[Event] = []
    samples = list(make(request(portrait, tmp_path / "a", samples=2), on_event=events.append))
    assert [sample.index for sample in samples] == [1, 2] and all(sample.video.is_file() for sample in samples)
    assert events[-1].stage == "done" and events[-1].data["complete"]
    with pytest.raises(InputError, match=r"^This instruction is refused by the stand-in\.$"):
        list(make(request(portrait, tmp_path / "b", instruction="refuse")))


def test_a_second_replica_comes_while_runs_wait_and_a_run_that_is_to_stop_is_left(
    make: Make, portrait: Path, tmp_path: Path
) -> None:
    stop, made = threading.Event(), list[list[Sample]]()

    def run(k: int) -> None:
        made.append(list(make(request(portrait, tmp_path / str(k), samples=10), should_stop=stop.is_set)))

    runs = [threading.Thread(target=run, args=(k,)) for k in range(2)]
    for one in runs:
        one.start()
    until = time.monotonic() + 120
    while not all((tmp_path / str(k) / "sample_1.mp4").exists() for k in range(2)) and time.monotonic() < until:
        time.sleep(0.2)
    both = all((tmp_path / str(k) / "sample_1.mp4").exists() for k in range(2))
    stop.set()
    for one in runs:
        one.join(60)
    assert both and len(made) == 2 and all(len(samples) < 10 for samples in made), "at the same time"


def test_the_page_is_given_what_serve_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    @contextlib.contextmanager
    def by_serve(address: str, most: int) -> Iterator[str]:
        asked.append((address, most))
        yield "made by serve"

    monkeypatch.setattr(on_serve, "made_by_serve", by_serve)
    with serve.maker(Service(handle="auto", at_once=5)) as make:
        assert make() == "made by serve" and asked == [("auto", 5)]
    with serve.maker(Service()) as make:
        assert make() is serve.generate


def test_ray_that_does_not_start_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(address: str | None, **settings: Any) -> None:
        raise Exception("The current node timed out during startup.")  # what Ray itself raises

    monkeypatch.setattr(on_serve, "_ray", lambda: (SimpleNamespace(init=init), None))
    for address, words in ((on_serve.LOCAL, r"did not start.*timed out"), ("auto", "No Ray cluster answers at 'auto'")):
        with pytest.raises(InputError, match=words), on_serve.made_by_serve(address, 1):
            pass


def test_a_signal_still_ends_the_page_in_order_while_ray_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def take(*_: Any, **__: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: None)  # Ray puts its own there

    nothing = lambda *_, **__: None  # noqa: E731
    ray = SimpleNamespace(init=take, shutdown=nothing, cluster_resources=dict)
    handle = SimpleNamespace(options=lambda **_: None)
    deployment = SimpleNamespace(bind=nothing)
    serving = SimpleNamespace(
        start=nothing, shutdown=nothing, deployment=lambda **_: lambda _: deployment, run=lambda *_, **__: handle
    )
    monkeypatch.setattr(on_serve, "_ray", lambda: (ray, serving))
    with serve.told_to_end() as end, on_serve.made_by_serve(on_serve.LOCAL, 1):
        os.kill(os.getpid(), signal.SIGTERM)
        assert end.wait(5)


def test_the_command_asks_for_it_and_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Service] = []
    monkeypatch.setattr(serve, "launch", asked.append)
    assert run_app("serve", "--serve-handle", "local", "--at-once", "3").exit_code == 0
    assert (asked[0].handle, asked[0].at_once) == ("local", 3)
    with pytest.raises(InputError, match="leave --replicas out"):
        many.launch(Service(handle="local"), 2)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InputError, match="Ray Serve is missing"), serve.maker(Service(handle="local")):
        pass

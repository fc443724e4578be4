"""Rows on a Ray cluster of this machine: each exactly once, though an actor is ended on the way."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from avatar_app.batch import on_ray
from avatar_app.batch.manifest import Row
from avatar_app.batch.work import Outcome, Place
from avatar_app.request import InputError
from tests.cli.test_app import run as run_app


class Recorder:
    """Takes a Maker's place in the actors: notes who made a row, and ends its own process where that is asked for."""

    def make(self, row: Row, place: Place) -> Outcome:
        time.sleep(0.1)
        once = place.output / f"died_{row.number}"
        if row.given.get("deadly") == "always" or (row.given.get("deadly") and not once.exists()):
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        with (place.output / "made.txt").open("a") as file:
            file.write(f"{row.number} {os.getpid()}\n")
        return Outcome(row.number, str(os.getpid()))


def test_every_row_comes_once_though_an_actor_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray")
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # actors do not find the tests
    monkeypatch.setattr(on_ray, "Maker", Recorder)
    monkeypatch.setattr(on_ray, "CORES", 1)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    deadly: dict[int, Any] = {3: "once", 6: "always"}
    rows = [Row(k, {"deadly": deadly.get(k, "")}) for k in range(1, 13)]
    outcomes = list(on_ray.Cluster("local", 2)(rows, Place(tmp_path, tmp_path)))
    assert not ray.is_initialized()
    assert sorted(one.number for one in outcomes) == list(range(1, 13))
    assert [one.number for one in outcomes if one.problem] == [6]
    made = [line.split() for line in (tmp_path / "made.txt").read_text().splitlines()]
    assert Counter(int(number) for number, _ in made) == Counter(k for k in range(1, 13) if k != 6)
    assert len({process for _, process in made}) >= 3, "two at a time, and one in the place of the one that was killed"


def test_without_ray_the_command_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "m.csv").write_text("instruction\nnod\n")
    done = run_app("batch", tmp_path / "m.csv", "--output", tmp_path / "out", "--ray", "local")
    assert done.exit_code == 2 and "requirements-scale.txt" in done.stderr
    with pytest.raises(InputError, match="Ray is missing"):
        next(on_ray.Cluster()(iter([]), Place(tmp_path, tmp_path)))

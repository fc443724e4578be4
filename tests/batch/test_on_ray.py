"""Rows on Ray clusters of this machine: each exactly once, whatever ends or joins on the way."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app.batch import on_ray
from avatar_app.batch.manifest import Row
from avatar_app.batch.place import DONE, Place
from avatar_app.batch.work import Outcome, read_mark
from avatar_app.paths import ROOT
from avatar_app.request import InputError
from tests.cli.test_app import run as run_app

ROWS = 12
MANY = 250  # enough for a machine to join, whose actor begins some seconds later
# A second driver, which is killed: it has to be a process of its own.
DRIVER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.batch import test_on_ray as here
here.replace_maker()
list(here.on_ray.Cluster(sys.argv[2], 2)(here.rows(), here.Place(Path(sys.argv[3]), Path(sys.argv[3]))))
"""


class Recorder(on_ray.Maker):
    """Notes who made a row, where, and ends its own process where that is asked for; keeps marks as the real one."""

    def make(self, row: Row) -> Outcome:
        time.sleep(0.2)
        output = Path(self.place.output)
        if read_mark(self.place, str(row.number)):
            return Outcome(row.number, str(row.number), known=True)
        once = output / f"died_{row.number}"
        if row.given.get("deadly") == "always" or (row.given.get("deadly") and not once.exists()):
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        node = importlib.import_module("ray").get_runtime_context().get_node_id()
        with (output / "made.txt").open("a") as file:
            file.write(f"{row.number} {os.getpid()} {node}\n")
        mark = f'{{"number": {row.number}, "key": "{row.number}", "takes": 1, "seconds": 0}}'
        self.place.write(f"{row.number}/{DONE}", mark.encode())
        return Outcome(row.number, str(row.number))


def replace_maker() -> None:
    """Actors do not find the tests: what they run is sent to them."""
    importlib.import_module("ray").cloudpickle.register_pickle_by_value(sys.modules[__name__])
    on_ray.Maker, on_ray.CORES = Recorder, 1  # type: ignore[misc]


def rows(deadly: dict[int, str] | None = None, count: int = ROWS) -> list[Row]:
    return [Row(k, {"deadly": (deadly or {}).get(k, "")}) for k in range(1, count + 1)]


def made(output: Path) -> list[list[str]]:
    """(row, process, node) of each row that was made, as often as it was."""
    path = output / "made.txt"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def on_this_machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    ray = pytest.importorskip("ray")
    pytest.importorskip("ray.data")
    for name in ("Maker", "CORES"):
        monkeypatch.setattr(on_ray, name, getattr(on_ray, name))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    replace_maker()
    return ray


@pytest.fixture
def cluster(on_this_machine: Any) -> Iterator[Any]:
    """With one processor, to which others can be added."""
    made = importlib.import_module("ray.cluster_utils").Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    yield made
    made.shutdown()


def test_every_row_comes_once_though_an_actor_is_killed(on_this_machine: Any, tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    outcomes = list(on_ray.Cluster("local", 2)(rows({3: "once", 6: "always"}), place))
    assert not on_this_machine.is_initialized()
    assert sorted(one.number for one in outcomes) == list(range(1, ROWS + 1))
    assert [one.number for one in outcomes if one.problem] == [6]
    assert Counter(int(number) for number, *_ in made(tmp_path)) == Counter(k for k in range(1, ROWS + 1) if k != 6)
    assert len({process for _, process, _ in made(tmp_path)}) >= 3, "two at a time, and one for the one that was killed"
    assert not (tmp_path / on_ray.TRIED).exists()


def test_a_machine_that_joins_gets_rows(cluster: Any, tmp_path: Path) -> None:
    outcomes: list[Outcome] = []
    for outcome in on_ray.Cluster(cluster.address)(rows(count=MANY), Place(tmp_path, tmp_path)):
        outcomes.append(outcome)
        if len(outcomes) == 2:
            cluster.add_node(num_cpus=1)
    assert sorted(one.number for one in outcomes) == list(range(1, MANY + 1))
    assert Counter(int(number) for number, *_ in made(tmp_path)) == Counter(range(1, MANY + 1))
    assert len({node for *_, node in made(tmp_path)}) == 2


def test_a_batch_whose_driver_is_killed_goes_on_where_it_was(cluster: Any, tmp_path: Path) -> None:
    line = [sys.executable, "-c", DRIVER, str(ROOT), cluster.address, str(tmp_path)]
    driver = subprocess.Popen(line)
    until = time.monotonic() + 300
    while len(made(tmp_path)) < 3 and driver.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    driver.kill()
    driver.wait()
    before = len(made(tmp_path))
    assert 3 <= before < ROWS
    outcomes = list(on_ray.Cluster(cluster.address)(rows(), Place(tmp_path, tmp_path)))
    assert sorted(one.number for one in outcomes) == list(range(1, ROWS + 1)) and not any(
        one.problem for one in outcomes
    )
    assert sum(one.known for one in outcomes) >= before
    assert Counter(int(number) for number, *_ in made(tmp_path)) == Counter(range(1, ROWS + 1))


def test_without_ray_the_command_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    (tmp_path / "m.csv").write_text("instruction\nnod\n")
    done = run_app("batch", tmp_path / "m.csv", "--output", tmp_path / "out", "--ray", "local")
    assert done.exit_code == 2 and "requirements-scale.txt" in done.stderr
    with pytest.raises(InputError, match="Ray is missing"):
        next(on_ray.Cluster()(iter([]), Place(tmp_path, tmp_path)))

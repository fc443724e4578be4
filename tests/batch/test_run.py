"""Manifests from the command to folders: once, whatever happens on the way."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from avatar_app.batch import local, run
from avatar_app.batch.manifest import Row
from avatar_app.batch.place import DONE, Place
from avatar_app.batch.work import Outcome
from avatar_app.motion.export.npz import load_motion
from avatar_app.request import InputError
from tests.cli.test_app import run as run_app


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_rows_are_made_once_and_failures_stop_nothing(tmp_path: Path) -> None:
    manifest, out = tmp_path / "m.csv", tmp_path / "out"
    manifest.write_text(
        "instruction,duration,samples,motion_only,audio\nnod,0.5,1,yes,\nsmile,0.5,2,yes,\n,,,,gone.wav\nnod,0.5,1,yes,\n"
    )
    done = run_app("batch", manifest, "--output", out)
    assert done.exit_code == 1 and "2 made, 1 there before, 1 failed" in done.stdout
    results, (failure,) = table(out / "results.csv"), table(out / "failures.csv")
    assert [(row["row"], row["takes"], row["known"]) for row in results] == [
        ("1", "1", "0"), ("2", "2", "0"), ("4", "1", "1"),
    ]  # fmt: skip
    assert failure["row"] == "3" and "gone.wav" in failure["problem"]
    made = out / results[1]["key"]
    assert {path.name for path in made.glob("*.npz")} == {"sample_1.motion.npz", "sample_2.motion.npz"}
    before = (made / "sample_1.motion.npz").stat().st_mtime_ns
    (out / results[0]["key"] / DONE).unlink()  # as if it had been broken off
    again = run_app("batch", manifest, "--output", out)
    assert "1 made, 2 there before, 1 failed" in again.stdout
    assert (made / "sample_1.motion.npz").stat().st_mtime_ns == before


def test_a_manifest_that_is_none_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("audio,mood\n")
    done = run_app("batch", tmp_path / "m.csv", "--output", tmp_path / "out")
    assert done.exit_code == 2 and "'mood' is no column" in done.stderr


def test_what_was_made_is_told_though_the_run_is_broken_off(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("instruction\nnod\nsmile\n")

    def breaks(rows: Iterable[Row], place: Place) -> Iterator[Outcome]:
        yield Outcome(1, "key", 1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(tmp_path / "m.csv", tmp_path / "out", breaks)
    assert [row["key"] for row in table(tmp_path / "out" / "results.csv")] == ["key"]


def quick_or_deadly(row: Row, place: Place) -> Outcome:
    """Stands in for a row's work in other processes."""
    if row.given.get("deadly"):
        os._exit(1)
    return Outcome(row.number, str(os.getpid()))


def test_a_worker_that_dies_costs_its_own_row_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "do_row", quick_or_deadly)
    monkeypatch.setattr(local, "_prepare", int)
    rows = [Row(k, {"deadly": True} if k in (3, 9) else {}) for k in range(1, 13)]
    seen: list[int] = []

    def counted() -> Iterator[Row]:
        for row in rows:
            seen.append(row.number)
            yield row

    outcomes: list[Outcome] = []
    for outcome in local.run_in_processes(counted(), Place(tmp_path, tmp_path), 2):
        outcomes.append(outcome)
        assert len(seen) <= len(outcomes) + 2 * local.AHEAD  # held at once
    assert sorted(one.number for one in outcomes) == list(range(1, 13))
    assert [one.number for one in sorted(outcomes, key=lambda one: one.number) if one.problem] == [3, 9]


def test_rows_of_many_processes_equal_those_of_one(tmp_path: Path) -> None:
    manifest: Any = tmp_path / "m.jsonl"
    manifest.write_text(
        "".join(
            f'{{"instruction": "{word}", "duration": 0.5, "samples": 1, "motion_only": true}}\n'
            for word in ("nod", "smile")
        )
    )
    for workers in (1, 2):
        assert run.run(manifest, tmp_path / str(workers), run.local(workers)).made == 2
    keys = {row["key"] for row in table(tmp_path / "1" / "results.csv")}
    assert keys == {row["key"] for row in table(tmp_path / "2" / "results.csv")}
    for key in keys:
        one, other = (tmp_path / str(workers) / key / "sample_1.motion.npz" for workers in (1, 2))
        np.testing.assert_allclose(load_motion(one).values(), load_motion(other).values(), atol=1e-5)


def test_an_output_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("instruction\nnod\n")
    with pytest.raises(InputError):
        run.run(tmp_path / "m.csv", tmp_path / "m.csv", run.local(1))


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_results_go_to_any_place_that_fsspec_knows(kind: str, tmp_path: Path) -> None:
    manifest, place = tmp_path / "m.csv", f"{kind}://{tmp_path / 'out'}"
    manifest.write_text("instruction,duration,samples,motion_only,audio\nnod,0.5,1,yes,\n,,,,gone.wav\n")
    for words in ("1 made, 0 there before, 1 failed", "0 made, 1 there before, 1 failed"):
        done = run_app("batch", manifest, "--output", place)
        assert done.exit_code == 1 and words in done.stdout
    files, root = fsspec.url_to_fs(place)
    (made,) = csv.DictReader(io.StringIO(files.cat_file(f"{root}/results.csv").decode()))
    (failed,) = csv.DictReader(io.StringIO(files.cat_file(f"{root}/failures.csv").decode()))
    assert made["row"] == "1" and failed["row"] == "2"
    names = {path.rsplit("/", 1)[-1] for path in files.ls(f"{root}/{made['key']}", detail=False)}
    assert names == {"row.json", "result.json", "sample_1.motion.npz"}
    assert {path.rsplit("/", 1)[-1] for path in files.ls(root, detail=False)} == {
        "results.csv", "failures.csv", made["key"],
    }  # fmt: skip


def test_places_that_cannot_be_written_to_are_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("instruction\nnod\n")
    for more, words in ((("--output", "nowhere://x"), "Nothing here writes to nowhere://"),
                        (("--output", "memory://x", "--workers", "2"), "of one process alone")):  # fmt: skip
        done = run_app("batch", tmp_path / "m.csv", *more)
        assert done.exit_code == 2 and words in done.stderr

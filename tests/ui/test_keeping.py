"""What is kept of a run while it goes on."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from avatar_app.request import Request
from avatar_app.ui.jobs import Make
from avatar_app.ui.keeping import THUMBNAIL_SIDE, Keeper
from avatar_app.ui.store import Store
from tests.ui.fakes import fake_generate

ME = "me" * 10
quick = functools.partial(fake_generate, seconds_per_sample=0.02)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    store = Store(tmp_path / "runs")
    folder = store.begin(ME)
    assert folder is not None
    return Keeper(store, folder)


def wish(keeper: Keeper, voice: Path, portrait: Path, **more: Any) -> Request:
    given = {"audio": str(voice), "portrait": str(portrait), "instruction": "smile", "samples": 2, "seed": 5}
    return Request(output=keeper.output, size=128, **given | more)


def made(keeper: Keeper, request: Request, make: Make = quick, enough: int = 10) -> None:
    """Runs it, listening to so many takes only."""
    keeper.begin(request)
    samples: Iterator[Any] = keeper.follow(make)(request)
    for index, _ in enumerate(samples, 1):
        if index == enough:
            break
    samples.close()  # type: ignore[attr-defined]
    keeper.close()


def test_inputs_settings_and_takes_are_kept(keeper: Keeper, voice: Path, portrait: Path) -> None:
    made(keeper, wish(keeper, voice, portrait))
    kept = keeper.kept()
    assert kept is not None and kept.record.ended == "done" and kept.record.seconds > 0
    record = kept.record
    assert (record.voice, record.portrait, record.engine) == ("voice", "astronaut", "InstructAvatar")
    assert record.settings["instruction"] == "smile" and record.settings["seed"] == 5
    assert [(take.index, take.seed, take.video) for take in kept.takes] == [
        (1, 5, "sample_1.mp4"),
        (2, 6, "sample_2.mp4"),
    ]
    assert record.plan[0]["what"] == "smile" and record.understood == ("all the time: smile",)
    inputs = keeper.folder / "inputs"
    assert (inputs / record.inputs["audio"]).read_bytes() == voice.read_bytes()
    assert (inputs / record.inputs["portrait"]).read_bytes() == portrait.read_bytes()
    assert Image.open(inputs / record.inputs["thumbnail"]).size == (THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    assert str(voice.parent) not in (keeper.folder / "record.json").read_text()


def test_takes_outlive_their_listener_and_a_failure(keeper: Keeper, voice: Path, portrait: Path) -> None:
    made(keeper, wish(keeper, voice, portrait, samples=3), enough=1)
    kept = keeper.kept()
    assert kept is not None and len(kept.takes) == 1 and kept.file("sample_1.mp4").is_file()


def test_a_failure_is_noted(keeper: Keeper, voice: Path, portrait: Path) -> None:
    def breaks(request: Request, **more: Any) -> Iterator[Any]:
        yield next(quick(request, **more))
        raise RuntimeError("in the second take")

    with pytest.raises(RuntimeError):
        made(keeper, wish(keeper, voice, portrait), breaks)
    kept = keeper.kept()
    assert kept is not None and kept.record.ended == "failed" and len(kept.takes) == 1


def test_nothing_is_kept_of_a_run_without_takes(keeper: Keeper, voice: Path, portrait: Path) -> None:
    request = wish(keeper, voice, portrait, instruction="break")
    with pytest.raises(RuntimeError):
        made(keeper, request)
    keeper.close()
    assert not keeper.folder.exists()


def test_a_run_that_is_deleted_meanwhile_stays_deleted(
    keeper: Keeper, voice: Path, portrait: Path, tmp_path: Path
) -> None:
    request = wish(keeper, voice, portrait)
    keeper.begin(request)
    for sample in keeper.follow(quick)(request):
        if sample.index == 1:
            Store(tmp_path / "runs").delete_all(ME)
    keeper.close()
    assert keeper.kept() is None and not keeper.folder.exists()


def test_a_picture_that_gives_no_thumbnail_stops_nothing(keeper: Keeper, voice: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    keeper.begin(wish(keeper, voice, tmp_path / "broken.png"))
    kept = keeper.kept()
    assert kept is not None and "thumbnail" not in kept.record.inputs

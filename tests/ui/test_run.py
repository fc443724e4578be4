"""What a run sends to the page, take by take and at its end, without a browser."""

from __future__ import annotations

import asyncio
import functools
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from avatar_app.request import Request
from avatar_app.sample import Sample
from avatar_app.ui import action_bar, page
from avatar_app.ui.forms import to_request
from avatar_app.ui.jobs import Job, Make
from avatar_app.ui.keeping import Keeper
from avatar_app.ui.run import MOUNTING, OFF, Results, Run, Updates
from avatar_app.ui.store import Store
from tests.ui.fakes import FORM, fake_generate


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def results() -> Results:
    with gr.Blocks():
        return page._results(action_bar.make(), gr.Number(), gr.Code())


def run(results: Results, make: Make, look: Callable[[Updates], None] = lambda updates: None, **more: Any) -> Updates:
    """All updates of a run laid over each other, as the page ends up. look: is shown each while its files exist."""
    values = {**FORM, "voiceless": True, "size": 128, **more}
    shown: Updates = {}

    async def collect() -> None:
        keeper = Keeper(Store(Path(tempfile.gettempdir())), Path(tempfile.gettempdir()) / ("0" * 32))

        def read(folder: Path) -> Request:
            request = to_request(values, folder)
            keeper.begin(request)
            return request

        with Job(keeper.follow(make), read, threading.Event(), output=keeper.output) as job:
            async for updates in Run(results, job, keeper).updates():
                look(updates)
                shown.update(updates)

    asyncio.run(collect())
    return shown


def only(ending: str) -> Make:
    """Makes takes that have one kind of file and nothing else."""

    def make(request: Request, on_event: Any, should_stop: Any) -> Iterator[Sample]:
        folder = Path(str(request.output))
        folder.mkdir()
        for index, seed in enumerate(request.seeds, 1):
            file = folder / f"sample_{index}{ending}"
            file.write_bytes(b"x")
            video, motion = (file, None) if ending == ".mp4" else (None, file)
            yield Sample(index, seed, None, motion, video, {})

    return make


@pytest.mark.parametrize(("ending", "video", "motion"), [(".mp4", True, False), (".motion.npz", False, True)])
def test_only_files_that_there_are_can_be_saved(results: Results, ending: str, video: bool, motion: bool) -> None:
    shown = run(results, only(ending))
    for index, slot in enumerate(results.slots[:2], 1):
        value = shown[slot]["value"]
        assert ("<video" in value) == video and (f'<a class="save" id="save-video-{index}"' in value) == video
        assert (f'<a class="save" id="save-motion-{index}"' in value) == motion
    assert "Done: 2 takes" in shown[results.status]


def test_takes_stand_in_their_slots_with_their_seeds(results: Results) -> None:
    shown = run(results, functools.partial(fake_generate, seconds_per_sample=0.05), seed=9)
    for index, slot in enumerate(results.slots[:2], 1):
        value = shown[slot]["value"]
        assert f'/sample_{index}.mp4"' in value and f"/sample_{index}.motion.npz?save" in value
        assert f"Take {index}</b> · seed {8 + index}" in value and f"p_smile_take{index}_seed{8 + index}" in value
    assert shown[results.seed] == 9
    assert OFF in shown[results.slots[2]]["elem_classes"]


@pytest.mark.parametrize(
    ("seconds", "takes", "again"), [(2 * MOUNTING, 2, {1, 2}), (0.6 * MOUNTING, 3, {2, 3})], ids=["all", "unfinished"]
)
def test_takes_that_are_waited_for_are_told_again_once_their_slots_are_there(
    results: Results, seconds: float, takes: int, again: set[int]
) -> None:
    told: list[set[int]] = []

    def look(updates: Updates) -> None:
        slots = {k: updates[slot]["value"] for k, slot in enumerate(results.slots, 1) if slot in updates}
        told.append({k for k, value in slots.items() if "waiting" in value})

    run(results, functools.partial(fake_generate, seconds_per_sample=seconds), look, samples=takes)
    assert [slots for slots in told if slots] == [set(range(1, takes + 1)), again]


def test_every_shown_file_exists_while_it_is_sent(results: Results) -> None:
    def look(updates: Updates) -> None:
        values = [update["value"] for update in updates.values() if isinstance(update, dict) and update.get("value")]
        for name in re.findall(r'src="kept/[^"]*/takes/([^"]+)"', " ".join(map(str, values))):
            assert (Path(tempfile.gettempdir()) / ("0" * 32) / "takes" / name).is_file()

    run(results, functools.partial(fake_generate, seconds_per_sample=0.05), look)


@pytest.mark.parametrize(("change", "words"), [({"samples": 99}, "samples must be from 1 to 10"),
                                               ({"instruction": "refuse"}, "refused by the stand-in"),
                                               ({"instruction": "break"}, "RuntimeError")])  # fmt: skip
def test_a_run_that_fails_shows_no_takes_of_the_run_before(
    results: Results, change: dict[str, Any], words: str
) -> None:
    shown = run(results, fake_generate, **change)
    assert words in shown[results.status] and "failed" in shown[results.status]
    assert all(OFF in shown[slot]["elem_classes"] and shown[slot]["value"] == "" for slot in results.slots)
    assert shown[results.together] == "" and shown[results.empty]["visible"]
    assert shown[results.generate]["interactive"] is True and shown[results.stop]["interactive"] is False

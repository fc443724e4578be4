"""What a run sends to the page, take by take and at its end, without a browser."""

from __future__ import annotations

import asyncio
import functools
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
from avatar_app.ui.run import OFF, Results, Run, Updates
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
        with Job(make, functools.partial(to_request, values), threading.Event()) as job:
            async for updates in Run(results, job).updates():
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
    for slot in results.slots[:2]:
        assert (shown[slot.video]["value"] is not None) == video
        assert shown[slot.save_video]["interactive"] == video and shown[slot.save_motion]["interactive"] == motion
        assert (shown[slot.save_motion]["value"] is not None) == motion
    assert "Done: 2 takes" in shown[results.status]


def test_takes_stand_in_their_slots_with_their_seeds(results: Results) -> None:
    shown = run(results, functools.partial(fake_generate, seconds_per_sample=0.05), seed=9)
    for index, slot in enumerate(results.slots[:2], 1):
        assert Path(shown[slot.video]["value"]).name == f"sample_{index}.mp4"
        assert Path(shown[slot.save_motion]["value"]).name == f"sample_{index}.motion.npz"
        assert f"Take {index}** · seed {8 + index}" in shown[slot.caption]
    assert shown[results.seed] == 9
    assert OFF in shown[results.slots[2].box]["elem_classes"]


def test_every_shown_file_exists_while_it_is_sent(results: Results) -> None:
    def look(updates: Updates) -> None:
        for component, update in updates.items():
            shown = isinstance(update, dict) and type(component) is not gr.Button  # whose value is its caption
            path = update.get("value") if shown else None
            assert not isinstance(path, str) or Path(path).is_file()

    run(results, functools.partial(fake_generate, seconds_per_sample=0.05), look)


def test_a_refused_form_leaves_what_is_shown(results: Results) -> None:
    shown = run(results, fake_generate, samples=99)
    assert "samples must be from 1 to 10" in shown[results.status] and "failed" in shown[results.status]
    assert not any(slot.video in shown or slot.box in shown for slot in results.slots)
    assert shown[results.generate]["interactive"] is True and shown[results.stop]["interactive"] is False


def test_a_zip_that_cannot_be_written_is_told(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("avatar_app.ui.handlers.zipfile.ZipFile", full)
    shown = run(results, only(".mp4"))
    assert "Cannot write" in shown[results.status] and shown[results.save_all]["interactive"] is False
    assert shown[results.slots[0].video]["value"]

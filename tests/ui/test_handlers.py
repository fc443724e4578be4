"""Forms, streams, stop flags and zips, without a browser."""

from __future__ import annotations

import functools
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui import handlers, page
from tests.ui.fakes import fake_generate

FORM: dict[str, Any] = {
    "audio": "a.wav",
    "portrait": "p.png",
    "instruction": "smile",
    "samples": 2.0,
    "seed": 3,
    "voiceless": False,
    "duration": 6,
    "steps": 12,
    "audio_scale": 1.0,
    "text_scale": 1.3,
    "motion_strength": 1.0,
    "size": 512.0,
    "face": 1,
}


def test_form_becomes_a_request() -> None:
    request = handlers.to_request(FORM, Path("out"))
    assert (request.audio, request.samples, request.size, request.duration) == ("a.wav", 2, 512, None)
    assert request.text_scale == 1.3 and request.output == Path("out")


def test_ticking_no_voice_ignores_the_recording() -> None:
    request = handlers.to_request({**FORM, "voiceless": True}, Path("out"))
    assert request.audio is None and request.duration == 6.0


@pytest.mark.parametrize("change", [{"audio": None}, {"portrait": None}, {"samples": 1.5}, {"seed": -1}])
def test_incomplete_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        handlers.to_request({**FORM, **change}, Path("out"))


def test_stop_reaches_only_its_own_session() -> None:
    sessions = handlers.Sessions()
    mine, yours = sessions.begin("mine"), sessions.begin("yours")
    assert sessions.stop("mine") and not sessions.stop("nobody's")
    assert mine.is_set() and not yours.is_set()
    sessions.end("mine", mine)
    assert not sessions.is_running("mine") and sessions.is_running("yours")


def test_a_second_run_of_a_session_ends_the_first() -> None:
    sessions = handlers.Sessions()
    first, second = sessions.begin("me"), sessions.begin("me")
    sessions.end("me", first)
    assert first.is_set() and not second.is_set() and sessions.is_running("me")


def request_for(voice: Path, portrait: Path, folder: Path, **more: Any) -> Request:
    return Request(audio=voice, portrait=portrait, samples=2, size=128, output=folder / "takes", **more)


def test_stream_ends_with_how_it_went(voice: Path, portrait: Path, tmp_path: Path) -> None:
    request = request_for(voice, portrait, tmp_path)
    make = functools.partial(fake_generate, seconds_per_sample=0.1)
    items = list(handlers.stream(make, request, threading.Event()))
    assert [item.index for item in items if isinstance(item, Sample)] == [1, 2]
    assert items[-1] == handlers.Finished()
    broken = request_for(voice, portrait, tmp_path / "b", instruction="refuse")
    (end,) = [i for i in handlers.stream(make, broken, threading.Event()) if isinstance(i, handlers.Finished)]
    assert isinstance(end.error, InputError)


def test_closing_the_page_ends_the_work(voice: Path, portrait: Path, tmp_path: Path) -> None:
    make = functools.partial(fake_generate, seconds_per_sample=5.0)
    stop = threading.Event()
    running = handlers.stream(make, request_for(voice, portrait, tmp_path), stop)
    next(running)
    began = time.monotonic()
    running.close()
    assert stop.is_set() and time.monotonic() - began < 2
    assert not [thread for thread in threading.enumerate() if thread.name == "takes"]


def test_status_is_not_held_back_by_a_flood_of_events(tmp_path: Path) -> None:
    def flood(request: Request, on_event: Any, should_stop: Any) -> Iterator[Sample]:
        for step in range(300):
            on_event(Event("render", step / 300, "drawing"))
            time.sleep(0.005)
        yield from ()

    items = list(handlers.stream(flood, Request(), threading.Event()))
    assert 3 <= sum(isinstance(item, Event) for item in items) <= 30


def test_words_of_the_user_are_not_markup() -> None:
    words = handlers.understood_words(["<script>x</script> [a](b) *c*"], [])
    assert "<script>" not in words and "\\[a\\]" in words and "\\*c\\*" in words
    assert "<img" not in handlers.status_bar("<img src=x>", 0.5)


def test_portrait_is_judged_as_soon_as_it_is_there(portrait: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (300, 300)).save(tmp_path / "black.png")
    assert handlers.portrait_words(str(portrait), 1.0).startswith("✓ Face found")
    assert "No face was found" in handlers.portrait_words(str(tmp_path / "black.png"), 1.0)
    assert "only one face" in handlers.portrait_words(str(portrait), 4.0)
    assert handlers.portrait_words(None, 1.0) == ""


def test_zip_holds_every_result(tmp_path: Path) -> None:
    for name in ("sample_1.mp4", "result.json", ".sample_2.part"):
        (tmp_path / name).write_bytes(b"x")
    assert zipfile.ZipFile(handlers.pack(tmp_path)).namelist() == ["result.json", "sample_1.mp4"]


def test_examples_are_found_and_may_be_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "ASSETS", tmp_path)
    assert page.find_examples() == []
    for folder, name in (("voices", "v.wav"), ("portraits", "p.png"), ("portraits", "q.jpg"), ("portraits", "L.md")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_bytes(b"x")
    rows = page.find_examples()
    assert [Path(row[1]).name for row in rows] == ["p.png", "q.jpg"]
    assert all(Path(row[0]).name == "v.wav" and row[2] for row in rows)

"""The page in a real browser: recording, uploading, waiting, playing, saving, stopping."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app import ffmpeg
from avatar_app.render.video.writer import probe
from avatar_app.serving.replicas import free_port
from avatar_app.ui.page import build_page
from tests.ui.conftest import PHONE, serve
from tests.ui.fakes import fake_generate

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS, RUN_SECONDS = 120, 300  # patience on a machine shared with other work


def record(page: Any, seconds: float) -> None:
    """Records with the fake microphone, and waits until the recording has reached the server."""
    page.locator("#audio").get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(1000 * seconds)
    page.locator("#audio button.stop-button").click()
    page.locator("#audio button.play-pause-button").wait_for()


def upload(page: Any, voice: Path) -> None:
    page.locator("#audio").get_by_role("button", name="Upload file").click()
    page.locator("#audio input[type=file]").set_input_files(str(voice))


def fill_in(page: Any, portrait: Path, takes: int, instruction: str = "happy, nods gently") -> None:
    page.locator("#portrait input[type=file]").first.set_input_files(str(portrait))
    page.locator("#instruction textarea").fill(instruction)
    box = page.locator("#samples input[type=number]")
    box.fill(str(takes))
    box.press("Enter")


def press_generate(page: Any) -> None:
    page.wait_for_function("!document.querySelector('#generate').disabled")
    page.locator("#generate").click()


def wait_for_verdict(page: Any, seconds: float = 60) -> str:
    page.wait_for_selector(".status.done, .status.failed", timeout=1000 * seconds)
    words: str = page.locator(".status .words span").first.inner_text()
    return words


def shown_takes(page: Any) -> list[dict[str, float]]:
    """readyState and duration of the video in every take that is shown."""
    takes: list[dict[str, float]] = page.evaluate(
        """[...document.querySelectorAll('#takes > .take:not(.off)')].map((take) => {
            const video = take.querySelector('video');
            return {ready: video ? video.readyState : -1, seconds: video ? video.duration : 0};
        })"""
    )
    return takes


def wait_until_playable(page: Any, takes: int) -> list[dict[str, float]]:
    page.wait_for_function(
        """(takes) => {
            const videos = [...document.querySelectorAll('#takes > .take:not(.off) video')];
            return videos.length === takes && videos.every((video) => video.readyState >= 2);
        }""",
        arg=takes,
        timeout=90_000,  # a shared machine may take half a minute to show the page
    )
    return shown_takes(page)


def plays(page: Any, selector: str) -> bool:
    """Whether the video's time moves on and pictures were decoded after play()."""
    page.evaluate("(selector) => { const v = document.querySelector(selector); v.muted = true; v.play(); }", selector)
    page.wait_for_timeout(700)
    return bool(
        page.evaluate(
            """(selector) => {
                const video = document.querySelector(selector);
                return video.currentTime > 0.2 && video.getVideoPlaybackQuality().totalVideoFrames > 3;
            }""",
            selector,
        )
    )


def save(page: Any, selector: str, folder: Path) -> Path:
    with page.expect_download() as waiting:
        page.locator(selector).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


@pytest.fixture(scope="module")
def real_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`python app.py`, as a user starts it."""
    port = free_port()
    log = (tmp_path_factory.mktemp("server") / "log.txt").open("w+")
    server = subprocess.Popen(
        [sys.executable, "app.py", "--port", str(port)],
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(10 * START_SECONDS):
            if server.poll() is not None:
                break
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        log.seek(0)
        assert server.poll() is None, log.read()
        yield url
    finally:
        server.terminate()
        server.wait(20)
        log.close()


@pytest.fixture
def go_on(held: tuple[str, threading.Event]) -> threading.Event:
    """What takes after the first wait for at held[0]."""
    held[1].clear()
    return held[1]


@pytest.fixture(scope="module")
def held() -> Iterator[tuple[str, threading.Event]]:
    """The page whose stand-in makes one take and then waits: others are still to come, however fast the machine is."""
    go_on = threading.Event()
    page = build_page(functools.partial(fake_generate, seconds_per_sample=0.2, go_on=go_on))
    yield serve(page), go_on
    page.close()


def press_stop(page: Any, takes: int) -> int:
    """Stops a run of so many takes; returns how many of them are finished."""
    page.wait_for_function("!document.querySelector('#stop').disabled")
    page.locator("#stop").dispatch_event("click")  # at once: a click waits for a page at rest, and films play on it
    began = time.monotonic()
    words = wait_for_verdict(page, 60)
    assert time.monotonic() - began < 15
    match = re.fullmatch(rf"Stopped: (\d) of {takes} takes finished", words)
    assert match is not None and int(match[1]) < takes, words
    page.locator("#generate:not([disabled])").wait_for()
    assert page.locator("#stop").is_disabled()
    return int(match[1])


def test_voice_and_portrait_become_two_talking_takes_and_a_run_is_stopped(
    real_url: str, visit: Callable[..., Any], portrait: Path, tmp_path: Path
) -> None:
    page = visit(real_url)
    assert page.locator("#generate").is_disabled()
    record(page, 2.5)
    fill_in(page, portrait, takes=2)
    page.locator("#preset").get_by_text("Fast", exact=True).click()
    page.locator("#consent input").check()  # the portrait is none of the bundled files
    press_generate(page)
    assert wait_for_verdict(page, RUN_SECONDS) == "Done: 2 takes"
    takes = wait_until_playable(page, 2)
    assert plays(page, "#video-1 video") and plays(page, "#video-2 video")
    page.get_by_text("Side by side, as one video").click()
    page.wait_for_function("document.querySelector('#side-by-side video').readyState >= 3")  # it is made then
    assert plays(page, "#side-by-side video")
    assert "nod" in page.locator("#understood").inner_text()
    saved = save(page, "#save-video-2", tmp_path)
    facts = probe(saved)
    assert facts["codec"] == "h264" and facts["audio_codec"] == "aac" and facts["faststart"]
    assert (facts["width"], facts["height"]) == (384, 384)
    assert abs(facts["video_seconds"] - takes[1]["seconds"]) < 0.1
    assert 1.5 < facts["video_seconds"] < 5.0  # the recording; the browser may start it late
    assert {stream.kind for stream in ffmpeg.streams(saved)[0]} == {"video", "audio"}
    assert save(page, "#save-video-1", tmp_path).read_bytes() != saved.read_bytes()
    assert re.fullmatch(r"astronaut_happy-nod_take2_seed\d+\.mp4", saved.name)
    names = zipfile.ZipFile(save(page, "#save-all", tmp_path)).namelist()
    assert {saved.name, "astronaut_happy-nod_side-by-side.mp4", "result.json"} <= set(names) and len(names) == 6
    fill_in(page, portrait, takes=8)
    press_generate(page)
    page.locator(".status.busy").wait_for()
    press_stop(page, 8)


def test_stop_keeps_finished_takes(
    held: tuple[str, threading.Event], go_on: threading.Event, visit: Callable[..., Any], portrait: Path, voice: Path
) -> None:
    page = visit(held[0])
    upload(page, voice)
    fill_in(page, portrait, takes=8)
    press_generate(page)
    page.wait_for_function("[...document.querySelectorAll('#takes video')].some((video) => video.src)")
    assert press_stop(page, 8) == 1 and not go_on.is_set()
    assert len(wait_until_playable(page, 1)) == 1


def test_first_take_is_watchable_while_the_others_are_made(
    held: tuple[str, threading.Event], go_on: threading.Event, visit: Callable[..., Any], portrait: Path
) -> None:
    page = visit(held[0])
    record(page, 1)
    fill_in(page, portrait, takes=3)
    press_generate(page)
    page.wait_for_function("document.querySelector('#video-1 video')?.readyState >= 2")
    assert page.locator(".status.busy").count() == 1
    assert plays(page, "#video-1 video")
    page.evaluate("document.querySelector('#video-1 video').dataset.seen = 'yes'")
    go_on.set()
    assert wait_for_verdict(page) == "Done: 3 takes"
    wait_until_playable(page, 3)
    # The last update sends everything again; a take that is being watched must not start anew.
    assert page.evaluate("document.querySelector('#video-1 video').dataset.seen") == "yes"


def test_a_run_fills_the_plan_and_an_edited_one_is_acted(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, voice: Path, tmp_path: Path
) -> None:
    page = visit(stand_in_url)
    upload(page, voice)
    fill_in(page, portrait, takes=1)
    page.get_by_role("button", name="Plan of the instruction").click()
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"
    editor = page.locator("#plan .cm-content")
    page.wait_for_function("document.querySelector('#plan .cm-content').innerText.includes('smile')")
    edited = '[{"start": 0, "end": 1, "what": "nod"}]'
    editor.fill(edited)
    page.locator("#act-plan input:checked").wait_for()  # by the edit
    press_generate(page)
    page.wait_for_selector(".status.busy")
    assert wait_for_verdict(page) == "Done: 1 take"
    results = zipfile.ZipFile(save(page, "#save-all", tmp_path))
    assert json.loads(results.read("result.json"))["request"]["plan"] == edited
    assert "nod" in editor.inner_text() and "smile" not in editor.inner_text()


def test_a_text_is_read_aloud_and_acted(stand_in_url: str, visit: Callable[..., Any], portrait: Path) -> None:
    pytest.importorskip("hibari")
    page = visit(stand_in_url)
    page.get_by_role("button", name="No recording?").click()
    page.locator("#read-text textarea").fill("Good morning, how are you?")
    page.get_by_role("button", name="Read aloud").click()
    page.locator("#voice-hint").get_by_text("of sound").wait_for()
    fill_in(page, portrait, takes=1)
    press_generate(page)
    page.wait_for_selector(".status:not(.busy) .words:has-text('Done: 1 take')")


def test_no_take_is_lost_in_a_slow_browser(stand_in_url: str, visit: Callable[..., Any], portrait: Path) -> None:
    page = visit(stand_in_url)
    record(page, 1)
    fill_in(page, portrait, takes=2)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 2 takes"
    wait_until_playable(page, 2)


def test_words_alone_need_the_box_to_be_ticked_and_failures_are_told_and_the_page_goes_on(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path
) -> None:
    page = visit(stand_in_url)
    fill_in(page, portrait, takes=1)
    page.wait_for_function("document.querySelector('#portrait-hint').innerText.includes('Face found')")
    assert page.locator("#generate").is_disabled()
    page.get_by_role("button", name="Advanced").click()
    page.locator("#voiceless input").check()
    sentences = {
        "refuse": "This instruction is refused",
        "break": "Something went wrong (RuntimeError)",
        "smile": "Done",
    }
    for instruction, sentence in sentences.items():
        page.locator("#instruction textarea").fill(instruction)
        press_generate(page)
        page.wait_for_selector(f".status .words:has-text('{sentence}')")
        takes = 1 if sentence == "Done" else 0
        page.wait_for_function(f"document.querySelectorAll('#takes > .take:not(.off)').length == {takes}")


def test_page_fits_a_phone_records_unprocessed_sound_and_asks_no_other_host_for_anything(
    stand_in_url: str, visit: Callable[..., Any]
) -> None:
    page = visit(stand_in_url, viewport=PHONE)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.reload()
    page.wait_for_selector("#generate")
    page.wait_for_timeout(1000)
    foreign = [url for url in seen if not url.startswith((stand_in_url, "data:", "blob:"))]
    assert seen and not foreign
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes = json.loads(
        page.evaluate("JSON.stringify([...document.querySelectorAll('#generate, #stop')].map(b => b.offsetHeight))")
    )
    assert min(sizes) >= 32
    settings = page.evaluate(
        """async () => {
            const stream = await navigator.mediaDevices.getUserMedia({audio: true});
            return stream.getAudioTracks()[0].getSettings();
        }"""
    )
    assert settings["autoGainControl"] is False and settings["noiseSuppression"] is False

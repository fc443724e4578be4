"""Takes outlive a reload, the server and a failed run, and go when they are told to."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar_app.engines.registry import EngineStore
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.paths import data_folder
from avatar_app.render.portrait import remembered
from avatar_app.speech import phone_recogniser
from avatar_app.ui import faces
from avatar_app.ui.page import build_page
from tests.ui.conftest import serve
from tests.ui.fakes import fake_generate
from tests.ui.test_page_in_browser import fill_in, press_generate, save, wait_until_playable

pytestmark = pytest.mark.browser


def act(page: Any, portrait: Path, instruction: str, verdict: str, takes: int = 1) -> None:
    """A run without a voice, up to its verdict."""
    if not page.locator("#voiceless input").is_visible():
        page.get_by_role("button", name="Advanced").click()
    page.locator("#voiceless input").check()
    fill_in(page, portrait, takes, instruction)
    press_generate(page)
    page.wait_for_selector(f".status:not(.busy) .words:has-text('{verdict}')")


def test_takes_outlive_a_reload_and_a_failed_run_and_are_deleted_on_request(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgotten: list[str] = []
    monkeypatch.setattr(EngineStore, "forget_people", lambda store: forgotten.append("people"))
    monkeypatch.setattr(phone_recogniser, "forget", lambda: forgotten.append("voices"))
    page = visit(stand_in_url)
    act(page, portrait, "first words", "Done: 2 takes", takes=2)
    sources = "[...document.querySelectorAll('#takes video')].map((video) => video.src)"
    before = page.evaluate(sources)
    page.reload()
    wait_until_playable(page, 2)
    assert page.evaluate(sources) == before
    assert save(page, "#save-video-1", tmp_path).name.startswith("astronaut_smile_take1_seed")

    act(page, portrait, "please refuse", "This instruction is refused")
    page.wait_for_function("!document.querySelector('#takes > .take:not(.off)')")
    card = page.locator("#older details.run")
    assert card.count() == 1 and "first words" in card.inner_text()

    act(page, portrait, "second words", "Done: 1 take")
    assert card.count() == 1 and page.locator("#takes > .take:not(.off)").count() == 1
    card.locator("> summary").click()
    assert card.locator("video").count() == 2 and card.locator("video").first.is_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete this run").click()
    card.wait_for(state="detached")
    assert page.request.get(before[0]).status == 404
    assert page.locator("#takes > .take:not(.off)").count() == 1

    uploaded = page.locator("#portrait img").first.get_attribute("src")
    assert page.request.get(uploaded).status == 200
    face = load_portrait(portrait, size=128)
    known, marks = remembered.renderer_of(face), faces.find(str(portrait))
    page.get_by_role("button", name="Delete my files").click()
    page.locator("#takes > .take:not(.off)").wait_for(state="detached")
    page.locator("#portrait img").wait_for(state="detached")
    assert page.request.get(uploaded).status != 200, "the copy in Gradio's cache is gone, too"
    assert remembered.renderer_of(face) is not known, "nor is a face kept in memory"
    assert faces.find(str(portrait)) is not marks and sorted(forgotten) == ["people", "voices"]
    page.reload()
    page.wait_for_selector("#generate")
    page.wait_for_timeout(500)
    assert page.locator("#takes > .take:not(.off)").count() == 0 and page.locator("#older details").count() == 0


def test_finished_takes_of_a_run_that_was_left_outlive_it_and_its_server(
    visit: Callable[..., Any], portrait: Path
) -> None:
    first = build_page(functools.partial(fake_generate, seconds_per_sample=1.5))
    page = visit(serve(first))
    page.get_by_role("button", name="Advanced").click()
    page.locator("#voiceless input").check()
    fill_in(page, portrait, 5)
    press_generate(page)
    page.wait_for_function("document.querySelector('#video-1 video')?.readyState >= 2")
    secret = page.evaluate("localStorage.getItem('avatar_app.visitor')")
    page.close()
    first.close()
    second = build_page(fake_generate)
    url = serve(second)
    assert secret and secret not in str(list(data_folder().rglob("*")))
    again = visit(url)
    again.evaluate("(secret) => localStorage.setItem('avatar_app.visitor', secret)", secret)
    again.reload()
    again.wait_for_function("document.querySelector('#video-1 video')?.readyState >= 2")
    assert again.locator("#takes > .take:not(.off)").count() < 5
    second.close()


def test_nobody_sees_the_runs_of_others(stand_in_url: str, visit: Callable[..., Any], portrait: Path) -> None:
    mine = visit(stand_in_url)
    act(mine, portrait, "mine", "Done: 1 take")
    yours = visit(stand_in_url)
    yours.wait_for_timeout(1000)
    assert yours.locator("#takes > .take:not(.off)").count() == 0 and yours.locator("#older details").count() == 0


DROP = """([text, name]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name, {type: "application/json"}));
  for (const kind of ["dragover", "drop"])
    document.querySelector("#title").dispatchEvent(
      new DragEvent(kind, {dataTransfer: files, bubbles: true, cancelable: true}));
}"""


def test_a_take_is_saved_as_a_table_and_what_is_dropped_brings_its_settings_back(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, tmp_path: Path
) -> None:
    page = visit(stand_in_url, viewport={"width": 1440, "height": 900})
    act(page, portrait, "some words", "Done: 1 take")
    menu = page.locator("#takes details.menu").first
    menu.locator("summary").click()
    below = "(menu) => menu.querySelector('div').getBoundingClientRect().bottom"
    assert menu.evaluate(below) <= page.locator("#bar").bounding_box()["y"]
    with page.expect_download() as saved:
        menu.get_by_text("Live Link Face (CSV)").click()
    saved.value.save_as(tmp_path / "table.csv")
    name = saved.value.suggested_filename
    assert name.startswith("astronaut_smile_take1_seed") and name.endswith("_live-link_ai-generated.csv")
    assert (tmp_path / "table.csv").read_text().startswith("Timecode,BlendShapeCount")
    page.get_by_role("button", name="Plan of the instruction").click()
    request = {"instruction": "nods twice", "samples": 4, "seed": 77, "size": 384, "engine": "instruct_avatar"}
    request["plan"] = [{"start": 1.0, "end": 2.0, "what": "smile"}]
    page.evaluate(DROP, [json.dumps({"request": request}), "result.json"])
    page.wait_for_function("document.querySelector('#instruction textarea').value === 'nods twice'")
    assert page.locator("#samples input[type=number]").input_value() == "4"
    page.wait_for_timeout(700)  # until the words were read: their plan is the one that came with them
    assert page.locator("#act-plan input").is_checked() and "smile" in page.locator("#plan .cm-content").inner_text()
    page.evaluate(DROP, [json.dumps({"nothing": 1}), "result.json"])
    page.get_by_text("holds no settings").wait_for()


# What the page's script asks of the server.
SPY = """() => {
  window.told = [];
  const send = window.avatarApp.send;
  window.avatarApp.send = (data) => { window.told.push(data); send(data); };
}"""
# As if an update had been lost: what a slot shows is none of the run's as soon as that has ended.
LOSE = """() => {
  new MutationObserver((_, watch) => {
    if (!document.querySelector("#status [data-ended]")) return;
    const body = document.querySelector("#takes .take-body[data-run]");
    if (!body) return;
    watch.disconnect();
    delete body.dataset.run;
  }).observe(document, {childList: true, subtree: true});
}"""


def test_what_the_page_lost_of_a_run_that_has_ended_is_asked_for_again(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path
) -> None:
    page = visit(stand_in_url)
    page.evaluate(SPY)
    page.evaluate(LOSE)
    act(page, portrait, "first words", "Done: 2 takes", takes=2)
    page.wait_for_function("window.told.length > 0")
    run = page.locator("#status [data-ended]").get_attribute("data-ended")
    assert page.evaluate("window.told[0]") == {"act": "again", "run": run} and run
    wait_until_playable(page, 2)
    page.reload()
    wait_until_playable(page, 2)
    page.evaluate(SPY)
    act(page, portrait, "other words", "Done: 1 take", takes=1)
    page.wait_for_timeout(1500)
    assert page.evaluate("window.told") == [], "nothing was lost"

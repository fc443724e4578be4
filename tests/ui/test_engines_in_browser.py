"""The page's "Motion model" part in a real browser: what is shown for an engine, and what of it reaches the request."""

from __future__ import annotations

import contextlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import DESK, PHONE
from tests.ui.test_page_in_browser import fill_in, press_generate, save, upload, wait_for_verdict

pytestmark = pytest.mark.browser


GREYED = """([sliders, greyed]) => sliders.every((name) =>
  document.querySelector(`#${name} input[type=range]`).disabled === greyed.includes(name))"""


def choose_engine(page: Any, title: str) -> None:
    page.locator("#engine input").click()
    page.get_by_role("option", name=title).first.click()


def set_number(page: Any, selector: str, value: str) -> None:
    box = page.locator(f"{selector} input[type=number]")
    box.fill(value)
    box.press("Enter")


def asked_for(page: Any, folder: Path) -> dict[str, Any]:
    """The request of the run that is shown, as the stand-in tells it in result.json."""
    with zipfile.ZipFile(save(page, "#save-all", folder)) as archive:
        request: dict[str, Any] = json.loads(archive.read("result.json"))["request"]
    return request


def test_an_engine_shows_its_options_and_its_reason_and_hides_those_of_others(
    duo_url: str, visit: Callable[..., Any]
) -> None:
    """On a phone: a desk has room for more."""
    page = visit(duo_url, viewport=PHONE)
    page.locator("#engine-part button").first.click()
    page.locator("#option-instruct_avatar-text_scale").wait_for()
    assert not page.locator("#weights").is_visible() and not page.locator("#partner").is_visible()
    choose_engine(page, "Duo")
    for name in ("steps", "warmth", "head_motion", "mood", "score", "curve"):
        page.locator(f"#option-duo-{name}").wait_for()
    page.locator("#partner").wait_for()
    hidden = ("#option-instruct_avatar-text_scale", "#option-diffposetalk-guidance", "#option-duo-depth")
    assert not any(page.locator(selector).is_visible() for selector in hidden)
    page.locator("#weights label:has-text('published')").click()
    page.locator("#option-duo-depth").wait_for()
    page.locator("#about-engine:has-text('published weights are *not* here')").wait_for()
    page.locator("#acting button").first.click()
    sliders = ("motion-strength", "blinks", "eye-contact")
    for engine, greyed in (("Language-guided", {*sliders}), ("DAWN", {"eye-contact"}), ("InstructAvatar", set())):
        choose_engine(page, engine)
        reason = page.locator("#ignored")
        reason.get_by_text(f"{engine} cannot change").wait_for(state="visible" if greyed else "detached")
        page.wait_for_function(GREYED, arg=[[*sliders], [*greyed]])
    page.locator("#option-instruct_avatar-text_scale").wait_for()
    page.locator("#options-duo").wait_for(state="hidden")
    assert "not here" not in page.locator("#about-engine").inner_text()
    choose_engine(page, "Duo")
    page.locator("#weights label.selected:has-text('Embedded')").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(DESK)
    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]


def give_file(page: Any, control: str, path: Path) -> None:
    """Again where the page, busy with what was moved before, lost the first one.

    What is there is known by its row: the list writes a name and its ending apart, and only the short upload before
    it writes them together.
    """
    from playwright.sync_api import TimeoutError as Late

    shown = page.locator(f"{control} [aria-label='{path.name}']")
    for _ in range(3):
        page.locator(f"{control} input[type=file]").first.set_input_files(str(path))
        with contextlib.suppress(Late):
            shown.wait_for(timeout=10_000)
            return
    shown.wait_for()


def test_what_was_moved_reaches_the_engine_and_nothing_else(
    duo_url: str, visit: Callable[..., Any], voice: Path, portrait: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("c d e")
    page = visit(duo_url)
    upload(page, voice)
    fill_in(page, portrait, takes=1)
    page.locator("#engine-part button").first.click()
    set_number(page, "#option-instruct_avatar-steps", "40")
    choose_engine(page, "Duo")
    page.locator("#needed:has-text('Still needed: a second voice.')").wait_for()
    assert page.locator("#generate").is_disabled()
    page.locator("#partner").get_by_role("button", name="Upload file").click()
    page.locator("#partner input[type=file]").set_input_files(str(voice))
    page.locator("#option-duo-warmth").wait_for()
    set_number(page, "#option-duo-warmth", "0.25")
    page.locator("#option-duo-head_motion input").uncheck()
    page.locator("#option-duo-mood").get_by_text("Bold", exact=True).click()
    page.locator("#option-duo-curve").locator("input, textarea").first.fill("1,2.5")
    give_file(page, "#option-duo-score", tmp_path / "notes.txt")
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"
    asked = asked_for(page, tmp_path)
    given = {name[7:]: value for name, value in asked.items() if name.startswith("option ")}
    assert Path(given.pop("score")).name == "notes.txt"
    assert given == {"warmth": 0.25, "head_motion": False, "mood": "bold", "curve": "1,2.5"}
    assert (asked["engine"], asked["partner"]) == ("duo", "voice.wav")
    page.locator("#weights label:has-text('published')").click()
    page.locator("#about-engine:has-text('not* here')").wait_for()
    press_generate(page)
    page.locator(".status.failed:has-text('published weights are *not* here')").wait_for()


def test_every_field_of_the_form_reaches_the_request_and_a_style_brings_up_the_options_of_its_engine(
    duo_url: str, visit: Callable[..., Any], voice: Path, portrait: Path, tmp_path: Path
) -> None:
    page = visit(duo_url)
    upload(page, voice)
    fill_in(page, portrait, takes=2, instruction="sad")
    for selector in ("#engine-part", "#picture", "#speaking", "#advanced", "#acting"):
        page.locator(f"{selector} button").first.click()
    page.locator("#new-seed input").uncheck()
    set_number(page, "#seed", "77")
    set_number(page, "#motion-strength", "0.3")
    set_number(page, "#blinks", "0.5")
    set_number(page, "#eye-contact", "0.8")
    page.locator("#preset").get_by_text("Best", exact=True).click()
    page.wait_for_function("document.querySelector('#size input[type=number]').value === '768'")
    set_number(page, "#size", "144")
    page.locator("#preset label.selected").wait_for(state="detached")  # it is somebody's own now
    set_number(page, "#face", "1")
    page.locator("#framing").get_by_text("Face", exact=True).click()
    page.locator("#head").get_by_text("3-D head", exact=True).click()
    page.locator("#background").get_by_text("Picture", exact=True).click()
    page.locator("#background-picture input[type=file]").set_input_files(str(portrait))
    page.locator("#background-picture img").wait_for()
    page.locator("#style-name input").click()
    page.get_by_role("option", name="Calm").click()
    page.locator("#option-diffposetalk-style_scale").wait_for()
    page.locator("#options-instruct_avatar").wait_for(state="hidden")
    assert "DiffPoseTalk" in page.locator("#about-engine").inner_text()
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 2 takes"
    asked = asked_for(page, tmp_path)
    wanted = {"audio": "voice.wav", "portrait": portrait.name, "instruction": "sad", "samples": 2, "seed": 77}
    wanted |= {"blinks": 0.5, "eye_contact": 0.8, "option steps": 20}
    wanted |= {"motion_strength": 0.3, "size": 144, "face": 1, "framing": "face", "head": "textured"}
    wanted |= {"style": "calm", "background": portrait.name, "engine": "diffposetalk", "weights": "embedded"}
    assert {name: asked[name] for name in wanted} == wanted
    assert "seed 78" in page.locator("#caption-2").inner_text()

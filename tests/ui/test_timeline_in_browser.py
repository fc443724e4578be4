"""The timeline in a real browser: chips while typing, moved by hand and keyboard, acted by the run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import PHONE
from tests.ui.test_page_in_browser import fill_in, press_generate, save, upload, wait_for_verdict

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1440, "height": 900}
WORDS = "happy, nods gently, then juggles three balls"


def plan_on_page(page: Any) -> list[dict[str, Any]]:
    """What the advanced view says."""
    steps: list[dict[str, Any]] = json.loads(page.locator("#plan .cm-content").inner_text())
    return steps


# Chips stand right beneath the waveform, as wide as the sound is long, with Generate in view.
BENEATH = """() => {
  const [wave, track, button] = ["#audio .waveform-container", "#timeline .track", "#generate"]
    .map((place) => document.querySelector(place)?.getBoundingClientRect());
  return Boolean(wave && track) && Math.abs(wave.left - track.left) <= 2 && Math.abs(wave.right - track.right) <= 2
    && track.top >= wave.bottom && track.top - wave.bottom < 40
    && wave.top >= 0 && track.bottom <= button.top && button.bottom <= innerHeight;
}"""


def test_chips_stand_beneath_the_waveform_on_a_laptop_and_a_phone(
    stand_in_url: str, visit: Callable[..., Any], voice: Path
) -> None:
    page = visit(stand_in_url, viewport=LAPTOP)
    upload(page, voice)
    page.locator("#instruction textarea").fill(WORDS)
    page.locator("#timeline .chip").first.wait_for()
    for viewport in (PHONE, LAPTOP):
        page.set_viewport_size(viewport)
        page.locator("#timeline").evaluate("(part) => part.scrollIntoView({block: 'center'})")
        page.wait_for_function(BENEATH)
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


# Who writes sees both the words and what is understood of them.
SEEN = """() => {
  const [words, track, bar] = ["#instruction textarea", "#timeline .track", "#bar"]
    .map((place) => document.querySelector(place)?.getBoundingClientRect());
  return Boolean(track) && words.top >= 0 && track.top > words.bottom && track.bottom <= bar.top;
}"""


# Nobody writes while it is put there: a late answer to the words before would bring the chips into view.
ABOVE_THE_BAR = """() => {
  document.activeElement.blur();
  const [words, bar] = ["#instruction textarea", "#bar"]
    .map((place) => document.querySelector(place).getBoundingClientRect());
  scrollBy({top: words.bottom + 20 - bar.top, behavior: "instant"});
}"""


def test_chips_are_in_view_while_words_are_written(stand_in_url: str, visit: Callable[..., Any], voice: Path) -> None:
    page = visit(stand_in_url)
    upload(page, voice)
    for viewport, words in ((LAPTOP, "happy, "), (PHONE, "nods, ")):
        page.set_viewport_size(viewport)
        page.evaluate(ABOVE_THE_BAR)
        assert not page.evaluate(SEEN)
        page.locator("#instruction textarea").press_sequentially(words, delay=10)
        page.wait_for_function(SEEN)


def test_words_become_chips_that_are_moved_and_acted_and_new_words_begin_anew(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, voice: Path, tmp_path: Path
) -> None:
    page = visit(stand_in_url, viewport=LAPTOP)
    upload(page, voice)
    fill_in(page, portrait, takes=1, instruction=WORDS)
    chip = page.locator("#timeline .chip[aria-label^='nod, ']")
    chip.wait_for()
    page.locator("#instruction .echo u:has-text('juggles three balls')").wait_for()
    page.get_by_role("button", name="Plan of the instruction").click()
    page.locator("#plan .cm-content").wait_for()
    before = next(step for step in plan_on_page(page) if step["what"] == "nod")
    chip.press("ArrowRight")
    chip.press("+")
    page.wait_for_function("document.querySelector('#act-plan input').checked")
    page.wait_for_function(
        "(old) => !document.querySelector('#plan .cm-content').innerText.includes(`\"start\": ${old},`)",
        arg=before["start"],
    )
    box = chip.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 60, box["y"] + 10, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "(old) => JSON.parse(document.querySelector('#plan .cm-content').innerText)"
        ".find((step) => step.what === 'nod').end > old",
        arg=before["end"] + 0.2,
    )
    moved = next(step for step in plan_on_page(page) if step["what"] == "nod")
    assert moved["strength"] == pytest.approx(before["strength"] + 0.1) and moved["start"] > before["start"]
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"
    asked = json.loads(zipfile.ZipFile(save(page, "#save-all", tmp_path)).read("result.json"))["request"]["plan"]
    assert next(step for step in json.loads(asked) if step["what"] == "nod") == moved
    page.locator("#instruction textarea").fill("sad")
    page.locator("#timeline .chip[aria-label^='sad, ']").wait_for()
    assert page.locator("#timeline .chip").count() == 1 and not page.locator("#act-plan input").is_checked()


def test_what_may_have_been_meant_takes_the_place_of_what_was_not_understood_on_a_phone(
    stand_in_url: str, visit: Callable[..., Any]
) -> None:
    page = visit(stand_in_url, viewport=PHONE)
    page.locator("#instruction textarea").fill(WORDS)
    meant = page.locator("#doubts .doubt button").first
    meant.wait_for()
    assert meant.bounding_box()["height"] >= 40
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    words = meant.inner_text()
    meant.click()
    page.wait_for_function(
        "(words) => document.querySelector('#instruction textarea').value.endsWith(words)", arg=words
    )
    page.wait_for_function("!document.querySelector('#doubts .doubt')")
    page.locator("#timeline .chip").first.press("Delete")
    page.wait_for_function("document.querySelector('#timeline').innerText.includes('Changed by hand')")

"""The voice's field in a real browser: films give their sound, and the microphone's level is seen while it records."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.test_page_in_browser import fill_in, press_generate, upload, wait_for_verdict
from tests.ui.test_voice_sources import film

__all__ = ["film"]
pytestmark = pytest.mark.browser

DROP = """([[name, content], place]) => {
  const files = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  files.items.add(new File([bytes], name, {type: "video/quicktime"}));
  const drop = new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true});
  document.querySelector(place).dispatchEvent(drop);
}"""
LEVEL = "document.querySelector('.mic-level [role=meter]')?.ariaValueNow"


def test_a_film_is_chosen_or_dropped_as_the_voice_and_the_level_shows_while_recording(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, film: Path
) -> None:
    page = visit(stand_in_url)
    upload(page, film)
    hint = page.locator("#voice-hint")
    hint.get_by_text("of sound").wait_for()
    fill_in(page, portrait, takes=1)
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"

    page.locator("#audio button[aria-label=Clear]").click()
    hint.get_by_text("of sound").wait_for(state="detached")
    page.evaluate(DROP, [[film.name, base64.b64encode(film.read_bytes()).decode()], "#audio"])
    hint.get_by_text("of sound").wait_for()

    page.locator("#audio button[aria-label=Clear]").click()
    page.locator("#audio").get_by_role("button", name="Record audio").click()
    page.locator("#audio").get_by_role("button", name="Record", exact=True).click()
    page.locator(".mic-level[data-kind]").wait_for()
    assert -60 <= float(page.evaluate(LEVEL)) <= 0 and page.locator(".mic-level span").inner_text()
    page.locator("#audio button.stop-button").click()
    page.locator("#audio button.play-pause-button").wait_for()
    page.locator(".mic-level").wait_for(state="detached")

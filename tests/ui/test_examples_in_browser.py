"""Where one begins: a result that plays, faces, voices to hear, and one click that starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.ui.conftest import PHONE
from tests.ui.test_page_in_browser import wait_for_verdict

pytestmark = pytest.mark.browser


def test_a_result_plays_and_one_click_on_a_face_starts_a_run(stand_in_url: str, visit: Callable[..., Any]) -> None:
    page = visit(stand_in_url, viewport=PHONE)
    page.locator("#empty video").scroll_into_view_if_needed()  # browsers hold films that nobody sees
    page.wait_for_function("document.querySelector('#empty video').currentTime > 0.1")
    page.wait_for_function("[...document.querySelectorAll('#examples img')].length >= 5")
    page.locator("#examples .hear").first.click()
    page.wait_for_selector("#examples .hear:has-text('Stop')")
    assert page.locator("#examples .hear").first.bounding_box()["height"] >= 40
    page.locator("#examples .begin").nth(1).click()
    assert page.locator("#examples .hear:has-text('Stop')").count() == 0
    assert wait_for_verdict(page, 120) == "Done: 3 takes"
    assert page.locator("#instruction textarea").input_value() == "calm and serious, stays still"
    assert page.evaluate("document.querySelector('#examples img').naturalWidth") > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

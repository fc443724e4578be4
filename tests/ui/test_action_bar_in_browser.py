"""The action bar in a real browser: in view on a laptop and a phone, at once seen to react, with a queue to leave."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from avatar_app.ui.page import build_page
from tests.ui.conftest import PHONE, serve
from tests.ui.fakes import fake_generate
from tests.ui.test_page_in_browser import fill_in, press_generate, upload, wait_for_verdict

pytestmark = pytest.mark.browser

LAPTOP = {"width": 1440, "height": 900}
IN_VIEW = """(selector) => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return Boolean(box) && box.width > 0 && box.height > 0 && box.top >= 0 && box.bottom <= innerHeight + 1
        && box.left >= 0 && box.right <= innerWidth + 1;
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The page with takes that are not finished before they are stopped."""
    page = build_page(functools.partial(fake_generate, seconds_per_sample=60.0))
    yield serve(page)
    page.close()


def in_view(page: Any, selector: str) -> bool:
    return bool(page.evaluate(IN_VIEW, selector))


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_what_is_needed_what_happens_and_how_it_will_look_are_in_view_without_scrolling(
    url: str, visit: Callable[..., Any], portrait: Path, voice: Path, viewport: dict[str, int]
) -> None:
    page = visit(url, viewport=viewport)
    assert "Still needed: a voice and a portrait" in page.locator("#needed").inner_text()
    assert in_view(page, "#needed") and in_view(page, "#generate") and in_view(page, "#stop")
    upload(page, voice)
    fill_in(page, portrait, takes=2)
    page.wait_for_function("!document.querySelector('#generate').disabled")
    page.wait_for_function("document.querySelector('#needed').innerText.includes('here')")
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert in_view(page, "#needed") and in_view(page, "#generate")
    page.evaluate("scrollTo(0, 0)")
    reacted = page.evaluate(
        """() => {
            document.querySelector('#generate').click();
            const starting = document.querySelector('#starting').getBoundingClientRect();
            return starting.height > 0 && starting.bottom <= innerHeight;
        }"""
    )
    assert reacted, "the very click shows that something happens, before the server has answered"
    page.locator("#thumb img").wait_for()
    assert in_view(page, "#thumb img") and in_view(page, "#status .words") and in_view(page, "#stop")
    page.wait_for_function(
        "[...document.querySelectorAll('#take-2 .waiting')]"
        ".some((one) => getComputedStyle(one).backgroundImage.startsWith('url(\"data:image'))"
    )
    assert page.locator("#starting").is_hidden()
    page.wait_for_function("document.querySelector('#take-1').getBoundingClientRect().top < innerHeight")  # it scrolls
    page.locator("#stop").click()
    assert wait_for_verdict(page).startswith(("Stopped", "Done"))
    assert page.locator("#announce").inner_text().startswith(("Stopped", "Done"))


def test_who_waits_sees_their_place_and_leaves_the_queue_at_once(
    url: str, visit: Callable[..., Any], portrait: Path, voice: Path
) -> None:
    first, second = visit(url), visit(url)
    for page in (first, second):
        upload(page, voice)
        fill_in(page, portrait, takes=8)
    press_generate(first)
    first.locator("#thumb img").wait_for()
    press_generate(second)
    second.wait_for_selector("#status .words:has-text('Waiting: 1 run before yours')")
    second.locator("#stop:has-text('Cancel')").click()
    assert wait_for_verdict(second) == "Stopped: nothing was begun"
    second.locator("#generate:not([disabled])").wait_for()
    assert first.locator("#status .status.busy").count() == 1, "the run of somebody else goes on"
    first.locator("#stop:has-text('Stop')").click()
    assert wait_for_verdict(first).startswith("Stopped")


def test_a_finished_run_teaches_how_long_the_next_one_takes(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, voice: Path
) -> None:
    page = visit(stand_in_url)
    upload(page, voice)
    fill_in(page, portrait, takes=1)
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"
    page.wait_for_function("document.querySelector('#needed').innerText.startsWith('About ')")
    assert " here for 1 take of 3 s" in page.locator("#needed").inner_text()

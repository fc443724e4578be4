"""The gallery in a browser, from the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.batch.test_gallery import site  # noqa: F401  # a fixture

STATES = "() => [...document.querySelectorAll('video')].map((one) => one.paused ? '-' : one.muted ? 'm' : 'l').join('')"


def test_films_play_on_hover_and_are_heard_on_a_click(site: Path, session: Any) -> None:  # noqa: F811
    for width in (390, 1280):
        page = session.new_page()
        page.set_viewport_size({"width": width, "height": 844})
        page.goto((site / "index.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") == width and page.evaluate(STATES) == "---"
        first, second = page.locator(".film").nth(0), page.locator(".film").nth(1)
        first.hover()
        page.wait_for_function(f"({STATES})() === 'm--'")
        second.click()
        page.wait_for_function(f"({STATES})() === '-l-'")
        second.click()
        page.wait_for_function(f"!({STATES})().includes('l')")
        page.close()

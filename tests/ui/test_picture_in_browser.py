"""The page's picture part in a real browser: faces placed by clicks, chosen from a gallery, before a new background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from avatar_app.inputs.portrait.manual_points import parse_points
from tests.drawings import SIDE, ghost
from tests.ui.test_page_in_browser import fill_in, press_generate, upload, wait_for_verdict
from tests.ui.test_picture import pair

__all__ = ["pair"]
pytestmark = pytest.mark.browser


def hint_has(page: Any, words: str) -> None:
    page.wait_for_function("(words) => document.querySelector('#portrait-hint').innerText.includes(words)", arg=words)


def click_in_portrait(page: Any, x: float, y: float) -> None:
    """Clicks at a pixel of a picture of SIDE by SIDE pixels, which is shown smaller and centred."""
    box = page.locator("#portrait img").bounding_box()
    scale = min(box["width"], box["height"]) / SIDE
    left, top = box["x"] + (box["width"] - scale * SIDE) / 2, box["y"] + (box["height"] - scale * SIDE) / 2
    page.mouse.click(left + scale * x, top + scale * y)


def test_clicks_place_the_face_of_a_drawing_and_are_gone_with_it(
    stand_in_url: str, visit: Callable[..., Any], voice: Path, portrait: Path, tmp_path: Path
) -> None:
    drawn, points = ghost()
    PIL.Image.fromarray(drawn).save(tmp_path / "ghost.png")
    page = visit(stand_in_url)
    upload(page, voice)
    fill_in(page, tmp_path / "ghost.png", takes=1)
    hint_has(page, "No face was found")
    places = parse_points(points).places
    for k, name in enumerate(("eye_right", "eye_left", "mouth_right", "mouth_left", "chin")):
        hint_has(page, f"{k + 1} of 5")
        page.wait_for_timeout(300)
        click_in_portrait(page, *places[name])
    hint_has(page, "Face placed by hand")
    page.locator("#picture button").first.click()
    page.wait_for_selector("#placed img")
    given = parse_points(page.locator("#points textarea").input_value()).places
    for name, (x, y) in given.items():
        assert abs(x - places[name][0]) < 6 and abs(y - places[name][1]) < 6
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"
    page.locator("#portrait").get_by_role("button", name="Remove Image").click()
    page.locator("#portrait input[type=file]").first.set_input_files(str(portrait))
    hint_has(page, "Face found")
    assert page.locator("#points textarea").input_value() == ""
    assert page.locator("#face input[type=number]").input_value() == "0"


def test_a_face_is_chosen_by_a_click_and_backgrounds_show_what_they_need(
    stand_in_url: str, visit: Callable[..., Any], voice: Path, pair: Path
) -> None:
    page = visit(stand_in_url)
    upload(page, voice)
    fill_in(page, pair, takes=1)
    hint_has(page, "number 2 from the left")
    page.locator("#picture button").first.click()
    page.locator("#faces .grid-container button, #faces button.thumbnail-item").first.click()
    hint_has(page, "number 1 from the left")
    assert page.locator("#face input[type=number]").input_value() == "1"
    assert not page.locator("#colour").is_visible()
    page.locator("#background").get_by_text("Colour", exact=True).click()
    page.wait_for_selector("#colour:not(.off)")
    page.locator("#background").get_by_text("Picture", exact=True).click()
    page.wait_for_selector("#background-picture:not(.off)")
    press_generate(page)
    assert "background picture is needed" in wait_for_verdict(page)
    page.locator("#background").get_by_text("Blurred", exact=True).click()
    page.locator("#framing").get_by_text("Whole picture", exact=True).click()
    press_generate(page)
    page.wait_for_selector(".status.done")

"""The page's picture part in a real browser: faces placed by clicks, chosen from a gallery, before a new background."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL.Image
import pytest

from avatar_app.inputs.portrait.manual_points import parse_points
from avatar_app.ui import picture as picture_part
from tests.drawings import SIDE, ghost
from tests.ui.test_page_in_browser import fill_in, press_generate, upload, wait_for_verdict
from tests.ui.test_picture import pair

__all__ = ["pair"]
pytestmark = pytest.mark.browser


def hint_has(page: Any, words: str) -> None:
    page.wait_for_function("(words) => document.querySelector('#portrait-hint').innerText.includes(words)", arg=words)


def marks_are(page: Any, count: int) -> None:
    """So many marks are drawn; what there is instead stands in the error."""
    from playwright.sync_api import TimeoutError as Late

    try:
        page.wait_for_function(
            "(count) => document.querySelectorAll('#on-portrait.placing .mark').length === count", arg=count
        )
    except Late as error:
        there = page.evaluate(
            """[document.querySelector('#portrait-hint').innerText, document.querySelector('#points textarea').value,
                document.querySelector('#portrait img')?.naturalWidth, document.querySelector('#portrait').innerHTML]"""
        )
        raise AssertionError(f"{count} marks were expected: {there}") from error


def click_in_portrait(page: Any, x: float, y: float) -> None:
    """Clicks at a pixel of a picture of SIDE by SIDE pixels, which is shown smaller."""
    page.locator("#portrait").scroll_into_view_if_needed()
    box = page.locator("#on-portrait").bounding_box()
    page.mouse.click(box["x"] + box["width"] * x / SIDE, box["y"] + box["height"] * y / SIDE)


def drag(page: Any, selector: str, down: float) -> None:
    """Drags the middle of an element by so many pixels of the screen."""
    page.locator(selector).scroll_into_view_if_needed()
    box = page.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + down, steps=4)
    page.mouse.up()


def replace(page: Any, file: Path) -> None:
    """Another portrait in place of the one that is there."""
    page.locator("#portrait").get_by_role("button", name="Remove Image").click()
    page.locator("#portrait input[type=file]").first.set_input_files(str(file))


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
        marks_are(page, k)
        click_in_portrait(page, *places[name])
    hint_has(page, "Face placed by hand")
    page.wait_for_selector("#preview img")
    text = page.locator("#points textarea").input_value()
    given = parse_points(text).places
    for name, (x, y) in given.items():
        assert abs(x - places[name][0]) < 6 and abs(y - places[name][1]) < 6
    drag(page, "#on-portrait .mark:nth-of-type(5)", 20)
    page.wait_for_function("(before) => document.querySelector('#points textarea').value !== before", arg=text)
    moved = parse_points(page.locator("#points textarea").input_value()).places
    assert moved["chin"][1] > given["chin"][1] + 10 and {**moved, "chin": 0} == {**given, "chin": 0}
    press_generate(page)
    assert wait_for_verdict(page) == "Done: 1 take"
    replace(page, portrait)
    hint_has(page, "Face found")
    assert page.locator("#on-portrait .mark").count() == 0 and page.locator("#on-portrait .face").count() == 1
    (tmp_path / "broken.png").write_bytes(b"no picture at all")
    replace(page, tmp_path / "broken.png")
    hint_has(page, "is not a picture")
    assert page.locator("#on-portrait").count() == 0 and page.locator("#preview img").count() == 0
    assert page.locator("#points textarea").input_value() == ""
    page.locator("#picture button").first.click()
    assert page.locator("#face input[type=number]").input_value() == "0"


def test_a_face_is_chosen_by_a_click_and_backgrounds_show_what_they_need(
    stand_in_url: str, visit: Callable[..., Any], voice: Path, pair: Path
) -> None:
    page = visit(stand_in_url)
    upload(page, voice)
    fill_in(page, pair, takes=1)
    hint_has(page, "number 2 from the left")
    page.get_by_role("button", name="Face 1 of 2").click()
    hint_has(page, "number 1 from the left")
    page.locator("#picture button").first.click()
    assert page.locator("#face input[type=number]").input_value() == "1"
    assert page.get_by_role("button", name="Face 1 of 2").get_attribute("aria-pressed") == "true"
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


@pytest.fixture
def photo(portrait: Path, tmp_path: Path) -> Path:
    """64 megapixels, as telephones take them; smooth, so that it is soon written."""
    wide = PIL.Image.new("RGB", (684, 513), (128, 128, 128))
    wide.paste(PIL.Image.open(portrait), (86, 1))
    wide.resize((9248, 6936), PIL.Image.Resampling.BILINEAR).save(tmp_path / "photo.jpg", quality=80)
    return tmp_path / "photo.jpg"


def test_the_page_answers_while_a_photo_of_64_megapixels_is_looked_at(
    stand_in_url: str, visit: Callable[..., Any], photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge, looked, over = picture_part.judge, threading.Event(), threading.Event()

    def judged(*given: Any) -> Any:
        answer = judge(*given)
        looked.set()
        over.wait(90)  # until the test has seen that other things go on
        return answer

    monkeypatch.setattr(picture_part, "judge", judged)
    page = visit(stand_in_url)
    page.locator("#portrait input[type=file]").first.set_input_files(str(photo))
    hint_has(page, picture_part.LOOKING)
    page.locator("#picture button").first.click()
    page.locator("#background").wait_for()
    page.locator("#instruction textarea").fill("nods")
    page.locator("#timeline .chip[aria-label^='nod, ']").wait_for()
    assert page.locator("#on-portrait").count() == 0 and not over.is_set()
    over.set()
    hint_has(page, "Face found")
    assert looked.is_set() and page.locator("#preview img").count() == 1
    box, shown = page.locator("#on-portrait .face").bounding_box(), page.locator("#portrait img").bounding_box()
    middle = (box["x"] + box["width"] / 2 - shown["x"]) / shown["width"]
    assert 0.3 < middle < 0.7 and 0.05 < box["height"] / shown["height"] < 0.6, "the box lies on the face"


def test_marks_that_the_page_lost_are_asked_for_again(
    stand_in_url: str, visit: Callable[..., Any], tmp_path: Path
) -> None:
    drawn, points = ghost()
    PIL.Image.fromarray(drawn).save(tmp_path / "ghost.png")
    page, lost = visit(stand_in_url), list[str]()

    def lose(route: Any) -> None:
        """As if the page had taken the words of an answer and not the marks."""
        answer = route.fetch()
        told = answer.json()
        if "(2 of 5)" in answer.text() and not lost:
            lost.append(answer.text())
            nothing = json.dumps({"placing": True, "marks": []})
            told["data"] = [nothing if str(one).startswith('{"placing"') else one for one in told["data"]]
        route.fulfill(response=answer, json=told)

    page.route("**/run/predict*", lose)
    page.locator("#portrait input[type=file]").first.set_input_files(str(tmp_path / "ghost.png"))
    hint_has(page, "1 of 5")
    click_in_portrait(page, *parse_points(points).places["eye_right"])
    marks_are(page, 1)
    assert lost

"""What can be done with takes that are there: favourite, more like this, lock, compare, a reel."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar_app.render.video.writer import probe
from tests.ui.test_kept_in_browser import act
from tests.ui.test_page_in_browser import press_generate, wait_until_playable

pytestmark = pytest.mark.browser

TAKES = "#takes > .take:not(.off)"


def seeds(page: Any) -> list[int]:
    return [int(number) for number in re.findall(r"seed (\d+)", page.locator("#takes").inner_text())]


def value(page: Any, selector: str) -> str:
    text: str = page.locator(selector).input_value()
    return text


def test_a_favourite_stays_one_more_like_it_is_made_and_a_locked_take_comes_again(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path
) -> None:
    page = visit(stand_in_url)
    act(page, portrait, "first words", "Done: 2 takes", takes=2)
    first = seeds(page)
    star = page.get_by_role("button", name="Favourite: take 2")
    star.click()
    assert star.get_attribute("aria-pressed") == "true"
    page.wait_for_timeout(500)  # until it is told
    page.reload()
    wait_until_playable(page, 2)
    assert star.get_attribute("aria-pressed") == "true"
    assert page.get_by_role("button", name="Favourite: take 1").get_attribute("aria-pressed") == "false"

    page.locator(TAKES).nth(1).get_by_role("button", name="More like this").click()
    page.wait_for_function("document.querySelector('#instruction textarea').value === 'first words'")
    page.get_by_role("button", name="Advanced").click()
    assert value(page, "#samples input[type=number]") == "1"
    assert value(page, "#seed input") == str(first[1])
    page.locator("#instruction textarea").fill("other words")
    press_generate(page)
    page.wait_for_selector(".status:not(.busy) .words:has-text('Done: 1 take')")
    assert seeds(page) == [first[1]]

    page.locator("#older details.run > summary").first.click()
    page.locator(TAKES).first.get_by_role("button", name="Lock").click()
    page.locator("#locked").get_by_text("is locked: it comes again").wait_for()
    box = page.locator("#samples input[type=number]")
    box.fill("2")
    box.press("Enter")
    press_generate(page)
    page.wait_for_selector(".status:not(.busy) .words:has-text('Done: 2 takes')")
    again = seeds(page)
    assert again[0] == first[1] and again[1] not in first
    page.get_by_role("button", name="Unlock").click()
    page.locator("#locked").get_by_text("is locked: it comes again").wait_for(state="detached")


TIMES = f"() => [...document.querySelectorAll('{TAKES} video')].map((video) => video.currentTime)"


def test_takes_that_play_together_wait_for_each_other(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path
) -> None:
    page = visit(stand_in_url)
    act(page, portrait, "some words", "Done: 2 takes", takes=2)
    wait_until_playable(page, 2)
    page.locator("#transport [data-part=loop]").click()
    page.locator("#transport [data-part=play]").click()
    page.wait_for_function(f"Math.min(...({TIMES})()) > 0")
    # The second runs ahead, waits while the first goes on, and goes on with it.
    page.evaluate(
        f"""async () => {{
            const [first, second] = document.querySelectorAll('{TAKES} video');
            const until = async (what) => {{ while (!what()) await new Promise(requestAnimationFrame); }};
            second.currentTime = first.currentTime + 0.4;
            await until(() => second.paused && !first.paused);
            await until(() => !second.paused && Math.abs(second.currentTime - first.currentTime) < 0.08);
        }}"""
    )
    page.locator("#transport [data-part=play]").click()
    page.wait_for_function(f"({TIMES})()[0] === ({TIMES})()[1]")


def test_two_takes_are_wiped_and_chosen_ones_become_a_reel(
    stand_in_url: str, visit: Callable[..., Any], portrait: Path, tmp_path: Path
) -> None:
    page = visit(stand_in_url)
    act(page, portrait, "some words", "Done: 3 takes", takes=3)
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    curves = page.locator(TAKES).nth(1).locator("details.curves")
    assert curves.locator("polyline").count() == 0, "nothing is drawn before it is asked for"
    curves.locator("summary").click()
    curves.get_by_role("img", name="Head over 1.6 seconds: pitch").wait_for()
    assert curves.locator("polyline").count() == 6 and curves.get_by_role("rowheader").count() == 6
    assert [url.rpartition("/curves/")[2] for url in seen if "/curves/" in url] == ["2"]
    page.get_by_role("button", name="Compare two").click()
    dialog = page.get_by_role("dialog", name="Compare two takes")
    sources = dialog.locator("video").evaluate_all("(videos) => videos.map((video) => video.src)")
    assert len(set(sources)) == 2
    clip = "(video) => video.style.clipPath"
    before = dialog.locator("video").nth(1).evaluate(clip)
    dialog.get_by_label("How much of the left take is shown").fill("80")
    assert "80%" in dialog.locator("video").nth(1).evaluate(clip) != before
    dialog.get_by_label("Take on the right").select_option(index=2)
    assert "sample_3" in dialog.locator("video").nth(1).evaluate("(video) => video.src")
    dialog.get_by_role("button", name="Close").click()

    page.get_by_text("Reel to share").click()
    reel = page.locator(".reel")
    reel.get_by_label("Shape").select_option("1x1")
    reel.get_by_label("Title card").fill("Hello")
    reel.get_by_label("Take 2").uncheck()
    with page.expect_download() as saved:
        reel.get_by_text("Make the reel").click()
    saved.value.save_as(tmp_path / "reel.mp4")
    facts = probe(tmp_path / "reel.mp4")
    assert (facts["width"], facts["height"]) == (720, 720)
    assert facts["video_seconds"] == pytest.approx(1.6 + 2 * 1.6, abs=0.2)
    assert saved.value.suggested_filename == "astronaut_smile_reel.mp4"

"""Everybody can use the page: axe-core finds nothing serious, targets are large enough, the focus is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import DESK, PHONE
from tests.ui.test_page_in_browser import fill_in, press_generate, wait_until_playable
from tests.ui.test_picture import pair

__all__ = ["pair"]
pytestmark = pytest.mark.browser

MOST_JUMPED = 0.02  # of the score that browsers call good below 0.1
PARTS = ("Acting", "Picture", "Speaking style", "Motion model", "Plan of the instruction", "Advanced")
# Height and width of what can be pressed and is smaller than 40 pixels. Boxes of faces answer around themselves, too.
SMALL = """[...document.querySelectorAll("button, input, select, textarea, summary, [role=button]")]
  .filter((one) => one.checkVisibility() && one.offsetParent && !one.matches("#on-portrait .face"))
  .map((one) => [one.matches("[type=radio], [type=checkbox]") && one.closest("label") || one, one])
  .map(([target, one]) => [one.outerHTML.slice(0, 120), target.offsetWidth, target.offsetHeight])
  .filter(([, width, height]) => width && height && (width < 40 || height < 40))"""


def serious(page: Any) -> list[str]:
    """What axe-core finds that is serious or critical: the rule, and where."""
    from axe_playwright_python.sync_playwright import Axe

    # A colour that is still changing is none that anybody reads.
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; }")
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


# What has moved of takes and their bar while nobody touched anything: the sum of the browser's own scores.
WATCH = """window.jumped = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())
  if (!one.hadRecentInput && one.sources.some(({node}) => node?.parentElement?.closest("#results")
      && node.closest?.("#takes, #transport"))) window.jumped += one.value;
}).observe({type: "layout-shift"})"""


def check_every_look(page: Any) -> None:
    """Wide and on a phone, light and dark."""
    for viewport in (PHONE, DESK):
        page.set_viewport_size(viewport)
        for dark in (True, False):
            page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
            assert serious(page) == [], (viewport, dark)
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_nothing_serious_is_found_everything_can_be_touched_and_takes_arrive_without_a_jump(
    stand_in_url: str, visit: Callable[..., Any], pair: Path
) -> None:
    page = visit(f"{stand_in_url}?__theme=light")
    check_every_look(page)
    fill_in(page, pair, takes=2, instruction="happy, nods gentli, then looks left at 1 s, not sad")
    page.get_by_role("button", name="Face 1 of 2").wait_for()
    for part in PARTS:
        page.get_by_role("button", name=part).first.click()
    page.locator("#voiceless input").check()
    page.wait_for_function("!document.querySelector('#generate').disabled")
    page.evaluate(WATCH)
    press_generate(page)
    page.wait_for_selector(".status.done")
    wait_until_playable(page, 2)
    assert page.evaluate("window.jumped") < MOST_JUMPED
    page.locator("#takes details.curves summary").first.click()
    page.locator("#takes details.curves table").first.wait_for()
    page.locator("#takes details.menu summary").first.click()
    check_every_look(page)


def test_the_focus_is_seen_wherever_the_keyboard_takes_it(stand_in_url: str, visit: Callable[..., Any]) -> None:
    page = visit(stand_in_url)
    hidden = []
    for _ in range(25):
        page.keyboard.press("Tab")
        look = page.evaluate(
            """(() => {
                const one = document.activeElement, style = getComputedStyle(one);
                const shown = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== "none";
                return [one.tagName, one.outerHTML.slice(0, 100), shown];
            })()"""
        )
        if look[0] not in ("BODY", "VIDEO") and not look[2]:
            hidden.append(look[1])
    assert hidden == []

"""Everybody can use the page: axe-core finds nothing serious, targets are large enough, the focus is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import DESK, PHONE
from tests.ui.test_page_in_browser import fill_in, press_generate
from tests.ui.test_picture import pair

__all__ = ["pair"]
pytestmark = pytest.mark.browser

PARTS = ("Picture", "Speaking style", "Motion model", "Plan of the instruction", "Advanced")
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
    page.wait_for_function("!document.getAnimations().some((one) => one instanceof CSSTransition)")
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:120]} {node['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]


@pytest.mark.parametrize(("viewport", "theme"), [(DESK, "light"), (PHONE, "dark")])
def test_nothing_serious_is_found_and_everything_is_large_enough_to_be_touched(
    stand_in_url: str, visit: Callable[..., Any], pair: Path, viewport: dict[str, int], theme: str
) -> None:
    page = visit(f"{stand_in_url}?__theme={theme}", viewport=viewport)
    assert serious(page) == []
    fill_in(page, pair, takes=2, instruction="happy, nods gentli, then looks left at 1 s, not sad")
    page.get_by_role("button", name="Face 1 of 2").wait_for()
    for part in PARTS:
        page.get_by_role("button", name=part).first.click()
    page.locator("#voiceless input").check()
    press_generate(page)
    page.wait_for_selector(".status.done")
    page.locator("#takes details.menu summary").first.click()
    assert serious(page) == []
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


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

"""Everybody can use the page: axe-core finds nothing serious, targets are large enough, the focus is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ui.conftest import DESK, PHONE
from tests.ui.test_engines_in_browser import choose_engine
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


# The element that has the focus now, and whether the one before it showed that it had it: an outline that it has not
# otherwise, light and dark, and that nothing cuts off. A film's own controls are the browser's.
STEP = """() => {
  const look = (one) => [false, true].map((dark) => {
    document.body.classList.toggle("dark", dark);
    const style = getComputedStyle(one);
    return {line: `${style.outlineStyle} ${style.outlineWidth} ${style.outlineColor}`,
      seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && !/, 0\\)$/.test(style.outlineColor),
      reach: parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset)};
  });
  const whole = (one, reach) => {
    const box = one.getBoundingClientRect();
    let sides = [box.left - reach, box.top - reach, box.right + reach, box.bottom + reach];
    let cut = [false, false, false, false];
    for (let outer = one.parentElement; outer && outer !== document.body; outer = outer.parentElement) {
      if (getComputedStyle(outer).opacity === "0") return false;
      if (getComputedStyle(outer).overflow === "visible") continue;
      const hole = outer.getBoundingClientRect();
      cut = [cut[0] || sides[0] < hole.left - 1, cut[1] || sides[1] < hole.top - 1, cut[2] || sides[2] > hole.right + 1,
        cut[3] || sides[3] > hole.bottom + 1];
    }
    return box.width > 0 && box.height > 0 && getComputedStyle(one).opacity !== "0" && cut.filter(Boolean).length < 2;
  };
  const last = window.stopped, one = document.activeElement;
  let hidden = null;
  if (last && last.one !== one && last.one.isConnected && !last.one.matches("video, audio")) {
    const after = look(last.one);
    const seen = last.whole && last.focused.every((now, k) => now.seen && now.line !== after[k].line);
    if (!seen) hidden = `${last.one.outerHTML.slice(0, 160)} ${last.whole} ${JSON.stringify([last.focused, after])}`;
  }
  const again = one === document.body || one.walked;
  if (!again) {
    const focused = look(one);
    if (!one.matches("video, audio")) one.walked = true;
    window.stopped = {one, focused, whole: whole(one, focused[0].reach)};
  }
  document.body.classList.remove("dark");
  return [hidden, again];
}"""
MOST_STOPS, FEWEST_STOPS = 400, 130


def walk(page: Any) -> list[str]:
    """Stops of the keyboard that do not show that they have the focus, from the page's first to its last."""
    page.add_style_tag(content="*, *::before, *::after { transition: none !important; }")
    page.evaluate(
        """() => {
            const start = document.createElement("span");
            start.tabIndex = -1;
            document.body.prepend(start);
            start.focus();
        }"""
    )
    hidden, again, stops = [], False, 0
    while not again and stops < MOST_STOPS:
        page.keyboard.press("Tab")
        seen, again = page.evaluate(STEP)
        hidden += [seen] if seen else []
        stops += 1
    assert again and stops > FEWEST_STOPS, stops
    return hidden


def check_looks(page: Any, phone: tuple[bool, ...], desk: tuple[bool, ...]) -> None:
    """On a phone and wide; each in these looks, of which True is dark."""
    for viewport, looks in ((PHONE, phone), (DESK, desk)):
        page.set_viewport_size(viewport)
        for dark in looks:
            page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
            assert serious(page) == [], (viewport, dark)
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_nothing_serious_is_found_everything_can_be_touched_takes_do_not_jump_and_the_focus_is_always_seen(
    duo_url: str, visit: Callable[..., Any], pair: Path
) -> None:
    page = visit(f"{duo_url}?__theme=light")
    check_looks(page, phone=(True,), desk=(False,))  # both of both below, with more on the page
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
    check_looks(page, phone=(True, False), desk=(True, False))
    choose_engine(page, "Duo")
    page.locator("#option-duo-curve").wait_for()
    page.locator("#partner").wait_for()
    assert walk(page) == []

"""How quickly the page reacts, in a real browser and with the real model.

    python benchmarks/page_reactions.py --repeats 3 --json page_reactions.json

Serves the page, gives it an example portrait and voice, and measures from the click on Generate to the first frame that
shows a reaction [200 ms] and to the first still [2 s], from the click on Stop to the verdict [1 s], and with ten takes
that play together how far they are apart [one frame, 40 ms]. The first run, in which models load, is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from avatar_app.serving.replicas import free_port  # noqa: E402
from tests.ui.conftest import QUIET, find_browser  # noqa: E402

FRAME = 1 / 25  # seconds
# From the click to the frame after something has changed: milliseconds. Each is asked for before the click.
REACTION = """(until) => { window.reacted = new Promise((done) => {
  const began = {at: 0};
  const start = () => { began.at = performance.now(); };
  document.querySelector(until.button).addEventListener("click", start, {capture: true, once: true});
  const look = () => began.at && document.querySelector(until.shown)
    ? requestAnimationFrame(() => done(performance.now() - began.at)) : requestAnimationFrame(look);
  look();
}); }"""
APART = """async () => {
  const films = [...document.querySelectorAll("#takes > .take:not(.off) video")], apart = [];
  document.querySelector("[data-part=play]").click();
  const began = performance.now();
  while (performance.now() - began < 3500) {
    await new Promise(requestAnimationFrame);
    const times = films.filter((film) => !film.ended).map((film) => film.currentTime);
    if (performance.now() - began > 1000 && times.length === films.length && Math.min(...times) > 0)
      apart.push(Math.max(...times) - Math.min(...times));
  }
  document.querySelector("[data-part=play]").click();
  return [films.length, apart];
}"""


def pressed(page: Any, button: str, shown: str) -> float:
    """Seconds from a click on `button` to the frame that shows `shown`."""
    page.wait_for_selector(f"{button}:not([disabled])")
    page.evaluate(REACTION, {"button": button, "shown": shown})
    page.locator(button).click()
    return float(page.evaluate("window.reacted")) / 1000


def takes(page: Any, count: int) -> None:
    box = page.locator("#samples input[type=number]")
    box.fill(str(count))
    box.press("Enter")
    page.wait_for_timeout(500)


def measure(page: Any, repeats: int) -> dict[str, Any]:
    """Seconds of everything, and how far ten takes are apart, seconds."""
    told: dict[str, Any] = {"reaction": [], "still": [], "stop": []}
    page.locator("#audio").get_by_role("button", name="Upload file").click()
    page.locator("#audio input[type=file]").set_input_files(str(ROOT / "assets/voices/reader_woman.mp3"))
    page.locator("#portrait input[type=file]").first.set_input_files(str(ROOT / "assets/portraits/astronaut.jpg"))
    page.locator("#instruction textarea").fill("happy, nods gently, then looks left")
    takes(page, 10)
    for _ in range(repeats + 1):
        page.wait_for_selector("#generate:not([disabled])")
        told["reaction"].append(pressed(page, "#generate", "#bar[data-state=starting], #status .busy"))
        page.wait_for_selector(".status.busy")
        told["stop"].append(pressed(page, "#stop", ".status.done, .status.failed"))
    for _ in range(repeats):
        page.evaluate("document.querySelector('#thumb').querySelector('img')?.remove()")
        told["still"].append(pressed(page, "#generate", "#thumb img"))
        page.locator("#stop").click()
        page.wait_for_selector(".status.done, .status.failed")
    page.locator("#generate").click()
    page.wait_for_selector(".status.busy")
    page.wait_for_selector(".status.done", timeout=900_000)
    page.wait_for_timeout(1500)
    count, apart = page.evaluate(APART)
    return {
        **told,
        "takes": count,
        "apart": {"median": statistics.median(apart), "p95": sorted(apart)[int(0.95 * len(apart))]},
    }


@contextmanager
def opened() -> Iterator[Any]:
    """The page as `python app.py` serves it, in a browser."""
    from playwright.sync_api import sync_playwright

    port = free_port()
    line = [sys.executable, "app.py", "--port", str(port)]
    server = subprocess.Popen(
        line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}ready", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu", *QUIET]
            )
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(url)
            page.wait_for_selector("#generate")
            yield page
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with opened() as page:
        told = measure(page, asked.repeats)
    for name in ("reaction", "still", "stop"):
        first, *rest = told[name]
        sys.stdout.write(f"{name}: {statistics.median(rest or [first]):.3f} s (first {first:.3f} s)\n")
    apart = told["apart"]
    frames = f"{apart['median'] / FRAME:.2f} frames in the median, {apart['p95'] / FRAME:.2f} in 95 of 100"
    sys.stdout.write(f"{told['takes']} takes playing: {frames} apart\n")
    if asked.json:
        asked.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()

"""Pictures of the page's main flows, on a desk, a tablet and a phone, light and dark, with the real model.

    python benchmarks/page_pictures.py docs/page

Writes one JPEG a size and theme, with takes, and one for each thing that is opened. For docs/page.md, and to be looked
at after a change: what a test measures can still look wrong.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

from page_reactions import ROOT, opened
from PIL import Image

SIZES = {"desk": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}
WIDEST, QUALITY = 1100, 68  # pixels, and of the JPEG
SENTENCE = "happy, nods gently, then juggles three balls, then looks left"


def keep(page: Any, folder: Path, name: str) -> None:
    """What is seen now, as NAME.jpg."""
    page.wait_for_timeout(700)  # until nothing slides or fades any more
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.thumbnail((WIDEST, 4 * WIDEST))
    picture.save(folder / f"{name}.jpg", quality=QUALITY, optimize=True)


def look(page: Any, size: str, dark: bool) -> None:
    """The page on a size, light or dark."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)


def scroll(page: Any, selector: str) -> None:
    """To a part of the page."""
    page.locator(selector).first.evaluate("(part) => part.scrollIntoView({block: 'start'})")


def run(page: Any) -> None:
    """Three takes of an example portrait that nods."""
    page.locator("#audio").get_by_role("button", name="Upload file").click()
    page.locator("#audio input[type=file]").set_input_files(str(ROOT / "assets/voices/reader_woman.mp3"))
    page.locator("#portrait input[type=file]").first.set_input_files(str(ROOT / "assets/portraits/astronaut.jpg"))
    page.locator("#preset").get_by_text("Fast", exact=True).click()
    page.locator("#instruction textarea").fill(SENTENCE)
    page.wait_for_selector("#generate:not([disabled])")
    page.locator("#timeline .chip").first.wait_for()
    page.locator("#generate").click()
    page.wait_for_selector(".status.busy")
    page.wait_for_selector(".status.done", timeout=900_000)
    page.evaluate("document.querySelectorAll('#takes video').forEach((one) => (one.currentTime = 1.6))")


def details(page: Any, folder: Path) -> None:
    """What is opened by those who want it."""
    look(page, "desk", dark=False)
    scroll(page, "#instruction")
    keep(page, folder, "timeline")
    page.get_by_role("button", name="Acting").click()
    scroll(page, "#acting")
    keep(page, folder, "acting")
    page.locator("#takes details.curves summary").first.click()
    page.locator("#takes details.curves table").wait_for()
    scroll(page, "#takes .saves")
    keep(page, folder, "curves")
    look(page, "desk", dark=True)
    scroll(page, "#takes")
    page.locator("#takes details.menu summary").nth(1).click()
    keep(page, folder, "save-as")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Compare two").click()
    keep(page, folder, "compare")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with opened() as page:
        keep(page, folder, "start")
        run(page)
        for size in SIZES:
            for dark in (False, True):
                look(page, size, dark)
                scroll(page, "#title" if size == "desk" else "#transport")
                keep(page, folder, f"{size}-{'dark' if dark else 'light'}")
        details(page, folder)


if __name__ == "__main__":
    main()

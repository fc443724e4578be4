"""A browser, pages to point it at, and files to give it."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from avatar_app.engines import registry
from avatar_app.serving.health import State
from avatar_app.serving.replicas import free_port
from avatar_app.serving.serve import Service, middleware
from avatar_app.ui.page import build_page, launch_settings, routes
from tests.ui.fakes import DUO_SPEC, MUTE_SPEC, fake_generate

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
DESK, PHONE = {"width": 1440, "height": 1000}, {"width": 390, "height": 844}
QUIET = ("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update")


def find_browser() -> str | None:
    """Path of an installed Chromium: $AVATAR_BROWSER, a system one, or Playwright's own."""
    named = os.environ.get("AVATAR_BROWSER")
    if named:
        return named
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    return str(MAC_CHROME) if MAC_CHROME.exists() else None


@pytest.fixture(scope="module")
def browser(voice: Path) -> Iterator[Any]:
    """Headless Chromium whose microphone plays `voice`; skips where there is no browser.

    One a module: while Playwright runs, no other event loop can, and other modules need theirs.
    """
    from playwright.sync_api import Error, sync_playwright

    fake_microphone = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
    )
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu", *QUIET, *fake_microphone]
            )
        except Error as error:
            pytest.skip(f"no Chromium to drive the page with: {str(error).splitlines()[0]}")
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def session(browser: Any) -> Iterator[Any]:
    """One with a microphone for the tests of a module: pages after the first are not fetched and compiled anew."""
    context = browser.new_context(permissions=["microphone"], accept_downloads=True)
    yield context
    context.close()


# A new tab is a new visitor, as far as kept runs go; the same tab stays who it was.
NEW_VISITOR = """
if (!sessionStorage.getItem("known")) {
    localStorage.removeItem("avatar_app.visitor");
    sessionStorage.setItem("known", "yes");
}
"""


@pytest.fixture
def visit(session: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address in a new tab; closes it afterwards. Nothing may break the page's own policy."""
    pages, broken = [], []

    def open_page(url: str, viewport: dict[str, int] = DESK) -> Any:
        page = session.new_page()
        pages.append(page)
        page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
        page.set_viewport_size(viewport)
        page.set_default_timeout(90_000)  # a busy machine is no failure
        page.add_init_script(NEW_VISITOR)
        page.goto(url)
        page.wait_for_selector("#generate")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not broken, broken


def serve(page: gr.Blocks) -> str:
    """Serves a page in this process as `avatar_app serve` does, its shell included; returns its address."""
    _, url, _ = page.queue(max_size=20).launch(
        server_name="127.0.0.1",
        server_port=free_port(),
        app_kwargs={"middleware": middleware(Service(), State()), "routes": routes()},
        prevent_thread_lock=True,
        quiet=True,
        **launch_settings(),
    )
    return url


@pytest.fixture(scope="session")
def stand_in_url() -> Iterator[str]:
    """The page with a quick stand-in for the motion model and the renderer."""
    page = build_page(functools.partial(fake_generate, seconds_per_sample=0.3))
    yield serve(page)
    page.close()


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Two further engines, "duo" and "mute", for the tests of one module; they can be asked for and not loaded."""
    folder = tmp_path_factory.mktemp("engines")
    for name, spec in (("duo", DUO_SPEC), ("mute", MUTE_SPEC)):
        (folder / name).mkdir()
        (folder / name / "spec.py").write_text(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(registry.FOLDERS, str(folder))
        yield
    registry.forget_folders()


@pytest.fixture(scope="module")
def duo_url(duo: None) -> Iterator[str]:
    """The page with the stand-in and the further engines."""
    page = build_page(functools.partial(fake_generate, seconds_per_sample=0.2))
    yield serve(page)
    page.close()

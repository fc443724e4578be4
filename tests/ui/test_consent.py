"""Asked before somebody's own portrait is animated, and not for the portraits that ship."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from avatar_app.paths import ASSETS
from avatar_app.request import InputError
from avatar_app.ui import consent
from avatar_app.ui.forms import still_needed, to_request, with_choices
from avatar_app.ui.page import build_page
from tests.ui.conftest import serve
from tests.ui.fakes import FORM, fake_generate

SHIPPED = ASSETS / "portraits" / "astronaut.jpg"


def test_a_portrait_of_ones_own_needs_a_tick(portrait: Path, tmp_path: Path) -> None:
    asked = {**FORM, "portrait": str(portrait), "consent": False}
    assert still_needed(asked) == [consent.NEEDED]
    with pytest.raises(InputError, match=f'tick "{consent.QUESTION}"'):
        to_request(with_choices(asked), tmp_path / "out")
    assert still_needed({**asked, "consent": True}) == []
    assert to_request(with_choices({**asked, "consent": True}), tmp_path / "out").portrait == str(portrait)


def test_shipped_portraits_and_no_portrait_need_none(portrait: Path, tmp_path: Path) -> None:
    moved = tmp_path / "upload.jpg"
    shutil.copy(SHIPPED, moved)
    assert not consent.is_missing({"portrait": str(moved), "consent": False})
    assert not consent.is_missing({"portrait": None, "consent": False})
    assert not consent.is_missing({"portrait": str(portrait)}), "nobody was asked"
    assert consent.is_missing({"portrait": str(tmp_path / "gone.jpg"), "consent": False})


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    page = build_page(functools.partial(fake_generate, seconds_per_sample=0.2), ask_consent=True)
    yield serve(page)
    page.close()


def test_programs_give_their_word_in_a_field(url: str, portrait: Path) -> None:
    client = Client(url, verbose=False)

    def made(picture: Path, **word: bool) -> bool:
        given = {"portrait": handle_file(str(picture)), "samples": 1, "size": 128, "duration": 1}
        _, result = client.predict(**given, **word, api_name="/generate")
        return bool(result["complete"])

    for refused in ({}, {"consent": False}):
        with pytest.raises(AppError, match="Send consent=true if you may animate this portrait"):
            made(portrait, **refused)
    assert made(portrait, consent=True) and made(SHIPPED)
    client.close()


@pytest.mark.browser
def test_the_tick_is_asked_for_and_remembered_until_the_window_closes(
    url: str, visit: Callable[..., Any], portrait: Path
) -> None:
    page = visit(url)
    page.locator("#portrait input[type=file]").first.set_input_files(str(portrait))
    page.wait_for_function("document.querySelector('#needed').innerText.includes('your word')")
    page.locator("#consent input").check()
    page.wait_for_function("!document.querySelector('#needed').innerText.includes('your word')")
    page.reload()
    page.wait_for_function("document.querySelector('#consent input')?.checked === true")
    other = visit(url)
    other.wait_for_selector("#consent input")
    assert not other.locator("#consent input").is_checked()

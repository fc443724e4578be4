"""A portrait that was chosen is ready to be drawn when its person presses Generate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from avatar_app.generate import generate
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.render.portrait import remembered
from avatar_app.request import Request
from avatar_app.ui import page, picture
from avatar_app.ui.preparing import Preparing
from avatar_app.ui.turns import Turns
from tests.ui import fakes


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads in which renderers were made."""
    threads, make = list[str](), remembered.PortraitRenderer

    def noted(portrait: Portrait) -> Any:
        threads.append(threading.current_thread().name)
        return make(portrait)

    monkeypatch.setattr(remembered, "PortraitRenderer", noted)
    remembered.forget()
    return threads


def wait_for(there: Callable[[], Any]) -> bool:
    until = time.monotonic() + 30
    while not there() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(there())


def chosen(portrait: Path, **more: Any) -> dict[str, Any]:
    values = dict.fromkeys(picture.ASKED, "") | {"portrait": str(portrait), "face": 0, "framing": "bust"}
    return {**values, "background": "original", **more}


def test_a_run_finds_the_portrait_that_the_page_looked_at_ready(
    portrait: Path, tmp_path: Path, made: list[str]
) -> None:
    prepare = Preparing(Turns())
    picture.judge(chosen(portrait), False, prepare)
    assert wait_for(lambda: made == ["preparing"])
    (sample,) = generate(
        Request(portrait=portrait, framing="bust", instruction="nod", duration=0.4, samples=1, output=tmp_path / "out")
    )
    assert sample.video is not None and made == ["preparing"]


def test_nothing_is_prepared_while_somebody_is_served_or_before_another_background(
    portrait: Path, made: list[str]
) -> None:
    turns = Turns()
    prepare, turn = Preparing(turns), turns.join(threading.Event())
    picture.judge(chosen(portrait), False, prepare)
    assert wait_for(lambda: not prepare._busy) and not made
    turn.leave()
    picture.judge(chosen(portrait, background="blur"), False, prepare)
    assert wait_for(lambda: not prepare._busy) and not made
    picture.judge(chosen(portrait), False, prepare)
    assert wait_for(lambda: made)


def test_the_page_prepares_what_it_draws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    connect = picture.connect
    monkeypatch.setattr(
        picture, "connect", lambda form, answers, prepare: given.append(prepare) or connect(form, answers, prepare)
    )
    page.build_page()
    page.build_page(fakes.fake_generate)
    assert isinstance(given[0], Preparing) and given[1] is None

"""The question before a portrait of somebody's own is animated: one tick a session, none for those that ship."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.paths import ASSETS
from avatar_app.ui.run import OFF
from avatar_app.weights import sha256_of

QUESTION = "I may animate this portrait"
WHY = "It shows you, somebody who agreed to it, or nobody real. Asked once; the portraits below need no answer."
ASKED_OF_PROGRAMS = (
    "Send consent=true if you may animate this portrait: it has to show you, somebody who agreed to it, or nobody real."
)
NEEDED = "your word that you may animate this portrait"
REMEMBERED = "avatar_app.consent"  # in the browser, until its window is closed
RECALL = f"() => sessionStorage.getItem('{REMEMBERED}') === 'yes'"
KEEP = f"(ticked) => {{ sessionStorage.setItem('{REMEMBERED}', ticked ? 'yes' : 'no'); }}"


def build(asked: bool) -> gr.Checkbox:
    """The box; where a host does not ask, it is ticked and not shown."""
    return gr.Checkbox(not asked, label=QUESTION, info=WHY, elem_id="consent", elem_classes=[] if asked else [OFF])


def connect(page: gr.Blocks, box: gr.Checkbox) -> None:
    """Remembers the tick through reloads."""
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    page.load(None, None, box, js=RECALL, **quiet)
    box.input(None, box, None, js=KEEP, **quiet)


def is_missing(values: Mapping[str, Any]) -> bool:
    """Whether a form has a portrait of somebody's own and a box that is not ticked."""
    portrait = values.get("portrait")
    return values.get("consent") is False and bool(portrait) and not is_bundled(str(portrait))


def is_bundled(portrait: str) -> bool:
    """Whether it is one of the portraits that ship, wherever it lies now."""
    try:
        return _digest(portrait, Path(portrait).stat().st_mtime_ns) in _shipped()
    except OSError:
        return False


@lru_cache(maxsize=64)
def _digest(portrait: str, changed: int) -> str:
    return sha256_of(Path(portrait))


@lru_cache(maxsize=1)
def _shipped() -> frozenset[str]:
    place = ASSETS / "portraits"
    return frozenset(sha256_of(path) for path in place.iterdir()) if place.is_dir() else frozenset()

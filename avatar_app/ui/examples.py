"""Where one begins: a finished result that plays, and examples that start with one click."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from avatar_app.paths import ASSETS
from avatar_app.ui.run import Form
from avatar_app.ui.theme import SCRIPTS

PICTURES, SOUNDS = (".jpg", ".jpeg", ".png", ".webp"), (".wav", ".mp3", ".flac", ".m4a", ".ogg")
WELCOME = "takes.mp4"  # in assets/welcome, which tells how it was made
IDEAS = (
    "happy, nods gently, then looks left",
    "calm and serious, stays still",
    "surprised, raises the eyebrows",
    "sad, looks down",
    "angry, shakes the head",
    "0-2s: smile; then look left",
)
TOGETHER = (  # voice, portrait and instruction that go together; other portraits are added when there are any
    ("reader_woman.mp3", "astronaut.jpg", IDEAS[0]),
    ("reader_man.mp3", "bearded_man.jpg", IDEAS[1]),
    ("reader_woman.mp3", "princess.jpg", IDEAS[2]),
    ("reader_woman.mp3", "woman_with_glasses.jpg", IDEAS[3]),
    ("reader_man.mp3", "youngster.jpg", IDEAS[5]),
)
# Presses Generate once the example has arrived and it may be pressed; gives up after half a minute.
START = """
() => {
  const began = Date.now();
  const look = () => {
    const button = document.querySelector("#generate");
    if (button && !button.disabled) button.click();
    else if (Date.now() - began < 30000) setTimeout(look, 100);
  };
  setTimeout(look, 250);
}
"""


@dataclass(frozen=True)
class Example:
    """voice, portrait: files of the shipped assets."""

    voice: Path
    portrait: Path
    instruction: str


def find_examples() -> list[Example]:
    """Made of the shipped assets; empty where there are none."""
    voices = {path.name: path for path in _files("voices", SOUNDS)}
    portraits = {path.name: path for path in _files("portraits", PICTURES)}
    rows = [row for row in TOGETHER if row[0] in voices and row[1] in portraits]
    others = sorted(set(portraits) - {row[1] for row in rows}) if voices else []
    rows += [(list(voices)[k % len(voices)], name, IDEAS[k % len(IDEAS)]) for k, name in enumerate(others)]
    return [Example(voices[voice], portraits[portrait], idea) for voice, portrait, idea in rows]


def empty_html() -> str:
    """What stands where takes will be: a result with the sentence that it was made from."""
    film = ASSETS / "welcome" / WELCOME
    if not film.is_file():
        return "Your takes appear here, one by one.<br>Give a voice and a portrait, then press Generate."
    gr.set_static_paths([film])
    return (
        f'<video src="{_address(film)}" autoplay muted loop playsinline controls preload="metadata" '
        'width="800" height="296" '  # its shape before it is there
        'aria-label="Three finished takes, side by side"></video>'
        f"<p>Three takes of one sentence: <q>{html.escape(IDEAS[0])}</q></p>"
        "<p>Yours appear here. Give a voice and a portrait, or start with an example below.</p>"
    )


def offer(form: Form) -> None:
    """The examples as cards with faces; a click fills the form and starts the run."""
    found = find_examples()
    if not found:
        return
    gr.set_static_paths([path for one in found for path in (one.voice, one.portrait)])
    script = (SCRIPTS / "examples" / "examples.js").read_text(encoding="utf-8")
    gr.Markdown("## Start with an example", elem_id="examples-title")
    cards = gr.HTML("".join(_card(k, one) for k, one in enumerate(found)), js_on_load=script, elem_id="examples")

    def fill(event: gr.EventData) -> tuple[str, str, str, bool]:
        one = found[int(event.example) % len(found)]
        return str(one.voice), str(one.portrait), one.instruction, False

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    filled = form.pick(("audio", "portrait", "instruction", "voiceless"))
    cards.click(fill, None, filled, queue=False, **quiet).then(None, js=START, **quiet)


def _card(index: int, one: Example) -> str:
    words, voice = html.escape(one.instruction), one.voice.stem.replace("_", " ")
    return (
        f'<div class="example"><button type="button" class="begin" data-example="{index}" '
        f'aria-label="Start with: {words}"><img src="{_address(one.portrait)}" alt="" loading="lazy">'
        f"<span>{words}</span></button>"
        f'<button type="button" class="hear" data-voice="{_address(one.voice)}" aria-label="Hear the voice: {voice}">'
        "▶ Voice</button></div>"
    )


def _address(path: Path) -> str:
    """Where the browser finds a shipped file, relative to the page."""
    return html.escape(f"gradio_api/file={quote(path.as_posix())}")


def _files(folder: str, endings: tuple[str, ...]) -> list[Path]:
    place = ASSETS / folder
    return sorted(path for path in place.iterdir() if path.suffix.lower() in endings) if place.is_dir() else []

"""Where a voice comes from besides the microphone: a text that is read aloud, and a film's sound; and how it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.files import scratch_folder
from avatar_app.request import MAX_TRANSCRIPT_CHARS, InputError
from avatar_app.speech import spoken_aloud
from avatar_app.ui.handlers import plain
from avatar_app.ui.run import OFF, Form

FILMS = [".mp4", ".mov", ".m4v", ".webm", ".mkv"]
NAME = "voice.wav"


@dataclass(frozen=True)
class Parts:
    """The components; none is a field of the form. films: hidden, by the field whose films the page's script hands
    them."""

    hint: gr.Markdown
    text: gr.Textbox
    speed: gr.Slider
    read: gr.Button
    films: Mapping[str, gr.UploadButton]


def build() -> Parts:
    """The components, laid out, without events."""
    hint = gr.Markdown("", elem_classes="hint", elem_id="voice-hint")
    films = {name: _film_button(name) for name in ("audio", "partner")}
    with gr.Accordion("No recording? From a text", open=False, elem_id="voice-sources"):
        missing = "" if spoken_aloud.available() else f" Not installed here: {spoken_aloud.INSTALL}"
        text = gr.Textbox(
            "", label="Read this aloud", lines=2, max_length=MAX_TRANSCRIPT_CHARS, elem_id="read-text",
            info=f'In English, by a synthetic voice; "..." makes a pause.{missing}',
        )  # fmt: skip
        speed = gr.Slider(*spoken_aloud.SPEEDS, 1.0, step=0.05, label="Reading speed", elem_id="read-speed")
        read = gr.Button("Read aloud", size="sm", elem_id="read-aloud", interactive=spoken_aloud.available())
    return Parts(hint, text, speed, read, films)


def _film_button(field: str) -> gr.UploadButton:
    """Finds its way to the page's script by its words."""
    return gr.UploadButton(
        f"Film for {field}", size="sm", file_types=FILMS, elem_id=f"{field}-film", elem_classes=[OFF]
    )


def connect(form: Form, parts: Parts) -> None:
    """A text or a film becomes the voice; whatever becomes it is looked at, and said what is wrong with it."""
    quiet: dict[str, Any] = {"show_progress": "minimal", "api_visibility": "private"}
    given = [form["audio"], form["transcript"], parts.hint]
    parts.read.click(from_text, [parts.text, parts.speed], given, **quiet)
    parts.films["audio"].upload(from_film, parts.films["audio"], given, **quiet)
    parts.films["partner"].upload(partner_from_film, parts.films["partner"], [form["partner"], parts.hint], **quiet)
    form["audio"].change(
        judge, form["audio"], parts.hint, queue=False, show_progress="hidden", api_visibility="private"
    )


def from_text(text: str, speed: float) -> Iterator[tuple[Any, ...]]:
    """Yields (sound, what is said in it, words) once. Gradio copies the file while it listens."""
    from scipy.io import wavfile

    try:
        rate, samples = spoken_aloud.read_aloud(text, float(speed))
    except InputError as error:
        yield gr.skip(), gr.skip(), _problem(error)
        return
    with scratch_folder() as folder:
        wavfile.write(folder / NAME, rate, samples)
        yield str(folder / NAME), " ".join(text.replace("...", " ").replace("…", " ").split()), gr.skip()


def from_film(path: str | None) -> Iterator[tuple[Any, ...]]:
    """Yields (sound, nothing said, words) once for a film that has sound."""
    from scipy.io import wavfile

    from avatar_app.speech.recording import load_speech

    if not path:
        yield gr.skip(), gr.skip(), ""
        return
    try:
        speech = load_speech(path)
    except InputError as error:
        yield gr.skip(), gr.skip(), _problem(error)
        return
    with scratch_folder() as folder:
        named = folder / f"{Path(path).stem}.wav"
        wavfile.write(named, speech.original_rate, speech.original)
        yield str(named), "", gr.skip()


def partner_from_film(path: str | None) -> Iterator[tuple[Any, ...]]:
    """Yields (sound, words) once for a film that has sound."""
    for sound, _, words in from_film(path):
        yield sound, words


def judge(path: str | None) -> str:
    """Words on a voice: too quiet, clipped, silent, or not to be read; how long it is where nothing is wrong."""
    from avatar_app.speech.recording import load_speech

    if not path:
        return ""
    try:
        speech = load_speech(path)
    except InputError as error:
        return _problem(error)
    if speech.notes:
        return f"⚠ {' '.join(map(plain, speech.notes))}"
    return f"✓ {speech.duration:.1f} s of sound."


def _problem(error: InputError) -> str:
    return f"⚠ {plain(str(error))}"

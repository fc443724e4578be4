"""The page's "Speaking style" part: a style by name, one read from a clip, a mix of both, and keeping it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from avatar_app.files import scratch_folder
from avatar_app.request import InputError
from avatar_app.styles import named_styles, open_style, wish
from avatar_app.ui.handlers import plain

NO_STYLE = ("As the words say", "")
NEAR = 2  # named styles that a clip's style is compared to in words
Updates = tuple[Any, ...]


@dataclass(frozen=True)
class Parts:
    """The components; the first three are fields of the form. style_clip: the file of the style read from `clip`."""

    style_name: gr.Dropdown
    style_clip: gr.File
    style_weight: gr.Slider
    clip: gr.Video
    words: gr.Markdown

    def fields(self) -> dict[str, Any]:
        """What belongs to a request, by name."""
        return {name: getattr(self, name) for name in ("style_name", "style_clip", "style_weight")}


def build() -> Parts:
    """The components, laid out, without events."""
    choices = [NO_STYLE, *((name.replace("_", " ").capitalize(), name) for name in named_styles())]
    name = gr.Dropdown(
        choices, value="", label="Style", elem_id="style-name",
        info="How it is spoken; the instruction is acted on top.",
    )  # fmt: skip
    clip = gr.Video(sources=["upload", "webcam"], label="Speak like this clip", height=240, elem_id="style-video")
    words = gr.Markdown("", elem_classes="hint", elem_id="style-words")
    weight = gr.Slider(
        0, 1, 0.5, step=0.05, label="Mix", info="0 is the clip, 1 the style chosen above.", elem_id="style-weight"
    )
    kept = gr.File(label="The clip's style, to keep", interactive=False, visible="hidden", elem_id="style-file")
    return Parts(name, kept, weight, clip, words)


def connect(parts: Parts) -> None:
    """Reads the style of a clip as soon as it is there, and says what it is like."""
    parts.clip.change(
        lambda: ("Reading the clip; this takes about as long as it lasts.", gr.update(value=None, visible="hidden")),
        None,
        [parts.words, parts.style_clip],
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    ).then(
        read_clip,
        parts.clip,
        [parts.words, parts.style_clip],
        concurrency_limit=1,
        show_progress="minimal",
        api_visibility="private",
    )


def read_clip(path: str | None) -> Iterator[Updates]:
    """Yields (words, style file) of a clip once; what is wrong with it in words. Empty without one.

    Gradio copies the file while it listens; after that it is gone from where it was made.
    """
    nothing = gr.update(value=None, visible="hidden")
    if not path:
        yield "", nothing
        return
    try:
        with scratch_folder() as folder:
            file = Path(str(wish(path, None, 0.0, folder)))
            words = f"✓ The style was read; it is nearest to {' and '.join(nearest(file))}."
            yield words, gr.update(value=str(file), visible=True)
    except InputError as error:
        yield f"⚠ {plain(str(error))}", nothing


def nearest(file: Path) -> list[str]:
    """The named styles that are most like that of a file, the most like first."""
    style = open_style(file).vector

    def likeness(name: str) -> float:
        other = open_style(name).vector
        return float(style @ other / np.linalg.norm(style) / np.linalg.norm(other))

    return [name.replace("_", " ") for name in sorted(named_styles(), key=likeness, reverse=True)[:NEAR]]

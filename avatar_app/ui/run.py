"""One run on the page: a generator of updates, from the click on Generate to the last take."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui import handlers

log = logging.getLogger(__name__)
OFF = "off"  # style class of what is mounted and not shown
Updates = dict[Any, Any]  # component -> new value or gr.update; components that are absent stay as they are


@dataclass(frozen=True)
class Form:
    """The inputs, in the order in which handlers receive them."""

    audio: gr.Audio
    portrait: gr.Image
    instruction: gr.Textbox
    samples: gr.Slider
    seed: gr.Number
    new_seed: gr.Checkbox
    voiceless: gr.Checkbox
    duration: gr.Slider
    motion_strength: gr.Slider
    audio_scale: gr.Slider
    text_scale: gr.Slider
    steps: gr.Slider
    size: gr.Slider
    framing: gr.Radio
    head: gr.Radio
    background: gr.Radio
    colour: gr.ColorPicker
    background_picture: gr.Image
    face: gr.Slider
    points: gr.Textbox
    style_name: gr.Dropdown
    style_clip: gr.File
    style_weight: gr.Slider
    style_scale: gr.Slider

    def components(self) -> list[Any]:
        """In the order of the fields."""
        return [getattr(self, name) for name in self.__dataclass_fields__]

    @classmethod
    def named(cls, values: tuple[Any, ...]) -> dict[str, Any]:
        """Values by field name."""
        return dict(zip(cls.__dataclass_fields__, values, strict=True))


@dataclass(frozen=True)
class Slot:
    """Where one take is shown."""

    box: gr.Column
    video: gr.Video
    caption: gr.Markdown
    save_video: gr.DownloadButton
    save_motion: gr.DownloadButton


@dataclass(frozen=True)
class Results:
    """Everything on the page that a run changes."""

    status: gr.HTML
    understood: gr.Markdown
    empty: gr.HTML
    slots: tuple[Slot, ...]
    play_all: gr.Button
    together: gr.Column
    side_by_side: gr.Video
    save_all: gr.DownloadButton
    generate: gr.Button
    stop: gr.Button
    seed: gr.Number

    def components(self) -> list[Any]:
        """All of them, as the outputs of an event."""
        shown = [
            self.status,
            self.understood,
            self.empty,
            self.play_all,
            self.together,
            self.side_by_side,
            self.save_all,
        ]
        for slot in self.slots:
            shown += [slot.box, slot.video, slot.caption, slot.save_video, slot.save_motion]
        return [*shown, self.generate, self.stop, self.seed]


@dataclass
class Run:
    """The state of one run. Updates are made anew for every yield: gradio empties those it has sent."""

    results: Results
    request: Request
    folder: Path
    samples: list[Sample] = field(default_factory=list)
    words: str = "Starting"
    fraction: float = 0.0
    began: float = field(default_factory=time.monotonic)

    def updates(self, make: handlers.Make, stop: Any) -> Iterator[Updates]:
        """From the first status line to the final full update."""
        yield self._start()
        error: Exception | None = None
        for item in handlers.stream(make, self.request, stop):
            if isinstance(item, Sample):
                self.samples.append(item)
                yield {**self._show(item), self.results.status: self._status(stop)}
            elif isinstance(item, handlers.Finished):
                error = item.error
            else:
                yield self._news(item, stop)
        yield self._finish(error, stopped=stop.is_set() and len(self.samples) < self.request.samples)

    def _start(self) -> Updates:
        shown = self.results
        updates: Updates = {
            shown.status: self._status(None),
            shown.understood: "",
            shown.empty: gr.update(visible=False),
            shown.play_all: gr.update(elem_classes=[OFF]),
            shown.together: gr.update(elem_classes=[OFF]),
            shown.generate: gr.update(interactive=False),
            shown.stop: gr.update(interactive=True),
            shown.seed: self.request.seed,
            shown.side_by_side: None,
        }
        for index, slot in enumerate(shown.slots):
            wanted = index < self.request.samples
            updates[slot.box] = _take_box(shown=wanted)
            updates[slot.video] = gr.update(value=None)
            updates[slot.caption] = f"Take {index + 1} · waiting" if wanted else ""
            updates[slot.save_video] = gr.update(interactive=False)
            updates[slot.save_motion] = gr.update(interactive=False)
        return updates

    def _news(self, event: Event | None, stop: Any) -> Updates:
        updates: Updates = {}
        if event is not None:
            self.words, self.fraction = event.message, event.fraction
            if event.stage == "inputs" and "understood" in event.data:
                data = event.data
                updates[self.results.understood] = handlers.understood_words(data["understood"], data.get("notes", []))
        return {**updates, self.results.status: self._status(stop)}

    def _status(self, stop: Any) -> str:
        words = "Stopping; finished takes stay" if stop is not None and stop.is_set() else self.words
        seconds = f"{time.monotonic() - self.began:.0f} s"
        return handlers.status_bar(words, self.fraction, right=seconds)

    def _show(self, sample: Sample) -> Updates:
        slot = self.results.slots[sample.index - 1]
        return {
            slot.box: _take_box(shown=True),
            slot.video: gr.update(value=str(sample.video)),
            slot.caption: f"**Take {sample.index}** · seed {sample.seed}",
            slot.save_video: gr.update(value=str(sample.video), interactive=True),
            slot.save_motion: gr.update(value=str(sample.motion_file), interactive=True),
        }

    def _finish(self, error: Exception | None, stopped: bool) -> Updates:
        """Sends every slot again: an update that was lost while a slot was mounting is mended here."""
        shown = self.results
        updates: Updates = {
            shown.status: self._verdict(error, stopped),
            shown.generate: gr.update(interactive=True),
            shown.stop: gr.update(interactive=False),
        }
        finished = {sample.index for sample in self.samples}
        for index, slot in enumerate(shown.slots[: self.request.samples], start=1):
            if index not in finished:
                updates[slot.box] = _take_box(shown=False)
        for sample in self.samples:
            updates.update(self._show(sample))
        if self.samples:
            grid = self.folder / "side_by_side.mp4"
            updates[shown.play_all] = gr.update(elem_classes=[])
            updates[shown.together] = gr.update(elem_classes=[])
            updates[shown.side_by_side] = gr.update(value=str(grid) if grid.is_file() else None, visible=grid.is_file())
            updates[shown.save_all] = gr.update(value=str(handlers.pack(self.folder)))
        else:
            updates[shown.empty] = gr.update(visible=True)
        return updates

    def _verdict(self, error: Exception | None, stopped: bool) -> str:
        seconds = f"{time.monotonic() - self.began:.1f} s"
        done, wanted = len(self.samples), self.request.samples
        if isinstance(error, InputError):
            return handlers.status_bar(str(error), 1.0, "failed", seconds)
        if error is not None:
            log.error("a run failed", exc_info=error)
            words = f"Something went wrong ({type(error).__name__}); the server's log has the details."
            return handlers.status_bar(words, 1.0, "failed", seconds)
        if stopped:
            return handlers.status_bar(f"Stopped: {done} of {wanted} takes finished", 1.0, "done", seconds)
        return handlers.status_bar(f"Done: {done} take{'s' if done > 1 else ''}", 1.0, "done", seconds)


def _take_box(shown: bool) -> Any:
    return gr.update(elem_classes=["take"] if shown else ["take", OFF])

"""One run on the page: a generator of updates, from the click on Generate to the last take."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from avatar_app.engines import registry
from avatar_app.expected_time import in_words, time_left
from avatar_app.output import SIDE_BY_SIDE
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui import handlers
from avatar_app.ui.jobs import Finished, Job
from avatar_app.ui.stills import still_html
from avatar_app.ui.turns import Waiting

log = logging.getLogger(__name__)
OFF = "off"  # style class of what is mounted and not shown
WAITING = "waiting"  # style class of a take that is not there yet
Updates = dict[Any, Any]  # component -> new value or gr.update; components that are absent stay as they are


@dataclass(frozen=True)
class Form:
    """The inputs, by the names of their fields and in the order in which handlers receive them."""

    inputs: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.inputs[name]

    def pick(self, names: Iterable[str]) -> list[Any]:
        """The components of some fields."""
        return [self.inputs[name] for name in names]

    def named(self, values: Iterable[Any]) -> dict[str, Any]:
        """Values of all components by the names of their fields."""
        return dict(zip(self.inputs, values, strict=True))


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
    still: gr.HTML
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
    plan: gr.Code

    def components(self) -> list[Any]:
        """All of them, as the outputs of an event."""
        shown = [
            self.status,
            self.still,
            self.understood,
            self.empty,
            self.play_all,
            self.together,
            self.side_by_side,
            self.save_all,
        ]
        for slot in self.slots:
            shown += [slot.box, slot.video, slot.caption, slot.save_video, slot.save_motion]
        return [*shown, self.generate, self.stop, self.seed, self.plan]


@dataclass
class Run:
    """The state of one run. Updates are made anew for every yield: gradio empties those it has sent.

    expected: seconds that it will take, where that is known.
    """

    results: Results
    job: Job
    expected: float | None = None
    request: Request | None = None  # until it is read
    samples: list[Sample] = field(default_factory=list)
    words: str = "Starting"
    fraction: float = 0.0
    began: float = field(default_factory=time.monotonic)

    async def updates(self) -> AsyncIterator[Updates]:
        """From the first status line to the final full update."""
        yield {
            self.results.status: self._status(),
            self.results.generate: gr.update(interactive=False),
            self.results.stop: gr.update(interactive=True),
        }
        async for item in self.job.items():
            if isinstance(item, Waiting):
                yield self._wait(item)
            elif isinstance(item, Request):
                self.began = time.monotonic()
                self.request = registry.resolve(item).request  # which says how many takes there will be
                yield {**self._start(self.request), self.results.stop: gr.update(value="Stop", interactive=True)}
            elif isinstance(item, Sample):
                self.samples.append(item)
                yield {**self._show(item), self.results.status: self._status()}
            elif isinstance(item, Finished):
                yield self._finish(*await asyncio.to_thread(self._pack, item.error))
            else:
                yield self._news(item)

    def _wait(self, place: Waiting) -> Updates:
        return {
            self.results.status: handlers.status_bar(place.words, None),
            self.results.stop: gr.update(value="Cancel", interactive=True),
        }

    def _pack(self, error: Exception | None) -> tuple[Exception | None, Path | None]:
        """(what went wrong, the zip of what there is)."""
        try:
            return error, handlers.pack(self.job.folder) if self.samples else None
        except InputError as full:
            return error or full, None

    def _start(self, request: Request) -> Updates:
        shown = self.results
        updates: Updates = {
            shown.status: self._status(),
            shown.still: "",
            shown.understood: "",
            shown.empty: gr.update(visible=False),
            shown.play_all: gr.update(elem_classes=[OFF]),
            shown.together: gr.update(elem_classes=[OFF]),
            shown.seed: request.seed,
            shown.side_by_side: None,
        }
        for index, slot in enumerate(shown.slots):
            wanted = index < request.samples
            updates[slot.box] = _take_box(shown=wanted, waiting=True)
            updates[slot.video] = gr.update(value=None)
            updates[slot.caption] = f"Take {index + 1} · waiting" if wanted else ""
            updates[slot.save_video] = gr.update(interactive=False)
            updates[slot.save_motion] = gr.update(interactive=False)
        return updates

    def _news(self, event: Event | None) -> Updates:
        updates: Updates = {}
        if event is not None:
            self.words, self.fraction = event.message, event.fraction
            if "still" in event.data:
                updates[self.results.still] = still_html(event.data["still"])
            if event.stage == "inputs" and "understood" in event.data:
                data = event.data
                updates[self.results.understood] = handlers.understood_words(data["understood"], data.get("notes", []))
                if self.request is not None and self.request.plan is None:  # an edited one stays as it was typed
                    updates[self.results.plan] = handlers.plan_text(data.get("plan", []))
        return {**updates, self.results.status: self._status()}

    def _status(self) -> str:
        words = "Stopping; finished takes stay" if self.job.stop.is_set() else self.words
        elapsed = time.monotonic() - self.began
        left = time_left(self.expected, elapsed, self.fraction)
        seconds = f"{elapsed:.0f} s" if left is None or left < 1 else f"{elapsed:.0f} s, about {in_words(left)} left"
        return handlers.status_bar(words, self.fraction, right=seconds)

    def _show(self, sample: Sample) -> Updates:
        slot = self.results.slots[sample.index - 1]
        return {
            slot.box: _take_box(shown=True),
            slot.video: gr.update(value=_path(sample.video)),
            slot.caption: f"**Take {sample.index}** · {sample.told}",
            slot.save_video: gr.update(value=_path(sample.video), interactive=sample.video is not None),
            slot.save_motion: gr.update(value=_path(sample.motion_file), interactive=sample.motion_file is not None),
        }

    def _finish(self, error: Exception | None, archive: Path | None) -> Updates:
        """Sends every slot again: an update that was lost while a slot was mounting is mended here."""
        shown = self.results
        updates: Updates = {
            shown.status: self._verdict(error),
            shown.generate: gr.update(interactive=True),
            shown.stop: gr.update(value="Stop", interactive=False),
        }
        if self.request is None:  # refused before anything was begun: what is shown of the run before stays
            return updates
        finished = {sample.index for sample in self.samples}
        for index, slot in enumerate(shown.slots[: self.request.samples], start=1):
            if index not in finished:
                updates[slot.box] = _take_box(shown=False)
        for sample in self.samples:
            updates.update(self._show(sample))
        if self.samples:
            grid = self.job.folder / SIDE_BY_SIDE
            updates[shown.play_all] = gr.update(elem_classes=[])
            updates[shown.together] = gr.update(elem_classes=[])
            updates[shown.side_by_side] = gr.update(value=str(grid) if grid.is_file() else None, visible=grid.is_file())
            updates[shown.save_all] = gr.update(value=_path(archive), interactive=archive is not None)
        else:
            updates[shown.empty] = gr.update(visible=True)
        return updates

    def _verdict(self, error: Exception | None) -> str:
        seconds = f"{time.monotonic() - self.began:.1f} s"
        done, wanted = len(self.samples), self.request.samples if self.request else 0
        if isinstance(error, InputError):
            return handlers.status_bar(str(error), 1.0, "failed", seconds)
        if error is not None:
            log.error("a run failed", exc_info=error)
            words = f"Something went wrong ({type(error).__name__}); the server's log has the details."
            return handlers.status_bar(words, 1.0, "failed", seconds)
        if self.job.stop.is_set() and not wanted:
            return handlers.status_bar("Stopped: nothing was begun", 1.0, "done", seconds)
        if self.job.stop.is_set() and done < wanted:
            return handlers.status_bar(f"Stopped: {done} of {wanted} takes finished", 1.0, "done", seconds)
        return handlers.status_bar(f"Done: {done} take{'s' if done > 1 else ''}", 1.0, "done", seconds)


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _take_box(shown: bool, waiting: bool = False) -> Any:
    return gr.update(elem_classes=["take", *([WAITING] if waiting else []), *([] if shown else [OFF])])

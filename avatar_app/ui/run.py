"""One run on the page: a generator of updates, from the click on Generate to the last take."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from avatar_app.engines import registry
from avatar_app.expected_time import in_words, time_left
from avatar_app.request import InputError, Request
from avatar_app.sample import Event, Sample
from avatar_app.ui import cards, handlers
from avatar_app.ui.jobs import Finished, Job
from avatar_app.ui.keeping import Keeper
from avatar_app.ui.stills import still_html
from avatar_app.ui.store import Kept
from avatar_app.ui.turns import Waiting

log = logging.getLogger(__name__)
OFF = "off"  # style class of what is mounted and not shown
MOUNTING = 0.6  # seconds from a start until slots take what they are sent
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
class Results:
    """Everything on the page that a run changes."""

    status: gr.HTML
    still: gr.HTML
    understood: gr.Markdown
    empty: gr.HTML
    slots: tuple[gr.HTML, ...]
    transport: gr.HTML
    together: gr.HTML
    older: gr.HTML
    generate: gr.Button
    stop: gr.Button
    seed: gr.Number
    plan: gr.Code

    def components(self) -> list[Any]:
        """All of them, as the outputs of an event."""
        shown = [self.status, self.still, self.understood, self.empty, self.transport, self.together, self.older]
        shown += self.slots
        return [*shown, self.generate, self.stop, self.seed, self.plan]


@dataclass
class Run:
    """The state of one run. Updates are made anew for every yield: gradio empties those it has sent.

    expected: seconds that it will take, where that is known.
    """

    results: Results
    job: Job
    keeper: Keeper
    expected: float | None = None
    request: Request | None = None  # until it is read
    samples: list[Sample] = field(default_factory=list)
    words: str = "Starting"
    fraction: float = 0.0
    began: float = field(default_factory=time.monotonic)
    mounted: bool = False  # the slots are sure to be there

    async def updates(self) -> AsyncIterator[Updates]:
        """From the first status line to the final full update."""
        yield {
            **nothing_shown(self.results),
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
                # Slots that are still mounting lose what comes next, and would wait for ever.
                await asyncio.sleep(max(0.0, self.began + MOUNTING - time.monotonic()))
                yield self._finish(item.error)
            else:
                yield self._news(item)

    def _wait(self, place: Waiting) -> Updates:
        return {
            self.results.status: handlers.status_bar(place.words, None),
            self.results.stop: gr.update(value="Cancel", interactive=True),
        }

    def _start(self, request: Request) -> Updates:
        shown = self.results
        updates: Updates = {
            shown.status: self._status(),
            shown.still: "",
            shown.seed: request.seed,
            shown.empty: gr.update(visible=False),
            shown.transport: gr.update(elem_classes=[]),  # at once: later it would push the takes down
        }
        return {**updates, **self._waiting_slots(request)}

    def _waiting_slots(self, request: Request) -> Updates:
        """The slots of takes that are still to come."""
        done = {sample.index for sample in self.samples}
        slots = enumerate(self.results.slots[: request.samples], start=1)
        return {slot: take_update(cards.waiting_html(index)) for index, slot in slots if index not in done}

    def _news(self, event: Event | None) -> Updates:
        updates: Updates = {}
        if self.request is not None and not self.mounted and time.monotonic() - self.began >= MOUNTING:
            # Once more: slots that were still mounting when the run began may have lost it, and would stay hidden.
            self.mounted, updates = True, self._waiting_slots(self.request)
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
        kept = self.keeper.kept()
        take = kept.take(sample.index) if kept else None
        if kept is None or take is None:  # deleted meanwhile
            return {}
        return {self.results.slots[take.index - 1]: take_update(cards.take_html(kept, take, ids=True))}

    def _finish(self, error: Exception | None) -> Updates:
        """Sends every slot again: an update that was lost while a slot was mounting is mended here."""
        kept = self.keeper.kept()
        run, count = (kept.name, len(kept.takes)) if kept and kept.takes else ("", 0)
        updates: Updates = {
            # What is to be seen now, for the page's script: see kept.js.
            self.results.status: f'<div data-ended="{run}" data-takes="{count}">{self._verdict(error)}</div>',
            self.results.generate: gr.update(interactive=True),
            self.results.stop: gr.update(value="Stop", interactive=False),
        }
        return {**updates, **shown_or_nothing(self.results, kept)}

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
        if self.samples and self.keeper.kept() is None:
            return handlers.status_bar("Your files are deleted", 1.0, "done", seconds)
        return handlers.status_bar(f"Done: {done} take{'s' if done > 1 else ''}", 1.0, "done", seconds)


def take_update(value: str) -> Any:
    """A slot that shows something; nothing hides it."""
    return gr.update(value=value, elem_classes=["take"] if value else ["take", OFF])


def nothing_shown(results: Results) -> Updates:
    """No takes: those of the run before are not to look like those of the next."""
    return {
        **{slot: take_update("") for slot in results.slots},
        results.empty: gr.update(visible=True),
        results.understood: "",
        results.transport: gr.update(elem_classes=[OFF]),
        results.together: "",
    }


def shown_or_nothing(results: Results, kept: Kept | None) -> Updates:
    """A run in the slots; nothing in them where there is none, or it has no takes."""
    return shown(results, kept) if kept and kept.takes else nothing_shown(results)


def shown(results: Results, kept: Kept) -> Updates:
    """A finished run in the slots."""
    takes = {take.index: cards.take_html(kept, take, ids=True) for take in kept.takes}
    return {
        **{slot: take_update(takes.get(index, "")) for index, slot in enumerate(results.slots, start=1)},
        results.empty: gr.update(visible=False),
        results.understood: handlers.understood_words(list(kept.record.understood), list(kept.record.notes)),
        results.transport: gr.update(elem_classes=[]),
        results.together: cards.together_html(kept),
    }

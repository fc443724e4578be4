"""From samples as an engine hands them out to finished files: one worker per core draws, encodes and saves."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from avatar_app import output
from avatar_app.engines.base import Conditions, Engine
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.base import Renderer
from avatar_app.render.label import labelled
from avatar_app.render.video.writer import provenance, write_video
from avatar_app.request import Stopped
from avatar_app.sample import EngineSample, Sample
from avatar_app.settings import names_of
from avatar_app.types import Image, ShouldStop

_File = TypeVar("_File", Path, Path | None)
EVERY = 10  # frames between two words of progress
News = tuple[int, float] | Sample | BaseException | None  # progress of a sample, a finished one, an error, the end


@dataclass(frozen=True)
class _Target:
    """What draws samples, where their files go, and the threads that do it."""

    renderer: Renderer | None
    folder: Path
    pool: ThreadPoolExecutor


class SampleWriter:
    """Draws samples in parallel threads while the engine makes the next: the drawing libraries release Python's lock.

    A context: within it the engine's thread may run, which has ended when the context is left.
    settings: what the videos tell of their making.
    """

    def __init__(
        self, engine: Engine, conditions: Conditions, should_stop: ShouldStop, settings: Mapping[str, Any]
    ) -> None:
        self.engine, self.conditions, self.settings = engine, conditions, settings
        self.names = names_of(conditions.request, conditions.timeline)
        self._asked_to_stop, self._closing = should_stop, threading.Event()
        self._news: queue.Queue[News] = queue.Queue()
        self._target: Future[_Target | None] = Future()
        self._maker: threading.Thread | None = None
        # A frame's small products gain nothing from BLAS threads, which spin on the cores that the samples need.
        self._limits = threadpool_limits(1, user_api="blas")

    def __enter__(self) -> SampleWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        if not self._target.done():
            self._target.set_result(None)
        if self._maker is not None:
            self._maker.join()
        self._limits.restore_original_limits()

    def should_stop(self) -> bool:
        """Whether the work is to end: somebody said so, or nobody waits for it any more."""
        return self._closing.is_set() or self._asked_to_stop()

    def tell(self, index: int, fraction: float) -> None:
        """Hands a word of progress, from whichever thread, to the thread that waits in `write`."""
        self._news.put((index, fraction))

    def begin(self, made: Iterator[EngineSample], shares_cores: bool = False) -> None:
        """Starts making samples in a thread of its own, so that what draws them can be prepared meanwhile.

        made: must poll `should_stop`. shares_cores: with at most half of the cores, as drawing needs the others.
        """
        work = self._make_on_half if shares_cores else self._make
        self._maker = threading.Thread(target=work, args=(made,), name="engine", daemon=True)
        self._maker.start()

    def write(
        self, renderer: Renderer | None, folder: Path, on_progress: Callable[[int, float], None]
    ) -> Iterator[Sample]:
        """Samples as they finish. When some fail, the others are still written and the first error is raised last.

        renderer: None writes motion and attachments and draws no video. on_progress: gets what `tell` was told: index
        of a sample, and how much of it is drawn.
        """
        workers = renderer.workers if renderer is not None else 1
        workers = max(1, min(self.conditions.request.samples, os.cpu_count() or 1, workers))
        with ThreadPoolExecutor(workers) as pool:
            self._target.set_result(_Target(renderer, folder, pool))
            try:
                yield from self._finished(on_progress)
            finally:
                self._closing.set()
                if self._maker is not None:
                    self._maker.join()

    def _finished(self, on_progress: Callable[[int, float], None]) -> Iterator[Sample]:
        errors: list[BaseException] = []
        while (item := self._news.get()) is not None:
            if isinstance(item, Sample):
                yield item
            elif isinstance(item, BaseException):
                errors.append(item)
            else:
                on_progress(*item)
        for error in sorted(errors, key=lambda error: isinstance(error, Stopped)):
            raise error

    def _make_on_half(self, made: Iterator[EngineSample]) -> None:
        """_make with no more than half of the cores for its own computing: more threads would wait for each other while
        the drawing has the rest. As many for one sample as for ten: with another number it might round differently."""
        import torch

        threads = min(torch.get_num_threads(), max(1, (os.cpu_count() or 1) // 2))  # set for this thread by asking
        with threadpool_limits(threads, user_api="openmp"):
            self._make(made)

    def _make(self, made: Iterator[EngineSample]) -> None:
        """Takes samples from the engine and hands each to a worker; tells the end once all are written."""
        writing = []
        began = time.perf_counter()
        try:
            for sample in made:
                making = time.perf_counter() - began
                if (target := self._target.result()) is None:  # there is nothing to draw with
                    return
                writing.append(target.pool.submit(self._write_one, target, sample, making))
                began = time.perf_counter()
        except BaseException as error:  # handed to the thread that waits
            self._news.put(error)
        for job in writing:
            job.exception()
        self._news.put(None)

    def _write_one(self, target: _Target, sample: EngineSample, making: float) -> None:
        try:
            self._news.put(self._written(target, sample, making))
        except BaseException as error:  # handed to the thread that waits
            self._news.put(error)

    def _written(self, target: _Target, sample: EngineSample, making: float) -> Sample:
        if self.should_stop():
            raise Stopped
        timings, video = {"motion": making}, None
        began = time.perf_counter()
        attachments = self.engine.attachments(sample, target.folder)
        if target.renderer is not None:
            video = self._draw(target.renderer, target.folder, sample)
            attachments += target.renderer.attachments(sample, target.folder)
            timings["render"] = time.perf_counter() - began
        motion_file = None
        if sample.motion is not None:
            motion_file = target.folder / output.motion_name(sample.index)
            save_motion(sample.motion, motion_file)
        return Sample(
            sample.index, sample.seed, sample.motion, self._named(motion_file, sample), self._named(video, sample),
            timings, tuple(self._named(path, sample) for path in attachments), sample.title, sample.recorded,
        )  # fmt: skip

    def _named(self, path: _File, sample: EngineSample) -> _File:
        """The file under the name that it is to have."""
        if path is None:
            return path
        seed = None if sample.recorded else sample.seed
        return path.replace(path.with_name(self.names.of_sample(path.name, sample.index, seed)))

    def _draw(self, renderer: Renderer, folder: Path, sample: EngineSample) -> Path:
        """The sample's video, with the voice."""
        request, frames = self.conditions.request, self.conditions.frames
        path = folder / output.video_name(sample.index, renderer.ending)

        def drawn() -> Iterator[Image]:
            for i, frame in enumerate(renderer.frames(sample, self.should_stop)):
                yield frame
                if i % EVERY == EVERY - 1:
                    self.tell(sample.index, (i + 1) / frames)

        write_video(
            labelled(drawn(), request.label, renderer.size),
            renderer.size,
            path,
            self.conditions.speech if request.audio is not None else None,
            frames_total=frames,
            metadata=provenance(sample.seed, self.settings),
            should_stop=self.should_stop,
        )
        return path

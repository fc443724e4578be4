"""From motion clips to finished takes on disk: one worker per core draws, encodes and saves."""

from __future__ import annotations

import math
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from avatar_app import output as results
from avatar_app.inputs.portrait.background import Background
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.motion.export.npz import save_motion
from avatar_app.render.head.glb import save_glb
from avatar_app.render.video.writer import provenance, write_video
from avatar_app.render.views import open_view
from avatar_app.request import Request, Stopped
from avatar_app.sample import Sample
from avatar_app.speech.recording import Speech
from avatar_app.types import ShouldStop


@dataclass(frozen=True)
class Take:
    """A clip that is to become a sample."""

    index: int
    seed: int
    clip: MotionClip
    folder: Path
    motion_seconds: float

    def save(self, video: Path | None = None, drawing: float | None = None) -> Sample:
        """Writes the motion file; the sample is then complete."""
        path = self.folder / results.motion_name(self.index)
        save_motion(self.clip, path)
        timings = {"motion": self.motion_seconds} | ({} if drawing is None else {"render": drawing})
        return Sample(self.index, self.seed, self.clip, path, video, timings)


class SampleWriter:
    """Draws takes in parallel threads: the drawing libraries let go of Python's lock."""

    def __init__(
        self,
        portrait: Portrait | None,
        speech: Speech | None,
        request: Request,
        should_stop: ShouldStop,
        background: Background | None = None,
    ) -> None:
        self.speech, self.request, self.should_stop = speech, request, should_stop
        # Holds nothing of any frame: all threads draw with it.
        self.view = open_view(portrait, background or Background(), request.head, request.size)
        self.closing = threading.Event()

    def draw(self, takes: list[Take], on_progress: Callable[[float, int], None]) -> Iterator[Sample]:
        """Samples as they finish. When some fail, the others are still drawn and the first error is raised last."""
        news: queue.Queue[tuple[Take, float | Sample | BaseException]] = queue.Queue()
        done = {take.index: 0.0 for take in takes}
        errors: list[BaseException] = []
        workers = ThreadPoolExecutor(max(1, min(len(takes), os.cpu_count() or 1)))
        # A frame's small products gain nothing from BLAS threads, which spin on the cores that the takes need.
        with threadpool_limits(1, user_api="blas"), workers as pool:
            try:
                for take in takes:
                    pool.submit(self._work, take, news)
                open_takes = len(takes)
                while open_takes:
                    take, item = news.get()
                    if isinstance(item, float):
                        done[take.index] = item
                        on_progress(math.fsum(done.values()) / len(takes), take.index)
                        continue
                    open_takes -= 1
                    if isinstance(item, Sample):
                        yield item
                    else:
                        errors.append(item)
            finally:
                self.closing.set()
        for error in sorted(errors, key=lambda e: isinstance(e, Stopped)):
            raise error

    def _work(self, take: Take, news: queue.Queue[tuple[Take, float | Sample | BaseException]]) -> None:
        try:
            news.put((take, self._draw_one(take, lambda done: news.put((take, done)))))
        except BaseException as error:  # handed to the thread that waits
            news.put((take, error))

    def _draw_one(self, take: Take, on_progress: Callable[[float], None]) -> Sample:
        began = time.perf_counter()

        def stop() -> bool:
            return self.closing.is_set() or self.should_stop()

        if stop():
            raise Stopped
        path, frames = take.folder / results.video_name(take.index, self.view.ending), len(take.clip)

        def drawn() -> Iterator[Any]:
            for i, frame in enumerate(self.view.frames(take.clip, stop)):
                yield frame
                if i % 10 == 9:
                    on_progress((i + 1) / frames)

        write_video(
            drawn(),
            self.view.size,
            path,
            self.speech if self.request.audio is not None else None,
            frames_total=frames,
            metadata=provenance(take.seed, self.request.instruction, engine=self.request.engine),
            should_stop=stop,
        )
        if self.view.look is not None:
            save_glb(take.clip, take.folder / results.model_name(take.index), self.view.look)
        return take.save(path, time.perf_counter() - began)

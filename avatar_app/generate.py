"""The one path from a request to finished takes; the page, the command line and Python all walk it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_app.request import FPS, Request, Stopped
from avatar_app.sample import Event, OnEvent, Sample
from avatar_app.types import ShouldStop

if TYPE_CHECKING:  # torch, mediapipe and OpenCV are imported by the stage that needs them
    from avatar_app.engines.base import Conditions, Engine
    from avatar_app.inputs.portrait.background import Background
    from avatar_app.motion.clip import MotionClip
    from avatar_app.speech.recording import Speech

log = logging.getLogger(__name__)

DEFAULT_SECONDS = 5.0  # of a request with neither a voice nor a duration
# Share of the progress bar at which each stage ends.
INPUTS_END, MOTION_END, RENDER_END = 0.05, 0.30, 0.95


def generate(
    request: Request, on_event: OnEvent | None = None, should_stop: ShouldStop | None = None
) -> Iterator[Sample]:
    """Yields takes as they finish; the same request and seed give the same motion.

    Files in `request.output`: sample_K.mp4 (.webm or .mov for transparent ones), sample_K.motion.npz, sample_K.glb
    where the 3-D head is drawn (animated, for Blender and browsers), side_by_side.mp4 (for two or more takes, after the
    last one) and result.json. Finished takes stay when `should_stop()` turns true (the iterator then ends quietly) or a
    later take fails. Raises InputError before anything is written.
    """
    run = _Run(request, on_event or (lambda event: None), should_stop or (lambda: False))
    yield from run.samples()


class _Run:
    """One request on its way."""

    def __init__(self, request: Request, on_event: OnEvent, should_stop: ShouldStop) -> None:
        self.request, self.on_event, self.should_stop = request, on_event, should_stop
        self.seconds: dict[str, float] = {}
        self.finished: list[Sample] = []
        self.background: Background | None = None  # None: none was read

    def samples(self) -> Iterator[Sample]:
        """The whole path."""
        from avatar_app import output as results

        began = time.perf_counter()
        try:
            conditions, engine = self._read()
        except Stopped:  # while a film was read for its style: nothing was written yet
            self._tell("done", 1.0, _closing_words(0, self.request.samples))
            return
        folder = results.open_folder(self.request)
        understood = {
            "understood": conditions.timeline.describe(),
            "notes": _notes(conditions),
            "output": str(folder),
        }
        self._tell("inputs", INPUTS_END, "Inputs read", data=understood)
        try:
            clips = self._move(conditions, engine)
            for sample in self._take(conditions, clips, folder):
                self.finished.append(sample)
                yield sample
            self._join(folder)
        except Stopped:
            log.info("stopped with %d of %d takes finished", len(self.finished), self.request.samples)
        finally:  # also when a take failed, or when nobody waits for more of them
            result = self._result(conditions, engine, understood, time.perf_counter() - began)
            results.write_result(folder, result)
        self._tell("done", 1.0, _closing_words(len(self.finished), self.request.samples), data=result)

    def _tell(
        self, stage: str, fraction: float, message: str, sample: int | None = None, data: dict[str, Any] | None = None
    ) -> None:
        self.on_event(Event(stage, min(fraction, 1.0), message, sample, data or {}))

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    def _read(self) -> tuple[Conditions, Engine]:
        """Checks and reads everything, cheapest first, before a file is written."""
        request = self.request
        request.check()
        from avatar_app import output as results
        from avatar_app.engines.base import Conditions, load_engine
        from avatar_app.inputs.instruction.timeline import read_instruction
        from avatar_app.inputs.portrait.background import read_background
        from avatar_app.inputs.portrait.portrait import load_portrait
        from avatar_app.render.layers.backdrop import replace_background

        results.check_folder(request)
        self._tell("inputs", 0.0, "Reading the voice, the portrait and the instruction")
        with self._timed("inputs"):
            speech = _sound(request)
            portrait = None
            if request.portrait is None and not request.motion_only:
                self.background = read_background(request.background)
            if request.portrait is not None:
                portrait = load_portrait(
                    request.portrait, request.face, request.size, request.detector, request.framing, request.points
                )
                if not request.motion_only:
                    portrait, self.background = replace_background(portrait, request.background)
            timeline = read_instruction(request.instruction, speech.duration)
        with self._timed("loading"):
            engine = load_engine(request.engine)
            engine.check(request)
        style = None
        if request.style is not None:
            from avatar_app.styles import resolve_style

            with self._timed("style"):
                style = resolve_style(request.style, should_stop=self.should_stop)
        return Conditions(request, speech.frames, speech, portrait, timeline, style), engine

    def _move(self, conditions: Conditions, engine: Engine) -> list[MotionClip]:
        """One motion clip per take. What an engine that follows no words leaves out is acted on top."""
        acting = not engine.follows_words and conditions.timeline.asks_for_something(conditions.frames)
        passes = 2 if acting else 1

        def on_step(done: float, before: int = 0) -> None:
            share = INPUTS_END + (before + done) / passes * (MOTION_END - INPUTS_END)
            self._tell("motion", share, "Imagining the motion")

        on_step(0.0)
        with self._timed("motion"):
            clips = engine.sample(conditions, on_step, self.should_stop)
            if acting:
                from avatar_app.motion.instruction_layer import apply_instruction

                clips = apply_instruction(clips, conditions, lambda done: on_step(done, 1), self.should_stop)
        return [clip.with_head_strength(self.request.motion_strength) for clip in clips]

    def _take(self, conditions: Conditions, clips: list[MotionClip], folder: Path) -> Iterator[Sample]:
        """Takes in the order in which they finish, drawn by one worker per core."""
        from avatar_app.sample_writer import SampleWriter, Take

        share = self.seconds["motion"] / len(clips)
        takes = [
            Take(index, seed, clip, folder, share)
            for index, (seed, clip) in enumerate(zip(self.request.seeds, clips, strict=True), start=1)
        ]
        if self.request.motion_only:
            for take in takes:
                yield take.save()
            return
        with self._timed("render"):
            studio = SampleWriter(
                conditions.portrait, conditions.speech, self.request, self.should_stop, self.background
            )
            yield from studio.draw(takes, self._drawn)

    def _drawn(self, fraction: float, sample: int) -> None:
        self._tell("render", MOTION_END + fraction * (RENDER_END - MOTION_END), f"Drawing take {sample}", sample)

    def _join(self, folder: Path) -> None:
        """The side-by-side video, when there is more than one."""
        from avatar_app import output as results
        from avatar_app.render.video.grid import side_by_side

        videos = [s.video for s in sorted(self.finished, key=lambda s: s.index) if s.video is not None]
        if len(videos) < 2:
            return
        self._tell("render", RENDER_END, "Laying the takes side by side")
        labels = [f"{s.index} · seed {s.seed}" for s in sorted(self.finished, key=lambda s: s.index)]
        with self._timed("side_by_side"):
            side_by_side(videos, labels, folder / results.SIDE_BY_SIDE, should_stop=self.should_stop)

    def _result(
        self, conditions: Conditions, engine: Engine, understood: dict[str, Any], total: float
    ) -> dict[str, Any]:
        """What result.json says."""
        from avatar_app import output as results

        duration = conditions.frames / FPS
        takes = sorted(self.finished, key=lambda sample: sample.index)
        return {
            "engine": engine.describe(),
            "versions": results.versions(),
            "request": {
                "instruction": self.request.instruction,
                "samples": self.request.samples,
                "size": self.request.size,
                "framing": self.request.framing,
                "head": self.request.head,
                "motion_strength": self.request.motion_strength,
            },
            "understood": understood["understood"],
            "not_understood": list(conditions.timeline.not_understood),
            "notes": understood["notes"],
            "seconds_of_video": duration,
            "samples": [
                {
                    "index": sample.index,
                    "seed": sample.seed,
                    "video": None if sample.video is None else sample.video.name,
                    "motion": sample.motion_file.name,
                    "seconds": {stage: round(value, 3) for stage, value in sample.timings.items()},
                }
                for sample in takes
            ],
            "complete": len(takes) == self.request.samples,
            "seconds": {stage: round(value, 3) for stage, value in self.seconds.items()} | {"total": round(total, 3)},
            "real_time_factor": round(total / duration, 3),
        }


def _sound(request: Request) -> Speech:
    """The voice, or silence as long as the request wants."""
    from avatar_app.speech.recording import load_speech, silence

    if request.audio is None:
        return silence(request.duration or DEFAULT_SECONDS)
    return load_speech(request.audio, request.audio_from, request.audio_to)


def _notes(conditions: Conditions) -> list[str]:
    notes: list[str] = []
    if conditions.speech is not None and conditions.request.audio is not None:
        notes += conditions.speech.notes
    if conditions.portrait is not None:
        notes += conditions.portrait.notes
    return notes


def _closing_words(done: int, wanted: int) -> str:
    return f"{done} of {wanted} takes finished" if done < wanted else f"{done} take{'s' if done > 1 else ''} finished"

"""The one path from a request to finished samples; the page, the command line and Python all walk it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from avatar_app.loading import import_rooms
from avatar_app.progress import part_of
from avatar_app.request import FPS, InputError, Request, Stopped
from avatar_app.sample import EngineSample, Event, OnEvent, Sample
from avatar_app.types import ShouldStop

if TYPE_CHECKING:  # torch, mediapipe and OpenCV are loaded once a request walks through, not by `import avatar_app`
    from avatar_app.engines.base import Conditions, Engine, InstructionLayer
    from avatar_app.engines.registry import Plan
    from avatar_app.inputs.instruction.timeline import Timeline
    from avatar_app.inputs.portrait.background import Background
    from avatar_app.inputs.portrait.portrait import Portrait
    from avatar_app.render.base import Renderer
    from avatar_app.sample_writer import SampleWriter
    from avatar_app.speech.recording import Speech
    from avatar_app.speech.voice_map import VoiceMap

log = logging.getLogger(__name__)

DEFAULT_SECONDS = 5.0  # of a request with neither a voice nor a duration
# Share of the progress bar at which inputs are read, and at which every sample is drawn.
INPUTS_END, DRAWN = 0.05, 0.95


def generate(
    request: Request, on_event: OnEvent | None = None, should_stop: ShouldStop | None = None
) -> Iterator[Sample]:
    """Yields samples as they finish; the same request and seed give the same motion, alone or among others.

    Files in `request.output`: sample_K.mp4 (.webm or .mov for transparent ones), sample_K.motion.npz, further files of
    a sample (sample_K.glb where the 3-D head is drawn: animated, for Blender and browsers), side_by_side.mp4 (for two
    or more samples, after the last one) and result.json. Finished samples stay when `should_stop()` turns true (the
    iterator then ends quietly) or a later sample fails. Raises InputError before anything is written.
    """
    run = _Run(request, on_event or (lambda event: None), should_stop or (lambda: False))
    yield from run.samples()


class _Run:
    """One request on its way."""

    def __init__(self, request: Request, on_event: OnEvent, should_stop: ShouldStop) -> None:
        self.request, self.on_event, self.should_stop = request, on_event, should_stop
        self.began, self.seconds = time.perf_counter(), dict[str, float]()
        self.finished: list[Sample] = []
        self.notes: list[str] = []
        self.background: Background | None = None  # None: none was read
        self.motion_share = 0.0  # of the progress bar
        self.side_by_side: str | None = None  # its name, once it is there
        self.made, self.drawn = 0.0, dict[int, float]()

    def samples(self) -> Iterator[Sample]:
        """The whole path."""
        from avatar_app.sample_writer import SampleWriter
        from avatar_app.settings import settings_of

        try:
            plan, engine, conditions = self._read()
        except Stopped:  # while a film was read for its style: nothing was written yet
            self._tell("done", 1.0, _closing_words(0, self.request.samples))
            return
        with SampleWriter(engine, conditions, self.should_stop, settings_of(plan)) as writer:
            yield from self._made(plan, engine, conditions, writer)

    def _made(self, plan: Plan, engine: Engine, conditions: Conditions, writer: SampleWriter) -> Iterator[Sample]:
        """The samples, and what is told of them, once everything is read."""
        from avatar_app import output

        making = time.perf_counter()
        layer = self._layer(plan, conditions)
        own = None if self.request.motion_only else engine.renderer(conditions)
        # The portrait is prepared while the first motion is made.
        # Motion alone is made on as many cores, too: it has to be that of the drawn take to the bit.
        house_draws = plan.spec.makes == "motion" and plan.weights not in plan.spec.draws
        writer.begin(self._make(engine, conditions, layer, writer), shares_cores=house_draws)
        renderer = own or self._renderer(conditions)
        folder = output.open_folder(self.request)
        data = {**conditions.timeline.told(), "notes": self.notes, "output": str(folder)}
        self._tell("inputs", INPUTS_END, "Inputs read", data=data)
        self._on_progress(0, 0.0)
        self.seconds["samples"] = time.perf_counter() - making
        try:
            with self._timed("samples"):
                for sample in writer.write(renderer, folder, self._on_progress):
                    self.finished.append(sample)
                    yield sample
            self._join(folder / writer.names.of_all(output.SIDE_BY_SIDE))
        except Stopped:
            log.info("stopped with %d of %d samples finished", len(self.finished), self.request.samples)
        except BaseException:  # a sample failed, or nobody waits for more of them
            with suppress(InputError):  # the first error is the one to be told
                output.write_result(folder, self._result(plan, engine, conditions))
            raise
        result = self._result(plan, engine, conditions)
        output.write_result(folder, result)
        self._tell("done", 1.0, _closing_words(len(self.finished), self.request.samples), data=result)

    def _tell(self, stage: str, fraction: float, message: str, sample: int | None = None, data: Any = None) -> None:
        self.on_event(Event(stage, min(fraction, 1.0), message, sample, data or {}))

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - began

    def _read(self) -> tuple[Plan, Engine, Conditions]:
        """Checks and reads everything, cheapest first, before a file is written."""
        from avatar_app import credentials, output
        from avatar_app.engines import registry

        plan = registry.resolve(self.request)
        self.request = request = plan.request
        output.check_folder(request)
        credentials.check()
        import_rooms(registry.engine_module(plan.spec))
        from avatar_app.engines.base import Conditions
        from avatar_app.inputs.portrait.portrait import load_portrait
        from avatar_app.speech.recording import load_speech

        self._tell("inputs", 0.0, "Reading the voice, the portrait and the instruction")
        with self._timed("inputs"):
            speech, partner, portrait = _sound(request), None, None
            if request.partner is not None:
                partner = load_speech(request.partner, request.audio_from, request.audio_to)
            if request.portrait is not None:
                portrait = load_portrait(
                    request.portrait, request.face, request.size, request.detector, request.framing, request.points
                )
            if not request.motion_only:
                portrait = self._before_background(portrait)
            timeline = _timeline(request, speech, plan.spec.bodily)
        with self._timed("loading"):
            engine = registry.load_engine(plan.spec.name, plan.weights)
        self.notes = _notes(request, speech, portrait) + plan.ignored()
        self.motion_share = 1.0 if request.motion_only else plan.spec.motion_share
        conditions = Conditions(request, plan.options, speech.frames, speech, portrait, timeline, partner)
        with self._timed("preparing"):
            conditions = engine.prepare(conditions, self.should_stop)
        self.notes += conditions.notes
        return plan, engine, conditions

    def _before_background(self, portrait: Portrait | None) -> Portrait | None:
        """The portrait, told apart from its background where that is replaced; keeps what is put there."""
        from avatar_app.inputs.portrait.background import read_background
        from avatar_app.render.layers.backdrop import replace_background
        from avatar_app.render.still import first_still

        if portrait is None:
            self.background = read_background(self.request.background)
            return None
        portrait, self.background = replace_background(portrait, self.request.background)
        still = first_still(portrait, self.background)  # whoever watches sees at once whether it is the right face
        self._tell("inputs", INPUTS_END / 2, "Reading the instruction", data={"still": still})
        return portrait

    def _renderer(self, conditions: Conditions) -> Renderer | None:
        """What draws the samples of an engine without its own renderer; None where nothing is drawn."""
        from avatar_app.render.views import open_view

        if self.request.motion_only:
            return None
        if conditions.portrait is None and self.request.head != "clay":
            self.notes.append("Nothing is drawn: there is neither a portrait nor a head of the engine's own.")
            return None
        assert self.background is not None
        wanted = self.request
        return open_view(conditions.portrait, self.background, wanted.head, wanted.size, wanted.samples)

    def _layer(self, plan: Plan, conditions: Conditions) -> InstructionLayer | None:
        """What acts the instruction on top of motion of an engine that does not read it; None where none is needed."""
        from avatar_app.engines import registry

        if "text" in plan.spec.reads or not conditions.timeline.asks_for_something(conditions.frames):
            return None
        actor = registry.load_actor() if plan.spec.layerable else None
        if actor is None:
            self.notes.append(f"The engine {plan.spec.name} does not follow instructions: yours was left aside.")
            return None
        return actor.open_layer(conditions)

    def _make(
        self, engine: Engine, conditions: Conditions, layer: InstructionLayer | None, writer: SampleWriter
    ) -> Iterator[EngineSample]:
        """Samples with everything that their motion is to have, as the engine finishes them."""
        from avatar_app.motion.eyes import with_wishes

        count, parts = self.request.samples, 1 if layer is None else 2
        done = [0.0] * parts  # of the engine, and of the instruction acted on top

        def told(part: int, fraction: float) -> None:
            done[part] = fraction
            writer.tell(0, sum(done) / parts)

        should_stop = writer.should_stop
        for k, sample in enumerate(engine.sample(conditions, lambda part: told(0, part), should_stop)):
            if layer is not None and sample.motion is not None and not sample.recorded:
                sample = layer.apply(sample, part_of(lambda part: told(1, part), k, count), should_stop)
            if sample.motion is not None and not sample.recorded:
                motion = sample.motion.with_head_strength(self.request.motion_strength)
                wanted, asked = self.request, conditions.timeline.tokens()
                motion = with_wishes(motion, wanted.blinks, wanted.eye_contact, asked, sample.seed)
                sample = replace(sample, motion=motion)
            yield sample

    def _on_progress(self, index: int, fraction: float) -> None:
        """index: of a sample that is drawn; 0 for the motion of all of them."""
        if index:
            self.drawn[index] = fraction
            self._tell("render", self._fraction(), f"Drawing take {index}", index)
        else:
            self.made = fraction
            self._tell("motion", self._fraction(), "Imagining the motion")

    def _fraction(self) -> float:
        """Of the whole request: samples are made and drawn at the same time."""
        drawn, share = sum(self.drawn.values()) / self.request.samples, self.motion_share
        return INPUTS_END + (DRAWN - INPUTS_END) * (share * self.made + (1 - share) * drawn)

    def _join(self, path: Path) -> None:
        """The side-by-side video, where it is wanted and there is more than one sample."""
        from avatar_app.render.video.grid import side_by_side

        finished = sorted(self.finished, key=lambda sample: sample.index)
        videos = [sample.video for sample in finished if sample.video is not None]
        if len(videos) < 2 or not self.request.side_by_side:
            return
        self._tell("render", DRAWN, "Laying the takes side by side")
        labels = [f"{sample.index} · {sample.told}" for sample in finished]
        with self._timed("side_by_side"):
            side_by_side(videos, labels, path, should_stop=self.should_stop)
            self.side_by_side = path.name

    def _result(self, plan: Plan, engine: Engine, conditions: Conditions) -> dict[str, Any]:
        """What result.json says."""
        from avatar_app import output
        from avatar_app.settings import settings_of

        duration, total = conditions.frames / FPS, time.perf_counter() - self.began
        samples = sorted(self.finished, key=lambda sample: sample.index)
        motion = sum(sample.timings["motion"] for sample in samples)
        # Samples are made and drawn at the same time: what is left over was drawing alone.
        render = max(0.0, self.seconds.get("samples", 0.0) - motion)
        seconds = {**self.seconds, "motion": motion, "render": render, "total": total}
        return {
            "engine": engine.describe(),
            "versions": output.versions(),
            "request": settings_of(plan),
            **conditions.timeline.told(),
            "not_understood": list(conditions.timeline.not_understood),
            "instruction_notes": list(conditions.timeline.notes),
            "notes": self.notes,
            "seconds_of_video": duration,
            "samples": [_told(sample) for sample in samples],
            "side_by_side": self.side_by_side,
            "complete": len(samples) == self.request.samples,
            "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
            "real_time_factor": round(total / duration, 3),
        }


def _timeline(request: Request, speech: Speech, bodily: bool) -> Timeline:
    """What is to happen when."""
    from avatar_app.inputs.instruction.reading import timeline_for

    def listen(need_words: bool) -> VoiceMap:
        from avatar_app.speech.listening import map_voice  # the recogniser: only where words are tied to the voice

        return map_voice(speech, request.transcript, need_words)

    return timeline_for(request, speech.duration, None if request.audio is None else listen, bodily)


def _told(sample: Sample) -> dict[str, Any]:
    """A sample in result.json."""
    return {
        "index": sample.index,
        "seed": None if sample.recorded else sample.seed,
        "title": sample.title,
        "video": None if sample.video is None else sample.video.name,
        "motion": None if sample.motion_file is None else sample.motion_file.name,
        "attachments": [path.name for path in sample.attachments],
        "seconds": {stage: round(value, 3) for stage, value in sample.timings.items()},
    }


def _sound(request: Request) -> Speech:
    """The voice, or silence as long as the request wants."""
    from avatar_app.speech.recording import load_speech, silence

    if request.audio is None:
        return silence(request.duration or DEFAULT_SECONDS)
    return load_speech(request.audio, request.audio_from, request.audio_to)


def _notes(request: Request, speech: Speech, portrait: Portrait | None) -> list[str]:
    """What a person should know about their recording and their picture."""
    notes = list(speech.notes) if request.audio is not None else []
    return notes + (list(portrait.notes) if portrait is not None else [])


def _closing_words(done: int, wanted: int) -> str:
    return f"{done} of {wanted} takes finished" if done < wanted else f"{done} take{'s' if done > 1 else ''} finished"

"""What every engine tells of itself, what it is asked, and what it gives back; docs/architecture.md shows the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from avatar_app.request import Request
from avatar_app.sample import EngineSample
from avatar_app.types import OnStep, ShouldStop

if TYPE_CHECKING:  # specs are read for --help and for the page, where OpenCV and mediapipe have no business
    from avatar_app.inputs.instruction.timeline import Timeline
    from avatar_app.inputs.portrait.portrait import Portrait
    from avatar_app.render.base import Renderer
    from avatar_app.speech.recording import Speech

INPUTS = ("audio", "partner", "portrait", "text", "style")
EMBEDDED, PUBLISHED = "embedded", "published"
# Fields of a request that change motion after an engine has made it, as people call them.
ADJUSTMENTS = {"motion_strength": "head motion", "blinks": "blinks", "eye_contact": "gaze at camera"}


@dataclass(frozen=True)
class NoOptions:
    """For engines that have none."""


def nothing_missing(weights: str) -> str:
    """Every file is there."""
    return ""


def no_styles() -> dict[str, Path]:
    """For engines without named speaking styles."""
    return {}


def as_asked(request: Request, options: Any) -> Request:
    """Options that change nothing in what is common to all engines."""
    return request


def nothing_to_check(request: Request, options: Any) -> None:
    """Every request that is within the common limits can be met."""


@dataclass(frozen=True)
class EngineSpec:
    """What is known of an engine without loading it: `SPEC` in engines/NAME/spec.py, which imports no torch.

    title, summary: for people. needs: inputs without which it cannot work; reads: those that it uses (of INPUTS).
    makes: "motion" clips, which the house draws, or "frames" of its own. layerable: an instruction that it does not
    read may be added to its motion. acts_instructions: it is what adds instructions to the motion of others.
    bodily: it moves a body, so that instructions may ask for arms and hands (face/body_actions.py).
    options: a frozen dataclass of options.option fields. weights: the kinds it can run with, the default first.
    adjusts: of ADJUSTMENTS, what changes its takes; None is all of them for motion, and none for frames.
    draws: the weights with which it brings a renderer of its own, so that no portrait is needed.
    motion_share: of the progress bar, 0 to 1. rank: place among the engines; the lowest is the default.
    missing(weights): one sentence on what is not installed and what to do, or "".
    named_styles(): name and file of every speaking style that ships.
    completed(request, options): the request with what options put into it, such as the voices of a scene.
    check(request, options): raises InputError for wishes that cannot be met; reads no large file.
    """

    name: str
    title: str
    summary: str
    needs: frozenset[str]
    reads: frozenset[str]
    makes: Literal["motion", "frames"]
    layerable: bool = False
    acts_instructions: bool = False
    bodily: bool = False
    options: type = NoOptions
    weights: tuple[str, ...] = (EMBEDDED,)
    adjusts: frozenset[str] | None = None
    draws: frozenset[str] = frozenset()
    motion_share: float = 0.3
    rank: int = 100
    missing: Callable[[str], str] = nothing_missing
    completed: Callable[[Request, Any], Request] = as_asked
    check: Callable[[Request, Any], None] = nothing_to_check
    named_styles: Callable[[], dict[str, Path]] = no_styles

    def __post_init__(self) -> None:
        unknown = (self.needs | self.reads) - set(INPUTS)
        if unknown or not self.needs <= self.reads | {"portrait"}:
            raise ValueError(f"an engine needs and reads some of {', '.join(INPUTS)}; {self.name} says {unknown}")
        if self.adjusts and not self.adjusts <= set(ADJUSTMENTS):
            raise ValueError(f"an engine adjusts some of {', '.join(ADJUSTMENTS)}; {self.name} says {self.adjusts}")

    def ignores(self) -> list[str]:
        """Fields of ADJUSTMENTS that change nothing in its takes."""
        heeded = self.adjusts if self.adjusts is not None else ADJUSTMENTS if self.makes == "motion" else ()
        return [name for name in ADJUSTMENTS if name not in heeded]

    def cannot_change(self, names: Iterable[str]) -> str:
        """A sentence on fields of ADJUSTMENTS that it ignores; "" for none."""
        *others, last = [ADJUSTMENTS[name] for name in names] or [""]
        return f"{self.title} cannot change {', '.join(others)}{' and ' if others else ''}{last}." if last else ""

    def brings_renderer(self, weights: str) -> bool:
        """Whether it draws its samples itself, so that no portrait is needed unless it says so in `needs`."""
        return self.makes == "frames" or weights in self.draws


@dataclass(frozen=True)
class Conditions:
    """What the samples of one request share.

    options: an instance of the engine's options. frames: ceil(duration * 25).
    speech: of the recording; silence of the wanted duration where there is none. partner: the second voice, or None.
    portrait: None where the request has no picture. timeline: the instruction as understood.
    extra: what the engine's own `prepare` adds: style vectors, codes. notes: what it has to tell a person.
    """

    request: Request
    options: Any
    frames: int
    speech: Speech
    portrait: Portrait | None
    timeline: Timeline
    partner: Speech | None = None
    extra: Any = None
    notes: tuple[str, ...] = ()


class Engine(Protocol):
    """An engine with its weights. Loaded once and reused by several runs at once: it holds no request state."""

    @property
    def spec(self) -> EngineSpec:
        """What is known of it without its weights."""
        ...

    @property
    def memory(self) -> int:
        """Bytes that its weights take."""
        ...

    def describe(self) -> dict[str, Any]:
        """Checkpoint, architecture and default settings, for result.json."""
        ...

    def prepare(self, conditions: Conditions, should_stop: ShouldStop) -> Conditions:
        """The conditions with what only this engine reads, such as style vectors; called before anything is written.

        Raises InputError for what cannot be used, Stopped once should_stop() is true.
        """
        ...

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> Iterator[EngineSample]:
        """One sample per seed in `conditions.request.seeds`, each as soon as it is finished.

        Sample k is what a lone request with its seed gets, bit for bit. on_step: fraction of all samples, 0 to 1.
        Raises Stopped once `should_stop()` is true (polled between denoising steps): what is half done is never handed
        out.
        """
        ...

    def renderer(self, conditions: Conditions) -> Renderer | None:
        """What draws its samples; None: the house's portrait or 3-D head."""
        ...

    def attachments(self, sample: EngineSample, folder: Path) -> list[Path]:
        """Writes what belongs to a sample beside motion and video, as sample_K.SOMETHING; the files' paths."""
        ...


class InstructionActor(Protocol):
    """An engine that acts an instruction on top of motion which was made without it."""

    def open_layer(self, conditions: Conditions) -> InstructionLayer:
        """Reads voice and instruction once for all samples of a request."""
        ...


class InstructionLayer(Protocol):
    """An instruction, ready to be acted on top of samples."""

    def apply(self, sample: EngineSample, on_step: OnStep, should_stop: ShouldStop) -> EngineSample:
        """The sample with what the instruction changes in its motion. Raises Stopped once should_stop() is true."""
        ...

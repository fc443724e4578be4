"""The Engine protocol: what `generate` asks of every published system, and the registry of those that exist."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any, Protocol

from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.inputs.portrait.portrait import Portrait
from avatar_app.motion.clip import MotionClip
from avatar_app.request import InputError, Request
from avatar_app.speech.recording import Speech
from avatar_app.types import Array, OnStep, ShouldStop

# Name -> module:factory. A factory takes no arguments and returns an Engine; nothing is imported before that.
ENGINES: dict[str, str] = {
    "instruct_avatar": "avatar_app.engines.instruct_avatar.engine:load_engine",
    "diffposetalk": "avatar_app.engines.diffposetalk.engine:load_engine",
}


@dataclass(frozen=True)
class Conditions:
    """What the samples of one request share.

    frames: ceil(duration * 25).
    speech: None when the instruction alone drives the motion.
    portrait: None for `motion_only` requests without a picture.
    timeline: the instruction as understood.
    style: (128,) float32, the speaking style that was asked for; None when none was.
    """

    request: Request
    frames: int
    speech: Speech | None
    portrait: Portrait | None
    timeline: Timeline
    style: Array | None = None


class Engine(Protocol):
    """A motion model. Engines are loaded once and reused; they hold weights but no request state."""

    name: str
    follows_words: bool  # otherwise `generate` acts the instruction on top

    def describe(self) -> dict[str, Any]:
        """Checkpoint, architecture and default settings, for result.json and `doctor`."""
        ...

    def check(self, request: Request) -> None:
        """Raises InputError for wishes that this engine cannot meet; called before anything is written."""
        ...

    def sample(self, conditions: Conditions, on_step: OnStep, should_stop: ShouldStop) -> list[MotionClip]:
        """One MotionClip of `conditions.frames` frames per seed in `conditions.request.seeds`.

        Raises Stopped as soon as `should_stop()` is true (polled between denoising steps).
        """
        ...


def load_engine(name: str) -> Engine:
    """The engine called `name`; InputError names the ones that exist."""
    if name not in ENGINES:
        raise InputError(f"There is no engine called {name!r}; choose one of: {', '.join(sorted(ENGINES))}.")
    module, factory = ENGINES[name].split(":")
    engine: Engine = getattr(importlib.import_module(module), factory)()
    return engine

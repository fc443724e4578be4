"""Takes without a portrait or a page: for measuring."""

from __future__ import annotations

from typing import Any

from avatar_app.engines.instruct_avatar.engine import InstructAvatar, conditions_for
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS, Request
from avatar_app.speech.recording import Speech, silence


def takes(
    engine: InstructAvatar,
    speech: Speech | None,
    timeline: Timeline | None,
    seeds: int,
    seconds: float = 5.0,
    **settings: Any,
) -> list[MotionClip]:
    """Takes of a voice and a timeline; `settings` are fields of Request, e.g. steps."""
    frames = speech.frames if speech is not None else round(seconds * FPS)
    request = Request(**{"samples": seeds, "seed": 100, "motion_only": True, "duration": seconds} | settings)
    parts: dict[str, Any] = {"speech": speech or silence(seconds)}
    if timeline is not None:
        parts["timeline"] = timeline
    return engine.sample(conditions_for(request, frames, **parts), lambda done: None, lambda: False)

"""Motion samples without a portrait or a page, for the evaluation."""

from __future__ import annotations

from typing import Any

from avatar_app.engines.instruct_avatar.conditioning import conditions_for
from avatar_app.engines.instruct_avatar.engine import InstructAvatar
from avatar_app.engines.instruct_avatar.spec import SPEC
from avatar_app.engines.options import list_options
from avatar_app.inputs.instruction.timeline import Timeline
from avatar_app.motion.clip import MotionClip
from avatar_app.request import FPS, Request
from avatar_app.speech.recording import Speech, silence


def motion_samples(
    engine: InstructAvatar,
    speech: Speech | None,
    timeline: Timeline | None,
    count: int,
    seconds: float = 5.0,
    **settings: Any,
) -> list[MotionClip]:
    """`count` samples of a voice and a timeline; `settings` are fields of Request or options of the engine, e.g. steps.

    seconds: of the motion where there is no voice.
    """
    frames = speech.frames if speech is not None else round(seconds * FPS)
    known = {option.name for option in list_options(SPEC.options)}
    options = {name: value for name, value in settings.items() if name in known}
    fields = {name: value for name, value in settings.items() if name not in known}
    usual: dict[str, Any] = {"samples": count, "seed": 100, "motion_only": True, "duration": seconds}
    parts: dict[str, Any] = {"speech": speech or silence(seconds)}
    if timeline is not None:
        parts["timeline"] = timeline
    conditions = conditions_for(Request(**usual | fields, options=options), frames, **parts)
    made = engine.sample(conditions, lambda done: None, lambda: False)
    return [sample.motion for sample in made if sample.motion is not None]

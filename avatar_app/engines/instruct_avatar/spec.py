"""What is known of instruct_avatar without loading it."""

from __future__ import annotations

from dataclasses import dataclass

from avatar_app.engines.base import EngineSpec
from avatar_app.engines.options import option
from avatar_app.weights import missing_files

NAME = "instruct_avatar"
FILES = ("model.safetensors", "config.json")


@dataclass(frozen=True)
class Options:
    """Options of one request; None leaves a value to SamplingConfig."""

    steps: int | None = option(
        None, "Denoising steps; fewer are faster, more are finer.", kind="int", low=2, high=100, suggested=8,
        fast=5, best=16,
    )  # fmt: skip
    audio_scale: float | None = option(
        None,
        "Guidance of the voice; 1 is none, above it the lips exaggerate.",
        kind="float",
        label="Voice strength",
        low=0,
        high=5,
        suggested=1.0,
    )
    text_scale: float | None = option(
        None,
        "Guidance of the instruction; 1 is none, above it the acting exaggerates.",
        kind="float",
        label="Instruction strength",
        low=0,
        high=5,
        suggested=1.0,
    )
    liveliness: float = option(
        1.0,
        "How lively head, brows and eyes are: 0 a calm reader, 1 as people differ, 2 the liveliest.",
        kind="float",
        low=0,
        high=2,
        everyday=True,
    )
    emotion_strength: float = option(
        1.0, "Gain of emotions; 0 shows none.", kind="float", label="Emotion", low=0, high=3, everyday=True
    )
    action_strength: float = option(1.0, "Gain of actions such as nods; 0 shows none.", kind="float", low=0, high=3)


def _missing(weights: str) -> str:
    return missing_files(NAME, FILES)


SPEC = EngineSpec(
    name=NAME,
    title="InstructAvatar",
    summary="Face and head motion from a voice and an instruction in free text, or from either alone.",
    needs=frozenset(),
    reads=frozenset({"audio", "portrait", "text"}),
    makes="motion",
    acts_instructions=True,
    options=Options,
    rank=0,
    missing=_missing,
)

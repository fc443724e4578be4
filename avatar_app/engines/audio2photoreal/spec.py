"""What is known of audio2photoreal without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_app.engines.audio2photoreal.asked import completed, find_scene
from avatar_app.engines.audio2photoreal.ca_body_files import NOTHING, way_of_drawing, what_drawing_needs
from avatar_app.engines.audio2photoreal.paths import NAME, PEOPLE, what_is_missing
from avatar_app.engines.base import EMBEDDED, PUBLISHED, EngineSpec
from avatar_app.engines.options import option
from avatar_app.request import InputError, Request
from avatar_app.weights import missing_files

FILES = ("model.safetensors", "config.json")
BODIES = ("robin", "mara", "jonas", "amina", "tomas", "ruth", "kei")
CAMERAS = ("half", "full")
SHOWN = ("body", "portrait", "beside")


@dataclass(frozen=True)
class Options:
    """Options of one request; None leaves a value to the weights (see engine.SamplingConfig and published.py)."""

    body: str = option("robin", "Who is drawn; a portrait lends its face.", kind="choice", choices=BODIES)
    camera: str = option("half", "Half or full length.", kind="choice", choices=CAMERAS)
    show: str = option("body", "The body, the portrait alone, or both beside each other.", kind="choice", choices=SHOWN)
    body_motion: float = option(
        1.0, "How much and how widely hands gesture: 0 keeps them still, 1 as people differ.", kind="float",
        low=0, high=2,
    )  # fmt: skip
    liveliness: float = option(1.0, "How lively head, brows and eyes are.", kind="float", low=0, high=2, everyday=True)
    diversity: float | None = option(
        None, "Share of likely key poses that are drawn from (nucleus sampling); 0 takes the likeliest.",
        kind="float", low=0, high=1, suggested=0.97,
    )  # fmt: skip
    face_scale: float | None = option(
        None, "Guidance of the face by the voice; 1 is none.", kind="float", low=0, high=12, suggested=1.0
    )
    body_scale: float | None = option(
        None, "Guidance of the body by voice and key poses; 1 is none.", kind="float", low=0, high=12, suggested=1.2
    )
    text_scale: float | None = option(
        None, "Guidance of the instruction on the face; 1 is none.", kind="float", label="Instruction strength",
        low=0, high=5, suggested=1.2,
    )  # fmt: skip
    steps: int | None = option(
        None, "Denoising steps; fewer are faster, more are finer.", kind="int", low=2, high=1000, suggested=8,
        fast=5, best=16,
    )  # fmt: skip
    two_channels: bool = option(
        False, "The recording's second channel is the partner's voice.", kind="bool", label="Partner in channel two"
    )
    repetitions: int = option(
        1, "How often all takes are made again, with further seeds; together at most 10.", kind="int", low=1, high=10
    )
    face_codes: Path | None = option(
        None, "A face that was made before, sample_K.motion.npz or, with published weights, sample_K.codes.npz; "
        "only the body is made.", kind="file", label="Given face",
    )  # fmt: skip
    pose_codes: Path | None = option(
        None, "A body that was made before, in the same kinds of files; only the face is made.", kind="file",
        label="Given body",
    )  # fmt: skip
    scene: Path | None = option(
        None, "A recorded conversation, DATASET/sceneNN: its voices, and its motion as one take more.", kind="path"
    )
    swap: bool = option(False, "Draw the partner instead: the voices change places.", kind="bool")
    exports: bool = option(False, "Write the body as BVH and, where it is drawn, GLB.", kind="bool")
    age: float | None = option(
        None, "The body's age: 0.33 a big child, 0.67 young, 1 old.", kind="float", low=0.3, high=1, suggested=0.7
    )
    gender: float | None = option(
        None, "The body's shape: 0 a man's, 1 a woman's.", kind="float", low=0, high=1, suggested=0.5
    )
    weight: float | None = option(None, "The body's weight.", kind="float", low=0, high=1, suggested=0.5)
    height: float | None = option(None, "The body's height.", kind="float", low=0, high=1, suggested=0.5)
    muscle: float | None = option(None, "The body's muscles.", kind="float", low=0, high=1, suggested=0.5)
    proportions: float | None = option(
        None, "The body's proportions: 1 as in fashion drawings.", kind="float", low=0, high=1, suggested=0.5
    )
    person: str = option(
        PEOPLE[0], "Whose networks.", kind="choice", choices=PEOPLE, label="Recorded person", only=PUBLISHED
    )


def _missing(weights: str) -> str:
    if weights == EMBEDDED:
        return missing_files(NAME, FILES)
    gaps = [what_is_missing(person) for person in PEOPLE]
    return gaps[0] if all(gaps) else ""


def _check(request: Request, options: Any) -> None:
    published = request.weights == PUBLISHED
    if published and not request.motion_only and way_of_drawing(options.person) == NOTHING:
        raise InputError(what_drawing_needs(options.person))
    if options.show != "body" and request.portrait is None and not request.motion_only:
        raise InputError("A portrait is needed to be shown: choose a picture, or show the body alone.")
    if options.scene is not None and find_scene(options.scene).own == published:
        other = EMBEDDED if published else PUBLISHED
        raise InputError(f"The motion of this scene is not what these weights make: use --weights {other}.")
    if options.scene is not None and options.swap:
        raise InputError("Of a scene only the recorded person's motion is known: leave out --swap.")
    if options.two_channels and request.partner is not None:
        raise InputError("The partner speaks in the second channel or in a recording of his own: leave one out.")
    if options.swap and request.partner is None and not options.two_channels:
        raise InputError("There is nobody to change places with: give the partner's voice, too.")


SPEC = EngineSpec(
    name=NAME,
    title="Audio2Photoreal",
    summary="A face and a gesturing body from a voice, alone or with a partner who is listened to.",
    needs=frozenset({"audio"}),
    reads=frozenset({"audio", "partner", "portrait"}),
    makes="motion",
    layerable=True,
    bodily=True,
    options=Options,
    weights=(EMBEDDED, PUBLISHED),
    draws=frozenset({EMBEDDED, PUBLISHED}),
    motion_share=0.35,
    rank=2,
    missing=_missing,
    completed=completed,
    check=_check,
)

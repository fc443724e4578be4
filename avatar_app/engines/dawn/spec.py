"""What is known of DAWN without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from avatar_app.engines.base import EMBEDDED, PUBLISHED, EngineSpec
from avatar_app.engines.dawn.paths import FILES, NAME, RESOLUTIONS, what_is_missing
from avatar_app.engines.options import option
from avatar_app.request import InputError, Request
from avatar_app.weights import missing_files

SOLVERS = ("auto", "published", "fast")
SHOWN = ("picture", "square")
PRECISIONS = ("float32", "bfloat16")
LESS, USUAL, MORE = EFFORTS = ("less", "usual", "more")


@dataclass(frozen=True)
class Options:
    """Options of one request; docs/dawn.md says what was measured."""

    resolution: str = option(
        RESOLUTIONS[0], "Pixels across the face's square.", kind="choice", choices=RESOLUTIONS, label="Resolution",
        only=PUBLISHED,
    )  # fmt: skip
    show: str = option(
        SHOWN[0], "The square laid into your picture, or the square alone.", kind="choice", choices=SHOWN
    )
    solver: str = option(
        SOLVERS[0], "DDIM with fresh noise at every step, as published, or the fast DPM-Solver++; auto: fast with the "
        "embedded weights.",
        kind="choice", choices=SOLVERS,
    )  # fmt: skip
    steps: int | None = option(
        None,
        "Denoising steps: 20 as published, 6 with the fast solver, 3 with embedded weights; rules over the effort.",
        kind="int",
        low=2,
        high=500,
        suggested=20,
    )
    effort: str = option(
        USUAL, "Denoising where no steps are given: 2, 3 or 6 steps with embedded weights; as published 20 or 50, less "
        "is the fast solver.",
        kind="choice", choices=EFFORTS, fast=LESS, best=MORE,
    )  # fmt: skip
    variety: float = option(
        1.0, "How much head motion and blinks differ from take to take.", kind="float", low=0, high=2
    )
    precision: str = option(
        PRECISIONS[0], "bfloat16 denoises faster, and hardly differs, where a processor can do it.", kind="choice",
        choices=PRECISIONS,
    )  # fmt: skip
    guidance: float | None = option(
        None, "Guidance by voice, pose and blinks (published: 1, which is none) or by the voice alone (embedded: 2); "
        "others than 1 take twice the time.",
        kind="float", low=0, high=5, suggested=2.0,
    )  # fmt: skip


def _missing(weights: str) -> str:
    if weights == PUBLISHED:
        return what_is_missing()
    return missing_files(NAME, FILES)


def _check(request: Request, options: Any) -> None:
    if request.weights == PUBLISHED and (gap := what_is_missing(options.resolution)):
        raise InputError(gap)
    if request.head:
        raise InputError("DAWN draws the photo and no 3-D head: leave the head out, or choose another engine.")
    if request.background != "original" and not request.motion_only:
        raise InputError("DAWN moves the picture with what is behind the face: choose the background original.")


SPEC = EngineSpec(
    name=NAME,
    title="DAWN",
    summary="Frames of a portrait that speaks, all denoised at once as optical flow.",
    needs=frozenset({"audio", "portrait"}),
    reads=frozenset({"audio", "portrait"}),
    makes="frames",
    layerable=True,
    options=Options,
    weights=(EMBEDDED, PUBLISHED),
    adjusts=frozenset({"motion_strength", "blinks"}),
    motion_share=0.9,
    rank=3,
    missing=_missing,
    check=_check,
)

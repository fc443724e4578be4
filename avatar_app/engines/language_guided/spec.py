"""What is known of Language-Guided Face Animation without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from avatar_app.engines.base import EMBEDDED, PUBLISHED, EngineSpec
from avatar_app.engines.language_guided.paths import (
    FILES,
    GENERATORS,
    NAME,
    installed_generators,
    what_is_missing,
)
from avatar_app.engines.options import option
from avatar_app.request import InputError, Request
from avatar_app.weights import missing_files

AUTO = "auto"
ON_PHOTO, GENERATED = "photo", "generated"
WEIGHTS = (EMBEDDED, PUBLISHED)


@dataclass(frozen=True)
class Options:
    """Options of one request; docs/language_guided.md tells more."""

    generator: str = option(
        AUTO, "Whose faces are drawn; auto: the first that is installed.", kind="choice", choices=(AUTO, *GENERATORS),
        only=PUBLISHED,
    )  # fmt: skip
    show: str = option(
        ON_PHOTO, "Your own photo, which does what the generated face does, or the generator's face.", kind="choice",
        choices=(ON_PHOTO, GENERATED), only=EMBEDDED,
    )  # fmt: skip
    tuning_steps: int = option(
        1000, "Steps in which the generator learns the portrait, once each: 2 to 3 minutes on two cores; more are "
        "more alike and move more.", kind="int", low=0, high=2000, only=EMBEDDED, fast=400, best=1500,
    )  # fmt: skip
    strength: float = option(
        1.0, "How far the face goes: 0 stays as it is, 1 as far as the motion model learned.", kind="float", low=0,
        high=3,
    )  # fmt: skip
    unfold: float | None = option(
        None, "Seconds until the sentence is fully acted; by default the whole clip, or half of it in a loop.",
        kind="float", low=0.1, high=60, suggested=1.6,
    )  # fmt: skip
    loop: bool = option(False, "There and back, so that the end joins the beginning.", kind="bool")
    variation: float = option(
        1.0, "How much takes of one sentence differ: in their start, their noise and how far they go.", kind="float",
        low=0, high=2,
    )  # fmt: skip
    truncation: float = option(
        1.0, "Below 1 the face is drawn toward the generator's mean one: fewer faults, less of the portrait.",
        kind="float", low=0, high=1,
    )  # fmt: skip
    inversion_steps: int = option(
        100, "Steps of the search for the portrait's codes, where no e4e encoder is installed.", kind="int", low=1,
        high=2000, only=PUBLISHED, fast=50, best=300,
    )  # fmt: skip
    with_picture: bool = option(
        True, "Motion starts from words and portrait; off: from words alone, as models for paintings were trained.",
        kind="bool", only=PUBLISHED,
    )  # fmt: skip


def chosen_generator(options: Any) -> str:
    """The generator asked for; InputError where it is not installed."""
    have = installed_generators()
    name = have[0] if options.generator == AUTO and have else options.generator
    if name not in have:
        raise InputError(
            f"The generator {name} is not installed, only {' and '.join(have) or 'none'}: choose another one, or run "
            f"`avatar_app download {NAME} --from FILE`."
        )
    return str(name)


def _missing(weights: str) -> str:
    if weights == PUBLISHED:
        return what_is_missing()
    return missing_files(NAME, FILES)


def _check(request: Request, options: Any) -> None:
    published = (request.weights or WEIGHTS[0]) == PUBLISHED
    if published:
        chosen_generator(options)
    elif options.show == ON_PHOTO:
        return
    if request.head:
        raise InputError("Language-guided animation draws no 3-D head: leave the head out, or choose another engine.")
    if request.motion_only:
        raise InputError("Language-guided animation makes frames and no motion file: leave motion only out.")
    if request.background != "original":
        raise InputError("The generator draws the background with the face: choose the background original.")


SPEC = EngineSpec(
    name=NAME,
    title="Language-guided",
    summary="A face in StyleGAN2 that a sentence moves; no voice is needed.",
    needs=frozenset({"text", "portrait"}),
    reads=frozenset({"text", "portrait"}),
    makes="frames",
    options=Options,
    weights=WEIGHTS,
    adjusts=frozenset(),
    motion_share=0.5,
    rank=4,
    missing=_missing,
    check=_check,
)

"""What is known of diffposetalk without loading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avatar_app.diffusion.modes import GUIDANCE_MODES
from avatar_app.engines.base import EMBEDDED, PUBLISHED, EngineSpec
from avatar_app.engines.diffposetalk.paths import (
    DENOISER,
    NAME,
    STATISTICS,
    find_style,
    has_flame,
    installed_file,
    named_styles,
)
from avatar_app.engines.options import option
from avatar_app.files import file_exists
from avatar_app.request import InputError, Picture, Request
from avatar_app.weights import missing_files

FILES = ("model.safetensors", "config.json", "style_encoder.safetensors", "stats.safetensors")
_WHERE = "github.com/DiffPoseTalk/DiffPoseTalk"
OFFERED = {
    DENOISER: f"the denoiser (iter_0110000.pt, from the folder linked in {_WHERE})",
    STATISTICS: f"stats_train.npz (on request, see the contact form of {_WHERE})",
}
NO_FLAME = (
    "FLAME is not installed: get generic_model.pkl of FLAME 2020 from flame.is.tue.mpg.de, "
    "then run `avatar_app download diffposetalk --from FILE`."
)
VIEWS = ("auto", "flame")


@dataclass(frozen=True)
class Options:
    """Options of one request; None leaves a value to the weights (see engine.SamplingConfig and published_engine)."""

    steps: int | None = option(
        None, "Denoising steps; fewer are faster, more are finer.", kind="int", low=2, high=100, suggested=10,
        fast=6, best=20,
    )  # fmt: skip
    audio_scale: float | None = option(
        None, "Guidance of the voice; 1 is none.", kind="float", label="Voice strength", low=0, high=5, suggested=1.0
    )
    style_scale: float | None = option(
        None,
        "Guidance of the speaking style; 1 is none.",
        kind="float",
        label="Style strength",
        low=0,
        high=5,
        suggested=1.5,
    )
    text_scale: float | None = option(
        None,
        "Guidance of the instruction that is acted on top; 1 is none.",
        kind="float",
        label="Instruction strength",
        low=0,
        high=5,
        suggested=1.2,
    )
    guidance: str = option(
        "incremental", "Whether the style steers what the voice decided, or on its own.", kind="choice",
        choices=GUIDANCE_MODES,
    )  # fmt: skip
    thresholding: tuple[float, ...] | None = option(
        None, "Dynamic thresholding: RATIO or RATIO,LEAST,MOST; 0.99,1,4 is usual.", kind="numbers"
    )
    every_step: bool = option(False, "All 500 noise levels, one after another; slow.", kind="bool")
    head_motion: bool = option(True, "Move the head.", kind="bool")
    shape: Path | None = option(
        None, "100 FLAME shape coefficients of the face, .npy or .npz.", kind="file", only=PUBLISHED
    )
    encode_windows: bool = option(
        False, "Encode 4 s of the recording at a time, not all at once.", kind="bool", only=PUBLISHED
    )
    view: str = option(
        "auto",
        "What is drawn: the FLAME head where there is no portrait, or always.",
        kind="choice",
        label="Draw",
        choices=VIEWS,
        only=PUBLISHED,
    )
    texture: Path | None = option(
        None, "Picture in FLAME's texture layout, instead of clay.", kind="file", only=PUBLISHED
    )
    uv: Path | None = option(
        None,
        "FLAME's template .obj, which tells the texture layout.",
        kind="file",
        label="Texture layout (.obj)",
        only=PUBLISHED,
    )


def draws_flame(request: Request, options: Options) -> bool:
    """Whether a request with published weights shows the FLAME head rather than the portrait or the 3-D head."""
    return options.view == "flame" or (request.portrait is None and not request.head)


def _missing(weights: str) -> str:
    if weights == EMBEDDED:
        return missing_files(NAME, FILES)
    missing = [offered for kind, offered in OFFERED.items() if not installed_file(kind).is_file()]
    if not missing:
        return ""
    return (
        f"The published DiffPoseTalk lacks {' and '.join(missing)}: "
        "fetch it, then run `avatar_app download diffposetalk --from FILE_OR_FOLDER`."
    )


def _check(request: Request, options: Any) -> None:
    if options.thresholding is not None:
        ratio, least, most = (*options.thresholding, 1.0, 4.0)[:3] if len(options.thresholding) <= 3 else (0, 0, 0)
        if not 0 < ratio <= 1 or not 0 < least <= most:
            raise InputError(
                "Thresholding needs a ratio from 0 to 1, and a least and a most limit; "
                f"got {', '.join(f'{x:g}' for x in options.thresholding)}."
            )
    if request.weights == PUBLISHED:
        _check_published(request, options)
    elif request.style is not None and find_style(request.style) is None:
        names = ", ".join(named_styles()) or "none"
        raise InputError(f"There is no style {str(request.style)!r}: give a file, or a named style ({names}).")


def _check_published(request: Request, options: Options) -> None:
    if request.audio is None:
        raise InputError("The published weights need a voice: please give one.")
    if request.style is not None:
        _check_style_file(Path(request.style))
    if options.uv is not None and options.texture is None:
        raise InputError("A layout of texture coordinates needs a texture: add --texture PICTURE.")
    if options.texture is not None and (request.motion_only or not draws_flame(request, options)):
        raise InputError("A texture is laid on the FLAME head, which is not drawn here: leave one of them out.")
    drawn_elsewhere = not request.motion_only and not draws_flame(request, options)
    if (drawn_elsewhere or options.texture is not None or options.view == "flame") and not has_flame():
        raise InputError(NO_FLAME)
    if not request.motion_only and draws_flame(request, options):
        flame_background(request.background)


def _check_style_file(path: Path) -> None:
    if path.suffix.lower() not in (".npy", ".npz"):
        raise InputError(
            "The published weights read a style from a vector (.npy) or from FLAME coefficients (.npz); "
            f"got {str(path)!r}."
        )
    if not file_exists(path):
        raise InputError(f"There is no file {path.name!r}: please check its name and place.")


def flame_background(background: Picture) -> str | None:
    """ "#rrggbb", or None for the studio. Raises InputError for what the FLAME head cannot stand before."""
    if isinstance(background, str) and (background == "original" or background.startswith("#")):
        return None if background == "original" else background
    told = repr(background) if isinstance(background, str) else "a picture"
    raise InputError(f"The FLAME head stands in its studio (original) or before a colour such as #204060; got {told}.")


SPEC = EngineSpec(
    name=NAME,
    title="DiffPoseTalk",
    summary="Face and head motion from a voice in a speaking style: a named one, or that of a clip.",
    needs=frozenset(),
    reads=frozenset({"audio", "portrait", "style"}),
    makes="motion",
    layerable=True,
    options=Options,
    weights=(EMBEDDED, PUBLISHED),
    draws=frozenset({PUBLISHED}),
    rank=1,
    missing=_missing,
    check=_check,
    named_styles=named_styles,
)

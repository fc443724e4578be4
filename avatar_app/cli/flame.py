"""`avatar_app flame`: takes with the published weights of DiffPoseTalk that somebody installed."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from avatar_app.engines.diffposetalk.flame.request import FlameRequest


def flame(
    context: typer.Context,
    audio: Annotated[Path, typer.Option(help="Voice: wav, flac, mp3, m4a, ogg, webm ...")],
    output: Annotated[Path | None, typer.Option(help="Folder for the takes; default: a new one in outputs/.")] = None,
    shape: Annotated[Path | None, typer.Option(help="100 FLAME shape coefficients, .npy or .npz.")] = None,
    style: Annotated[
        Path | None, typer.Option(help="Speaking style: a vector (.npy), or FLAME coefficients of 4 s or more (.npz).")
    ] = None,
    samples: Annotated[int, typer.Option(help="How many takes, 1 to 10.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the first take; the next ones count up.")] = 0,
    audio_scale: Annotated[float, typer.Option(help="Guidance of the voice; 1 is none.")] = 1.15,
    style_scale: Annotated[float, typer.Option(help="Guidance of the style; 1 is none.")] = 3.0,
    guidance: Annotated[str, typer.Option(help="incremental or independent.")] = "incremental",
    thresholding: Annotated[
        str | None, typer.Option(help="Dynamic thresholding: RATIO or RATIO,LEAST,MOST; 0.99,1,4 is usual.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps of the solver.")] = 20,
    every_step: Annotated[bool, typer.Option("--every-step", help="All noise levels, as published; slow.")] = False,
    encode_windows: Annotated[
        bool, typer.Option("--hear-windows", help="Hear 4 s at a time, not all at once.")
    ] = False,
    head_motion: Annotated[bool, typer.Option("--head-motion/--no-head-motion", help="Move the head.")] = True,
    texture: Annotated[Path | None, typer.Option(help="Picture in FLAME's texture layout, instead of clay.")] = None,
    uv: Annotated[Path | None, typer.Option(help="FLAME's template .obj, which tells the texture layout.")] = None,
    background: Annotated[str, typer.Option(help='studio, black or "#rrggbb".')] = "studio",
    size: Annotated[int, typer.Option(help="Height and width of the videos, pixels.")] = 512,
    portrait: Annotated[Path | None, typer.Option(help="Picture with a face that is to speak, too.")] = None,
    motion_only: Annotated[bool, typer.Option("--motion-only", help="Write coefficients, draw no video.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite takes in the output folder.")] = False,
) -> None:
    """Make takes with the published DiffPoseTalk, from your own copies of its files (see `download`)."""
    from avatar_app.cli.options import extras_of
    from avatar_app.engines.diffposetalk.flame.request import FlameRequest

    request = FlameRequest(
        audio=audio,
        output=output or Path("outputs") / time.strftime("%Y%m%d-%H%M%S"),
        shape=shape,
        style=style,
        samples=samples,
        seed=seed,
        steps=None if every_step else steps,
        audio_scale=audio_scale,
        style_scale=style_scale,
        guidance=guidance,
        thresholding=extras_of(None, thresholding, False).get("thresholding"),
        encode_whole=not encode_windows,
        head_motion=head_motion,
        texture=texture,
        uv=uv,
        background=background,
        size=size,
        portrait=portrait,
        motion_only=motion_only,
        force=force,
    )
    request.check()  # before torch is loaded: mistakes are told at once
    _make(request, verbose=bool(context.obj))


def _make(request: FlameRequest, verbose: bool) -> None:
    """Prints the files of each take as they are finished; exit code 130 when it was stopped."""
    from avatar_app.cli.app import console
    from avatar_app.engines.diffposetalk.flame.takes import NO_FLAME, takes_of_flame

    stop = console.StopSwitch()
    with stop.listening(), console.native_noise_hidden(enabled=not verbose):
        stream = sys.stderr
        shown = stream.isatty()

        def on_progress(what: str, done: float) -> None:
            if shown:
                stream.write(f"\r\033[K{what}: {done:4.0%}")

        without_flame = False
        for take in takes_of_flame(request, on_progress, stop):
            if shown:
                stream.write("\r\033[K")
            files = (take.coefficients, take.motion, take.video, take.portrait)
            typer.echo("\n".join(str(file) for file in files if file is not None))
            without_flame |= take.motion is None
        if without_flame:
            stream.write(f"note: {NO_FLAME}\n")
    if stop():
        raise typer.Exit(130)

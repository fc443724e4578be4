"""`avatar_app generate`: flags of a Request, and those that the engines' options become."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from avatar_app import presets
from avatar_app.cli import console
from avatar_app.cli.options import (
    Background,
    Face,
    Framing,
    Head,
    Label,
    Output,
    Plan,
    Points,
    Portrait,
    Transcript,
    Voice,
    read_plan_file,
    read_transcript,
)
from avatar_app.engines import registry
from avatar_app.engines.options import Option
from avatar_app.engines.surface import SurfaceOption, options_of, surface_options
from avatar_app.generate import generate as make
from avatar_app.request import Request
from avatar_app.sample import Event

STOPPED = 130  # exit code
TYPES: dict[str, Any] = {"int": int, "float": float, "bool": bool, "choice": str, "file": Path, "path": Path,
                         "numbers": str}  # fmt: skip


def generate(
    context: typer.Context,
    audio: Voice = None,
    portrait: Portrait = None,
    instruction: Annotated[str, typer.Option(help='E.g. "happy, nods gently, then looks left".')] = "",
    transcript: Transcript = None,
    plan: Plan = None,
    samples: Annotated[int, typer.Option(help="How many takes, 1 to 10.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the first take; the next ones count up.")] = 0,
    keep_seed: Annotated[int | None, typer.Option(help="Seed of a take to make again, as the first one.")] = None,
    engine: Annotated[
        str | None, typer.Option(help="What makes the motion. [default: what fits; see `engines`]")
    ] = None,
    weights: Annotated[str | None, typer.Option(help="embedded or published. [default: the first it has]")] = None,
    output: Output = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite results in the output folder.")] = False,
    names: Annotated[
        str, typer.Option(help="Of files: plain (sample_1.mp4) or descriptive (astronaut_happy-nod_take1_seed42.mp4).")
    ] = "plain",
    side_by_side: Annotated[bool, typer.Option(help="One video of all takes, too.")] = True,
    duration: Annotated[float | None, typer.Option(help="Seconds, when there is no voice.")] = None,
    audio_from: Annotated[float, typer.Option(help="Use the voice from this second on.")] = 0.0,
    audio_to: Annotated[float | None, typer.Option(help="Use the voice up to this second.")] = None,
    partner: Annotated[Path | None, typer.Option(help="Voice of somebody who is spoken with.")] = None,
    motion_only: Annotated[bool, typer.Option("--motion-only", help="Write motion, draw no video.")] = False,
    motion_strength: Annotated[float, typer.Option(help="Multiplies head motion; 0 keeps it still.")] = 1.0,
    blinks: Annotated[float, typer.Option(help="Multiplies how often eyes blink, 0 to 3.")] = 1.0,
    eye_contact: Annotated[float, typer.Option(help="How far eyes keep to the camera, 0 to 1.")] = 0.0,
    style: Annotated[
        str | None, typer.Option(help="Speaking style: a name (see `style list`), a file or a film.")
    ] = None,
    preset: Annotated[
        str, typer.Option(help="Quality: fast (384 pixels, fewer steps), balanced, or best (768, more steps).")
    ] = presets.USUAL,
    size: Annotated[int | None, typer.Option(help="Height and width of the video, pixels. [default: 512]")] = None,
    framing: Framing = "bust",
    background: Background = "original",
    head: Head = "",
    label: Label = "",
    face: Face = None,
    points: Points = "",
    detector: Annotated[str, typer.Option(help="Of faces: auto, mediapipe or face_alignment.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print result.json instead of file names.")] = False,
    **engine_options: Any,
) -> None:
    """Make several talking takes of a portrait from a voice and an instruction."""
    request = Request(
        audio=audio,
        partner=partner,
        portrait=portrait,
        instruction=instruction,
        transcript=read_transcript(transcript),
        plan=read_plan_file(plan),
        samples=samples,
        seed=seed,
        keep_seed=keep_seed,
        engine=engine,
        weights=weights,
        duration=duration,
        audio_from=audio_from,
        audio_to=audio_to,
        motion_strength=motion_strength,
        blinks=blinks,
        eye_contact=eye_contact,
        style=style,
        size=presets.size_of(preset) if size is None else size,
        framing=framing,
        background=background,
        head=head,
        label=label,
        face=face,
        points=points,
        detector=detector,
        motion_only=motion_only,
        output=output or Path("outputs") / time.strftime("%Y%m%d-%H%M%S"),
        force=force,
        names=names,
        side_by_side=side_by_side,
    )
    request = with_options(request, engine_options, preset)
    registry.resolve(request)  # before torch is loaded: mistakes are told at once
    run(request, as_json, verbose=bool(context.obj))


def with_options(request: Request, flags: dict[str, Any], preset: str = presets.USUAL) -> Request:
    """The request with the engine options that were given as flags, and for the rest as the preset has them."""
    spec = registry.choose(request)
    usual = presets.options_of(spec, request.weights or spec.weights[0], preset)
    return dataclasses.replace(request, options={**usual, **options_of(spec, flags, flag_options())})


def run(request: Request, as_json: bool, verbose: bool) -> None:
    """Prints the files of each take as they are finished; exits with 130 when it was stopped."""
    result: dict[str, Any] = {}
    notes: list[str] = []
    stop = console.StopSwitch()
    with stop.listening(), console.native_noise_hidden(enabled=not verbose):
        progress = console.Progress(sys.stderr)

        def on_event(event: Event) -> None:
            progress(event)
            notes.extend(event.data.get("notes", []) if event.stage in ("inputs", "done") else [])
            if event.stage == "done":
                result.update(event.data)

        try:
            for sample in make(request, on_event=on_event, should_stop=stop):
                if not as_json:
                    progress.close()
                    files = [path for path in (sample.video or sample.motion_file, *sample.attachments) if path]
                    typer.echo("\n".join(str(path) for path in files))
        finally:
            progress.close()
        for note in dict.fromkeys(notes):
            sys.stderr.write(f"note: {note}\n")
    if as_json and result:
        typer.echo(console.to_json(result))
    if stop():
        raise typer.Exit(STOPPED)


def flag_options() -> list[SurfaceOption]:
    """The engines' options under the names of their flags."""
    return surface_options(_common())


def command() -> Callable[..., None]:
    """`generate` with the engines' flags in its signature, as typer reads it."""

    def generate_command(**given: Any) -> None:
        generate(**given)

    common = [p for p in inspect.signature(generate, eval_str=True).parameters.values() if p.kind is not p.VAR_KEYWORD]
    flags = [
        inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_flag(one))
        for one in flag_options()
    ]
    parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in common] + flags
    generate_command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    generate_command.__annotations__ = {p.name: p.annotation for p in parameters}
    generate_command.__doc__ = generate.__doc__
    return generate_command


def _common() -> set[str]:
    return set(inspect.signature(generate).parameters)


def _flag(one: SurfaceOption) -> Any:
    """The typer annotation of one option; every flag may be left out."""
    return Annotated[TYPES[one.option.kind] | None, typer.Option(help=f"{one.help}{_default(one.option)}")]


def _default(option: Option) -> str:
    if option.kind == "choice":
        return f" One of: {', '.join(option.choices)}."
    if option.kind in ("int", "float"):
        return f" From {option.low:g} to {option.high:g}."
    return ""

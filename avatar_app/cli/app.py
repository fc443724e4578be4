"""The command line: every command hands its options to the functions that the page and Python use too."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from avatar_app import __version__
from avatar_app.cli import console
from avatar_app.cli import flame as flame_commands
from avatar_app.cli import style as style_commands
from avatar_app.cli import train as lab
from avatar_app.cli.options import (
    Background,
    Face,
    Framing,
    Head,
    Output,
    Points,
    Portrait,
    Size,
    Voice,
    engine_for,
    extras_of,
)

BAD_INPUT, STOPPED = 2, 130  # exit codes


class OneLineErrors(TyperGroup):
    """Says what is wrong with a command in one line on stderr, and exits with 2."""

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        from avatar_app.request import InputError

        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except InputError as error:
            _complain(str(error))
        except Exception as error:
            describe = getattr(error, "format_message", None)  # what typer's own usage errors have
            if describe is None:
                raise
            _complain(describe())
        if not standalone_mode:
            return code
        sys.exit(code if isinstance(code, int) else 0)


def _complain(sentence: str) -> None:
    sys.stderr.write(f"avatar_app: {' '.join(sentence.split())}\n")
    sys.exit(BAD_INPUT)


app = typer.Typer(
    name="avatar_app",
    cls=OneLineErrors,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A voice, a portrait and a sentence in; several talking takes of that portrait out.",
)


@app.callback()
def main(
    context: typer.Context,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    console.set_up_logging(verbose)
    context.obj = verbose
    if show_version:
        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def generate(
    context: typer.Context,
    audio: Voice = None,
    portrait: Portrait = None,
    instruction: Annotated[str, typer.Option(help='E.g. "happy, nods gently, then looks left".')] = "",
    samples: Annotated[int, typer.Option(help="How many takes, 1 to 10.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the first take; the next ones count up.")] = 0,
    engine: Annotated[
        str | None, typer.Option(help="Motion model. [default: instruct_avatar; with a style diffposetalk]")
    ] = None,
    output: Output = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite results in the output folder.")] = False,
    duration: Annotated[float | None, typer.Option(help="Seconds, when there is no voice.")] = None,
    audio_from: Annotated[float, typer.Option(help="Use the voice from this second on.")] = 0.0,
    audio_to: Annotated[float | None, typer.Option(help="Use the voice up to this second.")] = None,
    motion_only: Annotated[bool, typer.Option("--motion-only", help="Write motion, draw no video.")] = False,
    steps: Annotated[int | None, typer.Option(help="Denoising steps.")] = None,
    audio_scale: Annotated[float | None, typer.Option(help="Guidance of the voice; 1 is none.")] = None,
    text_scale: Annotated[float | None, typer.Option(help="Guidance of the instruction; 1 is none.")] = None,
    style_scale: Annotated[float | None, typer.Option(help="Guidance of the speaking style.")] = None,
    motion_strength: Annotated[float, typer.Option(help="Multiplies head motion; 0 keeps it still.")] = 1.0,
    style: Annotated[
        str | None, typer.Option(help="Speaking style, for diffposetalk: a name (see `style list`), a file or a film.")
    ] = None,
    guidance: Annotated[
        str | None, typer.Option(help="Of diffposetalk: incremental or independent. [default: incremental]")
    ] = None,
    thresholding: Annotated[
        str | None, typer.Option(help="Dynamic thresholding of diffposetalk: RATIO or RATIO,LEAST,MOST.")
    ] = None,
    every_step: Annotated[
        bool, typer.Option("--every-step", help="All 500 noise levels of diffposetalk; slow.")
    ] = False,
    size: Size = 512,
    framing: Framing = "bust",
    background: Background = "original",
    head: Head = "",
    face: Face = None,
    points: Points = "",
    detector: Annotated[str, typer.Option(help="Of faces: auto, mediapipe or face_alignment.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print result.json instead of file names.")] = False,
) -> None:
    """Make several talking takes of a portrait from a voice and an instruction."""
    from avatar_app.request import Request

    request = Request(
        audio=audio,
        portrait=portrait,
        instruction=instruction,
        samples=samples,
        seed=seed,
        engine=engine_for(engine, style),
        duration=duration,
        audio_from=audio_from,
        audio_to=audio_to,
        steps=steps,
        audio_scale=audio_scale,
        text_scale=text_scale,
        style_scale=style_scale,
        motion_strength=motion_strength,
        style=style,
        size=size,
        framing=framing,
        background=background,
        head=head,
        face=face,
        points=points,
        detector=detector,
        extras=extras_of(guidance, thresholding, every_step),
        motion_only=motion_only,
        output=output or Path("outputs") / time.strftime("%Y%m%d-%H%M%S"),
        force=force,
    )
    request.check()  # before torch is loaded: mistakes are told at once
    _generate(request, as_json, verbose=bool(context.obj))


def _generate(request: Any, as_json: bool, verbose: bool) -> None:
    from avatar_app.generate import generate as make
    from avatar_app.sample import Event

    result: dict[str, Any] = {}
    stop = console.StopSwitch()
    with stop.listening(), console.native_noise_hidden(enabled=not verbose):
        progress = console.Progress(sys.stderr)

        def on_event(event: Event) -> None:
            progress(event)
            if event.stage == "inputs":
                notes.extend(event.data.get("notes", []))
            if event.stage == "done":
                result.update(event.data)

        notes: list[str] = []
        try:
            for sample in make(request, on_event=on_event, should_stop=stop):
                if not as_json:
                    progress.close()
                    typer.echo(sample.video or sample.motion_file)
        finally:
            progress.close()
        for note in dict.fromkeys(notes):
            sys.stderr.write(f"note: {note}\n")
    if as_json and result:
        typer.echo(json.dumps(result, indent=2, ensure_ascii=False))
    if stop():
        raise typer.Exit(STOPPED)


@app.command()
def render(
    context: typer.Context,
    motion: Annotated[Path, typer.Option(help="A .motion.npz file.")],
    output: Annotated[Path, typer.Option(help="The video to write: .mp4; .webm or .mov where it is transparent.")],
    portrait: Annotated[Path | None, typer.Option(help="Picture with a face; not needed for a head of clay.")] = None,
    head: Head = "",
    audio: Voice = None,
    size: Size = 512,
    framing: Framing = "bust",
    background: Background = "original",
    face: Face = None,
    points: Points = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the video.")] = False,
) -> None:
    """Draw any motion file on any portrait, or on the 3-D head."""
    from avatar_app.redraw_head import Wish, redraw_head
    from avatar_app.render_motion import redraw
    from avatar_app.request import InputError

    stop = console.StopSwitch()
    with stop.listening(), console.native_noise_hidden(enabled=not context.obj):
        picture: dict[str, Any] = {"framing": framing, "background": background, "face": face, "points": points}
        if head:
            wish = Wish(motion, head, portrait, audio, size, face, background, points)
            drawn = redraw_head(wish, output, force, stop)
        elif portrait is None:
            raise InputError("A portrait is needed: add --portrait PICTURE, or --head clay.")
        else:
            drawn = redraw(motion, portrait, output, audio, size=size, force=force, should_stop=stop, **picture)
    if not drawn:
        raise typer.Exit(STOPPED)
    typer.echo(output)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Say what works here, and the one command that mends each gap; exit with 1 when something is missing."""
    from avatar_app import doctor as examiner

    with console.native_noise_hidden():
        checks = examiner.examine()
    typer.echo(examiner.as_json(checks) if as_json else examiner.as_text(checks))
    if not examiner.works(checks):
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(envvar="GRADIO_SERVER_NAME", help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="GRADIO_SERVER_PORT", help="Port.")] = 7860,
    share: Annotated[bool, typer.Option("--share", help="Open a public link through Gradio's servers.")] = False,
) -> None:
    """Open the page."""
    from avatar_app.ui.page import launch

    launch(host=host, port=port, share=share)


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="Whose weights; none lists them.")] = "",
    source: Annotated[Path | None, typer.Option("--from", help="Your own file or folder.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Refuse the network.")] = False,
) -> None:
    """Put weights in place: checked, resumed where a download broke off, or taken from your own files."""
    from avatar_app import weights

    if not name:
        for system in weights.read_manifest().values():
            typer.echo(f"{system.name}: {system.title}\n    {system.source}; {system.licence}; {system.where}")
        return

    def on_bytes(file: str, done: int, total: int | None) -> None:
        of = f" of {total / 1e6:.0f}" if total else ""
        sys.stderr.write(f"\r{file}: {done / 1e6:.0f}{of} MB")

    install = lab.installer(name)
    taken = install(source) if install and source else weights.download(name, source, on_bytes, offline)
    for path in taken:
        typer.echo(path)


@app.command()
def record(
    output: Annotated[Path, typer.Option(help="The .wav to write.")] = Path("recording.wav"),
    seconds: Annotated[float, typer.Option(help="How long; Ctrl-C ends it earlier.")] = 10.0,
    device: Annotated[str | None, typer.Option(help="Name of the microphone, or a part of it.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Name the microphones and exit.")] = False,
) -> None:
    """Record a voice with this machine's microphone."""
    from avatar_app.speech import microphone as recorder

    if listing:
        typer.echo("\n".join(recorder.microphones()) or "No microphone was found.")
        return
    stop = console.StopSwitch()

    def on_level(done: float, peak: float) -> None:
        sys.stderr.write(f"\r{done:5.1f} s  {'#' * round(30 * peak):30}")

    with stop.listening():
        got = recorder.record(output, seconds, device, should_stop=stop, on_level=on_level)
    sys.stderr.write(f"\n{got:.1f} s recorded\n")
    typer.echo(output)


@app.command()
def export(
    motion: Annotated[Path, typer.Option(help="A .motion.npz file.")],
    output: Annotated[Path, typer.Option(help="File to write; its ending picks the format: .glb .csv .bvh .npz")],
    portrait: Annotated[Path | None, typer.Option(help="Whose shape and skin a .glb's head gets; none: clay.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> None:
    """Write motion in a format that other programs read."""
    from avatar_app.motion.export.bvh import save_bvh
    from avatar_app.motion.export.csv import save_csv
    from avatar_app.motion.export.npz import load_motion, save_motion
    from avatar_app.render.head.glb import save_glb
    from avatar_app.request import InputError

    writers = {".glb": save_glb, ".csv": save_csv, ".bvh": save_bvh, ".npz": save_motion}
    if output.suffix not in writers:
        raise InputError(f"The file to write must end in {', '.join(writers)}; got {output.name!r}.")
    if output.exists() and not force:
        raise InputError(f"{output} exists: choose another name, or add --force.")
    if portrait is not None and output.suffix != ".glb":
        raise InputError(f"Only a .glb holds a head that a portrait can be laid on; got {output.name!r}.")
    clip = load_motion(motion)
    output.parent.mkdir(parents=True, exist_ok=True)
    if portrait is None:
        writers[output.suffix](clip, output)
    else:
        from avatar_app.inputs.portrait.portrait import load_portrait
        from avatar_app.render.head.model import load_head
        from avatar_app.render.head.texture import from_portrait

        with console.native_noise_hidden():
            save_glb(clip, output, from_portrait(load_head(), load_portrait(portrait)))
    typer.echo(output)


for command in (lab.train, lab.evaluate, lab.prepare):
    app.command()(command)
app.add_typer(style_commands.app, name="style")
app.command()(flame_commands.flame)
app.command(hidden=True)(lab.register)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(lab.benchmark)

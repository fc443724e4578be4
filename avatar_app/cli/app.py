"""The command line: every command hands its options to the functions that the page and Python use too."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from avatar_app import __version__, weights
from avatar_app.cli import batch, console, generate, serve, style, train
from avatar_app.cli.options import Background, Face, Force, Framing, Head, Label, Points, Size, Voice
from avatar_app.engines import registry
from avatar_app.request import InputError

BAD_INPUT = 2  # exit code


class OneLineErrors(TyperGroup):
    """Says what is wrong with a command in one line on stderr, and exits with 2."""

    def main(self, *args: Any, standalone_mode: bool = True, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        console.make_streams_safe()  # before help and mistakes are printed
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
    rich_markup_mode=None,  # plain help: loading rich takes a third of the time of `--help`
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


app.command(name="generate")(generate.command())


@app.command()
def engines() -> None:
    """Name the engines: what each needs, and what is missing for it."""
    for spec in registry.specs().values():
        typer.echo(f"{spec.name}: {spec.title}. {spec.summary}")
        for kind in spec.weights:
            typer.echo(f"    {kind} weights: {spec.missing(kind) or 'there'}")


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
    label: Label = "",
    force: Annotated[bool, typer.Option("--force", help="Overwrite the video.")] = False,
) -> None:
    """Draw any motion file on any portrait, or on the 3-D head."""
    from avatar_app.render_motion import RenderRequest, render_motion

    stop = console.StopSwitch()
    wish = RenderRequest(motion, portrait, audio, head, size, face, framing, background, points, label)
    with stop.listening(), console.native_noise_hidden(enabled=not context.obj):
        drawn = render_motion(wish, output, force, stop)
    if not drawn:
        raise typer.Exit(generate.STOPPED)
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
def download(
    name: Annotated[str, typer.Argument(help="Whose weights; none lists them.")] = "",
    source: Annotated[Path | None, typer.Option("--from", help="Your own file or folder.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Refuse the network.")] = False,
) -> None:
    """Put weights in place: checked, resumed where a download broke off, or taken from your own files."""
    if not name:
        for system in weights.read_manifest().values():
            typer.echo(f"{system.name}: {system.title}\n    {system.source}; {system.licence}; {system.where}")
        return
    checkpoint = None
    engine = name.removesuffix("_published")
    if source is not None and engine in registry.specs():
        checkpoint = registry.find_part(engine, "checkpoint")
    install = getattr(checkpoint, "install", None)  # where copying files is not enough
    taken = install(source) if install else weights.download(name, source, _tell_bytes, offline)
    for path in taken:
        typer.echo(path)


def _tell_bytes(file: str, done: int, total: int | None) -> None:
    of = f" of {total / 1e6:.0f}" if total else ""
    sys.stderr.write(f"\r{file}: {done / 1e6:.0f}{of} MB")


def _tell_level(done: float, peak: float) -> None:
    sys.stderr.write(f"\r{done:5.1f} s  {'#' * round(30 * peak):30}")


@app.command()
def record(
    output: Annotated[Path, typer.Option(help="The .wav to write.")] = Path("recording.wav"),
    seconds: Annotated[float, typer.Option(help="How long; Ctrl-C ends it earlier.")] = 10.0,
    device: Annotated[str | None, typer.Option(help="Name of the microphone, or a part of it.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Name the microphones and exit.")] = False,
) -> None:
    """Record a voice with this machine's microphone."""
    from avatar_app.speech import microphone

    if listing:
        typer.echo("\n".join(microphone.microphones()) or "No microphone was found.")
        return
    stop = console.StopSwitch()
    with stop.listening():
        got = microphone.record(output, seconds, device, should_stop=stop, on_level=_tell_level)
    sys.stderr.write(f"\n{got:.1f} s recorded\n")
    typer.echo(output)


@app.command()
def export(
    motion: Annotated[Path, typer.Option(help="A .motion.npz file.")],
    output: Annotated[Path, typer.Option(help="File to write; its ending picks the format: .glb .csv .bvh .npz")],
    portrait: Annotated[Path | None, typer.Option(help="Whose shape and skin a .glb's head gets; none: clay.")] = None,
    body: Annotated[str | None, typer.Option(help="Whose body a .glb shows; robin's where there is one.")] = None,
    live_link: Annotated[
        bool, typer.Option("--live-link", help="A .csv as the Live Link Face app records it, for its importers.")
    ] = False,
    force: Force = False,
) -> None:
    """Write motion in a format that other programs read: of a whole person where it has a body."""
    from avatar_app.export_motion import export_motion

    with console.native_noise_hidden():
        path = export_motion(motion, output, portrait, force, body, live_link)
    typer.echo(path)


for command in (train.train, train.evaluate, train.prepare):
    app.command()(command)
app.command()(batch.batch)
app.command()(batch.gallery)
app.command()(serve.serve)
app.command(name="add-user")(serve.add_user)
app.command(name="signing-key")(serve.signing_key)
app.add_typer(style.app, name="style")
app.command(hidden=True)(train.register)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(train.benchmark)

"""`avatar_app style`: speaking styles from clips, mixed and listed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from avatar_app import styles
from avatar_app.cli import console
from avatar_app.cli.options import Force
from avatar_app.request import Stopped

app = typer.Typer(
    help="Speaking styles: take one from a clip, mix two, list those that ship.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Output = Annotated[Path, typer.Option("--output", "-o", help="The style file to write, .npz.")]


@app.command()
def extract(
    clip: Annotated[Path, typer.Argument(help="A motion file (.npz), or a video of one person talking; 4 s or more.")],
    output: Output,
    force: Force = False,
) -> None:
    """Take the way somebody speaks from a clip, for `generate --style`."""
    stop = console.StopSwitch()
    shown = sys.stderr.isatty()
    with stop.listening(), console.native_noise_hidden():
        err = sys.stderr

        def on_step(done: float) -> None:
            if shown:
                err.write(f"\rreading the face: {100 * done:3.0f} %")

        try:
            style = styles.extract(clip, on_step, stop)
        except Stopped:
            raise typer.Exit(130) from None
    typer.echo(styles.keep(style, output, force))


@app.command()
def mix(
    first: Annotated[str, typer.Argument(help="A named style, a style file or a clip.")],
    second: Annotated[str, typer.Argument(help="Another.")],
    output: Output,
    weight: Annotated[float, typer.Option(help="Share of the second, 0 to 1.")] = 0.5,
    force: Force = False,
) -> None:
    """Mix two styles."""
    with console.native_noise_hidden():
        mixed = styles.mix(styles.open_style(first), styles.open_style(second), weight)
    typer.echo(styles.keep(mixed, output, force))


@app.command(name="list")
def list_() -> None:
    """Name the styles that ship."""
    typer.echo("\n".join(styles.named_styles()))

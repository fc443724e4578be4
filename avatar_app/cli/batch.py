"""`avatar_app batch`: many requests from a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from avatar_app.batch import run as batches
from avatar_app.batch.work import Outcome
from avatar_app.cli import console


def batch(
    manifest: Annotated[Path, typer.Argument(help="A .csv or .jsonl: audio, portrait, instruction, engine, …")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the results, one folder a row.")],
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
) -> None:
    """Make every row of a manifest that is not there yet. A row that fails is told in failures.csv; the rest goes on.

    Exits with 1 where rows failed.
    """
    with console.native_noise_hidden(), batches.progress_bar(batches.count_rows(manifest)) as bar:

        def on_row(outcome: Outcome) -> None:
            bar.update()

        totals = batches.run(manifest, output, batches.local(workers), on_row)
    typer.echo(f"{totals.made} made, {totals.known} there before, {totals.failed} failed: {output}")
    if totals.failed:
        raise typer.Exit(1)

"""`avatar_app batch` and `avatar_app gallery`: many requests from a manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from avatar_app.batch import gallery as galleries
from avatar_app.batch import run as batches
from avatar_app.batch.place import is_of_one_process, output_of
from avatar_app.batch.work import Outcome
from avatar_app.cli import console
from avatar_app.request import InputError


def batch(
    manifest: Annotated[Path, typer.Argument(help="A .csv or .jsonl: audio, portrait, instruction, engine, …")],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Folder of the results, one folder a row; or a URL such as s3://…")
    ],
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
    ray: Annotated[
        str, typer.Option(help='On a Ray cluster: its address, or "local". --workers are then the most actors.')
    ] = "",
) -> None:
    """Make every row of a manifest that is not there yet. A row that fails is told in failures.csv; the rest goes on.

    Exits with 1 where rows failed.
    """
    place = output_of(output)
    if is_of_one_process(place) and (ray or workers > 1):
        raise InputError(f"{output!r} is of one process alone: name a place that all workers see.")
    execute: batches.Executor = batches.local(workers)
    if ray:
        from avatar_app.batch.on_ray import Cluster

        execute = Cluster(ray, workers if workers > 1 else None)
    with console.native_noise_hidden(), batches.progress_bar(batches.count_rows(manifest)) as bar:

        def on_row(outcome: Outcome) -> None:
            bar.update()

        totals = batches.run(manifest, place, execute, on_row)
    typer.echo(f"{totals.made} made, {totals.known} there before, {totals.failed} failed: {output}")
    if totals.failed:
        raise typer.Exit(1)


def gallery(
    output: Annotated[Path, typer.Argument(help="Folder of the site.")],
    manifest: Annotated[
        Path | None,
        typer.Option(help="A .csv or .jsonl as for batch, with chapter and title; default: the project's own."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes.")] = 1,
) -> None:
    """Build a site of films that opens from a disk and on any host of files. Takes that are there stay."""
    path = manifest or galleries.read_own()
    with console.native_noise_hidden(), batches.progress_bar(batches.count_rows(path)) as bar:

        def on_row(outcome: Outcome) -> None:
            bar.update()
            if outcome.problem:
                typer.echo(f"Row {outcome.number} is left out: {outcome.problem}", err=True)

        page = galleries.build(output, path, batches.local(workers), on_row)
    typer.echo(page)

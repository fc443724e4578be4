"""Commands for those who work on the motion models: train, evaluate, benchmark."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    engine: Annotated[str, typer.Argument(help="Motion model to train.")] = "instruct_avatar",
    build_corpus: Annotated[
        bool, typer.Option("--build-corpus", help="Make the training data first.")
    ] = False,
    hours: Annotated[float, typer.Option(help="Hours of speech to make.")] = 2.0,
    minutes: Annotated[float | None, typer.Option(help="Stop after so many minutes.")] = None,
    steps: Annotated[int | None, typer.Option(help="Stop after so many steps.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last saved state.")] = False,
    output: Annotated[Path | None, typer.Option(help="Folder for the checkpoint.")] = None,
) -> None:
    """Train a motion model on a corpus that the app makes itself."""
    module = _engine_module(engine, "training")
    module.train(
        build_corpus=build_corpus, hours=hours, minutes=minutes, steps=steps, resume=resume, output=output
    )


def evaluate(
    engine: Annotated[str, typer.Argument(help="Motion model to evaluate.")] = "instruct_avatar",
) -> None:
    """Measure a motion model: lips against speech, instructions, silence, variety. Prints JSON."""
    typer.echo(json.dumps(_engine_module(engine, "evaluation").evaluate(), indent=2))


def benchmark(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which one; none lists them.")] = "",
) -> None:
    """Run one of benchmarks/*.py; further options go to it."""
    import runpy

    from avatar_app.request import InputError

    folder = Path(__file__).resolve().parent.parent / "benchmarks"
    names = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if not name:
        typer.echo("\n".join(names) or "There are no benchmarks.")
        return
    if name not in names:
        raise InputError(
            f"There is no benchmark called {name!r}; choose one of: {', '.join(names) or 'none'}."
        )
    sys.argv = [name, *context.args]
    runpy.run_path(str(folder / f"{name}.py"), run_name="__main__")


def _engine_module(engine: str, part: str) -> Any:
    """avatar_app.engines.ENGINE.PART; InputError when there is no such engine or it has no such part."""
    import importlib.util

    from avatar_app.engines.base import ENGINES
    from avatar_app.request import InputError

    if engine not in ENGINES:
        raise InputError(
            f"There is no engine called {engine!r}; choose one of: {', '.join(sorted(ENGINES))}."
        )
    name = f"avatar_app.engines.{engine}.{part}"
    if importlib.util.find_spec(name) is None:
        raise InputError(f"The engine {engine} has no {part}.")
    return importlib.import_module(name)

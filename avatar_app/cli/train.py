"""Commands for those who work on the engines: train, evaluate, prepare, benchmark."""

from __future__ import annotations

import json
import logging
import runpy
import shutil
import sys
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from avatar_app import weights as store
from avatar_app.cli import console
from avatar_app.engines import registry
from avatar_app.paths import BENCHMARKS
from avatar_app.request import InputError

LIVELINESS = "liveliness"  # evaluated by films, whatever the engine
UNDERSTANDING = "understanding"  # the layers that understand instructions: trained like an engine, and none


def train(
    engine: Annotated[str | None, typer.Argument(help='An engine, or "understanding"; default: the first.')] = None,
    output: Annotated[Path | None, typer.Option(help="Folder for the checkpoint; default: outputs/ENGINE.")] = None,
    corpus: Annotated[Path, typer.Option(help="Folder of the training data.")] = Path(".cache/corpus"),
    build_corpus: Annotated[bool, typer.Option("--build-corpus", help="Make the training data first.")] = False,
    hours: Annotated[float, typer.Option(min=0.01, help="Hours of speech to make.")] = 13.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of the denoiser; default: the recipe's.")] = None,
    stage: Annotated[
        str | None, typer.Option("--stage", "--part", help="What to train of the engine; default: everything.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", "--films", help="Data set of one's own, such as that of `prepare`: films of people."),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="Folder of a checkpoint whose weights a new run begins from.")
    ] = None,
    generator: Annotated[Path | None, typer.Option(help="Network that draws, where the engine takes one.")] = None,
    prompts: Annotated[Path | None, typer.Option(help="Sentences to learn, one a line, where it takes them.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the state saved in the output folder.")] = True,
    ship: Annotated[bool, typer.Option("--ship", help="Put the weights into checkpoints/ when done.")] = False,
) -> None:
    """Train an engine on a corpus that the app makes itself, or the layers that understand instructions."""
    logging.getLogger("avatar_app").setLevel(logging.INFO)
    if engine == UNDERSTANDING:
        _train_understanding()
        return
    name = registry.find_spec(engine).name
    part = _part(name, "training_run")
    from avatar_app.training.run import TrainingRun

    wish = TrainingRun(
        folder=output or Path("outputs") / name,
        corpus=corpus,
        hours=hours if build_corpus else 0.0,
        stage=None if stage == "all" else stage,
        steps=steps,
        resume=resume,
        data=data,
        start=start,
        generator=generator,
        prompts=prompts,
    )
    made = part.run(wish)
    typer.echo("\n".join(str(path) for path in (_ship(name, made) if ship else made)))


def _ship(engine: str, made: list[Path]) -> list[Path]:
    """Copies trained files into checkpoints/ENGINE and notes their checksums."""
    place = store.checkpoints_folder() / engine
    place.mkdir(parents=True, exist_ok=True)
    copies = [Path(shutil.copyfile(path, place / path.name)) for path in made]
    register(engine)
    return copies


def _train_understanding() -> None:
    """Trains the text layers straight into checkpoints/, and notes their checksums."""
    from avatar_app.training.instructions import understanding_training

    sys.argv = ["avatar_app train understanding"]  # its own options stay at their defaults
    understanding_training.main()
    register(UNDERSTANDING)


def prepare(
    films: Annotated[Path, typer.Argument(help="Folder of videos; those in a folder inside it are of one person.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the data set; a stopped run goes on.")],
    seed: Annotated[int, typer.Option(help="Of the split by person.")] = 0,
) -> None:
    """Make training data (LMDB) of films of people talking: tracked, smoothed, split by person."""
    from avatar_app.training import films as preparation

    def on_film(name: str, said: str) -> None:
        typer.echo(f"{name}: {said}")

    with console.native_noise_hidden():
        clips = preparation.prepare(films, output, seed, on_film)
    typer.echo(f"{len(clips)} recordings in {output}")


def register(name: Annotated[str, typer.Argument(help="Folder of checkpoints/.")]) -> None:
    """Note size and SHA-256 of the weights in checkpoints/NAME in the manifest, before they are shipped."""
    folder = store.checkpoints_folder() / store.find_system(name).name
    store.register(name, [*sorted(folder.glob("*.safetensors")), *folder.glob("config.json")])


def evaluate(
    engine: Annotated[str | None, typer.Argument(help='An engine, or "liveliness"; default: the first.')] = None,
    films: Annotated[Path | None, typer.Argument(help="Folder of films of talking heads: liveliness, dawn.")] = None,
    weights: Annotated[Path | None, typer.Option(help="Another checkpoint folder than the shipped one.")] = None,
    recordings: Annotated[Path | None, typer.Option(help="Folder of real speech with transcripts.csv.")] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Folder of people's films that FID and FVD compare with.")
    ] = None,
    judges: Annotated[Path | None, typer.Option(help="Folder with your networks of FID, FVD or LSE: dawn.")] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Takes per request; default: 4, of a film 2.")] = None,
    phrasings: Annotated[Path | None, typer.Option(help="CSV of sentences: text, expected action.")] = None,
    synthetic: Annotated[bool, typer.Option(help="Measure languages that training never had.")] = True,
    ablations: Annotated[bool, typer.Option("--ablations", help="Other step counts and windows, too; slow.")] = False,
) -> None:
    """Measure an engine: lips against speech, instructions, silence, variety. Prints JSON.

    "liveliness" with a folder of films measures how people move in them, and how takes of their first frames and voices
    do; films that this app drew prove nothing there. Prints a table, too.
    """
    if engine == LIVELINESS:
        if weights is not None:
            raise InputError("Liveliness is measured on the weights that takes are made with: set AVATAR_CHECKPOINTS.")
        _evaluate_liveliness(films, seeds)
        return
    part = _part(registry.find_spec(engine).name, "evaluation")
    options = {"seeds": seeds or 4, "phrasings": phrasings, "synthetic": synthetic, "ablations": ablations}
    more = {"films": films, "reference": reference, "judges": judges}
    more = {name: folder for name, folder in more.items() if folder is not None}
    for name, folder in more.items():
        if name not in signature(part.evaluate).parameters:
            raise InputError(f"The engine {engine} is not measured on films: leave {str(folder)!r} out.")
    with console.native_noise_hidden():
        figures = part.evaluate(weights, recordings, **options, **more)
    typer.echo(json.dumps(figures, indent=2))


def _evaluate_liveliness(films: Path | None, seeds: int | None) -> None:
    from avatar_app.cli import liveliness

    if films is None:
        raise InputError("Liveliness is measured on films of people talking: name their folder.")
    logging.getLogger("avatar_app").setLevel(logging.INFO)
    with console.native_noise_hidden():
        figures = liveliness.evaluate(films, seeds or liveliness.SEEDS, liveliness.SIZE)
    typer.echo("\n".join(liveliness.lines(figures)), err=True)
    typer.echo(json.dumps(figures, indent=2))


def benchmark(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which one; none lists them.")] = "",
) -> None:
    """Run one of benchmarks/*.py; further options go to it."""
    names = sorted(path.stem for path in BENCHMARKS.glob("*.py") if not path.stem.startswith("_"))
    if not name:
        typer.echo("\n".join(names) or "There are no benchmarks.")
        return
    if name not in names:
        raise InputError(f"There is no benchmark called {name!r}; choose one of: {', '.join(names) or 'none'}.")
    sys.argv = [name, *context.args]
    runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")


def _part(engine: str, name: str) -> ModuleType:
    """The module engines/ENGINE/NAME.py; InputError when the engine has none."""
    part = registry.find_part(engine, name)
    if part is None:
        raise InputError(f"The engine {engine} has no {name.replace('_', ' ')}.")
    return part

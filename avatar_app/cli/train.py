"""Commands for those who work on the motion models: train, evaluate, benchmark."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from avatar_app.paths import BENCHMARKS


class Part(str, Enum):
    """Parts of a motion model that can be trained alone."""

    all = "all"
    encoder = "encoder"
    denoiser = "denoiser"


class Stage(str, Enum):
    """Models of diffposetalk, in the order in which they are trained."""

    style = "style"
    denoiser = "denoiser"


def train(
    engine: Annotated[str, typer.Argument(help='A motion model, or "understanding".')] = "instruct_avatar",
    output: Annotated[Path | None, typer.Option(help="Folder for the checkpoint; default: outputs/ENGINE.")] = None,
    corpus: Annotated[Path, typer.Option(help="Folder of the training data.")] = Path(".cache/corpus"),
    build_corpus: Annotated[bool, typer.Option("--build-corpus", help="Make the training data first.")] = False,
    hours: Annotated[float, typer.Option(min=0.01, help="Hours of speech to make.")] = 13.0,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of the denoiser; default: the recipe's.")] = None,
    part: Annotated[Part, typer.Option(help="What to train; two parts can run side by side.")] = Part.all,
    stage: Annotated[Stage | None, typer.Option(help="Of diffposetalk; default: first style, then denoiser.")] = None,
    films: Annotated[Path | None, typer.Option(help="Data set of `prepare` that joins the style stage.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on from the state saved in the output folder.")] = True,
    ship: Annotated[bool, typer.Option("--ship", help="Put the weights into checkpoints/ when done.")] = False,
) -> None:
    """Train a motion model on a corpus that the app makes itself, or the layers that understand instructions."""
    logging.getLogger("avatar_app").setLevel(logging.INFO)
    if engine == "understanding":
        _train_understanding()
        return
    module = _engine_module(engine, "training")
    config = module.TrainingConfig.scaled(steps) if steps else None
    folder = output or Path("outputs") / engine
    if engine == "diffposetalk":
        _train_in_stages(module, stage, folder, corpus, hours if build_corpus else 0.0, resume, config, ship, films)
        return
    settings = {"hours": hours, "build": build_corpus, "resume": resume, "part": part.value, "config": config}
    made = [module.train(folder, corpus, **settings)]
    made.append(folder / "config.json")
    typer.echo("\n".join(str(path) for path in (_ship(engine, made) if ship else made)))


def _ship(engine: str, made: list[Path]) -> list[Path]:
    """Copies trained files into checkpoints/ENGINE and notes their checksums."""
    import shutil

    from avatar_app import weights

    place = weights.checkpoints_folder() / engine
    place.mkdir(parents=True, exist_ok=True)
    copies = [Path(shutil.copyfile(path, place / path.name)) for path in made]
    register(engine)
    return copies


def _train_in_stages(
    module: Any,
    stage: Stage | None,
    folder: Path,
    corpus: Path,
    hours: float,
    resume: bool,
    config: Any,
    ship: bool,
    films: Path | None = None,
) -> None:
    """diffposetalk: the style encoder first, then the denoiser that it steers."""
    from avatar_app.engines.diffposetalk import style_finetuning as style_robustness
    from avatar_app.engines.diffposetalk import style_training
    from avatar_app.training.corpus.speech_corpus import build_corpus

    if hours:
        build_corpus(corpus, hours, seed=1)
    made: list[Path] = []
    if stage in (None, Stage.style):
        style_training.train(folder, corpus, films=films, resume=resume)
        made += [style_robustness.finetune(folder, corpus, resume=resume), folder / "stats.safetensors"]
    if stage in (None, Stage.denoiser):
        made += [module.train(folder, corpus, resume=resume, config=config), folder / "config.json"]
    typer.echo("\n".join(str(path) for path in (_ship("diffposetalk", made) if ship else made)))


def _train_understanding() -> None:
    """Trains the text layers straight into checkpoints/, and notes their checksums."""
    from avatar_app.training.instructions import understanding_training

    sys.argv = ["avatar_app train understanding"]  # its own options stay at their defaults
    understanding_training.main()
    register("understanding")


def prepare(
    films: Annotated[Path, typer.Argument(help="Folder of videos; those in a folder inside it are of one person.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the data set; a stopped run goes on.")],
    seed: Annotated[int, typer.Option(help="Of the split by person.")] = 0,
) -> None:
    """Make training data (LMDB) of films of people talking: tracked, smoothed, split by person."""
    from avatar_app.cli.app import console
    from avatar_app.training import films as preparation

    def on_film(name: str, said: str) -> None:
        typer.echo(f"{name}: {said}")

    with console.native_noise_hidden():
        clips = preparation.prepare(films, output, seed, on_film)
    typer.echo(f"{len(clips)} recordings in {output}")


def register(name: Annotated[str, typer.Argument(help="Folder of checkpoints/.")]) -> None:
    """Note size and SHA-256 of the weights in checkpoints/NAME in the manifest, before they are shipped."""
    from avatar_app import weights

    folder = weights.checkpoints_folder() / weights.find_system(name).name
    weights.register(name, [*sorted(folder.glob("*.safetensors")), *folder.glob("config.json")])


def installer(name: str) -> Callable[[Path], list[Path]] | None:
    """What takes the user's own files of a system where copying them is not enough; None elsewhere."""
    import importlib.util

    module = f"avatar_app.engines.{name.removesuffix('_published')}.checkpoint"
    try:
        known = importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        known = False
    found: Callable[[Path], list[Path]] | None = (
        getattr(importlib.import_module(module), "install", None) if known else None
    )
    return found


def evaluate(
    engine: Annotated[str, typer.Argument(help="Motion model to evaluate.")] = "instruct_avatar",
    weights: Annotated[Path | None, typer.Option(help="Another checkpoint folder than the shipped one.")] = None,
    recordings: Annotated[Path | None, typer.Option(help="Folder of real speech with transcripts.csv.")] = None,
    seeds: Annotated[int, typer.Option(min=2, help="Takes per request, for variety.")] = 4,
    phrasings: Annotated[Path | None, typer.Option(help="CSV of sentences: text, expected action.")] = None,
    synthetic: Annotated[bool, typer.Option(help="Measure languages that training never had.")] = True,
    ablations: Annotated[bool, typer.Option("--ablations", help="Other step counts and windows, too; slow.")] = False,
) -> None:
    """Measure a motion model: lips against speech, instructions, silence, variety. Prints JSON."""
    from avatar_app.cli.app import console

    options = {"seeds": seeds, "phrasings": phrasings, "synthetic": synthetic, "ablations": ablations}
    with console.native_noise_hidden():
        figures = _engine_module(engine, "evaluation").evaluate(weights, recordings, **options)
    typer.echo(json.dumps(figures, indent=2))


def benchmark(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Which one; none lists them.")] = "",
) -> None:
    """Run one of benchmarks/*.py; further options go to it."""
    import runpy

    from avatar_app.request import InputError

    names = sorted(path.stem for path in BENCHMARKS.glob("*.py") if not path.stem.startswith("_"))
    if not name:
        typer.echo("\n".join(names) or "There are no benchmarks.")
        return
    if name not in names:
        raise InputError(f"There is no benchmark called {name!r}; choose one of: {', '.join(names) or 'none'}.")
    sys.argv = [name, *context.args]
    runpy.run_path(str(BENCHMARKS / f"{name}.py"), run_name="__main__")


def _engine_module(engine: str, part: str) -> Any:
    """avatar_app.engines.ENGINE.PART; InputError when there is no such engine or it has no such part."""
    import importlib.util

    from avatar_app.engines.base import ENGINES
    from avatar_app.request import InputError

    if engine not in ENGINES:
        raise InputError(f"There is no engine called {engine!r}; choose one of: {', '.join(sorted(ENGINES))}.")
    name = f"avatar_app.engines.{engine}.{part}"
    if importlib.util.find_spec(name) is None:
        raise InputError(f"The engine {engine} has no {part}.")
    return importlib.import_module(name)

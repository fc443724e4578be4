"""`avatar_app train instruct_avatar`: the speech encoder and the denoiser, or either; or the denoiser on films."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from avatar_app.engines.instruct_avatar import film_training, training
from avatar_app.request import InputError
from avatar_app.training.run import TrainingRun

FILMS = "films"  # of people: a data set of `prepare`, from the shipped weights on
STAGES = ("encoder", "denoiser", FILMS)


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the files of a checkpoint. With a data set of films only these are learned from."""
    wish.check_stage(STAGES)
    if wish.data is not None or wish.stage == FILMS:
        return [_train_on_films(wish), wish.folder / "config.json"]
    config = training.TrainingConfig.scaled(wish.steps) if wish.steps else None
    model = training.train(
        wish.folder,
        wish.corpus,
        hours=wish.hours,
        build=wish.hours > 0,
        resume=wish.resume,
        part=wish.stage or "all",
        start=wish.start,
        config=config,
    )
    return [model, wish.folder / "config.json"]


def _train_on_films(wish: TrainingRun) -> Path:
    if wish.data is None:
        raise InputError("Learning from films needs the data set that `avatar_app prepare` makes: give it as --films.")
    if wish.stage not in (None, FILMS):
        raise InputError(f"Films teach no {wish.stage}: leave the stage out, or leave out the films.")
    config = film_training.FilmTrainingConfig()
    config = replace(config, steps=wish.steps or config.steps)
    return film_training.train(wish.folder, wish.data, wish.corpus, resume=wish.resume, config=config)

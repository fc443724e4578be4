"""`avatar_app train diffposetalk`: the style encoder, then the denoiser that it steers; or the published model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from avatar_app.engines.diffposetalk import published_training, style_finetuning, style_training, training
from avatar_app.request import InputError
from avatar_app.training.corpus.speech_corpus import build_corpus
from avatar_app.training.run import TrainingRun

STAGES = ("style", "denoiser", "published")  # the last only when it is named


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the files of a checkpoint.

    data: a data set of `prepare` that joins the style stage, or one of FLAME coefficients for the published stage.
    """
    wish.check_stage(STAGES)
    if wish.start is not None:
        raise InputError("Training of DiffPoseTalk begins anew or from the state in its folder: leave out --start.")
    if wish.stage == "published":
        return [_train_published(wish)]
    folder, corpus = wish.folder, wish.corpus
    if wish.hours:
        build_corpus(corpus, wish.hours, seed=1)
    made: list[Path] = []
    if wish.stage in (None, "style"):
        style_training.train(folder, corpus, films=wish.data, resume=wish.resume)
        made += [style_finetuning.finetune(folder, corpus, resume=wish.resume), folder / "stats.safetensors"]
    if wish.stage in (None, "denoiser"):
        config = training.TrainingConfig.scaled(wish.steps) if wish.steps else None
        made += [training.train(folder, corpus, resume=wish.resume, config=config), folder / "config.json"]
    return made


def _train_published(wish: TrainingRun) -> Path:
    if wish.data is None:
        raise InputError("The published model learns from a data set of FLAME coefficients: give it as --data FOLDER.")
    config = published_training.PublishedTrainingConfig()
    return published_training.train(
        wish.folder, wish.data, resume=wish.resume, config=replace(config, steps=wish.steps or config.steps)
    )

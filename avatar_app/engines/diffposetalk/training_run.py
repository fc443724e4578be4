"""`avatar_app train diffposetalk`: the style encoder first, then the denoiser that it steers."""

from __future__ import annotations

from pathlib import Path

from avatar_app.engines.diffposetalk import style_finetuning, style_training, training
from avatar_app.training.corpus.speech_corpus import build_corpus
from avatar_app.training.run import TrainingRun

STAGES = ("style", "denoiser")


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the files of a checkpoint. data: a data set of `prepare` that joins the style stage."""
    wish.check_stage(STAGES)
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

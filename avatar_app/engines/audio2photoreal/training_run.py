"""`avatar_app train audio2photoreal`: the embedded model on conversations made of a corpus; or the four networks of a
person, on recordings in the published layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch

from avatar_app.engines.audio2photoreal import embedded_training, training
from avatar_app.engines.audio2photoreal.conversations import build_shards
from avatar_app.engines.audio2photoreal.embedded import load_embedded
from avatar_app.engines.audio2photoreal.paths import shipped_folder
from avatar_app.request import InputError
from avatar_app.training.corpus.sessions import read_corpus
from avatar_app.training.corpus.speech_corpus import build_corpus
from avatar_app.training.run import TrainingRun

ORDER = ("vq", "guide", "face", "pose")  # the guide needs the codec
CONVERSATIONS = "conversations"
HOURS = 6.0  # of conversations


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the checkpoints. Without --data it is the embedded model that learns, from the corpus."""
    wish.check_stage(training.STAGES)
    if wish.start is not None:
        raise InputError("Training of Audio2Photoreal begins anew or from the state in its folder: leave out --start.")
    stages = ORDER if wish.stage is None else (wish.stage,)
    if wish.data is None:
        return _train_embedded(wish, stages)
    recipes = [training.scaled(stage, wish.steps if stage == stages[-1] else None) for stage in stages]
    return [training.train(wish.folder, wish.data, recipe, resume=wish.resume) for recipe in recipes]


def _train_embedded(wish: TrainingRun, stages: tuple[str, ...]) -> list[Path]:
    """The embedded model; the speech encoder is that of the shipped one, as other engines train it."""
    if wish.hours:
        build_corpus(wish.corpus, wish.hours, seed=1)
    sessions = read_corpus(wish.corpus) if wish.corpus.is_dir() else []
    if not sessions:
        raise InputError(f"There is no corpus in {wish.corpus}: make one with --build-corpus, or give --data FOLDER.")
    encoder = load_embedded(shipped_folder(), torch.device("cpu")).speech_encoder
    talks = wish.folder / CONVERSATIONS
    build_shards(talks, sessions, encoder, HOURS, seed=11)
    for stage in stages:
        recipe = embedded_training.RECIPES[stage]
        recipe = replace(recipe, steps=wish.steps or recipe.steps) if stage == stages[-1] else recipe
        embedded_training.train(wish.folder, talks, recipe, resume=wish.resume)
    if any(not (wish.folder / f"{stage}.pt").exists() for stage in ORDER):
        return [wish.folder / f"{stage}.pt" for stage in stages]
    return embedded_training.assemble(wish.folder, wish.folder, encoder)

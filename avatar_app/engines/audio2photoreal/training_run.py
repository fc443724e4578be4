"""`avatar_app train audio2photoreal`: the embedded model on conversations made of a corpus; or the four networks of a
person, on recordings in the published layout."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from avatar_app.engines import registry
from avatar_app.engines.audio2photoreal import embedded_training, training
from avatar_app.engines.audio2photoreal.conversations import build_shards
from avatar_app.engines.audio2photoreal.embedded import FILES
from avatar_app.request import InputError
from avatar_app.speech.trained import load_speech_encoder
from avatar_app.training.corpus.speech_corpus import corpus_of
from avatar_app.training.loop import processes
from avatar_app.training.run import TrainingRun
from avatar_app.weights import checkpoints_folder

ORDER = ("vq", "guide", "face", "pose")  # the guide needs the codec
CONVERSATIONS = "conversations"
HOURS, SEED = 6.0, 11  # of conversations


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
    """The embedded model. The speech encoder is the default engine's, which trains it."""
    talks = wish.folder / CONVERSATIONS
    with processes().main_process_first():  # the others find what is made
        sessions = corpus_of(wish.corpus, wish.hours, ", or give --data FOLDER")
        encoder = load_speech_encoder(checkpoints_folder() / registry.find_spec(None).name)
        build_shards(talks, sessions, encoder, HOURS, seed=SEED)
    for stage in stages:
        recipe = embedded_training.RECIPES[stage]
        recipe = replace(recipe, steps=wish.steps or recipe.steps) if stage == stages[-1] else recipe
        embedded_training.train(wish.folder, talks, recipe, resume=wish.resume)
    if any(not (wish.folder / f"{stage}.pt").exists() for stage in ORDER):
        return [wish.folder / f"{stage}.pt" for stage in stages]
    if not processes().is_main_process:
        return [wish.folder / name for name in FILES]
    return embedded_training.assemble(wish.folder, wish.folder, encoder)

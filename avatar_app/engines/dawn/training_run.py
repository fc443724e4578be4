"""`avatar_app train dawn --stage lfg`: the embedded networks, on portraits that the portrait renderer moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from avatar_app.engines.dawn import lfg_training
from avatar_app.engines.dawn.pair_shards import build_shards
from avatar_app.request import InputError
from avatar_app.training.corpus.speech_corpus import corpus_of
from avatar_app.training.loop import processes
from avatar_app.training.run import TrainingRun

STAGES = (lfg_training.STAGE,)
RESOLUTION, SEED = 128, 5
PAIRS = "pairs"


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the files of weights. --data: a folder of portraits, or of pairs that were made of them.

    Raises InputError when portraits or, to move them, the corpus of speech are missing.
    """
    wish.check_stage(STAGES)
    if wish.start is not None:
        raise InputError("Training of DAWN begins anew or from the state in its folder: leave out --start.")
    if wish.data is None:
        raise InputError("DAWN learns frames from portraits: give --data FOLDER with pictures of faces.")
    recipe = lfg_training.LfgRecipe()
    recipe = replace(recipe, steps=wish.steps or recipe.steps)
    return [lfg_training.train(wish.folder, _pairs(wish, wish.data), recipe, wish.resume)]


def _pairs(wish: TrainingRun, data: Path) -> list[Path]:
    """Shards of pairs, made where they are not there yet."""
    if ready := sorted(data.glob("pairs_*.safetensors")):
        return ready
    with processes().main_process_first():  # the others find what is made
        sessions = corpus_of(wish.corpus, wish.hours)
        return build_shards(wish.folder / PAIRS, data, sessions, RESOLUTION, SEED)

"""`avatar_app train audio2photoreal`: the four networks of a person, on recordings in the published layout."""

from __future__ import annotations

from pathlib import Path

from avatar_app.engines.audio2photoreal import training
from avatar_app.request import InputError
from avatar_app.training.run import TrainingRun

ORDER = ("vq", "guide", "face", "pose")  # the guide needs the codec


def run(wish: TrainingRun) -> list[Path]:
    """Trains what is wished; the checkpoints, each with args.json beside it."""
    wish.check_stage(training.STAGES)
    if wish.start is not None:
        raise InputError("Training of Audio2Photoreal begins anew or from the state in its folder: leave out --start.")
    if wish.data is None:
        raise InputError("Audio2Photoreal learns from recordings of one person: give their folder as --data FOLDER.")
    stages = ORDER if wish.stage is None else (wish.stage,)
    recipes = [training.scaled(stage, wish.steps if stage == stages[-1] else None) for stage in stages]
    return [training.train(wish.folder, wish.data, recipe, resume=wish.resume) for recipe in recipes]

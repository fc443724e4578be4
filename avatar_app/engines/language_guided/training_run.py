"""`avatar_app train language_guided`: the small model that ships; or, with a generator, a motion model for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from avatar_app.devices import pick_device
from avatar_app.engines.language_guided import checkpoint, embedded_training
from avatar_app.engines.language_guided.alignment import align
from avatar_app.engines.language_guided.motion_training import STAGE, MotionRecipe, train
from avatar_app.engines.language_guided.networks import Frozen
from avatar_app.engines.language_guided.portrait_codes import Key, PortraitCodes
from avatar_app.engines.language_guided.prompts import PROMPTS, as_learned
from avatar_app.inputs.portrait.portrait import load_portrait
from avatar_app.request import InputError
from avatar_app.training.run import TrainingRun
from avatar_app.weights import load_torch

STAGES = (*embedded_training.STAGES, STAGE)
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
SEARCH_STEPS = 100


def run(wish: TrainingRun, recipe: MotionRecipe | embedded_training.Recipe | None = None) -> list[Path]:
    """Trains a motion model where a generator or a list of sentences is given, or the stage "motion" is asked for;
    else the model that ships: see embedded_training.run. Errors: those of both."""
    wish.check_stage(STAGES)
    if wish.stage == STAGE or wish.generator is not None or wish.prompts is not None:
        if isinstance(recipe, embedded_training.Recipe) or wish.stage in embedded_training.STAGES:
            raise InputError("A generator and prompts belong to the stage motion: leave them out for the others.")
        return _motion(wish, recipe)
    if isinstance(recipe, MotionRecipe):
        raise InputError("Without a generator the small model is trained: give --generator FILE, or --stage motion.")
    return embedded_training.run(wish, recipe)


def _motion(wish: TrainingRun, recipe: MotionRecipe | None) -> list[Path]:
    """Trains a motion model, to be installed with `download language_guided --from`.

    --generator: a generator's file, else an installed one. --prompts: sentences or words, one a line, else the 28
    published ones. --data: a folder of portraits, or a file with codes by name, as celeba_e4e_latents.pt. Raises
    InputError where one of them, or CLIP, is not there or does not fit.
    """
    recipe = recipe or MotionRecipe()
    if wish.start is not None:
        raise InputError("Training of a motion model begins anew or from the state in its folder: leave out --start.")
    if wish.data is None or not wish.data.exists():
        raise InputError("Motion is learned on faces: give --data with a folder of portraits, or a file of W+ codes.")
    frozen = checkpoint.load_frozen(wish.generator).to(pick_device())
    sentences = sentences_of(wish.prompts)
    with torch.no_grad():
        embedded = torch.cat([frozen.words.text(one) for one in sentences])
    codes = _saved(wish.data, frozen) if wish.data.is_file() else _of_portraits(wish.data, frozen)
    recipe = replace(recipe, steps=wish.steps or recipe.steps)
    return [train(wish.folder, frozen, embedded, codes, recipe, wish.resume)]


def sentences_of(prompts: Path | None) -> list[str]:
    """What a file of prompts asks for, words of the published ones in their sentence."""
    if prompts is None:
        return [as_learned(word) for word in PROMPTS]
    try:
        lines = prompts.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(
            f"The prompts {str(prompts)!r} cannot be read ({type(error).__name__}): give a text file of sentences."
        ) from error
    found = list(dict.fromkeys(as_learned(line) for line in lines if line.strip()))
    if not found:
        raise InputError(f"There is no sentence in {prompts.name}: write one a line.")
    return found


def _saved(path: Path, frozen: Frozen) -> Tensor:
    """(N, L, style) of a file of codes by name."""
    content, config = load_torch(path), frozen.generator.config
    rows = list(content.values()) if isinstance(content, dict) else []
    wanted = (config.latents, config.style)
    shapes = {tuple(row.shape) if isinstance(row, Tensor) else None for row in rows}
    if not rows or not shapes <= {wanted, (1, *wanted)}:
        raise InputError(f"{path.name} holds no codes of this generator by name: each should be {wanted}.")
    return torch.stack([row.float().reshape(wanted) for row in rows])


def _of_portraits(folder: Path, frozen: Frozen) -> Tensor:
    """(N, L, style) of the pictures in a folder, which are told when they are left out."""
    pictures = sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
    if not pictures:
        raise InputError(f"There is no picture in {str(folder)!r}: give a folder of portraits.")
    never: Callable[[], bool] = lambda: False  # noqa: E731
    known = PortraitCodes()
    rows = []
    for path in pictures:
        face, _ = align(load_portrait(path), frozen.generator.config.size)
        rows.append(known.of(frozen, Key("", face.tobytes(), SEARCH_STEPS), lambda done: None, never).cpu())
    return torch.cat(rows)

"""`avatar_app train language_guided --data PORTRAITS`: the project's own small model, stage by stage."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from avatar_app.engines.language_guided.embedded import save_embedded
from avatar_app.engines.language_guided.face_batches import People
from avatar_app.engines.language_guided.face_shards import PICTURES, build_faces, read_faces
from avatar_app.engines.language_guided.face_training import CRITIC, FACES, FaceRecipe, train_critic, train_faces
from avatar_app.engines.language_guided.generator import GeneratorConfig
from avatar_app.engines.language_guided.paths import FILES
from avatar_app.engines.language_guided.taught_sentences import lessons
from avatar_app.engines.language_guided.word_training import WORDS, WordRecipe, train_words
from avatar_app.request import InputError
from avatar_app.training.loop import processes
from avatar_app.training.run import TrainingRun

STAGES = (CRITIC, FACES, WORDS)  # each looks through the one before
SHARDS = "faces_*.safetensors"


@dataclass(frozen=True)
class Recipe:
    """How everything is learned."""

    faces: FaceRecipe = field(default_factory=FaceRecipe)
    words: WordRecipe = field(default_factory=WordRecipe)


def run(wish: TrainingRun, recipe: Recipe | None = None) -> list[Path]:
    """Trains what is wished; the files of weights, and of the whole model once every stage has been trained.

    --data: a folder of portraits, or of pictures that were made of them. Raises InputError when there are none, or an
    earlier stage is missing.
    """
    wish.check_stage(STAGES)
    recipe = recipe or Recipe()
    if wish.start is not None:
        raise InputError("Training begins anew or from the state in its folder: leave out --start.")
    if wish.data is None or not wish.data.is_dir():
        raise InputError("Faces are learned from portraits: give --data FOLDER with pictures of faces.")
    shards = _shards(wish, wish.data, recipe.faces)
    stages = STAGES if wish.stage is None else (wish.stage,)
    made = [_stage(stage, wish, shards, _stepped(recipe, stage, stages, wish.steps)) for stage in stages]
    faces, words = (wish.folder / f"{name}.safetensors" for name in (FACES, WORDS))
    if not faces.exists() or not words.exists():
        return made
    if processes().is_main_process:
        save_embedded(load_file(faces), load_file(words), wish.folder, recipe=asdict(recipe))
    return made + [wish.folder / name for name in FILES]


def _shards(wish: TrainingRun, data: Path, recipe: FaceRecipe) -> list[Path]:
    if made := sorted(data.glob(SHARDS)):
        return made
    portraits = sorted(path for path in data.rglob("*") if path.suffix.lower() in PICTURES)
    size = GeneratorConfig(recipe.channels, recipe.style).size
    with processes().main_process_first():  # the others find what is made
        return build_faces(wish.folder / "pictures", portraits, size, recipe.seed)


def _stepped(recipe: Recipe, stage: str, stages: tuple[str, ...], steps: int | None) -> Recipe:
    """The last stage with the steps that are asked for."""
    if steps is None or stage != stages[-1]:
        return recipe
    if stage == WORDS:
        return replace(recipe, words=replace(recipe.words, steps=steps))
    if stage == CRITIC:
        return replace(recipe, faces=replace(recipe.faces, critic_steps=steps))
    return replace(recipe, faces=replace(recipe.faces, steps=steps))


def _stage(stage: str, wish: TrainingRun, shards: list[Path], recipe: Recipe) -> Path:
    if stage == CRITIC:
        return train_critic(wish.folder, People.read(shards), recipe.faces, wish.resume)
    if stage == FACES:
        return train_faces(wish.folder, shards, recipe.faces, wish.resume)
    at_rest = np.stack([read_faces(path).pictures[0] for path in shards])
    pictures = torch.from_numpy(at_rest).permute(0, 3, 1, 2).float() / 127.5 - 1
    taught = lessons(recipe.words.sentences, recipe.words.seed)
    return train_words(wish.folder, pictures, taught, recipe.words, recipe.faces, wish.resume)

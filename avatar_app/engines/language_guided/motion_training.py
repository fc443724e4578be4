"""Training of a motion model as published (Hang et al. 2022), on codes of faces and a list of sentences.

The generator and CLIP stay as they are (the authors tune the CLIP that reads, too). In place of LPIPS stands the
difference of pictures at several sizes, as where codes are searched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from avatar_app.engines.language_guided.inversion import difference
from avatar_app.engines.language_guided.losses import contrastive_loss, motion_losses, similarity_loss
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel
from avatar_app.engines.language_guided.networks import Frozen
from avatar_app.engines.language_guided.recurrent import first_hidden, step_sizes
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

STAGE = "motion"
PICTURE_WEIGHT, WORDS_WEIGHT = 1.0, 0.5


@dataclass(frozen=True)
class MotionRecipe:
    """How it learns; sizes are the published ones. batch: faces, each with a sentence of its own."""

    steps: int = 5_000
    learning_rate: float = 1e-3
    batch: int = 4
    frames: int = 4
    recurrent: int = 384
    mapper: int = 1024
    seed: int = 17
    save_every: int = 100


@dataclass(frozen=True)
class Sentences:
    """embedded: (N, D) of CLIP, one for every sentence."""

    embedded: Tensor

    @property
    def several(self) -> bool:
        """Whether sentences can be told from one another; a single one is only to be come near."""
        return len(self.embedded) > 1


class MotionStep(nn.Module):
    """A motion model and what it is told when it errs. frozen: what is no part of it, and is not saved with it."""

    def __init__(self, config: MotionConfig, frozen: Frozen, sentences: Sentences, frames: int) -> None:
        super().__init__()
        self.network = MotionModel(config)
        self._frozen = (frozen, sentences)  # a tuple, so that its networks are not this module's
        self.frames = frames

    def forward(self, codes: Tensor, sentence: Tensor, hidden: Tensor) -> dict[str, Tensor]:
        """Losses of faces with codes (B, L, style), a sentence's number each (B,), and first states (B, recurrent)."""
        frozen, sentences = self._frozen
        text = sentences.embedded[sentence]
        with torch.no_grad():
            target = frozen.generator(codes).clamp(-1, 1)
            image = frozen.words.picture((target + 1) / 2)
        steps = step_sizes(self.frames).to(codes.device)
        offsets = self.network.offsets(text, image, steps, hidden)
        base = codes + self.network.image_offset(image)
        first, last = (frozen.generator(base + offsets[:, frame]) for frame in (0, -1))
        shown = frozen.words.picture((last.clamp(-1, 1) + 1) / 2)
        apart = contrastive_loss if sentences.several else similarity_loss
        motion = motion_losses(offsets, base, codes)
        return {
            "picture": PICTURE_WEIGHT * (difference(first, target) + difference(last, target)),
            "words": WORDS_WEIGHT * apart(shown, text),
            "smoothness": motion.smoothness,
            "ends": motion.ends,
            "latent": motion.latent.sum(),
        }


def batches(codes: Tensor, sentences: int, recipe: MotionRecipe, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless batches; no sentence comes twice in one, as they are told from one another."""
    size = min(recipe.batch, sentences)
    while True:
        faces = torch.from_numpy(rng.integers(len(codes), size=size))
        spoken = torch.from_numpy(rng.choice(sentences, size, replace=False))
        random = torch.Generator().manual_seed(int(rng.integers(2**31)))
        yield {"codes": codes[faces], "sentence": spoken, "hidden": first_hidden(size, recipe.recurrent, random)}


def train(
    folder: Path, frozen: Frozen, sentences: Tensor, codes: Tensor, recipe: MotionRecipe, resume: bool = True
) -> Path:
    """Up to the recipe's last step, in `folder`; a motion model's file as the authors' code writes it.

    sentences: (N, D) of CLIP. codes: (F, L, style) of faces.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    size, style = codes.shape[1:]
    config = MotionConfig(size, sentences.shape[1], recipe.recurrent, recipe.mapper, style)
    model, averaged = (MotionStep(config, frozen, Sentences(sentences), recipe.frames) for _ in range(2))
    loop_config = LoopConfig(recipe.steps, recipe.learning_rate, 100, 0.0, save_every=recipe.save_every)
    loop = Loop(STAGE, model, averaged, loop_config, folder)
    if resume:
        loop.load()
    rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
    loop.run(recipe.steps, batches(codes, len(sentences), recipe, rng), lambda batch: loop.net(**batch))
    path = folder / "motion.pth"
    if loop.accelerator.is_main_process:
        plot_curves(folder / f"{STAGE}.csv")
        state = {name: value.cpu() for name, value in averaged.network.state_dict().items()}
        torch.save({"iter": loop.step, "state_dict": state}, path)
    return path

"""Training of the motion model that ships: sentences to walks through W+, told right from wrong by curves, not by CLIP.

A sentence's last frame has to show what the sentence asks for. First the walk is taken where the mover (face_training)
goes for the same curves, which costs no picture; then the critic looks at pictures, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.face_training import CRITIC, FACES, FaceRecipe, FaceStep, load_critic
from avatar_app.engines.language_guided.layers import EqualLinear
from avatar_app.engines.language_guided.motion_model import MotionConfig, MotionModel
from avatar_app.engines.language_guided.picture_networks import UNITS
from avatar_app.engines.language_guided.recurrent import first_hidden, step_sizes
from avatar_app.engines.language_guided.sentence_states import WIDTH, embed
from avatar_app.engines.language_guided.taught_sentences import Lesson
from avatar_app.request import InputError
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

WORDS = "words"
PLACE, WAY, CURVES, STILL, SMOOTH, LATENT = 1.0, 1.0, 0.5, 0.2, 1.0, 0.02
LEAST = 0.01  # deviation of a number that may be told apart
LOUDER, QUIETER = 20.0, 0.05  # times the first weights that published code has, of what reads and of what is added
WITH_NAME, NAMED = 0.6, 0.5  # share of sentences that come with their wish's name, and how much it counts beside them
FORGOTTEN = 0.1  # deviation of what is added to a sentence's numbers, which are about 1


@dataclass(frozen=True)
class WordRecipe:
    """How words are learned: `steps` without pictures, then `seen_steps` with them. frames: of a walk."""

    sentences: int = 9_000
    steps: int = 6_000
    seen_steps: int = 300
    batch: int = 64
    seen_batch: int = 6
    frames: int = 4
    recurrent: int = 256
    mapper: int = 384
    learning_rate: float = 3e-3
    seed: int = 16
    save_every: int = 100


@dataclass(frozen=True)
class Taught:
    """Sentences, and their wishes' names, as numbers (N, WIDTH), each with mean 0 and deviation 1 by `mean` and
    `spread`; motions (N, 58)."""

    texts: Tensor
    names: Tensor
    mean: Tensor
    spread: Tensor
    motions: Tensor

    @classmethod
    def of(cls, lessons: list[Lesson]) -> Taught:
        """Reads them."""
        states = embed([one.text for one in lessons])
        mean, spread = states.mean(dim=0), states.std(dim=0).clamp(min=LEAST)
        known = sorted({one.known for one in lessons})
        names = ((embed(known) - mean) / spread)[[known.index(one.known) for one in lessons]]
        motions = torch.from_numpy(np.stack([one.motion for one in lessons]))
        return cls((states - mean) / spread, names, mean, spread, motions)


def walk(network: MotionModel, text: Tensor, frames: int, hidden: Tensor) -> Tensor:
    """Offsets in W+ (B, frames, L, S) as they are shown: see acting.codes_at."""
    codes = network.codes(text, None, step_sizes(frames).to(text.device), hidden)
    mapper = network.mapper.t_mapper
    changes = (
        mapper(codes.flatten(0, 1)).unflatten(0, codes.shape[:2]) - mapper(torch.zeros_like(codes[:1, 0]))[:, None]
    )
    lengths = codes.norm(dim=2)
    share = lengths / lengths[:, -1:].clamp(min=1e-12)
    return share[..., None, None] * changes


class WordStep(nn.Module):
    """A motion model and what it is told when it errs. faces: generator, encoder and mover, which stay as they are."""

    def __init__(self, config: MotionConfig, faces: FaceStep, frames: int) -> None:
        super().__init__()
        self.network = MotionModel(config)
        self.network.mapper.v_mapper.requires_grad_(False)  # no picture is read
        with torch.no_grad():  # sentences are of unit length: else the biases alone say where walks lead
            self.network.rnn.fc1.weight.mul_(LOUDER)
            for layer in (self.network.rnn.fc1, self.network.rnn.fc2, self.network.rnn.fc3):
                layer.bias.zero_()
            last = self.network.mapper.t_mapper[-1]
            assert isinstance(last, EqualLinear)
            last.weight.mul_(QUIETER)
        self._faces = (faces,)  # a tuple, so that it is not this module's
        self.frames = frames

    def forward(self, text: Tensor, motion: Tensor, hidden: Tensor, codes: Tensor | None = None) -> dict[str, Tensor]:
        """Losses of texts (B, WIDTH) with motions (B, 58). codes: (B, L, S) of people, looked at where given."""
        faces = self._faces[0]
        offsets = walk(self.network, text, self.frames, hidden)
        with torch.no_grad():
            goal = faces.mover(torch.zeros_like(motion), motion)
        scale = goal.square().mean().sqrt().clamp(min=1e-3)
        losses = {
            "place": PLACE * F.smooth_l1_loss(offsets[:, -1] / scale, goal / scale),
            # Small moves of a lid count as much as a turning head.
            "way": WAY * (1 - F.cosine_similarity(offsets[:, -1].flatten(1), goal.flatten(1))).mean(),
            "smooth": SMOOTH * (offsets / scale).diff(dim=1).diff(dim=1).square().mean(),
        }
        return losses if codes is None else losses | self._seen(faces, codes, offsets[:, -1], motion)

    def _seen(self, faces: FaceStep, codes: Tensor, offset: Tensor, motion: Tensor) -> dict[str, Tensor]:
        critic, weight = faces.critic, faces.get_buffer("weight")
        with torch.no_grad():
            before = faces.generator(codes)
            rest = critic(before)
        after = faces.generator(codes + offset)
        still = (after - before).abs() * (1 / (1 + weight))  # what is far from eyes and mouth
        return {
            "curves": CURVES * F.smooth_l1_loss(critic(after) - rest, UNITS.to(motion) * motion, beta=0.1),
            "still": STILL * still.mean(),
            "latent": LATENT * offset.square().mean(),
        }


def batches(
    taught: Taught, people: Tensor, recipe: WordRecipe, seen: bool, rng: np.random.Generator
) -> Iterator[Batch]:
    """Endless batches. people: (P, L, S) codes."""
    size = recipe.seen_batch if seen else recipe.batch
    while True:
        rows = torch.from_numpy(rng.integers(len(taught.texts), size=size))
        random = torch.Generator().manual_seed(int(rng.integers(2**31)))
        named = NAMED * (torch.rand(size, 1, generator=random) < WITH_NAME)
        text = torch.lerp(taught.texts[rows], taught.names[rows], named)
        batch = {
            "text": text + FORGOTTEN * torch.randn(text.shape, generator=random),
            "motion": taught.motions[rows],
            "hidden": first_hidden(size, recipe.recurrent, random),
        }
        yield batch | {"codes": people[torch.from_numpy(rng.integers(len(people), size=size))]} if seen else batch


def train_words(folder: Path, pictures: Tensor, lessons: list[Lesson], recipe: WordRecipe, faces: FaceRecipe,
                resume: bool = True) -> Path:  # fmt: skip
    """Up to the recipe's last step, in `folder`. pictures: (P, 3, R, R) in [-1, 1] of people at rest.

    Raises InputError where critic or faces were not trained before.
    """
    drawn = load_faces(folder, faces)
    with torch.no_grad():
        people = torch.cat([drawn.encoder(some) for some in pictures.split(32)])
    torch.manual_seed(recipe.seed)
    taught, config = Taught.of(lessons), drawn.generator.config
    shape = MotionConfig(config.latents, WIDTH, recipe.recurrent, recipe.mapper, config.style)
    model, averaged = (WordStep(shape, drawn, recipe.frames) for _ in range(2))
    total = recipe.steps + recipe.seen_steps
    loop_config = LoopConfig(total, recipe.learning_rate, 100, 0.0, 0.995, save_every=recipe.save_every)
    loop = Loop(WORDS, model, averaged, loop_config, folder)
    if resume:
        loop.load()
    for last, seen in ((recipe.steps, False), (total, True)):
        rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
        loop.run(last, batches(taught, people, recipe, seen, rng), lambda batch: loop.net(**batch))
    path = folder / f"{WORDS}.safetensors"
    if loop.accelerator.is_main_process:
        plot_curves(folder / f"{WORDS}.csv")
        state = {name: value.detach().contiguous().cpu() for name, value in averaged.network.state_dict().items()}
        save_file(state | {"text.mean": taught.mean, "text.spread": taught.spread}, path)
    return path


def load_faces(folder: Path, recipe: FaceRecipe) -> FaceStep:
    """Frozen, as trained in `folder`; InputError where it was not yet."""
    path = folder / f"{FACES}.safetensors"
    if not path.exists():
        raise InputError(f"There is no {path.name} in {folder}: train the stage {FACES} first.")
    step = FaceStep(recipe, load_critic(folder / f"{CRITIC}.safetensors"))
    step.load_state_dict(load_file(path))
    return step.eval().requires_grad_(False)

"""Training of a small StyleGAN2 with an encoder beside it, on pictures whose curves are known.

An adversary needs days on a processor. Here the generator draws what it is shown: a picture's codes, moved as the
curves of another picture of the same person say, have to give that other picture. So codes know from the start how
faces move. What moves counts more, and the change between both pictures counts by itself: a likeness that is a little
off all over would else drown lids and lips, which are few pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.language_guided.face_batches import People
from avatar_app.engines.language_guided.generator import Generator, GeneratorConfig
from avatar_app.engines.language_guided.picture_networks import UNITS, CodeReader, CurveMover, CurveReader
from avatar_app.request import InputError
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

CRITIC, FACES = "critic", "faces"
CHANNELS = (160, 160, 160, 96, 48, 24)  # at 4 px to 128 px
STYLE, MAPPING = 160, 4
LEVELS = 4
COLOUR, EDGES, CHANGE, APART, LONG = 1.0, 2.0, 2.0, 0.01, 0.002
MOVED, AROUND, LEAST = 6.0, 5, 0.02  # how much more what moves counts, so many pixels about it; of how little a move
LEAST_SPREAD = 0.05  # of a curve
MIDDLE, WIDTH, MORE = (0.0, 0.1), (0.5, 0.5), 6.0  # of the square, from -1 to 1: where a face's parts count more


@dataclass(frozen=True)
class FaceRecipe:
    """How the critic and then the generator learn; `small_steps` of its steps at half the size, on people as they
    are."""

    critic_steps: int = 2_500
    critic_batch: int = 16
    steps: int = 12_000
    small_steps: int = 3_000
    batch: int = 4
    channels: tuple[int, ...] = CHANNELS
    style: int = STYLE
    critic_rate: float = 2e-3
    learning_rate: float = 3e-3
    seed: int = 16
    save_every: int = 100


class CriticStep(nn.Module):
    """A critic and how far off it is. spread: (58,) of curves, in UNITS."""

    def __init__(self, last: int = 4, spread: Tensor | None = None) -> None:
        super().__init__()
        self.network = CurveReader(last)
        if spread is not None:
            self.network.get_buffer("spread").copy_(spread)

    def forward(self, source: Tensor, target: Tensor, before: Tensor, after: Tensor) -> dict[str, Tensor]:
        """Losses of a batch of pairs. Curves say what a face does on top of how it was given: only differences count.

        Squares, for most curves are zero most of the time: absolute errors are least where nothing is ever seen.
        """
        began, ended = self.network(torch.cat([source, target])).float().chunk(2)
        off = ended - began - UNITS.to(before) * (after - before)
        return {"curves": (off / self.network.get_buffer("spread")).square().mean()}


class FaceStep(nn.Module):
    """Generator, encoder and mover, and what they are told when they err; `critic` is for those who learn words."""

    def __init__(self, recipe: FaceRecipe, critic: CurveReader) -> None:
        super().__init__()
        config = GeneratorConfig(recipe.channels, recipe.style, MAPPING)
        last = config.size // 32
        self.generator = Generator(config)
        self.encoder = CodeReader(config.latents, recipe.style, last=last)
        self.size = config.size
        self.mover = CurveMover(config.latents, recipe.style)
        self._critic = (critic,)  # a tuple, so that it is not this module's
        self.register_buffer("weight", face_weight(config.size), persistent=False)

    @property
    def critic(self) -> CurveReader:
        """What looks at pictures, frozen."""
        return self._critic[0]

    def forward(self, source: Tensor, target: Tensor, before: Tensor, after: Tensor) -> dict[str, Tensor]:
        """Losses of a batch of pairs."""
        own = self.encoder(source)
        codes = torch.cat([own, own + self.mover(before, after)])
        noise = [torch.randn_like(one).repeat(len(codes), 1, 1, 1) for one in self.generator.noises.layers()]
        drawn = self.generator(codes, noise, self.size).float().chunk(2)
        source, target = (F.adaptive_avg_pool2d(one, self.size) for one in (source, target))
        weight = moved_weight(F.adaptive_avg_pool2d(self.get_buffer("weight"), self.size), source, target)
        still, moved = unlike(drawn[0], source, weight), unlike(drawn[1], target, weight)
        return {
            "colour": COLOUR * (still[0] + moved[0]) / 2,
            "edges": EDGES * (still[1] + moved[1]) / 2,
            "change": CHANGE * torch.stack(unlike(drawn[1] - drawn[0], target - source, weight)).sum(),
            "apart": APART * (own - own.mean(dim=1, keepdim=True)).square().mean(),
            "long": LONG * own.square().mean(),
        }


def unlike(drawn: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """() each, how far off pictures (B, 3, R, R) are in colour, at several sizes, and in their edges.

    weight: (1 or B, 1, R, R) of pixels, about 1 in the mean.
    """
    colour = edges = drawn.new_zeros(())
    for level in range(LEVELS):
        off = (drawn - target) * weight
        colour = colour + off.abs().mean()
        if level < 2:
            edges = edges + off.diff(dim=2).abs().mean() + off.diff(dim=3).abs().mean()
        drawn, target, weight = (F.avg_pool2d(one, 2) for one in (drawn, target, weight))
    return colour, edges


def moved_weight(weight: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """A weight (1, 1, R, R), larger where a target (B, 3, R, R) differs from its source; of each the mean is 1."""
    moved = F.avg_pool2d((target - source).abs().mean(dim=1, keepdim=True), AROUND, 1, AROUND // 2)
    whole = (1, 2, 3)
    weight = weight * (1 + MOVED * moved / moved.mean(dim=whole, keepdim=True).clamp(min=LEAST))
    return weight / weight.mean(dim=whole, keepdim=True)


def face_weight(size: int) -> Tensor:
    """(1, 1, size, size), 1 at the edges and more where eyes and mouth are; its mean is 1."""
    at = (torch.arange(size) + 0.5) / size * 2 - 1
    y, x = ((at - middle) / width for middle, width in zip(reversed(MIDDLE), WIDTH, strict=True))
    weight = 1 + MORE * torch.exp(-((y[:, None] ** 2 + x[None] ** 2) ** 2))
    return (weight / weight.mean())[None, None]


def train_critic(folder: Path, people: People, recipe: FaceRecipe, resume: bool = True) -> Path:
    """Up to the recipe's last step; the file of its averaged weights."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    last = min(4, people.each[0].pictures.shape[1] // 16)
    changes = np.concatenate([one.motions - one.motions[:1] for one in people.each])
    spread = UNITS * torch.from_numpy(changes.std(axis=0)).clamp(min=LEAST_SPREAD)
    config = LoopConfig(recipe.critic_steps, recipe.critic_rate, 100, 0.01, 0.995, save_every=recipe.save_every)
    loop = Loop(CRITIC, CriticStep(last, spread), averaged := CriticStep(last, spread), config, folder)
    if resume:
        loop.load()
    _run(loop, people, recipe, recipe.critic_steps, recipe.critic_batch)
    return _saved(loop, averaged.network, folder / f"{CRITIC}.safetensors")


def train_faces(folder: Path, shards: list[Path], recipe: FaceRecipe, resume: bool = True) -> Path:
    """Up to the recipe's last step; the file of averaged weights of generator, encoder and mover.

    shards: of face_shards. Raises InputError without a critic in the folder.
    """
    critic = load_critic(folder / f"{CRITIC}.safetensors")
    torch.manual_seed(recipe.seed)
    config = LoopConfig(recipe.steps, recipe.learning_rate, 100, 0.0, save_every=recipe.save_every, freezes=True)
    averaged = FaceStep(recipe, critic)
    loop = Loop(FACES, step := FaceStep(recipe, critic), averaged, config, folder)
    if resume:
        loop.load()
    if loop.step < recipe.small_steps:
        step.size //= 2
        _run(loop, People.plain(shards), recipe, min(recipe.small_steps, recipe.steps), recipe.batch)
        step.size *= 2
    _run(loop, People.read(shards), recipe, recipe.steps, recipe.batch)
    return _saved(loop, averaged, folder / f"{FACES}.safetensors")


def load_critic(path: Path) -> CurveReader:
    """Frozen; InputError where it was not trained yet."""
    if not path.exists():
        raise InputError(f"There is no {path.name} in {path.parent}: train the stage {CRITIC} first.")
    state = load_file(path)
    critic = CurveReader(round((state["out.0.weight"].shape[1] / len(state["blocks.3.0.bias"])) ** 0.5))
    critic.load_state_dict(state)
    return critic.eval().requires_grad_(False)


def _run(loop: Loop, people: People, recipe: FaceRecipe, steps: int, batch: int) -> None:
    rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
    device = loop.accelerator.device.type

    def losses(given: Batch) -> dict[str, Tensor]:
        with torch.autocast(device, torch.bfloat16):  # a third faster, on processors too
            told: dict[str, Tensor] = loop.net(**given)
            return told

    loop.run(steps, people.pairs(batch, rng), losses)
    if loop.accelerator.is_main_process:
        plot_curves(loop.folder / f"{loop.name}.csv")


def _saved(loop: Loop, network: nn.Module, path: Path) -> Path:
    if loop.accelerator.is_main_process:
        save_file({name: value.detach().contiguous().cpu() for name, value in network.state_dict().items()}, path)
    return path

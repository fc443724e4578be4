"""Training of the embedded LFG: features bent by a flow that is given, and painted where the portrait shows nothing.

The published one learns from films with a perceptual loss of VGG-19 on four sizes (Siarohin et al. 2021). No such
network is at hand offline: its place is taken by the difference of Laplacian pyramids and of the responses of random
filters, which see edges and grain as its first layers do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.behind import laid_bare
from avatar_app.engines.dawn.pair_shards import Pairs, read_shard
from avatar_app.engines.dawn.renderer import FrameRenderer, Portrait
from avatar_app.request import InputError
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

STAGE = "lfg"
LEVELS = 4  # sizes at which pictures are compared
FILTERS = 24, 48  # random ones, of the first and of the second layer
LAPLACE_WEIGHT, FILTER_WEIGHT, HIDDEN_WEIGHT = 2.0, 1.0, 6.0
DEEP_WEIGHT = 4.0  # of what is painted where nothing behind can show: mouths and eyes
JITTER = 0.006  # deviation of what is added to flow, in halves of the picture: a denoiser's is never exact


@dataclass(frozen=True)
class LfgRecipe:
    """How LFG learns. A batch is `sources` squares with `moved` frames each.

    backed: see FrameRenderer. encoder_steps: from there on the encoder stays as it is, so that the denoiser can learn
    to see through it meanwhile.
    """

    steps: int = 3_400
    encoder_steps: int = 500
    learning_rate: float = 1e-3
    sources: int = 2
    moved: int = 3
    widths: tuple[int, ...] = (24, 48, 96)
    residuals: int = 4
    backed: bool = True
    seed: int = 11
    save_every: int = 50


class LfgStep(nn.Module):
    """A renderer and what it is told when it errs."""

    def __init__(self, recipe: LfgRecipe) -> None:
        super().__init__()
        self.network = FrameRenderer(recipe.widths, recipe.residuals, recipe.backed)
        generator = torch.Generator("cpu").manual_seed(0)
        for number, (inputs, outputs) in enumerate(((3, FILTERS[0]), FILTERS)):
            weight = torch.randn(outputs, inputs, 3, 3, generator=generator)
            weight = weight - weight.mean((2, 3), keepdim=True) * (number == 0)  # flat colour is the first term's
            self.register_buffer(f"filter{number}", weight / weight.flatten(1).norm(dim=1)[:, None, None, None], False)

    def freeze_encoder(self, learned: LfgStep) -> None:
        """It stays what that of `learned` is."""
        for mine, theirs in zip(self.network.encoder(), learned.network.encoder(), strict=True):
            mine.load_state_dict(theirs.state_dict())
            mine.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> LfgStep:
        """What is frozen keeps its statistics."""
        super().train(mode)
        for part in self.network.encoder():
            part.train(mode and all(p.requires_grad for p in part.parameters()))
        return self

    def forward(
        self, source: Tensor, behind: Tensor, target: Tensor, grid: Tensor, occlusion: Tensor
    ) -> dict[str, Tensor]:
        """Losses of sources (S, 3, R, R), what is behind (S, 4, R, R), targets (S, M, 3, R, R), grids (S, M, r, r, 2)
        and occlusion (S, M, 1, r, r)."""
        each = target.shape[1]
        encoded = self.network.encode(source)
        image, back, *features = (part.repeat_interleave(each, 0) for part in (source, behind, *encoded.features))
        told = Portrait(image, tuple(features), back)
        hidden = occlusion.flatten(0, 1)
        drawn, _ = self.network.decode(told, grid.flatten(0, 1), hidden)
        painted = 1 - F.interpolate(hidden, drawn.shape[2:], mode="bilinear")
        return self.losses(drawn, target.flatten(0, 1), painted * (1 + DEEP_WEIGHT * (1 - back[:, 3:])))

    def losses(self, drawn: Tensor, target: Tensor, painted: Tensor) -> dict[str, Tensor]:
        """Of pictures (N, 3, R, R); painted: (N, 1, R, R), how much the network's own colours count."""
        off = (drawn - target).abs()
        pyramid = zip(laplacian(drawn), laplacian(target), strict=True)
        mine, theirs = self.responses(drawn), self.responses(target)
        return {
            "colour": off.mean(),
            "hidden": HIDDEN_WEIGHT * (painted * off).mean() / painted.mean().clamp(min=0.02),
            "laplace": LAPLACE_WEIGHT * torch.stack([(a - b).abs().mean() for a, b in pyramid]).sum(),
            "filters": FILTER_WEIGHT * torch.stack([F.l1_loss(a, b) for a, b in zip(mine, theirs, strict=True)]).sum(),
        }

    def responses(self, picture: Tensor) -> list[Tensor]:
        """Of two layers of random filters, at half and a quarter of the size."""
        out = []
        x = F.avg_pool2d(picture, 2)
        for number in range(2):
            x = F.relu(F.conv2d(x, self.get_buffer(f"filter{number}"), padding=1))
            out.append(x)
            x = F.avg_pool2d(x, 2)
        return out


def laplacian(picture: Tensor) -> list[Tensor]:
    """Differences between the sizes of a picture (N, 3, R, R), and the smallest size."""
    out = []
    for _ in range(LEVELS - 1):
        smaller = F.avg_pool2d(picture, 2)
        out.append(picture - F.interpolate(smaller, scale_factor=2.0, mode="bilinear"))
        picture = smaller
    return [*out, picture]


def batches(shards: list[Pairs], recipe: LfgRecipe, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless batches: mirrored, and in other colours and light."""
    while True:
        rows = [_example(shards[int(rng.integers(len(shards)))], recipe, rng) for _ in range(recipe.sources)]
        yield {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def _example(pairs: Pairs, recipe: LfgRecipe, rng: np.random.Generator) -> dict[str, Tensor]:
    group = int(rng.integers(len(pairs.source)))
    frames = rng.choice(pairs.target.shape[1], recipe.moved, replace=pairs.target.shape[1] < recipe.moved)
    behind = laid_bare(pairs.source[group], pairs.behind[group])
    pictures = torch.tensor(np.stack([pairs.source[group], behind[..., :3], *pairs.target[group, frames]]))
    shows = torch.tensor(behind[..., 3:]).permute(2, 0, 1).float() / 255
    pictures = pictures.permute(0, 3, 1, 2).float() / 255
    grid = torch.tensor(pairs.grid[group, frames].astype(np.float32))
    occlusion = torch.tensor(pairs.occlusion[group, frames])[:, None].float() / 255
    if rng.random() < 0.5:
        pictures, shows, occlusion, grid = pictures.flip(3), shows.flip(2), occlusion.flip(3), grid.flip(2)
        grid = grid * torch.tensor([-1.0, 1.0])
    gain, power = np.exp(rng.normal(0, 0.12, (1, 3, 1, 1))), float(np.exp(rng.normal(0, 0.2)))
    pictures = (pictures * torch.tensor(gain.astype(np.float32))).clamp(0, 1) ** power
    noise = torch.tensor(rng.normal(0, JITTER * rng.random(), (len(grid), 2, 9, 9)).astype(np.float32))
    smooth = F.interpolate(noise, grid.shape[1:3], mode="bicubic").permute(0, 2, 3, 1)
    flow = {"grid": grid + smooth, "occlusion": occlusion}
    return {"source": pictures[0], "behind": torch.cat([pictures[1], shows]), "target": pictures[2:]} | flow


def train(
    folder: Path,
    shards: list[Path],
    recipe: LfgRecipe,
    resume: bool = True,
    start: Mapping[str, Tensor] | None = None,
) -> Path:
    """Up to the recipe's last step, in `folder`; the file of averaged weights under their published names.

    start: weights from which a new run begins; their encoder stays, as a denoiser may know it.
    """
    if not shards:
        raise InputError("There are no pairs to learn from: give --data FOLDER with portraits.")
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    config = LoopConfig(recipe.steps, recipe.learning_rate, 100, save_every=recipe.save_every, freezes=True)
    model, averaged = LfgStep(recipe), LfgStep(recipe)
    if start is not None:
        model.network.load_state_dict(dict(start))
    loop = Loop(STAGE, model, averaged, config, folder)
    if resume:
        loop.load()
    rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
    learned = [read_shard(path) for path in shards]
    given = batches(learned, recipe, rng)
    together = recipe.encoder_steps if start is None else 0
    loop.run(min(together, recipe.steps), given, lambda batch: loop.net(**batch))
    for step in (averaged, model):
        step.freeze_encoder(model)
    loop.run(recipe.steps, given, lambda batch: loop.net(**batch))
    if loop.accelerator.is_main_process:
        plot_curves(folder / f"{STAGE}.csv")
    return export(folder, loop)


def export(folder: Path, loop: Loop) -> Path:
    """The averaged weights with the batch norms' statistics of the trained ones, which no average is kept of."""
    averaged = dict(loop.averaged.named_parameters())
    state = {name: averaged.get(name, value).detach() for name, value in loop.model.state_dict().items()}
    path = folder / "lfg.safetensors"
    kept = {name.removeprefix("network."): value.contiguous().cpu() for name, value in state.items()}
    save_file(kept, path)
    return path

"""Training of LFG on films as published: flow is discovered by drawing one frame of a film from another.

After Siarohin et al. 2021 (articulated animation): a frame bent and painted to look like another one, on several sizes,
and regions that move with the picture when it is bent by a known map (equivariance), their middles and their shape. The
perceptual loss is replaced as in lfg_training. What comes of it is the same network under the same names, which finds
the flow for the denoiser and is not given what lies behind a person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from avatar_app.engines.dawn.blocks import pixel_grid
from avatar_app.engines.dawn.films import Film, load_film
from avatar_app.engines.dawn.flow import BackgroundPredictor, FlowPredictor, RegionPredictor, Regions
from avatar_app.engines.dawn.flow_clips import Clips
from avatar_app.engines.dawn.lfg_training import STAGE, LfgRecipe, LfgStep, export
from avatar_app.engines.dawn.loading import below
from avatar_app.engines.dawn.shards import write_shard
from avatar_app.request import InputError
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

FOUND = "lfg_flow.safetensors"  # a run's file of what finds flow
SHIFT_WEIGHT, AFFINE_WEIGHT = 10.0, 10.0  # published
TURNED, BENT, KNOTS = 0.05, 0.005, 5  # published: deviation of the known map's affine part and of its splines
AT_ONCE = 8  # frames whose flow is looked for


@dataclass(frozen=True)
class FilmRecipe(LfgRecipe):
    """As LfgRecipe; a batch is `sources` pairs of frames. width: channels of the first block of the three networks that
    find flow, each of whose `deep` blocks doubles them."""

    steps: int = 60_000
    learning_rate: float = 2e-4
    sources: int = 8
    width: int = 32
    deep: int = 4
    regions: int = 10
    backed: bool = False

    def find(self) -> Finds:
        """Untrained networks that find flow."""
        wide = [self.width * 2**i for i in range(self.deep)]
        return Finds(
            RegionPredictor((3, *wide), self.width, self.regions),
            BackgroundPredictor((6, *wide)),
            FlowPredictor((4 * (self.regions + 1), *wide), self.width),
        )


class Finds(nn.Module):
    """What finds the flow between two pictures."""

    def __init__(self, regions: RegionPredictor, background: BackgroundPredictor, flow: FlowPredictor) -> None:
        super().__init__()
        self.regions, self.background, self.flow = regions, background, flow

    @classmethod
    def like(cls, state: Mapping[str, Tensor]) -> Finds:
        """Untrained ones with the sizes of a trained file."""
        return cls(
            RegionPredictor.like(below(state, "regions.")),
            BackgroundPredictor.like(below(state, "background.")),
            FlowPredictor.like(below(state, "flow.")),
        )

    def forward(self, source: Tensor, target: Tensor, to: Regions) -> tuple[Tensor, Tensor]:
        """Grid (N, r, r, 2) and occlusion (N, 1, r, r) of pictures (N, 3, R, R); to: regions of the target."""
        found: tuple[Tensor, Tensor] = self.flow(source, self.regions(source), to, self.background(source, target))
        return found


class FilmStep(LfgStep):
    """A renderer, what finds flow, and how both err."""

    def __init__(self, recipe: FilmRecipe) -> None:
        super().__init__(recipe)
        self.finds = recipe.find()
        with torch.no_grad():  # a background at rest, to begin with
            self.finds.background.fc.weight.zero_()
            self.finds.background.fc.bias.copy_(torch.tensor([1.0, 0, 0, 0, 1, 0]))

    def forward(self, source: Tensor, target: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        """Losses of two frames of a film each, (N, 3, R, R) from 0 to 1."""
        to = self.finds.regions(target)
        grid, occlusion = self.finds(source, target, to)
        drawn, _ = self.network.decode(self.network.encode(source), grid, occlusion)
        found = self.losses(drawn, target, torch.ones_like(drawn[:, :1]))
        found.pop("hidden")  # nobody knows what is
        known = KnownMap.drawn(len(target), target.device)
        moved = self.finds.regions(known.bend(target))
        return found | {
            "shift": SHIFT_WEIGHT * (to.shift - known(moved.shift)).abs().mean(),
            "affine": AFFINE_WEIGHT * self.shape_error(to, moved, known),
        }

    @staticmethod
    def shape_error(to: Regions, moved: Regions, known: KnownMap) -> Tensor:
        """How far covariances are from what the known map makes of them."""
        slope = known.slope(moved.shift)
        made = slope @ moved.covariance @ slope.transpose(-1, -2)
        off = torch.linalg.solve(to.covariance + 1e-5 * torch.eye(2, device=made.device), made)
        return (off - torch.eye(2, device=made.device)).abs().clamp(max=10).mean()


@dataclass(frozen=True)
class KnownMap:
    """Of N pictures: where places of a bent one lie in the one it was made of. affine: (N, 2, 3). knots: (K, 2).

    weights: (N, K, 1) of thin-plate splines around the knots.
    """

    affine: Tensor
    knots: Tensor
    weights: Tensor

    @classmethod
    def drawn(cls, count: int, device: torch.device) -> KnownMap:
        """At random, as published."""
        affine = TURNED * torch.randn(count, 2, 3, device=device) + torch.eye(2, 3, device=device)
        knots = pixel_grid(KNOTS, KNOTS, device).flatten(0, 1)
        return cls(affine, knots, BENT * torch.randn(count, len(knots), 1, device=device))

    def __call__(self, places: Tensor) -> Tensor:
        """(N, P, 2) of places (N, P, 2)."""
        moved = places @ self.affine[:, :, :2].transpose(1, 2) + self.affine[:, None, :, 2]
        apart = (places[:, :, None] - self.knots).abs().sum(-1)  # as published: not the Euclidean distance
        return moved + (apart**2 * (apart + 1e-6).log()) @ self.weights

    def slope(self, places: Tensor) -> Tensor:
        """(N, P, 2, 2) of the map at places (N, P, 2), whatever led to these kept out."""
        with torch.enable_grad():
            at = places.detach().requires_grad_()
            rows = [torch.autograd.grad(self(at)[..., i].sum(), at, retain_graph=True)[0] for i in range(2)]
        return torch.stack(rows, dim=-2)

    def bend(self, picture: Tensor) -> Tensor:
        """(N, C, H, W), mirrored beyond its edges."""
        places = pixel_grid(picture.shape[2], picture.shape[3], picture.device)
        grid = self(places.flatten(0, 1).expand(len(picture), -1, -1)).view(len(picture), *places.shape)
        return F.grid_sample(picture, grid, padding_mode="reflection", align_corners=False)


def batches(films: list[Film], recipe: FilmRecipe, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless batches of two frames of a film, half of them mirrored."""
    while True:
        rows = []
        for _ in range(recipe.sources):
            film = films[int(rng.integers(len(films)))]
            two = torch.tensor(film.frames[rng.choice(len(film.frames), 2, replace=False)])
            two = two.permute(0, 3, 1, 2).float() / 255
            rows.append(two.flip(3) if rng.random() < 0.5 else two)
        pairs = torch.stack(rows)
        yield {"source": pairs[:, 0], "target": pairs[:, 1]}


def train(folder: Path, shards: list[Path], recipe: FilmRecipe, resume: bool = True) -> Path:
    """Up to the recipe's last step, in `folder`; the file of the renderer's averaged weights.

    Those of what finds flow lie beside it, in FOUND.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    config = LoopConfig(recipe.steps, recipe.learning_rate, 100, save_every=recipe.save_every)
    loop = Loop(STAGE, FilmStep(recipe), FilmStep(recipe), config, folder)
    if resume:
        loop.load()
    torch.manual_seed(recipe.seed + loop.step)
    rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
    films = [load_film(path) for path in shards]
    loop.run(recipe.steps, batches(films, recipe, rng), lambda batch: loop.net(**batch))
    if loop.accelerator.is_main_process:
        plot_curves(folder / f"{STAGE}.csv")
    path = export(folder, loop)
    state = load_file(path)
    save_file(below(state, "finds."), folder / FOUND)
    save_file({name: value for name, value in state.items() if not name.startswith("finds.")}, path)
    return path


def load_finds(path: Path) -> Finds:
    """What finds flow, of a trained file, for evaluation."""
    state = load_file(path)
    finds = Finds.like(state)
    finds.load_state_dict(state)
    return finds.eval().requires_grad_(False)


@torch.inference_mode()
def clips_of(film: Film, finds: Finds, frames: int) -> Clips:
    """A film in clips of so many frames, each the first frame moved by the flow that was found."""
    count = len(film.frames) // frames
    pictures = torch.tensor(film.frames[: count * frames]).permute(0, 3, 1, 2).float() / 255
    found = []
    for part in pictures.split(AT_ONCE):
        source = pictures[:1].expand(len(part), -1, -1, -1)
        found.append(finds(source, part, finds.regions(part)))
    grid, occlusion = (torch.cat(parts).numpy() for parts in zip(*found, strict=True))

    def cut(values: Any) -> Any:
        return values[: count * frames].reshape(count, frames, *values.shape[1:])

    hidden = np.round(255 * occlusion[:, 0]).astype(np.uint8)
    told = cut(film.audio), cut(film.pose), cut(film.eyes)
    return Clips(film.frames[0], film.box, cut(grid.astype(np.float16)), cut(hidden), *told)


def build_clips(folder: Path, films: list[Path], found: Path, frames: int) -> list[Path]:
    """A shard of clips for each shard of a film, by the flow that a trained file finds; those that exist are kept.

    Raises InputError where the file is missing, as after training on portraits.
    """
    if not found.exists():
        raise InputError(f"Flow is found in films by what the stage lfg learns on films, and {found} is not there.")
    finds, made = load_finds(found), []
    folder.mkdir(parents=True, exist_ok=True)
    for path in films:
        shard, film = folder / f"clips_{path.stem}.safetensors", load_film(path)
        if len(film.frames) < frames:
            continue
        if not shard.exists():
            write_shard(shard, clips_of(film, finds, frames))
        made.append(shard)
    return made

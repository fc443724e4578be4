"""Training of the embedded denoiser on clips of flow; loss as published: the squared error of the noise.

Flow is learned as the step from where a cell lies, enlarged (what lips do would drown in absolute places), and sound
is the speech encoder's articulation in place of HuBERT's rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from avatar_app.engines.dawn.denoiser import DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.face_place import FaceEncoder, face_mask, published_weights
from avatar_app.engines.dawn.flow_clips import Clips, read_clips
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.sampling import TRAIN_STEPS, noise_tables
from avatar_app.request import InputError
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

STAGE = "diffusion"
ARTICULATION = 26  # values per frame of the speech encoder
GAIN = 4.0  # of steps of flow: turns of the head come to about 1
DROPPED = 0.1  # share of frames that are told nothing, as published


@dataclass(frozen=True)
class DiffusionRecipe:
    """How the denoiser learns; `portrait` channels are those of LFG's coarsest features."""

    steps: int = 20_000
    learning_rate: float = 3e-4
    warm_up: int = 100
    batch: int = 2
    frames: int = 16
    config: DenoiserConfig = field(default_factory=lambda: DenoiserConfig(width=24, portrait=96, audio=ARTICULATION))
    seed: int = 11
    save_every: int = 50


def to_latent(grid: Tensor, occlusion: Tensor) -> Tensor:
    """(..., 3, F, r, r) of grids (..., F, r, r, 2) and occlusion (..., F, r, r)."""
    step = GAIN * (grid - cell_places(grid.shape[-2]).to(grid))
    return torch.cat([step, 2 * occlusion[..., None] - 1], dim=-1).movedim(-1, -4)


def to_flow(latent: Tensor) -> Tensor:
    """(3, F, r, r) as the renderer draws it (renderer.flow_of): steps made absolute places again."""
    places = cell_places(latent.shape[-1]).to(latent).permute(2, 0, 1)[:, None]
    return torch.cat([latent[:2] / GAIN + places, latent[2:]])


def cell_places(cells: int) -> Tensor:
    """(cells, cells, 2) middles of cells, x first, as blocks.warp reads them."""
    line = (2 * torch.arange(cells) + 1) / cells - 1
    return torch.stack(torch.meshgrid(line, line, indexing="xy"), dim=-1)


class DiffusionStep(nn.Module):
    """A denoiser and its error."""

    bars: Tensor

    def __init__(self, recipe: DiffusionRecipe) -> None:
        super().__init__()
        self.network = FlowDenoiser(recipe.config)
        self.register_buffer("bars", noise_tables()["alphas_cumprod"], persistent=False)

    def forward(self, latent: Tensor, portrait: Tensor, mask: Tensor, told: Tensor) -> dict[str, Tensor]:
        """Of latents (N, 3, F, r, r), portraits (N, C, r, r), masks (N, 16, r, r) and what is told (N, F, C)."""
        step = torch.randint(0, TRAIN_STEPS, (len(latent),), device=latent.device)
        noise, bar = torch.randn_like(latent), self.bars[step][:, None, None, None, None]
        kept = (torch.rand(told.shape[:2], device=told.device) >= DROPPED).to(told)[..., None]
        noised = bar.sqrt() * latent + (1 - bar).sqrt() * noise
        found = self.network(noised, step, self.network.tell(portrait, mask, told * kept))
        error = (found.float() - noise) ** 2
        return {"flow": error[:, :2].mean(), "occlusion": error[:, 2:].mean() / 2}


@dataclass(frozen=True)
class Encoded:
    """Clips and what the denoiser sees of their portrait: features (C, r, r) and mask (16, r, r)."""

    clips: Clips
    portrait: Tensor
    mask: Tensor


@torch.inference_mode()
def encoded(clips: Clips, renderer: FrameRenderer, places: FaceEncoder) -> Encoded:
    """Clips with their portrait through LFG, in evaluation mode, and the encoder of face masks."""
    picture = torch.tensor(clips.source).permute(2, 0, 1)[None].float() / 255
    mask = places(face_mask(torch.from_numpy(clips.box), len(clips.source)))
    return Encoded(clips, renderer.encode(picture).coarsest[0].clone(), mask[0].clone())


def batches(learned: list[Encoded], recipe: DiffusionRecipe, rng: np.random.Generator) -> Iterator[Batch]:
    """Endless batches of random parts of random clips."""
    while True:
        rows = [_example(learned[int(rng.integers(len(learned)))], recipe.frames, rng) for _ in range(recipe.batch)]
        yield {name: torch.stack([row[name] for row in rows]) for name in rows[0]}


def _example(one: Encoded, frames: int, rng: np.random.Generator) -> dict[str, Tensor]:
    clips, clip = one.clips, int(rng.integers(len(one.clips.grid)))
    start = int(rng.integers(clips.grid.shape[1] - frames + 1))
    part = slice(start, start + frames)
    told = [torch.tensor(values[clip, part].astype(np.float32)) for values in (clips.audio, clips.pose, clips.eyes)]
    grid = torch.tensor(clips.grid[clip, part].astype(np.float32))
    occlusion = torch.tensor(clips.occlusion[clip, part]).float() / 255
    shown = {"portrait": one.portrait.clone(), "mask": one.mask.clone()}
    return {"latent": to_latent(grid, occlusion), "told": torch.cat(told, dim=-1), **shown}


def train(folder: Path, shards: list[Path], lfg: Path, recipe: DiffusionRecipe, resume: bool = True) -> Path:
    """Up to the recipe's last step, in `folder`; the file of averaged weights. lfg: weights of a trained renderer."""
    if not lfg.exists():
        raise InputError(f"The denoiser sees portraits through LFG, and {lfg} is not there: train the stage lfg first.")
    if not shards:
        raise InputError("There are no clips of flow to learn from: give --data FOLDER with portraits.")
    state = load_file(lfg)
    renderer, places = FrameRenderer.like(state), FaceEncoder()
    renderer.load_state_dict(state)
    places.load_state_dict(published_weights())
    learned = [encoded(read_clips(path), renderer.eval(), places) for path in shards]
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    config = LoopConfig(recipe.steps, recipe.learning_rate, recipe.warm_up, save_every=recipe.save_every)
    loop = Loop(STAGE, DiffusionStep(recipe), DiffusionStep(recipe), config, folder)
    if resume:
        loop.load()
    torch.manual_seed(recipe.seed + loop.step)
    rng = np.random.default_rng([recipe.seed, loop.step, loop.accelerator.process_index])
    loop.run(recipe.steps, batches(learned, recipe, rng), lambda batch: loop.net(**batch))
    if loop.accelerator.is_main_process:
        plot_curves(folder / f"{STAGE}.csv")
    path = folder / f"{STAGE}.safetensors"
    kept = loop.averaged.state_dict()
    save_file({name.removeprefix("network."): value.contiguous().cpu() for name, value in kept.items()}, path)
    return path

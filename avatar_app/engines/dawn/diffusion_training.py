"""Training of the embedded denoiser on clips of flow.

Flow is learned as the step from where a cell lies, enlarged (what lips do would drown in absolute places), and sound
is the speech encoder's articulation in place of HuBERT's rows. The published network predicts the noise; this one
predicts the clean flow, which sound, pose and eyes nearly determine: it learns with far fewer steps. Cells around lips
and eyes count more, as they are few. All frames of a clip have one noise: begun with noise of their own they tremble.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from avatar_app.engines.dawn.denoiser import DenoiserConfig, FlowDenoiser
from avatar_app.engines.dawn.face_place import FaceEncoder, evened, face_mask, published_weights
from avatar_app.engines.dawn.flow_clips import Clips, mirrored, read_clips
from avatar_app.engines.dawn.frame_layers import Heads
from avatar_app.engines.dawn.latents import both_ways, to_latent
from avatar_app.engines.dawn.renderer import FrameRenderer
from avatar_app.engines.dawn.sampling import TRAIN_STEPS, noise_tables
from avatar_app.request import InputError
from avatar_app.speech.encoder import ARTICULATION
from avatar_app.training.loop import Batch, Loop, LoopConfig, plot_curves

STAGE = "diffusion"
FLOW_WEIGHT, OCCLUSION_WEIGHT, OPENING_WEIGHT = 4.0, 3.0, 100.0  # of squared errors
DROPPED, DEAF = 0.1, 0.15  # shares of clips that are told nothing, and no sound
LIPS, EYES = (0.6, 1.0, 6.0), (0.1, 0.45, 3.0)  # share of the face's height from, to, and how much cells there count
SMALL = DenoiserConfig(
    width=24,
    portrait=96,
    audio=ARTICULATION,
    pose=12,
    eyes=4,
    window=6,
    heads=Heads(4, 16),
    cross_heads=2,
    predicts="flow",
)


@dataclass(frozen=True)
class DiffusionRecipe:
    """How the denoiser learns; `portrait` channels are those of LFG's coarsest features."""

    steps: int = 4_000
    learning_rate: float = 1e-3
    warm_up: int = 100
    batch: int = 2
    frames: int = 12
    config: DenoiserConfig = SMALL
    seed: int = 11
    save_every: int = 50


def importance(box: Tensor, cells: int) -> Tensor:
    """(cells, cells) how much each cell counts; box: (6,) of the face, see InitialState."""
    left, right, top, bottom = (box[:4] * cells / box[4]).tolist()
    y, x = torch.meshgrid(*[torch.arange(cells) + 0.5] * 2, indexing="ij")
    inside = (x - left).clamp(max=1).minimum(right - x).clamp(0, 1)
    out = torch.ones(cells, cells)
    for start, end, much in (LIPS, EYES):
        part = (y >= top + start * (bottom - top)) & (y <= top + end * (bottom - top))
        out = out + (much - 1) * part * inside
    return out / out.mean()


class DiffusionStep(nn.Module):
    """A denoiser and its error."""

    bars: Tensor

    def __init__(self, recipe: DiffusionRecipe) -> None:
        super().__init__()
        self.network = FlowDenoiser(recipe.config)
        self.register_buffer("bars", noise_tables()["alphas_cumprod"], persistent=False)

    def forward(
        self, latent: Tensor, portrait: Tensor, mask: Tensor, told: Tensor, weight: Tensor
    ) -> dict[str, Tensor]:
        """Of latents (N, 3, F, r, r), portraits (N, C, r, r), masks (N, 16, r, r), what is told (N, F, C) and how much
        cells count (N, r, r)."""
        drawn = torch.rand(len(latent), device=latent.device).sqrt()  # much noise more often: there is most to learn
        step = (TRAIN_STEPS * drawn).long().clamp(max=TRAIN_STEPS - 1)
        noise, bar = torch.randn_like(latent[:, :, :1]), self.bars[step][:, None, None, None, None]
        noised = bar.sqrt() * latent + (1 - bar).sqrt() * noise
        found = self.network(
            noised, step, self.network.tell(portrait, mask, self._left_of(both_ways(told, self.network.config.audio)))
        )
        cells = weight[:, None, None]
        error = (found.float() - latent) ** 2 * cells
        # Where skin differs in grain from what is bent, occlusion is noise; what tells a mouth is few cells.
        hidden = OCCLUSION_WEIGHT * (error[:, 2:] * cells).mean() / (cells**2).mean()
        # Where lips go says the head, mostly: how far they are apart is what a voice tells.
        apart = (found.float() - latent)[:, :2].diff(dim=-2) ** 2 * cells[..., 1:, :] ** 2
        opening = OPENING_WEIGHT * apart.mean() / (cells**2).mean()
        return {"flow": FLOW_WEIGHT * error[:, :2].mean(), "occlusion": hidden, "opening": opening}

    def _left_of(self, told: Tensor) -> Tensor:
        """What a clip is told (N, F, C), sound first: now and then nothing, or no sound, for guidance to start from."""
        drawn = torch.rand(len(told), 1, 1, device=told.device)
        sound = torch.arange(told.shape[2], device=told.device) < self.network.config.audio
        return told * (drawn >= DROPPED) * ~(sound & (drawn < DROPPED + DEAF))


@dataclass(frozen=True)
class Encoded:
    """Clips and what the denoiser sees of their portrait: features (C, r, r) and mask (16, r, r).

    weight: (r, r) how much each cell counts.
    """

    clips: Clips
    portrait: Tensor
    mask: Tensor
    weight: Tensor


@torch.inference_mode()
def encoded(clips: Clips, renderer: FrameRenderer, places: FaceEncoder) -> Encoded:
    """Clips with their portrait through LFG, in evaluation mode, and the encoder of face masks."""
    picture = torch.tensor(evened(clips.source, clips.box)).permute(2, 0, 1)[None].float() / 255
    box = torch.from_numpy(clips.box)
    mask = places(face_mask(box, len(clips.source)))
    weight = importance(box, clips.grid.shape[-2]).clone()
    return Encoded(clips, renderer.encode(picture).coarsest[0].clone(), mask[0].clone(), weight)


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
    shown = {"portrait": one.portrait.clone(), "mask": one.mask.clone(), "weight": one.weight}
    return {"latent": to_latent(grid, occlusion), "told": torch.cat(told, dim=-1), **shown}


def train(
    folder: Path,
    shards: list[Path],
    lfg: Path,
    recipe: DiffusionRecipe,
    resume: bool = True,
    start: Mapping[str, Tensor] | None = None,
) -> Path:
    """Up to the recipe's last step, in `folder`; the file of averaged weights. lfg: weights of a trained renderer.

    start: a denoiser's weights from which a new run begins.
    """
    if not shards:
        raise InputError("There are no clips of flow to learn from: give --data FOLDER with portraits.")
    state = load_file(lfg)
    renderer, places = FrameRenderer.like(state), FaceEncoder()
    renderer.load_state_dict(state)
    places.load_state_dict(published_weights())
    clips = [each for one in map(read_clips, shards) for each in (one, mirrored(one))]
    learned = [encoded(each, renderer.eval(), places) for each in clips]
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(recipe.seed)
    config = LoopConfig(recipe.steps, recipe.learning_rate, recipe.warm_up, save_every=recipe.save_every)
    model = DiffusionStep(recipe)
    if start is not None:
        model.network.load_state_dict(dict(start))
    loop = Loop(STAGE, model, DiffusionStep(recipe), config, folder)
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
